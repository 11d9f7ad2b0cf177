"""The real H&M slice: nothing lost at the door, and lists better than the best simple one."""

import os
from pathlib import Path

import pytest

from tests.full.runs import finish

SLICE = Path(os.environ.get("RECSYS_SLICE") or Path(__file__).parents[3] / "shared" / "data" / "hm")
BEST_BASELINE = 0.0226
"""Own purchases of the last two days, then the most bought: MAP@12 on 2020-09-18..19."""

pytestmark = [
    pytest.mark.full,
    pytest.mark.spark,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not SLICE.exists(), reason=f"no H&M files in {SLICE}: name their folder in RECSYS_SLICE"),
]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("slice")


def test_every_row_of_the_slice_is_accounted_for(workspace: Path) -> None:
    summary = finish(workspace, "ingest", "--data", str(SLICE))["summary"]
    assert summary["rows_in"] == summary["accepted"] + summary["quarantined"]
    assert summary["articles"] == 105_542
    assert summary["transactions"] == 913_887


def test_lists_beat_the_best_simple_list(workspace: Path) -> None:
    result = finish(workspace, "evaluate", "--label-start", "2020-09-18", "--label-days", "2")
    assert result["customers"] == 24_594
    assert result["baselines"]["popular"] == pytest.approx(0.0098, abs=5e-5)
    assert result["baselines"]["repurchase_popular"] == pytest.approx(0.0214, abs=5e-5)
    assert result["map_at_12"] > BEST_BASELINE
