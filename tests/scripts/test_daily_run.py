"""The end of a run of ``daily_release``, by the states of its tasks; Airflow's answers are given."""

from typing import Any

import pytest

from scripts.daily_run import DAG, RunError, RunWatch, is_trained
from scripts.progress import Progress
from tests.scripts.test_progress import Clock, Lines

Run = dict[str, Any]
TASKS = ("ingest", "first_release.first_release", "release.publish", "training.training_due")
NEW = ("training.validate", "release_of_new_models.publish")
LITTLE = "There is too little to learn from: what can be counted is published"


class Answers:
    """Airflow with one run, whose tasks have the given states; without a state they succeeded."""

    def __init__(self, states: dict[str, str], note: str = "") -> None:
        self.states = dict.fromkeys((*TASKS, *NEW), "success") | states
        self.note = note

    def trigger(self, dag_id: str, conf: dict[str, Any], partition: str | None) -> Run:
        return self._run

    def get(self, path: str) -> Run:
        assert path == f"dags/{DAG}/dagRuns/the run"
        return self._run

    def tasks(self, run: Run) -> list[dict[str, Any]]:
        about = {"dag_id": DAG, "try_number": 1, "duration": 1.0}
        return [{**about, "task_id": task, "state": state} for task, state in self.states.items()]

    def log_tail(self, task: dict[str, Any]) -> list[str]:
        return ["no tables"]

    @property
    def _run(self) -> Run:
        state = "failed" if self.note or "failed" in self.states.values() else "success"
        return {"dag_id": DAG, "dag_run_id": "the run", "state": state, "note": self.note}


def followed(answers: Answers, lines: Lines | None = None) -> bool:
    progress = Progress(display=lines or Lines(), now=Clock())  # type: ignore[arg-type]
    return is_trained(RunWatch(answers, progress=progress).run({}))  # type: ignore[arg-type]


@pytest.mark.parametrize("skipped", [("release.publish",), NEW], ids=["first day", "a day without training"])
def test_a_release_of_either_group_is_a_trained_one(skipped: tuple[str, ...]) -> None:
    lines = Lines()
    assert followed(Answers(dict.fromkeys(skipped, "skipped")), lines)
    assert LITTLE not in lines.said


def test_a_shop_that_cannot_be_learned_from_ends_with_its_first_release() -> None:
    lines = Lines()
    skipped = ("release.publish", "training.training_due", *NEW)
    assert not followed(Answers(dict.fromkeys(skipped, "skipped")), lines)
    assert LITTLE in lines.said


def test_a_failed_task_ends_with_the_last_lines_of_its_log() -> None:
    failed = Answers({"first_release.first_release": "failed", "training.validate": "upstream_failed"})
    with pytest.raises(RunError, match=r"(?s)daily_release\.first_release\.first_release failed.*no tables"):
        followed(failed)


def test_a_run_that_a_person_ended_says_so() -> None:
    with pytest.raises(RunError, match="daily_release failed without a failed task: ended by ann"):
        followed(Answers({}, note="ended by ann"))
