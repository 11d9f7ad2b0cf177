"""Events on their way to the database: a queue and a thread that writes it in batches.

No request waits for it. A full queue drops events and counts them: a shop that answers matters more than one that
counts. Events stay until they are written while the database is away; those that it refuses are dropped and counted.
What a killed process still held is lost, half a second's worth.
"""

import atexit
import logging
import os
import queue
import threading
from typing import Final

from django.db import DataError, Error, IntegrityError, close_old_connections

from events.models import Event
from ops import metrics

log = logging.getLogger(__name__)

MAX_QUEUED_EVENTS: Final = 20_000
BATCH_EVENTS: Final = 500
FLUSH_INTERVAL_SECONDS: Final = 0.5
"""Seconds between two batches, unless one is full before."""
RETRY_SECONDS: Final = 5.0
"""Seconds after which a batch that the database did not take is tried again."""
REFUSALS: Final = (IntegrityError, DataError)
"""Errors that are an event's own; after any other one the events are kept."""


class Recorder:
    """Recorder of one process. The thread starts with the first event, after the server has forked."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[Event] = queue.Queue(MAX_QUEUED_EVENTS)
        self._batch: list[Event] = []
        """Events that were taken out of the queue and are not written yet."""
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
        """Writes all waiting events now; returns their number.

        Raises
        ------
        Error
            If the database is away. What is not written is kept for the next call.
        """
        with self._writing:
            written = 0
            while self._fill_batch():
                written += self._write_batch()
            return written

    def _write_batch(self) -> int:
        try:
            written = len(Event.objects.bulk_create(map(_new, self._batch)))
        except REFUSALS:
            return self._write_one_by_one()
        metrics.EVENTS.inc(written)
        self._batch = []
        return written

    def _write_one_by_one(self) -> int:
        """Without the events that the database refuses, such as those of an account that was deleted meanwhile."""
        written = 0
        while self._batch:
            try:
                _new(self._batch[0]).save(force_insert=True)
            except REFUSALS as error:
                metrics.EVENTS_DROPPED.inc()
                log.warning("an event was dropped: %s", error)
            else:
                metrics.EVENTS.inc()
                written += 1
            del self._batch[0]
        return written

    def _fill_batch(self) -> bool:
        """Returns True if there is anything to write."""
        while len(self._batch) < BATCH_EVENTS:
            try:
                self._batch.append(self._waiting.get_nowait())
            except queue.Empty:
                break
        return bool(self._batch)

    def _ensure_thread(self) -> None:
        if self._pid == os.getpid():
            return
        with self._starting:
            if self._pid != os.getpid():
                threading.Thread(target=self._run, name="events", daemon=True).start()
                atexit.register(self._last)
                self._pid = os.getpid()

    def _run(self) -> None:
        pause = FLUSH_INTERVAL_SECONDS
        while not self._stopped.wait(pause):
            pause = FLUSH_INTERVAL_SECONDS if self._try() else RETRY_SECONDS

    def _last(self) -> None:
        self._stopped.set()
        if not self._try():
            metrics.EVENTS_DROPPED.inc(len(self._batch) + self._waiting.qsize())

    def _try(self) -> bool:
        try:
            close_old_connections()
            self.flush()
        except Error:
            log.exception("events could not be written")
            return False
        return True


def _new(event: Event) -> Event:
    """The event without the key that it got from a statement that was undone."""
    event.pk = None
    return event


recorder = Recorder()
