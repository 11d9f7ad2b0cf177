import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from recsys_core.contracts.artifacts import CLOSED_DAY
from recsys_core.pipeline.day import open_day
from recsys_core.pipeline.plan import current_tables
from recsys_core.store.artifacts import Artifact, ArtifactSpec, ArtifactStore
from recsys_core.workspace import Workspace, flip_link

ROWS = {"2020-09-18": 5, "2020-09-19": 7, "2020-09-21": 3}
"""No purchase on the 20th."""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "var")


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def tables(workspace: Workspace, name: str = "", **summary: Any) -> Artifact:
    spec = ArtifactSpec("tables", 1, {"name": name}, {}, "recsys ingest")
    with ArtifactStore(workspace).build(spec) as draft:
        draft.summary |= {"rows_per_day": ROWS, "last_day": "2020-09-21", **summary}
    return ArtifactStore(workspace).require(spec)


@pytest.mark.parametrize(
    ("given", "cutoff", "last", "purchases"),
    [
        (None, "2020-09-22", "2020-09-21", 3),
        (day("2020-09-19"), "2020-09-20", "2020-09-19", 7),
        (day("2020-09-20"), "2020-09-20", "2020-09-19", 7),  # without purchases
        (day("2026-11-29"), "2020-09-22", "2020-09-21", 3),  # long after the files end
    ],
)
def test_the_cut_off_is_the_day_after_the_last_one_with_purchases(
    workspace: Workspace, given: dt.date | None, cutoff: str, last: str, purchases: int
) -> None:
    made = tables(workspace)
    assert open_day(made, given) == {"tables": made.key, "cutoff": cutoff, "day": last, "purchases": purchases}


def test_a_day_that_is_not_over_does_not_count(workspace: Workspace) -> None:
    made = tables(workspace, **{CLOSED_DAY: "2020-09-19"})
    for given in (None, day("2020-09-21")):
        assert open_day(made, given)["cutoff"] == "2020-09-20"


def test_a_day_without_purchases_is_told(workspace: Workspace, caplog: pytest.LogCaptureFixture) -> None:
    open_day(tables(workspace), day("2020-09-20"))
    assert "there are no purchases of 2020-09-20: the lists are those of 2020-09-19" in caplog.text


def test_before_the_first_purchase_there_is_no_day(workspace: Workspace) -> None:
    with pytest.raises(ValueError, match="no purchase up to 2020-09-17: the first one is of 2020-09-18"):
        open_day(tables(workspace), day("2020-09-17"))


def test_a_run_holds_on_to_its_tables_while_others_become_current(workspace: Workspace) -> None:
    first, second = tables(workspace, "first"), tables(workspace, "second")
    flip_link(workspace.tables, second.key)
    assert current_tables(workspace).key == second.key
    assert current_tables(Workspace.from_env(workspace.root, first.key)).key == first.key
    with pytest.raises(FileNotFoundError, match="the tables 0123456789abcdef are gone: run the day again from ingest"):
        current_tables(Workspace.from_env(workspace.root, "0123456789abcdef"))
