"""Counts of searches without an answer, for staff to see what shoppers miss."""

import datetime as dt
import logging
import re
from typing import Final

from django.db import Error, IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from catalog.query import MAX_TEXT_LENGTH
from search.models import UnansweredSearch
from search.text import TextHits

log = logging.getLogger(__name__)

MAX_KEPT: Final = 5_000
"""Different searches that are kept; those asked longest ago go first."""
MAX_AGE_DAYS: Final = 180
"""Days after which a search that nobody asks again is dropped."""
PERSONAL: Final = re.compile(r"@|(?:\d[\s/.-]*){6}")
"""An e-mail address or a number of six digits."""


def count_unanswered(hits: TextHits) -> None:
    """Count a search that no article answers as a whole. It never fails: a shopper does not wait for a count.

    A text that may be somebody's address or number is not kept.
    """
    found, text = _found(hits), " ".join(hits.typed.lower().split())[:MAX_TEXT_LENGTH]
    if found is None or PERSONAL.search(text):
        return
    values = {"found": found, "unknown": ", ".join(hits.understood.unknown)[:MAX_TEXT_LENGTH]}
    try:
        with transaction.atomic():
            asked = UnansweredSearch.objects.filter(text=text)
            if not asked.update(times=F("times") + 1, last=timezone.now(), **values):
                UnansweredSearch.objects.create(text=text, **values)
                _drop_old()
    except IntegrityError:
        log.info("two counted the same search at once; one of them counts")
    except Error:
        log.exception("a search without an answer could not be counted")


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
