"""Tells Airflow that there are new orders: an event of the asset ``shop_orders``, which ingest waits for."""

import json
import logging
import threading
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django.conf import settings

log = logging.getLogger(__name__)

ASSET = "shop_orders"
TIMEOUT = 5.0


def announce_orders(files: int) -> None:
    """In a thread of its own, where an Airflow is configured: nobody waits for it, ingest runs by the clock too."""
    if settings.AIRFLOW_API and files:
        threading.Thread(target=_announce, args=(files,), daemon=True).start()


def _announce(files: int) -> None:
    try:
        create_event(files)
    except (OSError, ValueError, KeyError, IndexError) as error:
        log.warning(
            "Airflow at %s was not told of new orders (%s): ingest's clock will do", settings.AIRFLOW_API, error
        )


def create_event(files: int) -> dict[str, Any]:
    """An event of the asset; what Airflow answers.

    Raises
    ------
    OSError
        If Airflow cannot be reached or refuses.
    """
    token = settings.AIRFLOW_TOKEN or _token()
    found = _call(f"/api/v2/assets?name_pattern={quote(ASSET)}", token)["assets"]
    asset = next(each["id"] for each in found if each["name"] == ASSET)
    return _call("/api/v2/assets/events", token, {"asset_id": asset, "extra": {"files": files}})


def _token() -> str:
    login = {"username": settings.AIRFLOW_USER, "password": settings.AIRFLOW_PASSWORD}
    return str(_call("/auth/token", "", login)["access_token"])


def _call(path: str, token: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    request = urllib.request.Request(  # noqa: S310  the operator's own address
        settings.AIRFLOW_API.rstrip("/") + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})},
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:  # noqa: S310
        found: dict[str, Any] = json.load(answer)
        return found
