"""Follows one run of the whole chain of DAGs, from ingest to the published release."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from scripts.airflow_api import ACTIVE, AirflowApi
from scripts.terminal import say, styled

CHAIN = ("ingest_purchases", "embed_images", "build_features", "train_models", "recommend", "publish_release")
BESIDE_CHAIN = ("first_release",)
"""Started by the chain, but not waited for."""
SHOWN = {"running": "bold", "success": "good", "failed": "bad", "up_for_retry": "bad", "upstream_failed": "bad"}
POLL_SECONDS = 2.0
NEWS_SECONDS = 30.0
"""A task that runs longer shows the last line of its log this often."""

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
    """Prints every change of a task's state until the chain has come to its end."""

    api: AirflowApi
    check_services: Callable[[], None] = lambda: None
    _states: dict[tuple[str, str, str], str] = field(default_factory=dict)
    _news_at: dict[str, float] = field(default_factory=dict)
    _last_news: str = ""

    def run(self, conf: dict[str, Any]) -> list[Run]:
        """Trigger the first DAG and follow the chain; the runs, in order.

        Raises
        ------
        ChainError
            If a run fails, with the tail of the failed task's log.
        """
        started = time.monotonic()
        first = str(self.api.trigger(CHAIN[0], conf)["dag_run_id"])
        runs = list(self._follow(first))
        say(f"  published after {time.monotonic() - started:.0f} s")
        return runs

    def _follow(self, first: str) -> Iterator[Run]:
        run = self._finish(CHAIN[0], first)
        yield run
        for dag_id in CHAIN[1:]:
            run = self._finish(dag_id, self._started_by(dag_id, run))
            yield run

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
            if run["state"] == "success":
                return run
            if run["state"] == "failed":
                raise ChainError(self._reason(run, tasks))
            self._pause()

    def _pause(self) -> None:
        self.check_services()
        time.sleep(POLL_SECONDS)

    def _show(self, task: Task) -> None:
        key = (task["dag_id"], task["task_id"], str(task["try_number"]))
        state = task["state"] or ""
        if state in SHOWN and self._states.get(key) != state:
            self._states[key] = state
            self._news_at[task["task_id"]] = time.monotonic()
            took = f"{task['duration']:.0f} s" if task["duration"] and state != "running" else ""
            clock = time.strftime("%H:%M:%S")
            say(f"  {clock}  {task['dag_id']:<17} {task['task_id']:<17} {styled(state, SHOWN[state])}  {took}".rstrip())
        elif state == "running" and time.monotonic() - self._news_at.get(task["task_id"], 0) > NEWS_SECONDS:
            self._news_at[task["task_id"]] = time.monotonic()
            self._tell(last_line(self.api.log_tail(task, 5)))

    def _tell(self, news: str) -> None:
        """Say a running task's last log line, unless that was said already."""
        if news and news != self._last_news:
            self._last_news = news
            say(styled(f"            … {news}", "dim"))

    def _reason(self, run: Run, tasks: list[Task]) -> str:
        broken = [task for task in tasks if task["state"] == "failed"]
        if not broken:
            return f"{run['dag_id']} failed without a failed task: {run.get('note') or 'see Airflow'}"
        tail = "\n".join(f"    {line}" for line in self.api.log_tail(broken[0]))
        return f"{run['dag_id']}.{broken[0]['task_id']} failed; the end of its log:\n{tail}"


def last_line(lines: list[str], width: int = 90) -> str:
    said = [line.strip() for line in lines if line.strip()]
    return said[-1][:width] if said else "no output yet"
