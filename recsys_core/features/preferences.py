"""Preference patterns (design B's key idea): how much of what the customer bought has the candidate's value.

For each key attribute and span of history: the share of the customer's units that fall in the candidate's value. One
column serves an attribute of any cardinality, because only the candidate's own value is looked up.
"""

from collections.abc import Iterator

import numpy as np

from recsys_core.contracts.columns import KEY_ATTRIBUTES
from recsys_core.contracts.features import SPANS
from recsys_core.features.feature import Feature, Floats
from recsys_core.features.snapshot import IntArray, Snapshot

FEATURES = (
    *(
        Feature(
            f"preference_{attribute}_{span}",
            "preference",
            f"share of the customer's units that have the candidate's {attribute}",
            span,
            "share",
        )
        for attribute in KEY_ATTRIBUTES
        for span in SPANS
    ),
    *(
        Feature(
            f"preference_trend_{attribute}",
            "preference",
            f"share of the candidate's {attribute} in the last month less its share in the whole history",
            "30d",
            "share",
        )
        for attribute in KEY_ATTRIBUTES
    ),
    *(
        Feature(
            f"preference_mean_{span}",
            "preference",
            "mean of the shares over all key attributes",
            span,
            "share",
        )
        for span in SPANS
    ),
)


def columns(snapshot: Snapshot, customers: IntArray, articles: IntArray) -> Iterator[Floats]:
    """Values of ``FEATURES``, each (n, number of columns); NaN for who bought nothing in the span."""
    different, row = np.unique(customers, return_inverse=True)
    bought = np.column_stack([snapshot.customer(f"articles_{span}")[different] for span in SPANS]).astype(np.float32)
    bought = np.where(bought > 0, bought, np.float32(np.nan))[row]
    total = np.zeros((len(customers), len(SPANS)), np.float32)
    trends = np.empty((len(customers), len(KEY_ATTRIBUTES)), np.float32)
    for i, attribute in enumerate(KEY_ATTRIBUTES):
        pattern, codes = snapshot.preference(attribute), snapshot.article_codes(attribute)
        wanted = customers.astype(np.int64) * codes.size + codes.codes[articles]
        at, found = look_up(pattern.key, wanted)
        shares = np.zeros((len(wanted), len(SPANS)), np.float32)
        shares[found] = pattern.units[at]
        shares /= bought
        total += shares
        trends[:, i] = shares[:, SPANS.index("30d")] - shares[:, SPANS.index("all")]
        yield shares
    yield trends
    yield total / len(KEY_ATTRIBUTES)


def look_up(keys: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions in ascending ``keys`` of those ``wanted`` that are there, and which those are, (n,) bool.

    Only the stretch of ``keys`` between the least and the greatest wanted one is searched: a block of neighbouring
    customers then stays in the processor's cache.
    """
    if not len(wanted):
        return np.empty(0, np.int64), np.zeros(0, bool)
    low = np.searchsorted(keys, wanted.min())
    high = np.searchsorted(keys, wanted.max(), side="right")
    stretch = keys[low:high]
    at = np.searchsorted(stretch, wanted)
    found = at < len(stretch)
    found[found] = stretch[at[found]] == wanted[found]
    return at[found] + low, found
