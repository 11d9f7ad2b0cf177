"""Follows one run of ``daily_release``, from the shop's files to the published release."""

import datetime as dt
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from scripts.airflow_api import ACTIVE, AirflowApi
from scripts.progress import Progress
from scripts.progress_view import duration
from scripts.stage_plan import DAG, MOMENTARY

BESIDE: Final = ("ingest_orders", "clean_up")
"""DAGs that a running shop needs too; they start by themselves."""
PUBLISHED: Final = ("release.publish", "release_of_new_models.publish")
"""Tasks of which at least one makes a release by trained models, unless there is too little to learn from."""
POLL_SECONDS = 2.0
UNHAPPY = {
    "failed": "failed",
    "up_for_retry": "failed, is tried again",
    "upstream_failed": "does not run, because a stage before it failed",
}
"""States of a task that did not go well, in words."""
TAKES_NO_TIME = ("skipped", "upstream_failed", "failed")
"""States of a task that takes no more time in this run."""

Run = dict[str, Any]
Task = dict[str, Any]
States = Mapping[str, str]
"""State of each task, by its id."""


class RunError(RuntimeError):
    """A task failed; the message ends with the tail of its log."""


def wait_for_dags(api: AirflowApi, patience: float = 120.0) -> None:
    """Until Airflow has read the DAGs; they are unpaused, and runs that an earlier stop left are ended.

    Raises
    ------
    RunError
        If a DAG file cannot be imported, or one is missing after ``patience`` seconds.
    """
    started = time.monotonic()
    while missing := {DAG, *BESIDE} - api.dag_ids():
        if errors := api.import_errors():
            raise RunError("Airflow cannot read the DAGs:\n" + "\n".join(errors))
        if time.monotonic() - started > patience:
            raise RunError(f"Airflow does not know {', '.join(sorted(missing))} after {patience:.0f} s")
        time.sleep(1)
    for dag_id in (DAG, *BESIDE):
        api.send("PATCH", f"dags/{dag_id}", {"is_paused": False})
    for run in api.runs(states=ACTIVE):
        if run["dag_id"] == DAG:
            api.end_run(run, "left over from a stopped demo; the new run finds what it finished")


def is_trained(states: States) -> bool:
    """True if the run made a release by trained models."""
    return any(states.get(task) == "success" for task in PUBLISHED)


@dataclass
class RunWatch:
    """Shows every change of a task's state until the run has come to its end."""

    api: AirflowApi
    check_services: Callable[[], None] = lambda: None
    progress: Progress = field(default_factory=Progress)
    _states: dict[tuple[str, str], str] = field(default_factory=dict)

    def run(self, conf: dict[str, Any], day: dt.date | None = None) -> States:
        """Trigger the DAG, for a day of data if one is given, and follow its run; the states in which its tasks ended.

        Raises
        ------
        RunError
            If the run fails, with the tail of the failed task's log.
        """
        started = time.monotonic()
        states = self._follow(str(self.api.trigger(DAG, conf, day and day.isoformat())["dag_run_id"]))
        if not is_trained(states):
            self.progress.say("There is too little to learn from: what can be counted is published")
        self.progress.say(f"Published {duration(time.monotonic() - started)} after the trigger")
        return states

    def _follow(self, run_id: str) -> States:
        while True:
            run: Run = self.api.get(f"dags/{DAG}/dagRuns/{run_id}")
            tasks = self.api.tasks(run)
            for task in tasks:
                self._show(task)
            if run["state"] == "success":
                return {task["task_id"]: task["state"] for task in tasks}
            if run["state"] == "failed":
                raise RunError(self._reason(run, tasks))
            self.check_services()
            time.sleep(POLL_SECONDS)

    def _show(self, task: Task) -> None:
        key = (task["task_id"], str(task["try_number"]))
        state = task["state"] or ""
        if self._states.get(key) == state:
            return
        self._states[key] = state
        stage = f"{DAG}.{task['task_id']}"
        attempt = max(1, int(task["try_number"] or 1))
        if state in UNHAPPY:
            self.progress.fail(stage, UNHAPPY[state])
        elif stage in MOMENTARY:
            return
        elif state == "running":
            self.progress.begin(stage, attempt)
        elif state == "success":
            self.progress.end(stage, float(task["duration"] or 0), attempt)
        if state in TAKES_NO_TIME:
            self.progress.leave_out(stage)

    def _reason(self, run: Run, tasks: list[Task]) -> str:
        broken = [task for task in tasks if task["state"] == "failed"]
        if not broken:
            return f"{DAG} failed without a failed task: {run.get('note') or 'see Airflow'}"
        tail = "\n".join(f"    {line}" for line in self.api.log_tail(broken[0]))
        return f"{DAG}.{broken[0]['task_id']} failed; the end of its log:\n{tail}"
