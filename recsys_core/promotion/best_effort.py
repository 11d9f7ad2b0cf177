"""What may be missing in MLflow, because the workspace knows it."""

import contextlib
import logging
import os
from collections.abc import Iterator
from typing import Final

log = logging.getLogger(__name__)
PATIENCE: Final = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}
"""By itself MLflow's client asks a server that is away for four minutes, each time."""


@contextlib.contextmanager
def unless_away(what: str) -> Iterator[None]:
    """Log a failure of MLflow instead of raising it, and do not wait long; what the environment asks for counts."""
    own = {name: value for name, value in PATIENCE.items() if name not in os.environ}
    os.environ.update(own)
    try:
        yield
    except Exception as error:  # any store, any failure
        log.warning("MLflow did not take %s: %s", what, error)
    finally:
        for name in own:
            os.environ.pop(name, None)
