"""The simple lists that every number stands beside: most bought, and own purchases followed by most bought."""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.retrieval.candidates import PAD, top_k_per_row
from recsys_core.rules.rows import first_by_tier, first_in_row

RECENT_DAYS = 2
OwnScore = Callable[[npt.NDArray[np.int64], npt.NDArray[np.int64]], npt.NDArray[np.float64]]
"""Score of own purchases from their count (n,) and the latest one's days ago (n,)."""


def popular(snapshot: Snapshot, n_customers: int, k: int = 12, days: int = 7) -> IntArray:
    """(n_customers, k) the articles most bought in the last ``days`` days; longer history breaks ties."""
    purchases = snapshot.purchases
    recent = purchases.article_idx[purchases.days_ago <= days]
    sold = np.bincount(recent, minlength=snapshot.n_articles)
    order = np.lexsort((np.arange(snapshot.n_articles), -snapshot.article("sold_all"), -sold))
    return np.broadcast_to(order[:k], (n_customers, min(k, len(order)))).astype(np.int32)


def repurchase_popular(snapshot: Snapshot, customers: IntArray, k: int = 12) -> IntArray:
    """(n, k) own purchases, latest first and oftener bought before seldom, then the most bought."""
    own = _own(snapshot, customers, k, lambda count, latest: -latest + np.minimum(count, 99) / 100)
    return _then_popular(snapshot, own, k)


def recent_popular(snapshot: Snapshot, customers: IntArray, k: int = 12) -> IntArray:
    """(n, k) own purchases of the last two days, in the order of ``repurchase_popular``, then the most bought."""
    own = _own(snapshot, customers, k, lambda count, latest: -latest + np.minimum(count, 99) / 100, RECENT_DAYS)
    return _then_popular(snapshot, own, k)


def frequent_popular(snapshot: Snapshot, customers: IntArray, k: int = 12) -> IntArray:
    """(n, k) own purchases, oftenest first and of equals the latest, then the most bought."""
    own = _own(snapshot, customers, k, lambda count, latest: count - np.minimum(latest, 99_999) / 100_000)
    return _then_popular(snapshot, own, k)


BASELINES: Mapping[str, Callable[[Snapshot, IntArray], IntArray]] = {
    "popular": lambda snapshot, customers: popular(snapshot, len(customers)),
    "popular_2d": lambda snapshot, customers: popular(snapshot, len(customers), days=RECENT_DAYS),
    "repurchase_popular": repurchase_popular,
    "recent_popular": recent_popular,
    "frequent_popular": frequent_popular,
}
"""Baselines by name: the lists (n, 12) of customers (n,)."""


def _then_popular(snapshot: Snapshot, own: IntArray, k: int) -> IntArray:
    both = np.concatenate([own, popular(snapshot, len(own), 2 * k)], axis=1)
    keep = first_in_row(both, both != PAD, snapshot.n_articles)
    order = first_by_tier((~keep).astype(np.uint8), k)
    return np.take_along_axis(both, order, axis=1)


def _own(snapshot: Snapshot, customers: IntArray, k: int, score: OwnScore, days: int | None = None) -> IntArray:
    """(n, k) own purchases of the last ``days`` days (None: all) by ``score``, padded."""
    purchases = snapshot.purchases
    row, at = purchases.of(customers)
    if days is not None:
        recent = purchases.days_ago[at] <= days
        row, at = row[recent], at[recent]
    key = row * snapshot.n_articles + purchases.article_idx[at]
    keys, inverse, count = np.unique(key, return_inverse=True, return_counts=True)
    latest = np.full(len(keys), np.iinfo(np.int32).max, np.int64)
    np.minimum.at(latest, inverse, purchases.days_ago[at])
    row, article = np.divmod(keys, snapshot.n_articles)
    return top_k_per_row(row, article, score(count, latest).astype(np.float64), len(customers), k).article_idx
