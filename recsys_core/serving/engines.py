"""Engines beside the web process: where they are, and how long one that failed is left alone."""

import json
import os
import time
from pathlib import Path
from typing import Final

RETRY_PAUSE_SECONDS: Final = 10.0
"""Seconds during which nobody asks after a failure: one shopper pays for an engine that is away, not all."""


class Breaker:
    """Open for ``RETRY_PAUSE_SECONDS`` seconds after a failure."""

    def __init__(self) -> None:
        self._until = 0.0

    @property
    def is_open(self) -> bool:
        return time.monotonic() < self._until

    def trip(self) -> None:
        self._until = time.monotonic() + RETRY_PAUSE_SECONDS


def engine_url(variable: str, registered: Path) -> str:
    """``$variable``, else the loopback port that ``registered`` ({"port": ...}) names, else empty."""
    if url := os.environ.get(variable, ""):
        return url
    try:
        return f"http://127.0.0.1:{int(json.loads(registered.read_text())['port'])}"
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return ""
