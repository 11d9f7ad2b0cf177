"""Requests of the demo and the end-to-end test to Airflow's REST API."""

from collections.abc import Mapping
from typing import Any

import httpx

from recsys_core.airflow_client import AirflowClient
from scripts import airflow_home
from scripts.environment import Site

ACTIVE = ("queued", "running")
LINE_LENGTH = 400
FOLDED = ("::group::", "::endgroup::")


class AirflowApi(AirflowClient):
    """Signs in as the workspace's admin."""

    @classmethod
    def of(cls, site: Site) -> "AirflowApi":
        http = httpx.Client(base_url=site.ports.url("airflow"), timeout=15, trust_env=False)
        return cls(http, airflow_home.ADMIN, lambda: airflow_home.admin_password(site), pauses=(1, 3, 5))

    def health(self) -> dict[str, str]:
        """Status by component; empty while nothing answers."""
        try:
            response = self.http.get("/api/v2/monitor/health", timeout=3)
            response.raise_for_status()
        except httpx.HTTPError:
            return {}
        return {part: str((state or {}).get("status")) for part, state in response.json().items()}

    def dag_ids(self) -> set[str]:
        return {dag["dag_id"] for dag in self.get("dags", limit=100)["dags"]}

    def import_errors(self) -> list[str]:
        errors = self.get("importErrors")["import_errors"]
        return [f"{error['filename']}: {error['stack_trace']}" for error in errors]

    def runs(self, since: str = "", states: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        """Runs of all DAGs that were made at or after ``since`` (ISO time), the oldest first."""
        found = self.get("dags/~/dagRuns", limit=100, order_by="-run_after")["dag_runs"]
        runs = [run for run in found if run["queued_at"] and run["queued_at"] >= since]
        return sorted(
            (run for run in runs if not states or run["state"] in states), key=lambda run: str(run["queued_at"])
        )

    def tasks(self, run: Mapping[str, Any]) -> list[dict[str, Any]]:
        path = f"dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}/taskInstances"
        return list(self.get(path, limit=100)["task_instances"])

    def end_run(self, run: Mapping[str, Any], note: str) -> None:
        """Mark a run as failed; its tasks are stopped."""
        self.send("PATCH", f"dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}", {"state": "failed", "note": note})

    def log_tail(self, task: Mapping[str, Any], lines: int = 25) -> list[str]:
        """The last lines of the task's latest try."""
        path = f"dags/{task['dag_id']}/dagRuns/{task['dag_run_id']}/taskInstances/{task['task_id']}"
        content = self.get(f"{path}/logs/{max(1, task['try_number'])}", full_content=True)["content"]
        said = [line for entry in content for line in _lines(entry) if not line.startswith(FOLDED)]
        return [line[:LINE_LENGTH] for line in said[-lines:]]


def _lines(entry: Any) -> list[str]:
    """A log entry as text, an exception's message included."""
    if not isinstance(entry, dict):
        return str(entry).splitlines()
    errors = [f"{error['exc_type']}: {error['exc_value']}" for error in entry.get("error_detail") or ()]
    return [line for text in [str(entry["event"]), *errors] for line in text.splitlines()]
