"""Preference patterns (design B's key idea): how much of what the customer bought has the candidate's value.

For each key attribute and span of history: the share of the customer's units that fall in the candidate's value. One
column serves an attribute of any cardinality, because only the candidate's own value is looked up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys_core.contracts.columns import KEY_ATTRIBUTES
from recsys_core.contracts.features import SPANS
from recsys_core.features.arrays import Preference, find_rows, rows_of
from recsys_core.features.feature import Feature, Floats
from recsys_core.features.snapshot import Codes, FloatArray, IntArray, Snapshot

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


@dataclass(frozen=True)
class Pattern:
    """Shares of an attribute's values among the units of some customers."""

    shares: FloatArray
    """(n_bought + n_customers, len(SPANS) + 1) by span, then the trend: a row for each customer and value that was
    bought, then one for each customer with the shares of any other value; NaN for who bought nothing in the span."""
    at: IntArray
    """(n,) row of each pair."""


def patterns(snapshot: Snapshot, customers: IntArray, row: IntArray, articles: IntArray) -> tuple[Pattern, ...]:
    """The pattern of each of ``KEY_ATTRIBUTES``, for pairs (n,) of a ``row`` of ``customers`` with an article."""
    bought = np.column_stack([snapshot.customer(f"articles_{span}")[customers] for span in SPANS]).astype(np.float32)
    bought = np.where(bought > 0, bought, np.float32(np.nan))
    return tuple(
        _pattern(snapshot.preference(attribute), snapshot.article_codes(attribute), customers, bought, row, articles)
        for attribute in KEY_ATTRIBUTES
    )


def pattern_columns() -> list[npt.NDArray[np.int64]]:
    """By attribute, which of ``FEATURES`` are the columns of its pattern's shares."""
    n, width = len(KEY_ATTRIBUTES), len(SPANS)
    return [np.append(np.arange(i * width, (i + 1) * width), n * width + i) for i in range(n)]


def columns(found: Sequence[Pattern]) -> Iterator[Floats]:
    """Values of ``FEATURES`` of pairs by their patterns, each (n, number of columns)."""
    total = np.zeros((len(found[0].at), len(SPANS)), np.float32)
    trends = np.empty((len(total), len(found)), np.float32)
    for i, pattern in enumerate(found):
        shares = pattern.shares[pattern.at]
        total += shares[:, :-1]
        trends[:, i] = shares[:, -1]
        yield shares[:, :-1]
    yield trends
    yield total / len(found)


def _pattern(
    preference: Preference, codes: Codes, customers: IntArray, bought: FloatArray, row: IntArray, articles: IntArray
) -> Pattern:
    """The pattern of one attribute over ``customers``, ascending, for pairs of their ``row`` with ``articles``."""
    owner, taken = rows_of(preference.start, customers)
    start = np.searchsorted(owner, np.arange(len(customers) + 1))
    units = np.concatenate([preference.units[taken].astype(np.float32), np.zeros_like(bought)])
    shares = np.empty((len(units), len(SPANS) + 1), np.float32)
    shares[:, :-1] = units / bought[np.concatenate([owner, np.arange(len(customers))])]
    shares[:, -1] = shares[:, SPANS.index("30d")] - shares[:, SPANS.index("all")]
    at = np.empty(len(articles), np.int64)
    find_rows(start, preference.value[taken], row, codes.codes[articles], at)
    return Pattern(shares, np.where(at < 0, len(taken) + row, at).astype(np.int32))
