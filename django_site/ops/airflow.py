"""What the shop asks of Airflow, through its REST API: an asset's event, a run of a DAG, how the last runs went.

Whoever calls it waits, ``TIMEOUT`` seconds at most for each answer.
"""

import json
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import quote

from django.conf import settings

TIMEOUT: Final = 5.0
Answer = dict[str, Any]


class AirflowRefused(OSError):  # noqa: N818  what happened, as Airflow says it
    """Airflow answered, but not as hoped; the message holds its reason."""


def is_configured() -> bool:
    return bool(settings.AIRFLOW_API)


def create_event(asset: str, extra: Mapping[str, Any]) -> Answer:
    """An event of the asset, which starts what waits for it.

    Raises
    ------
    OSError
        If Airflow cannot be reached, refuses, or knows no such asset.
    """
    token = _token()
    found = _call(f"/api/v2/assets?name_pattern={quote(asset)}", token)["assets"]
    known = {each["name"]: each["id"] for each in found}
    if asset not in known:
        raise AirflowRefused(f"no asset {asset!r}: Airflow has not read the DAGs yet, or reads other ones")
    return _call("/api/v2/assets/events", token, {"asset_id": known[asset], "extra": dict(extra)})


def trigger(dag_id: str, conf: Mapping[str, Any]) -> Answer:
    """Queue a run; what Airflow says of it (``dag_run_id``, ``state``).

    Raises
    ------
    OSError
        If Airflow cannot be reached or refuses, as it does impossible parameters.
    """
    return _call(f"/api/v2/dags/{quote(dag_id)}/dagRuns", _token(), {"logical_date": None, "conf": dict(conf)})


def latest_runs(dag_id: str, limit: int = 10) -> list[Answer]:
    """The last runs, the latest first; raises OSError as the others do."""
    path = f"/api/v2/dags/{quote(dag_id)}/dagRuns?limit={limit}&order_by=-run_after"
    runs: list[Answer] = _call(path, _token())["dag_runs"]
    return runs


def _token() -> str:
    if settings.AIRFLOW_TOKEN:
        return str(settings.AIRFLOW_TOKEN)
    login = {"username": settings.AIRFLOW_USER, "password": settings.AIRFLOW_PASSWORD}
    return str(_call("/auth/token", "", login)["access_token"])


def _call(path: str, token: str, body: Mapping[str, Any] | None = None) -> Answer:
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    data = None if body is None else json.dumps(body).encode()
    try:
        request = urllib.request.Request(settings.AIRFLOW_API.rstrip("/") + path, data, headers)  # noqa: S310  our own
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
            return _object(json.load(answer))
    except HTTPError as error:
        raise AirflowRefused(f"{error.code} {error.reason}: {_detail(error)}") from None
    except (ValueError, HTTPException) as error:
        raise AirflowRefused(f"{settings.AIRFLOW_API} does not answer as Airflow does: {error}") from None


def _object(answer: Any) -> Answer:
    if not isinstance(answer, dict):
        raise ValueError(f"{str(answer)[:100]!r}: expected a JSON object")
    return answer


def _detail(error: HTTPError) -> str:
    """Airflow's own words."""
    text = error.read(2000).decode(errors="replace")
    try:
        return str(json.loads(text)["detail"])[:500]
    except (ValueError, KeyError, TypeError):
        return text[:200]
