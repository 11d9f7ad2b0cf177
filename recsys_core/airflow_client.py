"""A client of Airflow's REST API: for the storefront, and for the scripts that run the demo."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import httpx

from recsys_core.contracts.addresses import without_login

log = logging.getLogger(__name__)

REPEATABLE: Final = ("GET", "PATCH")
"""Idempotent methods: a request that is sent twice has the effect of one."""
Answer = dict[str, Any]


class AirflowRefusedError(OSError):
    """Airflow refused a request; the message holds its own words."""


@dataclass
class AirflowClient:
    """Every method raises OSError: ConnectionError where nobody answers, AirflowRefusedError where Airflow says no."""

    http: httpx.Client
    """Client with Airflow's address as its base."""
    user: str = "admin"
    password: Callable[[], str] | None = field(default=None, repr=False)
    """Password that a token is requested with; None if the given token is the only one."""
    token: str = field(default="", repr=False)
    pauses: tuple[float, ...] = ()
    """Seconds before each further try of a request that may be sent twice."""

    def get(self, path: str, **params: Any) -> Answer:
        return self.request("GET", path, params=params)

    def send(self, method: str, path: str, body: Mapping[str, Any]) -> Answer:
        return self.request(method, path, json=dict(body))

    def trigger(self, dag_id: str, conf: Mapping[str, Any], partition: str | None = None) -> Answer:
        """Queue a run, of a partition of a partitioned DAG; returns Airflow's answer (``dag_run_id``, ``state``)."""
        body = {"logical_date": None, "conf": dict(conf)} | ({"partition_key": partition} if partition else {})
        return self.send("POST", f"dags/{quote(dag_id)}/dagRuns", body)

    def latest_runs(self, dag_id: str, limit: int = 10) -> list[Answer]:
        """The last runs, the latest first."""
        return list(self.get(f"dags/{quote(dag_id)}/dagRuns", limit=limit, order_by="-run_after")["dag_runs"])

    def create_event(self, asset: str, extra: Mapping[str, Any]) -> Answer:
        """Create an event of the asset, which starts the DAGs that wait for it."""
        known = {each["name"]: each["id"] for each in self.get("assets", name_pattern=asset)["assets"]}
        if asset not in known:
            raise AirflowRefusedError(f"no asset {asset!r}: Airflow has not read the DAGs yet, or reads other ones")
        return self.send("POST", "assets/events", {"asset_id": known[asset], "extra": dict(extra)})

    def request(self, method: str, path: str, **content: Any) -> Answer:
        """Airflow's answer to ``path`` of its API; signs in where that is needed."""
        if not self.token:
            self._sign_in()
        response = self._patiently(method, path, **content)
        if response.status_code == httpx.codes.UNAUTHORIZED and self.password:
            self._sign_in()
            response = self._once(method, path, **content)
        return self._object(response)

    def _patiently(self, method: str, path: str, **content: Any) -> httpx.Response:
        """Retry requests that may be sent twice: a busy small machine answers late, SQLite is locked for a moment."""
        for pause in self.pauses if method in REPEATABLE else ():
            try:
                response = self._once(method, path, **content)
            except ConnectionError as error:
                log.info("%s: trying again in %g s", error, pause)
            else:
                if response.status_code < httpx.codes.INTERNAL_SERVER_ERROR:
                    return response
            time.sleep(pause)
        return self._once(method, path, **content)

    def _once(self, method: str, path: str, **content: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        return self._call(method, f"/api/v2/{path}", headers=headers, **content)

    def _sign_in(self) -> None:
        login = {"username": self.user, "password": self.password() if self.password else ""}
        self.token = str(self._object(self._call("POST", "/auth/token", json=login))["access_token"])

    def _call(self, method: str, path: str, **content: Any) -> httpx.Response:
        try:
            return self.http.request(method, path, **content)
        except httpx.RequestError as error:
            raise ConnectionError(f"{method} {path}: {error or type(error).__name__}") from None

    def _object(self, response: httpx.Response) -> Answer:
        if response.is_error:
            raise AirflowRefusedError(f"{response.status_code} {response.reason_phrase}: {_detail(response)}")
        try:
            answer = response.json()
        except ValueError as error:
            raise AirflowRefusedError(f"{self._address} does not answer as Airflow does: {error}") from None
        if not isinstance(answer, dict):
            said = f"{str(answer)[:100]!r}: expected a JSON object"
            raise AirflowRefusedError(f"{self._address} does not answer as Airflow does: {said}")
        return answer

    @property
    def _address(self) -> str:
        return without_login(str(self.http.base_url))


def _detail(response: httpx.Response) -> str:
    """Returns the error message in Airflow's own words."""
    try:
        return str(response.json()["detail"])[:500]
    except (ValueError, KeyError, TypeError):
        return response.text[:200]
