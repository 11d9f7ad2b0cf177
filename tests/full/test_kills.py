"""kill -9 at every stage, start again: the release is the one of an undisturbed run, byte for byte."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from recsys_core.pipeline.stages import PATH
from tests.full.runs import finish, kill_in, live_release
from tests.small_run import SMALL
from tests.support.next_day import add_a_day

AT_WORK = {
    "ingest": ("batches/.draft-*", 1.0),
    "train-images": ("image_encoders/.draft-*/.work", 1.0),
    "embed-images": ("image_embeddings/.draft-*", 0.0),
    "features": ("features/cutoff=*/.draft-*", 1.0),
    "train-retrievers": ("retrievers/two_tower/.draft-*", 1.0),
    "train-ranker": ("rankers/*/.draft-*", 0.5),
    "validate": ("validations/.draft-*", 0.0),
    "score": ("scored/.draft-*", 0.1),
    "filter": ("lists/.draft-*", 0.0),
    "catalogue": ("catalogue/.draft-*", 0.0),
    "index": ("milvus-stage.json", 0.5),
    "publish": ("releases/.draft-*", 0.0),
}
"""By stage, what is in the workspace only while it works, and how many seconds later it is killed."""
NEXT_DAY = {
    "snapshot": ("features/cutoff=*/.draft-*", 1.0),
    "drift": ("drift/.draft-*", 0.5),
    "refresh-retrievers": ("retrievers/*/.draft-*", 0.0),
}
"""The same of the stages that have work only on a day between two trainings."""

pytestmark = [pytest.mark.full, pytest.mark.spark, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kills") / "shop"
    size = ["--customers", "400", "--articles", "300", "--days", "90", "--out", str(folder)]
    subprocess.run([sys.executable, "-m", "recsys_core.cli", "demo-data", *size], check=True)
    return folder


def test_every_stage_is_killed() -> None:
    assert {*AT_WORK, *NEXT_DAY} == {*PATH}


def test_a_run_killed_at_every_stage_ends_with_the_same_release(shop: Path, tmp_path: Path) -> None:
    undisturbed, disturbed = tmp_path / "undisturbed", tmp_path / "disturbed"
    (tmp_path / "config.toml").write_text(SMALL)
    run = ("run", "--data", str(shop), "--config", str(tmp_path / "config.toml"))
    finish(undisturbed, *run)
    for stage, (at_work, after_s) in AT_WORK.items():
        kill_in(disturbed, stage, at_work, after_s, *run)
    finish(disturbed, *run)
    assert_equal(live_release(disturbed), live_release(undisturbed))

    add_a_day(shop)
    finish(undisturbed, *run)
    for stage, (at_work, after_s) in NEXT_DAY.items():
        kill_in(disturbed, stage, at_work, after_s, *run)
    finish(disturbed, *run)
    found = live_release(disturbed)
    assert_equal(found, live_release(undisturbed))
    assert found["models_as_of"] < found["cutoff"]


def assert_equal(found: dict[str, Any], expected: dict[str, Any]) -> None:
    assert found["content"] == expected["content"]
    assert found["id"] == expected["id"]
