"""Work beside a request."""

import threading
from collections.abc import Callable

from django.db import connections


def in_background(call: Callable[[], None]) -> None:
    """Runs a call in a thread of its own, which gives its connections to databases back."""
    threading.Thread(target=_run, args=(call,), name="mail").start()


def _run(call: Callable[[], None]) -> None:
    try:
        call()
    finally:
        connections.close_all()
