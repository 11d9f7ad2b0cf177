"""Follows one run of the whole chain of DAGs, from ingest to the published release."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from scripts.airflow_api import ACTIVE, AirflowApi
from scripts.progress import Progress
from scripts.progress_view import duration

CHAIN = ("ingest_purchases", "embed_images", "build_features", "train_models", "recommend", "publish_release")
TRAINING, QUESTION = "train_models", ("build_features", "training_due")
"""The DAG of the chain that is left out if this task, which asks whether models are due, is skipped."""
BESIDE_CHAIN = ("first_release",)
"""Started by the chain, but not waited for."""
POLL_SECONDS = 2.0
UNHAPPY = {
    "failed": "failed",
    "up_for_retry": "failed, is tried again",
    "upstream_failed": "does not run, because a stage before it failed",
}
"""States of a task that did not go well, in words."""
NEVER_RUNS = ("skipped", "upstream_failed")
"""States of a task that takes no time in this run."""

Run = dict[str, Any]
Task = dict[str, Any]


class ChainError(RuntimeError):
    """A task of the chain failed; the message ends with the tail of its log."""


def wait_for_dags(api: AirflowApi, patience: float = 120.0) -> None:
    """Until Airflow has read the chain's DAGs; they are unpaused, and runs that an earlier stop left are ended.

    Raises
    ------
    ChainError
        If a DAG file cannot be imported, or one is missing after ``patience`` seconds.
    """
    started = time.monotonic()
    while missing := {*CHAIN, *BESIDE_CHAIN} - api.dag_ids():
        if errors := api.import_errors():
            raise ChainError("Airflow cannot read the DAGs:\n" + "\n".join(errors))
        if time.monotonic() - started > patience:
            raise ChainError(f"Airflow does not know {', '.join(sorted(missing))} after {patience:.0f} s")
        time.sleep(1)
    for dag_id in (*CHAIN, *BESIDE_CHAIN):
        api.send("PATCH", f"dags/{dag_id}", {"is_paused": False})
    for run in api.runs(states=ACTIVE):
        if run["dag_id"] in (*CHAIN, *BESIDE_CHAIN):
            api.end_run(run, "left over from a stopped demo; the new run finds what it finished")


@dataclass
class ChainWatch:
    """Shows every change of a task's state until the chain has come to its end."""

    api: AirflowApi
    check_services: Callable[[], None] = lambda: None
    progress: Progress = field(default_factory=Progress)
    _states: dict[tuple[str, str, str], str] = field(default_factory=dict)
    _beside: set[str] = field(default_factory=lambda: set(BESIDE_CHAIN))
    """DAGs beside the chain whose run has not ended yet."""
    _since: str = ""

    def run(self, conf: dict[str, Any]) -> list[Run]:
        """Trigger the first DAG and follow the chain; the runs, in order.

        A shop that has too little to learn from has no run after the skipped training; its first release is waited for.

        Raises
        ------
        ChainError
            If a run fails, with the tail of the failed task's log.
        """
        started = time.monotonic()
        triggered = self.api.trigger(CHAIN[0], conf)
        self._since = str(triggered["queued_at"] or "")
        runs = list(self._follow(str(triggered["dag_run_id"])))
        self.progress.say(f"Published {duration(time.monotonic() - started)} after the trigger")
        return runs

    def _follow(self, first: str) -> Iterator[Run]:
        """The runs, up to the first one that is skipped."""
        run = self._finish(CHAIN[0], first)
        yield run
        for dag_id in CHAIN[1:]:
            if self._is_skipped(run):
                self._finish_beside()
                return
            if dag_id == TRAINING and not self._models_are_due(run):
                self._leave_out(dag_id)
                continue
            run = self._finish(dag_id, self._started_by(dag_id, run))
            yield run

    def _models_are_due(self, before: Run) -> bool:
        """True if the run before the training asked for it."""
        return self._states_of(before).get(QUESTION) == "success"

    def _leave_out(self, dag_id: str) -> None:
        for task in self.api.get(f"dags/{dag_id}/tasks")["tasks"]:
            self.progress.leave_out(f"{dag_id}.{task['task_id']}")

    def _is_skipped(self, run: Run) -> bool:
        skipped = "skipped" in (state for task, state in self._states_of(run).items() if task != QUESTION)
        if skipped:
            self.progress.say(f"{run['dag_id']} has too little to learn from: what can be counted is published")
        return skipped

    def _states_of(self, run: Run) -> dict[tuple[str, str], str]:
        return {(task["dag_id"], task["task_id"]): task["state"] for task in self.api.tasks(run)}

    def _finish_beside(self) -> None:
        """Wait for the DAGs beside the chain.

        Raises
        ------
        ChainError
            If one fails, or does not begin.
        """
        for dag_id in BESIDE_CHAIN:
            started = [run for run in self.api.runs(self._since) if run["dag_id"] == dag_id]
            if not started:
                raise ChainError(f"{dag_id} did not start after {CHAIN[0]}")
            self._finish(dag_id, str(started[-1]["dag_run_id"]))

    def _started_by(self, dag_id: str, source: Run, patience: float = 300.0) -> str:
        """Id of the run that the asset of ``source`` started."""
        started = time.monotonic()
        while time.monotonic() - started < patience:
            for run in self.api.get(f"dags/{dag_id}/dagRuns", limit=10, order_by="-run_after")["dag_runs"]:
                if self._came_from(run, source):
                    return str(run["dag_run_id"])
            self._pause()
        raise ChainError(f"{dag_id} did not start within {patience:.0f} s after {source['dag_id']}")

    def _came_from(self, run: Run, source: Run) -> bool:
        path = f"dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}/upstreamAssetEvents"
        events = self.api.get(path)["asset_events"]
        return any(event["source_run_id"] == source["dag_run_id"] for event in events)

    def _finish(self, dag_id: str, run_id: str) -> Run:
        while True:
            run: Run = self.api.get(f"dags/{dag_id}/dagRuns/{run_id}")
            tasks = self.api.tasks(run)
            for task in tasks:
                self._show(task)
            self._show_beside()
            if run["state"] == "success":
                return run
            if run["state"] == "failed":
                raise ChainError(self._reason(run, tasks))
            self._pause()

    def _show_beside(self) -> None:
        """Show the DAGs that the chain starts and does not wait for, until they have ended."""
        for run in self.api.runs(self._since) if self._beside else ():
            if run["dag_id"] in self._beside:
                for task in self.api.tasks(run):
                    self._show(task)
                if run["state"] not in ACTIVE:
                    self._beside.remove(run["dag_id"])

    def _pause(self) -> None:
        self.check_services()
        time.sleep(POLL_SECONDS)

    def _show(self, task: Task) -> None:
        key = (task["dag_id"], task["task_id"], str(task["try_number"]))
        state = task["state"] or ""
        if self._states.get(key) == state:
            return
        self._states[key] = state
        stage = f"{task['dag_id']}.{task['task_id']}"
        attempt = max(1, int(task["try_number"] or 1))
        if state == "running":
            self.progress.begin(stage, attempt)
        elif state == "success":
            self.progress.end(stage, float(task["duration"] or 0), attempt)
        elif state in UNHAPPY:
            self.progress.fail(stage, UNHAPPY[state])
        if state in NEVER_RUNS or (state == "failed" and task["dag_id"] in BESIDE_CHAIN):
            self.progress.leave_out(stage)

    def _reason(self, run: Run, tasks: list[Task]) -> str:
        broken = [task for task in tasks if task["state"] == "failed"]
        if not broken:
            return f"{run['dag_id']} failed without a failed task: {run.get('note') or 'see Airflow'}"
        tail = "\n".join(f"    {line}" for line in self.api.log_tail(broken[0]))
        return f"{run['dag_id']}.{broken[0]['task_id']} failed; the end of its log:\n{tail}"
