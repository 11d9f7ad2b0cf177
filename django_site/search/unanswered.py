"""Counts of searches without an answer, for staff to see what shoppers miss.

A search is counted in memory; a thread writes the counts every few seconds.
"""

import datetime as dt
import re
import threading
from dataclasses import dataclass, replace
from typing import Final

from django.db import Error, transaction
from django.db.models import F
from django.utils import timezone

from catalog.query import MAX_TEXT_LENGTH
from ops.background import BackgroundWriter
from search.models import UnansweredSearch
from search.text import TextHits

MAX_KEPT: Final = 5_000
"""Different searches that are kept; those asked longest ago go first."""
MAX_AGE_DAYS: Final = 180
"""Days after which a search that nobody asks again is dropped."""
MAX_WAITING: Final = 500
"""Different searches that wait to be written; further ones are not counted until then."""
FLUSH_INTERVAL_SECONDS: Final = 5.0
PERSONAL: Final = re.compile(r"@|(?:\d[\s/.-]*){6}")
"""An e-mail address or a number of six digits."""


@dataclass(frozen=True)
class Asked:
    """A search without an answer as it was asked last, and how often."""

    found: UnansweredSearch.Found
    unknown: str
    last: dt.datetime
    times: int = 1

    def after(self, before: "Asked | None") -> "Asked":
        return replace(self, times=self.times + before.times) if before else self


class UnansweredCounter(BackgroundWriter):
    """Counter of one process."""

    def __init__(self) -> None:
        super().__init__("searches without an answer", FLUSH_INTERVAL_SECONDS)
        self._waiting: dict[str, Asked] = {}
        self._counting = threading.Lock()
        self._writing = threading.Lock()

    def count(self, text: str, asked: Asked) -> None:
        """Counts a search, to be written soon."""
        self._ensure_thread()
        with self._counting:
            if text in self._waiting or len(self._waiting) < MAX_WAITING:
                self._waiting[text] = asked.after(self._waiting.get(text))

    def flush(self) -> int:
        """Writes all counts now; returns the number of different searches. What cannot be written waits on."""
        with self._writing:
            with self._counting:
                waiting, self._waiting = self._waiting, {}
            if not waiting:
                return 0
            try:
                _write(waiting)
            except Error:
                with self._counting:
                    later = {text: asked.after(waiting.get(text)) for text, asked in self._waiting.items()}
                    self._waiting = waiting | later
                raise
            return len(waiting)


counter = UnansweredCounter()


def count_unanswered(hits: TextHits) -> None:
    """Count a search that no article answers as a whole.

    A text that may be somebody's address or number is not kept.
    """
    found, text = _found(hits), " ".join(hits.typed.lower().split())[:MAX_TEXT_LENGTH]
    if found is None or PERSONAL.search(text):
        return
    unknown = ", ".join(hits.understood.unknown)[:MAX_TEXT_LENGTH]
    counter.count(text, Asked(found, unknown, timezone.now()))


@transaction.atomic
def _write(waiting: dict[str, Asked]) -> None:
    for text in sorted(waiting):  # in one order, or two processes would wait for each other
        asked = waiting[text]
        now = {"found": asked.found, "unknown": asked.unknown}
        UnansweredSearch.objects.get_or_create(text=text, defaults={**now, "times": 0})
        counted = UnansweredSearch.objects.filter(text=text)
        counted.update(times=F("times") + asked.times, last=asked.last, **now)
    _drop_old()


def _found(hits: TextHits) -> UnansweredSearch.Found | None:
    n_all, n_some = hits.n_before_price
    if not hits.understood.shown or (n_all and not hits.understood.unknown):
        return None
    if n_all:
        return UnansweredSearch.Found.WITHOUT_WORDS
    return UnansweredSearch.Found.SOME_WORDS if n_some else UnansweredSearch.Found.NOTHING


def _drop_old() -> None:
    UnansweredSearch.objects.filter(last__lt=timezone.now() - dt.timedelta(days=MAX_AGE_DAYS)).delete()
    surplus = UnansweredSearch.objects.count() - MAX_KEPT
    if surplus > 0:
        oldest = UnansweredSearch.objects.order_by("last").values_list("pk", flat=True)[:surplus]
        UnansweredSearch.objects.filter(pk__in=list(oldest)).delete()
