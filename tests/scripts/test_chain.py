"""The end of the chain of DAGs, by the states of its tasks; Airflow's answers are given."""

from typing import Any

import pytest

from scripts.chain import BESIDE_CHAIN, CHAIN, QUESTION, TRAINING, ChainError, ChainWatch
from scripts.progress import Progress
from tests.scripts.test_progress import Clock, Lines

Run = dict[str, Any]


class Answers:
    """Airflow with one run of each DAG, whose tasks have the given states; without a state all succeeded."""

    def __init__(self, states: dict[str, str], never_began: tuple[str, ...] = (), due: bool = True) -> None:
        self.states = states
        self.due = due
        self.dags = [dag_id for dag_id in (*CHAIN, *BESIDE_CHAIN) if dag_id not in never_began]

    def trigger(self, dag_id: str, conf: dict[str, Any]) -> Run:
        return {**self._run(dag_id), "queued_at": "2020-09-23T00:00:00"}

    def get(self, path: str, **_: Any) -> dict[str, Any]:
        dag_id = path.split("/")[1]
        if path.endswith("upstreamAssetEvents"):
            chain = [each for each in CHAIN if self.due or each != TRAINING]
            return {"asset_events": [{"source_run_id": f"run of {chain[chain.index(dag_id) - 1]}"}]}
        if path.endswith("tasks"):
            return {"tasks": [{"task_id": "task"}]}
        return {"dag_runs": [self._run(dag_id)]} if path.endswith("dagRuns") else self._run(dag_id)

    def runs(self, since: str) -> list[Run]:
        return [self._run(dag_id) for dag_id in self.dags]

    def tasks(self, run: Run) -> list[dict[str, Any]]:
        states = {"task": self.states.get(run["dag_id"], "success")}
        if run["dag_id"] == QUESTION[0]:
            states[QUESTION[1]] = "success" if self.due else "skipped"
        about = {"dag_id": run["dag_id"], "try_number": 1, "duration": 1.0}
        return [{**about, "task_id": task, "state": state} for task, state in states.items()]

    def log_tail(self, task: dict[str, Any]) -> list[str]:
        return ["no tables"]

    def _run(self, dag_id: str) -> Run:
        failed = self.states.get(dag_id) == "failed"
        return {"dag_id": dag_id, "dag_run_id": f"run of {dag_id}", "state": "failed" if failed else "success"}


def followed(answers: Answers, lines: Lines | None = None) -> list[str]:
    progress = Progress(display=lines or Lines(), now=Clock())  # type: ignore[arg-type]
    watch = ChainWatch(answers, progress=progress)  # type: ignore[arg-type]
    return [run["dag_id"] for run in watch.run({})]


def test_a_trained_shop_goes_through_all_dags() -> None:
    assert followed(Answers({"first_release": "skipped"})) == list(CHAIN)


def test_models_that_are_young_enough_are_not_trained() -> None:
    assert followed(Answers({}, due=False)) == [dag_id for dag_id in CHAIN if dag_id != TRAINING]


def test_a_shop_without_models_that_cannot_be_trained_ends_with_its_first_release() -> None:
    lines = Lines()
    assert followed(Answers({"recommend": "skipped"}, due=False), lines)[-1] == "recommend"
    assert "recommend has too little to learn from: what can be counted is published" in lines.said


def test_after_a_skipped_training_the_first_release_is_the_end() -> None:
    lines = Lines()
    assert followed(Answers({"train_models": "skipped"}), lines) == list(CHAIN[:4])
    assert "train_models has too little to learn from: what can be counted is published" in lines.said


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        (
            Answers({"train_models": "skipped", "first_release": "failed"}),
            r"(?s)first_release\.task failed.*no tables",
        ),
        (Answers({"train_models": "skipped"}, never_began=("first_release",)), "first_release did not start after ing"),
    ],
    ids=["failed", "never began"],
)
def test_without_training_a_first_release_has_to_come(answers: Answers, message: str) -> None:
    with pytest.raises(ChainError, match=message):
        followed(answers)
