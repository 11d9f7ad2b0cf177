"""Work beside a request."""

import threading
from collections.abc import Callable

from django.db import connections


def in_background(call: Callable[[], None]) -> threading.Thread:
    """Runs a call in a thread of its own, which gives its connections to databases back."""
    thread = threading.Thread(target=_run, args=(call,), name="background")
    thread.start()
    return thread


def _run(call: Callable[[], None]) -> None:
    try:
        call()
    finally:
        connections.close_all()
