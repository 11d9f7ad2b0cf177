"""A small client for Airflow's REST API: what the demo and the end-to-end test ask for."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from scripts import airflow_home
from scripts.environment import Site

log = logging.getLogger(__name__)
ACTIVE = ("queued", "running")
LINE_LENGTH = 400
REPEATABLE = ("GET", "PATCH")
"""Methods whose request, sent twice, leaves what it leaves when sent once."""
FOLDED = ("::group::", "::endgroup::")


@dataclass
class AirflowApi:
    """Signs in as the home's admin when it has to."""

    url: str
    password: Callable[[], str]
    _token: str = ""
    _client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=15, trust_env=False))

    @classmethod
    def of(cls, site: Site) -> "AirflowApi":
        return cls(site.ports.url("airflow"), lambda: airflow_home.admin_password(site))

    def health(self) -> dict[str, str]:
        """Status by component; empty while nothing answers."""
        try:
            response = self._client.get(f"{self.url}/api/v2/monitor/health", timeout=3)
            response.raise_for_status()
        except httpx.HTTPError:
            return {}
        return {part: str((state or {}).get("status")) for part, state in response.json().items()}

    def dag_ids(self) -> set[str]:
        return {dag["dag_id"] for dag in self.get("dags", limit=100)["dags"]}

    def import_errors(self) -> list[str]:
        errors = self.get("importErrors")["import_errors"]
        return [f"{error['filename']}: {error['stack_trace']}" for error in errors]

    def trigger(self, dag_id: str, conf: Mapping[str, Any]) -> str:
        """Start a run; its id."""
        run = self.send("POST", f"dags/{dag_id}/dagRuns", {"logical_date": None, "conf": dict(conf)})
        return str(run["dag_run_id"])

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

    def get(self, path: str, **params: Any) -> Any:
        return self._request("GET", path, params=params)

    def send(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        return self._request(method, path, json=dict(body))

    def _request(self, method: str, path: str, **kwargs: Any) -> Any:
        if not self._token:
            self._sign_in()
        response = self._patiently(method, path, **kwargs)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            self._sign_in()
            response = self._once(method, path, **kwargs)
        if response.is_error:
            raise RuntimeError(f"Airflow: {method} {path}: {response.status_code} {response.text[:300]}")
        return response.json()

    def _patiently(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        """Ask again for what may be asked twice: a busy small machine answers late, SQLite is locked for a moment."""
        for pause in (1, 3, 5) if method in REPEATABLE else ():
            try:
                response = self._once(method, path, **kwargs)
            except httpx.TransportError as error:
                log.info("%s: trying again in %d s", error, pause)
            else:
                if response.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                    return response
            time.sleep(pause)
        return self._once(method, path, **kwargs)

    def _once(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        return self._client.request(method, f"{self.url}/api/v2/{path}", headers=headers, **kwargs)

    def _sign_in(self) -> None:
        body = {"username": airflow_home.ADMIN, "password": self.password()}
        response = self._client.post(f"{self.url}/auth/token", json=body)
        response.raise_for_status()
        self._token = response.json()["access_token"]


def _lines(entry: Any) -> list[str]:
    """A log entry as text, an exception's message included."""
    if not isinstance(entry, dict):
        return str(entry).splitlines()
    errors = [f"{error['exc_type']}: {error['exc_value']}" for error in entry.get("error_detail") or ()]
    return [line for text in [str(entry["event"]), *errors] for line in text.splitlines()]
