"""A titled row of cards that scrolls sideways: on the home page and below a product."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass

import numpy as np

from browsing.session import BrowsingSession
from catalog.listing import Card, Indices, ListingContext, make_cards
from recsys_core.serving import Release

ROW_LENGTH = 12
MIN_ROW_CARDS = 3
"""A row of fewer cards looks like a mistake."""


@dataclass(frozen=True)
class Row:
    surface: str
    """Surface that clicks on its cards are recorded with (``events.models.SURFACES``)."""
    title: str
    cards: list[Card]
    more_url: str = ""
    """Address of a page with more such articles; empty if there is none."""
    name: str = ""
    """Name that distinguishes rows of one surface."""

    @property
    def id(self) -> str:
        return f"{self.surface}-{self.name}" if self.name else self.surface

    def __bool__(self) -> bool:
        return bool(self.cards)


def make_row(
    release: Release,
    surface: str,
    title: str,
    article_idx: Indices,
    more_url: str = "",
    name: str = "",
    retrievers: Mapping[int, str] | None = None,
) -> Row:
    """The best of ``article_idx``; ``retrievers`` by article_idx, where they are a customer's own list's."""
    cards = make_cards(release, article_idx[:ROW_LENGTH], ListingContext("", retrievers=retrievers))
    return Row(surface, title, cards, more_url, name)


def recently_viewed(release: Release, session: BrowsingSession, but_for: str = "") -> list[Row]:
    """The row of the articles that this browser looked at last, latest first; none for fewer than a row takes."""
    ids = [article_id for article_id, _ in session.interactions if article_id != but_for]
    found = [idx for idx in map(release.catalogue.index_of, ids) if idx is not None]
    if len(found) < MIN_ROW_CARDS:
        return []
    return [make_row(release, "recently-viewed", "Recently viewed", np.array(found, np.int32))]


def without_repeats(release: Release, asked: Iterable[tuple[str, str, Indices]], shown: Set[int]) -> list[Row]:
    """Rows from (surface, title, article_idx), in this order: no article twice, none in ``shown``, none too short."""
    taken, rows = set(shown), []
    for surface, title, article_idx in asked:
        fresh = [idx for idx in dict.fromkeys(article_idx.tolist()) if idx not in taken][:ROW_LENGTH]
        if len(fresh) >= MIN_ROW_CARDS:
            taken.update(fresh)
            rows.append(make_row(release, surface, title, np.array(fresh, np.int32)))
    return rows
