"""The record of measured times: what it expects, what it keeps, and what a damaged file does."""

import datetime as dt
import json
import os
from pathlib import Path

import pytest

from recsys_core.workspace import Workspace
from scripts.progress_display import TITLE_WIDTH
from scripts.stage_outputs import has_written
from scripts.stage_plan import (
    DAG_STAGES,
    PLAN,
    PLAN_WITH_FILES,
    RANKER,
    RETRIEVERS,
    SERVICES,
    SERVICES_ALONE,
    SNAPSHOT,
    TRAINING_DUE,
    Stage,
)
from scripts.stage_times import StageTimes, new_reference, record_file

STAGES = {stage.key: stage for stage in PLAN}
SHOP = Path("/data/shop")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "var")


def recorded(workspace: Workspace, seconds: dict[str, list[float]], shop: Path = SHOP) -> StageTimes:
    workspace.root.mkdir(exist_ok=True)
    record_file(workspace).write_text(json.dumps({str(shop): seconds}))
    return StageTimes.open(workspace, shop)


def test_the_shipped_reference_knows_every_stage_that_a_first_run_measures(workspace: Workspace) -> None:
    reference = StageTimes.open(workspace, SHOP).reference
    assert reference
    assert reference.seconds.keys() == {stage.time_key for stage in (*PLAN, *PLAN_WITH_FILES) if stage.computes_first}


def test_a_first_run_expects_the_times_of_the_reference(workspace: Workspace) -> None:
    times = StageTimes.open(workspace, SHOP)
    assert times.reference
    assert times.expected(STAGES[RANKER]) == times.reference.seconds[RANKER]
    assert times.expected(Stage("daily_release.first_look", "first release")) is None


def test_a_measured_time_counts_before_the_reference(workspace: Workspace) -> None:
    StageTimes.open(workspace, SHOP).add(RANKER, 512.34)
    assert StageTimes.open(workspace, SHOP).expected(STAGES[RANKER]) == 512.3


def test_the_longest_of_the_last_three_runs_counts(workspace: Workspace) -> None:
    """A run that computed a part of what was missing does not spoil the record."""
    times = StageTimes.open(workspace, SHOP)
    for seconds in (900, 211, 30, 35):
        times.add(RETRIEVERS, seconds)
    assert times.expected(STAGES[RETRIEVERS]) == 211
    assert json.loads(record_file(workspace).read_text()) == {str(SHOP): {RETRIEVERS: [211, 30, 35]}}


def test_each_shop_has_times_of_its_own(workspace: Workspace) -> None:
    StageTimes.open(workspace, Path("/data/large")).add(RANKER, 9000)
    times = StageTimes.open(workspace, SHOP)
    assert not times.is_measured(RANKER)
    times.add(RANKER, 300)
    assert StageTimes.open(workspace, Path("/data/large")).expected(STAGES[RANKER]) == 9000


def test_stages_that_were_not_measured_here_follow_the_pace_of_those_that_were(workspace: Workspace) -> None:
    """An earlier run took twice the reference's time and was stopped before the rankers."""
    reference = StageTimes.open(workspace, SHOP).reference
    assert reference
    times = recorded(workspace, {RETRIEVERS: [2 * reference.seconds[RETRIEVERS]]})
    assert times.expected(STAGES[RANKER]) == 2 * reference.seconds[RANKER]


@pytest.mark.parametrize(
    "damaged", ["", "{half", "[]", '{"shop": {"a": [-1]}}', '{"shop": {"a": ["x"]}}', '{"shop": {"a": [1e999]}}']
)
def test_a_damaged_record_is_ignored_with_a_word_and_made_anew(workspace: Workspace, damaged: str) -> None:
    workspace.root.mkdir()
    record_file(workspace).write_text(damaged)
    times = StageTimes.open(workspace, SHOP)
    assert times.problem.startswith(f"{record_file(workspace)} is ignored and made anew: ")
    times.add(RANKER, 5)
    assert StageTimes.open(workspace, SHOP).problem == ""
    assert StageTimes.open(workspace, SHOP).expected(STAGES[RANKER]) == 5


def test_the_record_is_written_beside_and_renamed(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk in the midst of writing leaves the former record."""
    times = recorded(workspace, {RANKER: [300]})
    before = record_file(workspace).read_bytes()

    def half(file: Path, text: str) -> None:
        file.write_bytes(text.encode()[:10])
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "write_text", half)
    with pytest.raises(OSError, match="No space"):
        times.add(RANKER, 400)
    assert record_file(workspace).read_bytes() == before


def test_a_new_reference_needs_a_measured_time_of_every_stage(workspace: Workspace) -> None:
    today = dt.date(2026, 11, 29)
    complete = {stage.key: [float(number), 1.0] for number, stage in enumerate(PLAN, 2)}
    times = recorded(workspace, complete)
    assert times.reference
    reference = new_reference(times, today)
    alone = reference.seconds.pop(SERVICES_ALONE.key)
    assert reference.seconds == {stage.key: number for number, stage in enumerate(PLAN, 2)}
    assert alone == round(times.machine_pace * times.reference.seconds[SERVICES_ALONE.key], 1)
    assert reference.measured == today
    with pytest.raises(ValueError, match=r"not measured here: Milvus, MLflow, Airflow, rankers; run `make demo`"):
        new_reference(
            recorded(workspace, {k: v for k, v in complete.items() if k not in (RANKER, SERVICES.key)}), today
        )


def test_a_new_reference_lacks_what_computes_nothing_in_a_first_run(workspace: Workspace) -> None:
    first_run = {stage.time_key: [7.0] for stage in PLAN if stage.computes_first}
    reference = new_reference(recorded(workspace, first_run), dt.date(2026, 11, 29))
    assert reference.seconds.keys() == first_run.keys() | {SERVICES_ALONE.key}
    assert SNAPSHOT not in reference.seconds


def test_a_stage_that_found_its_artifact_is_told_from_one_that_computed(workspace: Workspace) -> None:
    stage = STAGES[RETRIEVERS]
    record = workspace.root / "retrievers" / "popular" / "0123" / "artifact.json"
    record.parent.mkdir(parents=True)
    record.touch()
    os.utime(record, (1000, 1000))
    assert has_written(workspace, stage, since=990)
    assert not has_written(workspace, stage, since=1100)
    assert has_written(workspace, STAGES[SERVICES.key], since=1100)  # nothing to tell by
    assert not has_written(workspace, STAGES[RANKER], since=990)


def test_every_task_but_a_question_has_outputs_to_tell_by() -> None:
    assert [stage.key for stage in DAG_STAGES if not stage.outputs] == [TRAINING_DUE]


@pytest.mark.parametrize("stage", [*PLAN, SERVICES_ALONE], ids=lambda stage: stage.key)
def test_every_title_fits_into_its_column(stage: Stage) -> None:
    assert len(stage.title) <= TITLE_WIDTH
