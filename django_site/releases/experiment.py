"""The switch between two rankings of a feed: by a hash of who looks, so everybody keeps the one first met.

``second_ranker`` compares two models: the release's own lists and those of ``lists.second_ranker``. Guests have no list
of their own, so they are outside of that experiment.
"""

import hashlib
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from recsys_core.serving import Release
from recsys_core.serving.lists import Lists

Indices = NDArray[np.integer[Any]]
Ranking = Callable[[Release, Indices], Indices]
CONTROL: Final = "list"
SECOND_RANKER: Final = "second_ranker"
OUTSIDE: Final = "outside"
"""Variant of guests in an experiment about customers' own lists, so that they do not count for the control."""


def as_listed(release: Release, article_idx: Indices) -> Indices:
    """The order of the list."""
    return article_idx


def varied(release: Release, article_idx: Indices) -> Indices:
    """Mix of the best of each product type in turns: the first screen shows what there is.

    >>> varied(release, [shirt1, shirt2, dress1])  # doctest: +SKIP
    [shirt1, dress1, shirt2]
    """
    kind = release.catalogue.facet_codes("product_type_name")[article_idx]
    turn = np.zeros(len(article_idx), np.int64)
    seen: dict[int, int] = {}
    for place, code in enumerate(kind.tolist()):
        turn[place] = seen.get(code, 0)
        seen[code] = int(turn[place]) + 1
    return article_idx[np.argsort(turn, kind="stable")]


RANKINGS: Final[dict[str, Ranking]] = {
    CONTROL: as_listed,
    SECOND_RANKER: as_listed,
    OUTSIDE: as_listed,
    "varied": varied,
}


def is_running(release: Release) -> bool:
    """True if some customers see another ranking; a release without second lists has none of that experiment."""
    has_lists = settings.EXPERIMENT != SECOND_RANKER or len(release.second_lists) > 0
    return bool(settings.EXPERIMENT) and settings.EXPERIMENT_SHARE > 0 and has_lists


def variant_of(release: Release, customer_id: str | None, visitor: str) -> str:
    """The ranking that this customer, or this browser, gets; the control while there is no experiment."""
    if not is_running(release):
        return CONTROL
    if settings.EXPERIMENT == SECOND_RANKER and customer_id is None:
        return OUTSIDE
    if customer_id is None and not visitor:  # of whom nothing is recorded
        return CONTROL
    who = visitor if customer_id is None else customer_id
    digest = hashlib.sha256(f"{settings.EXPERIMENT}:{who}".encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    return settings.EXPERIMENT if place < settings.EXPERIMENT_SHARE else CONTROL


def lists_for(release: Release, customer_id: str) -> Lists:
    """The lists that this customer's own feed is read from."""
    variant = variant_of(release, customer_id, "")
    return release.second_lists if variant == SECOND_RANKER else release.lists


def ranked(variant: str, release: Release, article_idx: Indices) -> Indices:
    return RANKINGS[variant](release, article_idx)
