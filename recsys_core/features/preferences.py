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
    """Values of ``FEATURES``, each (n,); NaN for who bought nothing in the span."""
    bought = {span: snapshot.customer(f"articles_{span}")[customers] for span in SPANS}
    bought = {span: np.where(units > 0, units, np.nan).astype(np.float32) for span, units in bought.items()}
    sums = {span: np.zeros(len(customers), np.float32) for span in SPANS}
    trends = []
    for attribute in KEY_ATTRIBUTES:
        shares = {}
        pattern, codes = snapshot.preference(attribute), snapshot.article_codes(attribute)
        wanted = customers.astype(np.int64) * codes.size + codes.codes[articles]
        at, found = look_up(pattern["key"], wanted)
        for span in SPANS:
            units = np.zeros(len(wanted), np.float32)
            units[found] = pattern[f"count_{span}"][at]
            shares[span] = units / bought[span]
            sums[span] += shares[span]
            yield shares[span]
        trends.append(shares["30d"] - shares["all"])
    yield from trends
    for total in sums.values():
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
