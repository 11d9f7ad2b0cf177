"""Client of Airflow for the shop: creates events of an asset, starts a DAG and lists its last runs.

Whoever calls it waits, ``TIMEOUT_SECONDS`` at most for each answer.
"""

from functools import cache
from typing import Final

import httpx
from django.conf import settings

from recsys_core.airflow_client import AirflowClient
from recsys_core.contracts.addresses import without_login

TIMEOUT_SECONDS: Final = 5.0


def is_configured() -> bool:
    return bool(settings.AIRFLOW_API)


def shown_address() -> str:
    """Its address for messages: without a login."""
    return without_login(settings.AIRFLOW_API)


def client() -> AirflowClient:
    return _client(settings.AIRFLOW_API, settings.AIRFLOW_TOKEN, settings.AIRFLOW_USER, settings.AIRFLOW_PASSWORD)


@cache
def _client(address: str, token: str, user: str, password: str) -> AirflowClient:
    """One a process, which keeps its token."""
    http = httpx.Client(base_url=address, timeout=TIMEOUT_SECONDS)
    return AirflowClient(http, user, None if token else lambda: password, token)
