"""Tells Airflow that there are new orders: an event of the asset ``shop_orders``, which ingest waits for."""

import logging
import threading
from typing import Any

from ops import airflow

log = logging.getLogger(__name__)

ASSET = "shop_orders"


def announce_orders(files: int) -> None:
    """Trigger ingest from a thread of its own, where an Airflow is configured; ingest runs by the clock too."""
    if airflow.is_configured() and files:
        threading.Thread(target=_announce, args=(files,), daemon=True).start()


def _announce(files: int) -> None:
    try:
        create_event(files)
    except (OSError, KeyError) as error:
        log.warning(
            "Airflow at %s was not told of new orders (%s): ingest's clock will do", airflow.shown_address(), error
        )


def create_event(files: int) -> dict[str, Any]:
    """An event of the asset; what Airflow answers. Raises OSError if Airflow cannot be reached or refuses."""
    return airflow.client().create_event(ASSET, {"files": files})
