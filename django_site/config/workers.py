"""Gunicorn's threaded worker, but one that leaves new connections to a worker with less to do."""

import time
from typing import Any, Final

from gunicorn.workers.gthread import ThreadWorker

PATIENCE: Final = 0.02
"""Seconds in which others may take a waiting connection first, from a worker with one busy thread."""


class FairThreadWorker(ThreadWorker):  # type: ignore[misc]
    """A kept connection stays with the worker that took it, so who takes it decides how long its requests wait.

    All workers listen on one socket, and gunicorn's own worker takes connections while its threads are busy: of four
    that come at once one worker may take all, and the other is idle for as long as they last. Here a busy worker
    leaves connections to others: it waits 1, 3, 6, 10 times ``PATIENCE`` with 1, 2, 3, 4 busy threads, so that who
    has just taken one gives others time to take the next. An idle worker takes them at once. The busy one does take
    them then: its threads may all be waiting for an engine while the processor is free.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._requests = 0
        """Running or queued for a thread."""
        self._waiting_since: float | None = None
        """When this worker first saw the connections that wait now, as far as it knows of any."""
        self._saw_waiting = False

    @property
    def _patience_left(self) -> float:
        """Seconds; not above 0 where a connection may be taken."""
        if self._waiting_since is None:
            return 0.0
        busy = min(self._requests, int(self.cfg.threads))
        return self._waiting_since + PATIENCE * busy * (busy + 1) / 2 - time.monotonic()

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled and self._patience_left <= 0)

    def accept(self, listener: Any) -> None:
        """Called by the poller as long as a connection waits and this worker listens."""
        self._saw_waiting = True
        if self._requests and self._waiting_since is None:
            self._waiting_since = time.monotonic()
        if self._patience_left > 0:
            self.set_accept_enabled(False)
        else:
            super().accept(listener)

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        listened, self._saw_waiting = self._accepting, False
        if self._waiting_since is not None and self.alive and self.nr_conns < self.worker_connections:
            timeout = 0.0 if listened else min(timeout, max(self._patience_left, 0.0))
        super().wait_for_and_dispatch_events(timeout)
        if listened and not self._saw_waiting:
            self._waiting_since = None  # another worker took them

    def enqueue_req(self, conn: Any) -> None:
        super().enqueue_req(conn)
        self._requests += 1

    def finish_request(self, conn: Any, fs: Any) -> None:
        super().finish_request(conn, fs)
        self._requests -= 1
