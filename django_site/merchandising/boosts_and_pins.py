"""Boosts and pins of staff in the home feed: boosted articles move up, then pinned ones come to their positions.

Everything that moves articles by hand does it here, so that feed, API and staff pages agree.
"""

from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from accounts.models import CustomerProfile
from catalog.listing import Indices
from merchandising.active_campaigns import active_campaigns
from merchandising.models import Boost, Pin
from recsys_core.contracts.columns import COLLECTION
from recsys_core.serving import Release
from wishlist.hidden import hidden_by

Code = Literal["pinned", "boosted"]
PICKED: Final = "Picked by the shop"


@dataclass(frozen=True)
class MerchandisedFeed:
    """Articles as they are shown; with the words on the card and the code of those that staff pinned or boosted."""

    article_idx: Indices
    reasons: Mapping[int, str] = field(default_factory=dict)
    codes: Mapping[int, Code] = field(default_factory=dict)

    def reasons_over(self, reasons: Mapping[int, str]) -> Mapping[int, str]:
        """The words of staff, and ``reasons`` for the articles that staff did not move."""
        return ChainMap(self.reasons, reasons) if self.reasons else reasons  # type: ignore[arg-type]  # only read


def apply_boosts_and_pins(
    release: Release, customer: CustomerProfile | None, article_idx: Indices, has_list: bool
) -> MerchandisedFeed:
    """``article_idx`` (best first) with what runs now for this shopper; ``has_list``: the order is the customer's own.

    Pins may add articles; boosts only move. An article of a boost bears its label even where nothing stood
    before it that it could have passed.
    """
    campaigns = active_campaigns.now().meant_for(customer, has_list)
    if not campaigns:
        return MerchandisedFeed(article_idx)
    pinned = _pinned(release, customer, campaigns.pins)
    boosted = _boosted(release, article_idx, campaigns.boosts)
    order = reorder(article_idx.tolist(), {idx: by.positions for idx, by in boosted.items()}, pinned)
    reasons = {idx: by.label for idx, by in boosted.items()} | {idx: PICKED for _, idx in pinned}
    codes: dict[int, Code] = dict.fromkeys(boosted, "boosted")
    return MerchandisedFeed(np.array(order, np.int32), reasons, codes | {idx: "pinned" for _, idx in pinned})


def reorder(order: Sequence[int], boosted: Mapping[int, int], pinned: Sequence[tuple[int, int]]) -> list[int]:
    """``order`` with ``boosted`` (article -> positions) moved up, and ``pinned`` (position from 1, article) put in.

    Pins come in the order in which they get their positions: one whose position is taken gets the next one, and one
    beyond the end comes last.

    >>> reorder([1, 2, 3, 4, 5], {4: 2}, [(1, 5), (3, 9)])
    [5, 1, 9, 4, 2, 3]
    """
    placed = {idx for _, idx in pinned}
    shown = _moved_up([idx for idx in order if idx not in placed], boosted)
    last = 0
    for position, idx in sorted(pinned, key=lambda pin: pin[0]):
        last = max(position, last + 1)
        shown.insert(last - 1, idx)
    return shown


def _moved_up(order: Sequence[int], boosted: Mapping[int, int]) -> list[int]:
    """A boosted article passes so many of those that are not boosted, which keep their order."""
    key: dict[int, float] = {}
    passed = 0
    for idx in order:
        if idx in boosted:
            key[idx] = max(passed - boosted[idx], 0) - 0.5
        else:
            key[idx] = passed
            passed += 1
    return sorted(order, key=key.__getitem__)


def _pinned(release: Release, customer: CustomerProfile | None, pins: Sequence[Pin]) -> list[tuple[int, int]]:
    """(position, article_idx) of what may be shown, each article once, by position; of two at one, the narrower."""
    positions: dict[int, int] = {}
    narrowest_first = sorted(pins, key=lambda pin: (pin.breadth, pin.position, pin.pk))
    welcome = frozenset(_welcome(release, customer, [pin.article_id for pin in pins])) if pins else frozenset()
    for pin in narrowest_first:
        idx = release.catalogue.index_of(pin.article_id)
        if idx in welcome:
            positions.setdefault(idx, pin.position)
    return sorted(((position, idx) for idx, position in positions.items()), key=lambda pin: pin[0])


def _welcome(release: Release, customer: CustomerProfile | None, article_ids: Sequence[str]) -> Iterator[int]:
    """Known, in stock, not hidden by the customer, and of the collections chosen."""
    hidden = frozenset(hidden_by(customer.user_id)) if customer else frozenset()
    chosen = frozenset(customer.collections) if customer else frozenset()
    names = release.catalogue.facet_values(COLLECTION) if chosen else []
    codes = release.catalogue.facet_codes(COLLECTION)
    for article_id in article_ids:
        idx = release.catalogue.index_of(article_id)
        if idx is None or article_id in hidden or not release.catalogue.in_stock[idx]:
            continue
        if not chosen or names[codes[idx]] in chosen:
            yield idx


def _boosted(release: Release, article_idx: Indices, boosts: Sequence[Boost]) -> dict[int, Boost]:
    """The boost of each article that has one; of several the one that moves it up most."""
    boosted: dict[int, Boost] = {}
    for boost in sorted(boosts, key=lambda each: (each.positions, -each.pk)):
        boosted |= dict.fromkeys(article_idx[_chosen(release, article_idx, boost)].tolist(), boost)
    return boosted


def _chosen(release: Release, article_idx: Indices, boost: Boost) -> np.ndarray:
    """(n,) whether the boost is about each of ``article_idx``."""
    if boost.facet:
        values = release.catalogue.facet_values(boost.facet)
        if boost.value not in values:
            return np.zeros(len(article_idx), bool)
        return np.asarray(release.catalogue.facet_codes(boost.facet)[article_idx] == values.index(boost.value))
    named = frozenset(article_id.encode() for article_id in boost.article_ids)
    held = release.catalogue.article_ids[article_idx].tolist()
    return np.array([article_id in named for article_id in held], bool)
