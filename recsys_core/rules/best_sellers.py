"""Orders all articles by what sold, for whom nothing better is known."""

import numpy as np

from recsys_core.data.stock import BoolArray
from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.rules.stock_index import StockIndex


def best_sellers(snapshot: Snapshot) -> IntArray:
    """All articles, those sold most and latest first."""
    keys = [snapshot.article(name) for name in ("sold_all", "sold_90d", "sold_30d", "sold_7d")]
    return np.lexsort(np.stack([np.arange(snapshot.n_articles), *(-key for key in keys)])).astype(np.int32)


def best_sellers_by_region(snapshot: Snapshot, available: BoolArray, stock_index: StockIndex | None) -> IntArray:
    """(n_regions + 1, n_articles) best sellers, those in stock in the region first; the last row: in any region.

    ``available`` (n_articles,): in stock in any region.
    """
    anywhere = available_first(best_sellers(snapshot), available)
    if stock_index is None:
        return anywhere[None]
    regional = [anywhere[np.argsort(~stocked[anywhere], kind="stable")] for stocked in stock_index.stock.in_stock]
    return np.stack([*regional, anywhere])


def available_first(articles: IntArray, available: BoolArray) -> IntArray:
    """``articles`` in their order, but what is not ``available`` (n_articles,) at the end."""
    return articles[np.argsort(~available[articles], kind="stable")]


def newest(snapshot: Snapshot) -> IntArray:
    """Articles by first sale, latest first; among equals the better sold. Never-sold ones are left out."""
    since = snapshot.article("days_since_first_sale")
    order = np.lexsort([-snapshot.article("sold_7d"), since])
    return order[~np.isnan(since[order])].astype(np.int32)
