"""Counts of searches without an answer, for staff to see what shoppers miss."""

import logging
from typing import Final

from django.db import Error, IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from recsys_core.serving import Understanding
from search.models import UnansweredSearch

log = logging.getLogger(__name__)

MAX_KEPT: Final = 5_000
"""Different searches that are kept; those asked longest ago go first."""


def count_unanswered(understood: Understanding, n_found: int) -> None:
    """Count a search that no article answers as a whole. It never fails: a shopper does not wait for a count."""
    text = " ".join(understood.typed.lower().split())
    found = UnansweredSearch.Found.SOME_WORDS if n_found else UnansweredSearch.Found.NOTHING
    values = {"found": found, "unknown": ", ".join(understood.unknown)[: len(text)]}
    try:
        with transaction.atomic():
            asked = UnansweredSearch.objects.filter(text=text)
            if not asked.update(times=F("times") + 1, last=timezone.now(), **values):
                UnansweredSearch.objects.create(text=text, **values)
                _drop_oldest()
    except IntegrityError:
        log.info("two counted the search for %r at once; one of them counts", text)
    except Error:
        log.exception("a search without an answer could not be counted")


def _drop_oldest() -> None:
    surplus = UnansweredSearch.objects.count() - MAX_KEPT
    if surplus > 0:
        oldest = UnansweredSearch.objects.order_by("last").values_list("pk", flat=True)[:surplus]
        UnansweredSearch.objects.filter(pk__in=list(oldest)).delete()
