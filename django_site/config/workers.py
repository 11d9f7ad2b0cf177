"""Gunicorn's threaded worker, but one that leaves new connections to a worker with less to do."""

import time
from typing import Any, Final

from gunicorn.workers.gthread import ThreadWorker

PATIENCE: Final = 0.02
"""Seconds, for each request that is running, in which other workers may take a new connection first."""


class FairThreadWorker(ThreadWorker):  # type: ignore[misc]
    """A kept connection stays with the worker that took it, so who takes it decides how long its requests wait.

    All workers listen on one socket, and gunicorn's own worker takes connections while its threads are busy: of four
    that come at once one worker may take all, and the other is idle for as long as they last. Here a busy worker
    leaves new connections alone for ``PATIENCE`` times the requests that it runs. Then it does take one: its threads
    may all be waiting for an engine while the processor is free.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._running = 0
        self._resting_since = 0.0

    @property
    def _accepts_in(self) -> float:
        """Seconds until a connection may be taken."""
        return self._resting_since + PATIENCE * self._running - time.monotonic() if self._running else 0.0

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled and self._accepts_in <= 0)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        wait = self._accepts_in
        super().wait_for_and_dispatch_events(min(timeout, wait) if wait > 0 else timeout)

    def enqueue_req(self, conn: Any) -> None:
        super().enqueue_req(conn)
        self._running += 1
        if self._accepting:
            self._resting_since = time.monotonic()
            self.set_accept_enabled(False)

    def finish_request(self, conn: Any, fs: Any) -> None:
        super().finish_request(conn, fs)
        self._running -= 1
