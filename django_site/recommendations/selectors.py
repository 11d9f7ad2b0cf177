"""Which articles a shopper's feed holds: the first rung of the ladder that has any."""

import logging
from dataclasses import dataclass
from typing import Literal

import numpy as np

from accounts.models import CustomerProfile
from catalog.listing import Indices
from ops import metrics
from recommendations.reasons import own_list_reason, segment_reason
from recsys_core.serving import RecommendationList, Release

log = logging.getLogger(__name__)

Rung = Literal["own", "segment", "global", "newest"]
NEW_DAYS = 30


@dataclass(frozen=True)
class Feed:
    """Articles best first, why each is there (by article_idx), and the rung they come from."""

    article_idx: Indices
    reasons: dict[int, str]
    rung: Rung


def feed_for(release: Release, customer: CustomerProfile | None) -> Feed:
    """own list > segment popular > global popular > newest; empty only if the catalogue is."""
    feed = (customer and _own(release, customer)) or _fallback(release, customer)
    metrics.RUNGS.labels(feed.rung).inc()
    return feed


def _own(release: Release, customer: CustomerProfile) -> Feed | None:
    try:
        own = release.lists.for_customer(customer.customer_id)
    except (OSError, ValueError, IndexError):
        log.exception("the lists of release %s cannot be read", release.id)
        return None
    if own is None or not len(own):
        return None
    words = (own_list_reason(code) for code in own.reasons)
    return Feed(own.article_idx, dict(zip(own.article_idx.tolist(), words, strict=True)), "own")


def own_order(release: Release, customer: CustomerProfile | None) -> Indices | None:
    """The customer's own list, best first; None without one."""
    own = customer and _own(release, customer)
    return own.article_idx if own else None


def _fallback(release: Release, customer: CustomerProfile | None) -> Feed:
    general = release.fallback()
    age_interval = customer.age_interval if customer else "unknown"
    segment = general if age_interval == "unknown" else release.fallback(age_interval)
    if not np.array_equal(segment.article_idx, general.article_idx):
        return _feed(segment, segment_reason(age_interval), "segment")
    if "popular" in general.reasons:
        return _feed(general, "Popular right now", "global")
    return Feed(general.article_idx, _if_new(release, general), "newest")


def _feed(articles: RecommendationList, reason: str, rung: Rung) -> Feed:
    return Feed(articles.article_idx, dict.fromkeys(articles.article_idx.tolist(), reason), rung)


def _if_new(release: Release, articles: RecommendationList) -> dict[int, str]:
    """ "New in" for those articles of the last rung of which it is true."""
    age = release.catalogue.days_since_first_sale
    return {idx: "New in" for idx in articles.article_idx.tolist() if 0 <= age[idx] <= NEW_DAYS}


def reason_for(release: Release, customer: CustomerProfile | None, idx: int) -> str:
    """Why this article is on the customer's own list; empty if it is not."""
    own = customer and _own(release, customer)
    return own.reasons.get(idx, "") if own else ""
