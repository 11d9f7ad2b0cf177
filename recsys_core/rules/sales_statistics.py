"""Statistics of a snapshot's sales that rules judge by; each is computed once as long as the snapshot lives."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys_core.features.snapshot import UNKNOWN, FloatArray, IntArray, Snapshot, once_per_snapshot
from recsys_core.rules.context import BoolArray

YEAR_DAYS = 365
"""Days of history that a season takes."""


@once_per_snapshot
def in_season(snapshot: Snapshot, min_share: float, days: int, min_sales: int) -> BoolArray:
    """(n_types,) whether a product type sells within ``days`` of the cut-off's date of any year.

    Only types with a year of history and ``min_sales`` are judged; all others are in season.
    """
    types = snapshot.article_codes("product_type_name")
    purchases = snapshot.purchases
    if purchases.days_ago.max(initial=0) < YEAR_DAYS:
        return np.ones(types.size, bool)
    kind = types.codes[purchases.article_idx]
    from_date = (purchases.days_ago + 182) % YEAR_DAYS - 182
    near = np.abs(from_date) <= days
    total, around = np.bincount(kind, minlength=types.size), np.bincount(kind[near], minlength=types.size)
    everything = near.mean()
    fits: BoolArray = (total < min_sales) | (around >= min_share * everything * total)
    return fits


@once_per_snapshot
def lowest_prices(snapshot: Snapshot) -> FloatArray:
    """(n_customers + 1,) the lowest price each customer ever paid; NaN without purchases."""
    purchases = snapshot.purchases
    lowest = np.full(snapshot.n_customers + 1, np.nan, np.float32)
    first, end = purchases.start[:-1], purchases.start[1:]
    lowest[end > first] = np.minimum.reduceat(purchases.price, first[end > first])
    return lowest


def large_postal_codes(snapshot: Snapshot, min_expected: float) -> BoolArray:
    """(n_codes,) whether the best-selling article's expected purchases in a postal code reach ``min_expected``."""
    codes, purchases = snapshot.customer_codes("postal_code"), snapshot.purchases
    share = np.bincount(codes.codes[purchases.customer_idx], minlength=codes.size) / max(len(purchases.customer_idx), 1)
    sold = np.bincount(purchases.article_idx, minlength=snapshot.n_articles)
    large: BoolArray = (share * sold.max(initial=0) >= min_expected) & (np.array(codes.values) != UNKNOWN)
    return large


@dataclass(frozen=True)
class NotSold:
    """Articles that are not sold in a postal code, a row a code and article."""

    start: npt.NDArray[np.int64]
    """(n_codes + 1,) first row of each postal code."""
    article: IntArray
    """(n,) ascending within a postal code."""


@once_per_snapshot
def not_sold_in(snapshot: Snapshot, min_share: float, min_expected: float) -> NotSold:
    """Articles that are not sold in a postal code though enough of them is sold elsewhere.

    An article is expected to sell in a postal code that code's share of its sales. Pairs with fewer than
    ``min_expected`` expected purchases, and customers without a postal code, are not judged.
    """
    codes, purchases, n = snapshot.customer_codes("postal_code"), snapshot.purchases, snapshot.n_articles
    code = codes.codes[purchases.customer_idx]
    sold = np.bincount(purchases.article_idx, minlength=n)
    share = np.bincount(code, minlength=codes.size) / max(len(code), 1)
    large = large_postal_codes(snapshot, min_expected)
    of_large = np.flatnonzero(large[code])
    of_large = of_large[np.argsort(code[of_large], kind="stable")]
    ends = np.cumsum(np.bincount(code[of_large], minlength=codes.size))
    missing = [np.empty(0, np.int32)] * codes.size
    for one in np.flatnonzero(large):
        here = np.bincount(purchases.article_idx[of_large[ends[one - 1] if one else 0 : ends[one]]], minlength=n)
        expected = share[one] * sold
        is_missing = (expected >= min_expected) & (here < min_share * expected)
        missing[one] = np.flatnonzero(is_missing).astype(np.int32)
    start = np.concatenate([[0], np.cumsum([len(articles) for articles in missing], dtype=np.int64)])
    return NotSold(start, np.concatenate(missing))
