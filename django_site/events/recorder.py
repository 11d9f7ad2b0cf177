"""Events on their way to the database: a queue and a thread that writes it in batches.

No request waits for it. A full queue drops events and counts them: a shop that answers matters more than one that
counts. What a killed process still held is lost, half a second's worth.
"""

import atexit
import logging
import os
import queue
import threading
from typing import Final

from django.db import Error, close_old_connections

from events.models import Event
from ops import metrics

log = logging.getLogger(__name__)

MAX_QUEUED_EVENTS: Final = 20_000
BATCH_EVENTS: Final = 500
FLUSH_INTERVAL_SECONDS: Final = 0.5
"""Seconds between two batches, unless one is full before."""


class Recorder:
    """Recorder of one process. The thread starts with the first event, after the server has forked."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[Event] = queue.Queue(MAX_QUEUED_EVENTS)
        self._writing = threading.Lock()
        self._starting = threading.Lock()
        self._pid = 0
        self._stopped = threading.Event()

    def record(self, event: Event) -> None:
        """Queues the event to be written soon."""
        self._ensure_thread()
        try:
            self._waiting.put_nowait(event)
        except queue.Full:
            metrics.EVENTS_DROPPED.inc()

    def flush(self) -> int:
        """Writes all waiting events now; returns their number."""
        with self._writing:
            written = 0
            while batch := self._batch():
                Event.objects.bulk_create(batch)
                metrics.EVENTS.inc(len(batch))
                written += len(batch)
            return written

    def _batch(self) -> list[Event]:
        batch: list[Event] = []
        while len(batch) < BATCH_EVENTS:
            try:
                batch.append(self._waiting.get_nowait())
            except queue.Empty:
                break
        return batch

    def _ensure_thread(self) -> None:
        if self._pid == os.getpid():
            return
        with self._starting:
            if self._pid != os.getpid():
                threading.Thread(target=self._run, name="events", daemon=True).start()
                atexit.register(self._last)
                self._pid = os.getpid()

    def _run(self) -> None:
        while not self._stopped.wait(FLUSH_INTERVAL_SECONDS):
            self._try()

    def _last(self) -> None:
        self._stopped.set()
        self._try()

    def _try(self) -> None:
        try:
            close_old_connections()
            self.flush()
        except Error:
            log.exception("events could not be written")


recorder = Recorder()
