"""Articles of a shopper's feed, from the first fallback tier that has any."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from accounts.ages import spoken_age
from accounts.models import CustomerProfile
from catalog.listing import Indices
from catalog.rows import ROW_LENGTH
from orders.selectors import ordered_articles
from recommendations.diversity import without
from recsys_core.contracts.columns import COLLECTION
from recsys_core.serving import FacetSelection, RecommendationList, Release
from releases.own_list import own_list
from wishlist.hidden import hidden_by

Tier = Literal["own", "segment", "global", "newest"]
NEW_DAYS = 30


@dataclass(frozen=True)
class Feed:
    """Articles best first, why each is there (by article_idx), and the tier they come from."""

    article_idx: Indices
    reasons: Mapping[int, str]
    tier: Tier
    codes: Mapping[int, str] = field(default_factory=dict)
    """Reason codes of an own list, by article_idx."""
    ordered: tuple[int, ...] = ()
    """Articles that the customer ordered in this shop, the latest first."""


def feed_for(release: Release, customer: CustomerProfile | None) -> Feed:
    """own list > segment popular > global popular > newest; empty only if the catalogue is.

    What the customer ordered since the lists were made has left an own list: it stands among ``buy_again``.
    """
    ordered = _ordered(release, customer) if customer else ()
    own = customer and _without(ordered, _own(release, customer))
    feed = own and _welcome(release, customer, own)
    if not feed:
        general = _fallback(release, customer)
        feed = _welcome(release, customer, general) or general
    return replace(feed, ordered=ordered)


def _welcome(release: Release, customer: CustomerProfile | None, feed: Feed) -> Feed | None:
    """The feed without what the customer hid; None if nothing is left of it."""
    left = welcome(release, customer, feed.article_idx)
    return replace(feed, article_idx=left) if len(left) else None


def welcome(release: Release, customer: CustomerProfile | None, article_idx: Indices) -> Indices:
    """``article_idx`` without what the customer hid, and of the collections chosen only, as far as that leaves any."""
    if customer is None:
        return article_idx
    left = without(article_idx, _hidden(release, customer))
    if not customer.collections or not len(left):
        return left
    chosen = FacetSelection({COLLECTION: frozenset(customer.collections)})
    among = release.catalogue.facet(left, chosen).article_idx
    return among if len(among) else left


def _hidden(release: Release, customer: CustomerProfile) -> set[int]:
    found = (release.catalogue.index_of(article_id) for article_id in hidden_by(customer.user_id))
    return {idx for idx in found if idx is not None}


def _own(release: Release, customer: CustomerProfile) -> Feed | None:
    own = own_list(release, customer.customer_id)
    return Feed(own.article_idx, own.reasons, "own", own.codes) if own else None


def _ordered(release: Release, customer: CustomerProfile) -> tuple[int, ...]:
    known = (release.catalogue.index_of(article_id) for article_id in ordered_articles(customer))
    return tuple(idx for idx in known if idx is not None)


def _without(ordered: tuple[int, ...], own: Feed | None) -> Feed | None:
    if own is None:
        return None
    left = without(own.article_idx, frozenset(ordered))
    return replace(own, article_idx=left) if len(left) else None


@dataclass(frozen=True)
class Rows:
    """Rows of articles above a customer's feed, each best first; empty rows are not shown."""

    buy_again: Indices
    new_for_you: Indices


def rows_for(release: Release, customer: CustomerProfile, feed: Feed) -> Rows:
    """Own purchases that are worth another, the latest orders first, and new articles of the own list.

    What the customer hid is in neither row.
    """
    catalogue = release.catalogue
    listed = feed.article_idx if feed.tier == "own" else feed.article_idx[:0]
    bought = [idx for idx in listed.tolist() if feed.codes.get(idx) == "repurchase"]
    again = without(np.array(list(dict.fromkeys([*feed.ordered, *bought])), np.int32), _hidden(release, customer))
    age = catalogue.days_since_first_sale[listed]
    new = listed[(age >= 0) & (age <= NEW_DAYS) & ~np.isin(listed, again)]
    return Rows(again[catalogue.in_stock[again]][:ROW_LENGTH], new[catalogue.in_stock[new]][:ROW_LENGTH])


def _fallback(release: Release, customer: CustomerProfile | None) -> Feed:
    general = release.fallback()
    age_interval = customer.age_interval if customer else "unknown"
    segment = general if age_interval == "unknown" else release.fallback(age_interval)
    if not np.array_equal(segment.article_idx, general.article_idx):
        return _feed(segment, _segment_reason(age_interval), "segment")
    if "popular" in general.reasons:
        return _feed(general, "Popular right now", "global")
    return Feed(general.article_idx, _if_new(release, general), "newest")


def _feed(articles: RecommendationList, reason: str, tier: Tier) -> Feed:
    return Feed(articles.article_idx, dict.fromkeys(articles.article_idx.tolist(), reason), tier)


def _if_new(release: Release, articles: RecommendationList) -> dict[int, str]:
    """Reason "New in" for the articles of the last tier of which it is true."""
    age = release.catalogue.days_since_first_sale
    return {idx: "New in" for idx in articles.article_idx.tolist() if 0 <= age[idx] <= NEW_DAYS}


def _segment_reason(age_interval: str) -> str:
    return f"Popular with {spoken_age(age_interval)}"
