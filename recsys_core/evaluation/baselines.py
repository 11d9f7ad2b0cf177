"""The two simple lists that every number stands beside: most bought, and own purchases followed by most bought."""

import numpy as np

from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.retrieval.candidates import PAD, top_k_per_row
from recsys_core.rules.rules import first_in_row


def popular(snapshot: Snapshot, n_customers: int, k: int = 12, days: int = 7) -> IntArray:
    """(n_customers, k) the articles most bought in the last ``days`` days; longer history breaks ties."""
    purchases = snapshot.purchases
    recent = purchases.article_idx[purchases.days_ago <= days]
    sold = np.bincount(recent, minlength=snapshot.n_articles)
    order = np.lexsort((np.arange(snapshot.n_articles), -snapshot.article("sold_all"), -sold))
    return np.broadcast_to(order[:k], (n_customers, min(k, len(order)))).astype(np.int32)


def repurchase_popular(snapshot: Snapshot, customers: IntArray, k: int = 12) -> IntArray:
    """(n, k) own purchases, latest first and oftener bought before seldom, then the most bought."""
    own = _own_latest_first(snapshot, customers, k)
    both = np.concatenate([own, popular(snapshot, len(customers), 2 * k)], axis=1)
    keep = first_in_row(np.where(both == PAD, -1 - np.arange(both.shape[1]), both)) & (both != PAD)
    order = np.argsort(~keep, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(both, order, axis=1)


def _own_latest_first(snapshot: Snapshot, customers: IntArray, k: int) -> IntArray:
    purchases = snapshot.purchases
    row, at = purchases.of(customers)
    key = row * snapshot.n_articles + purchases.article_idx[at]
    keys, inverse, count = np.unique(key, return_inverse=True, return_counts=True)
    latest = np.full(len(keys), np.iinfo(np.int32).max)
    np.minimum.at(latest, inverse, purchases.days_ago[at])
    row, article = np.divmod(keys, snapshot.n_articles)
    score = -latest.astype(np.float64) + np.minimum(count, 99) / 100
    return top_k_per_row(row, article, score, len(customers), k).article_idx
