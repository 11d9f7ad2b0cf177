"""Best effort: entries that MLflow may lack, because the workspace has them."""

import contextlib
import logging
import os
from collections.abc import Iterator
from typing import Final

log = logging.getLogger(__name__)
PATIENCE: Final = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}
"""By itself MLflow's client asks a server that is away for four minutes, each time."""


@contextlib.contextmanager
def failure_logged(what: str) -> Iterator[None]:
    """Log a failure of MLflow instead of raising it."""
    try:
        yield
    except Exception as error:  # any store, any failure
        log.warning("MLflow did not take %s: %s", what, error)


@contextlib.contextmanager
def unless_away(what: str) -> Iterator[None]:
    """As ``failure_logged``, and do not wait long; settings of the environment count.

    Not while another thread trains: it would not wait long either.
    """
    own = {name: value for name, value in PATIENCE.items() if name not in os.environ}
    os.environ.update(own)
    try:
        with failure_logged(what):
            yield
    finally:
        for name in own:
            os.environ.pop(name, None)
