"""Work beside a request."""

import atexit
import logging
import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final

from django.db import Error, close_old_connections, connections

log = logging.getLogger(__name__)

RETRY_SECONDS: Final = 5.0
"""Seconds after which something that the database did not take is tried again."""


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


class BackgroundWriter(ABC):
    """Writer of what requests leave to be written, so that none of them waits for the database.

    A thread of the process calls ``flush`` every ``interval`` seconds, after an error some seconds later, and the
    process once more when it ends. What a killed process still held is lost.
    """

    def __init__(self, what: str, interval: float) -> None:
        """``what`` is written, in the words of the log."""
        self._what = what
        self._interval = interval
        self._starting = threading.Lock()
        self._pid = 0
        self._stopped = threading.Event()

    @abstractmethod
    def flush(self) -> int:
        """Writes all that waits now; returns how much.

        Raises
        ------
        Error
            If the database does not take it. What is not written is kept for the next call.
        """

    def _give_up(self) -> None:
        """Called as the process ends, if the rest could not be written."""
        log.error("%s that still waited are lost", self._what)

    def _ensure_thread(self) -> None:
        """Starts the thread: with the first that there is to write, after the server has forked."""
        if self._pid == os.getpid():
            return
        with self._starting:
            if self._pid != os.getpid():
                threading.Thread(target=self._keep_writing, name=self._what, daemon=True).start()
                atexit.register(self._write_last)
                self._pid = os.getpid()

    def _keep_writing(self) -> None:
        pause = self._interval
        while not self._stopped.wait(pause):
            pause = self._interval if self._try() else max(self._interval, RETRY_SECONDS)

    def _write_last(self) -> None:
        self._stopped.set()
        if not self._try():
            self._give_up()

    def _try(self) -> bool:
        try:
            close_old_connections()
            self.flush()
        except Error:
            log.exception("%s could not be written", self._what)
            return False
        return True
