"""Events on their way to the database: a queue and a thread that writes it in batches.

No request waits for it. A full queue drops events and counts them: a shop that answers matters more than one that
counts. Events stay until they are written while the database is away; those that it refuses are dropped and counted.
What a killed process still held is lost, half a second's worth.
"""

import logging
import queue
import threading
from typing import Final

from django.db import DataError, IntegrityError

from events.models import Event
from ops import metrics
from ops.background import BackgroundWriter

log = logging.getLogger(__name__)

MAX_QUEUED_EVENTS: Final = 20_000
BATCH_EVENTS: Final = 500
FLUSH_INTERVAL_SECONDS: Final = 0.5
"""Seconds between two batches, unless one is full before."""
REFUSALS: Final = (IntegrityError, DataError)
"""Errors that are an event's own; after any other one the events are kept."""


class Recorder(BackgroundWriter):
    """Recorder of one process."""

    def __init__(self) -> None:
        super().__init__("events", FLUSH_INTERVAL_SECONDS)
        self._waiting: queue.Queue[Event] = queue.Queue(MAX_QUEUED_EVENTS)
        self._batch: list[Event] = []
        """Events that were taken out of the queue and are not written yet."""
        self._writing = threading.Lock()

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

    def _give_up(self) -> None:
        super()._give_up()
        metrics.EVENTS_DROPPED.inc(len(self._batch) + self._waiting.qsize())


def _new(event: Event) -> Event:
    """The event without the key that it got from a statement that was undone."""
    event.pk = None
    return event


recorder = Recorder()
