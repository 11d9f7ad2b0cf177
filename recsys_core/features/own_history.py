"""Purchases by the customer of the very article, and of other variants of its product (design A and B: repurchase)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from recsys_core.features.feature import Feature, Floats
from recsys_core.features.preferences import look_up
from recsys_core.features.snapshot import FloatArray, IntArray, Snapshot

ITEMS = {"article": "the very article", "product": "any variant of the product"}
FEATURES = tuple(
    feature
    for item, text in ITEMS.items()
    for feature in (
        Feature(f"bought_{item}_count", "own_history", f"units of {text} that the customer bought", "all", "units"),
        Feature(f"bought_{item}_days_ago", "own_history", f"days since the customer last bought {text}", "all", "days"),
        Feature(f"bought_{item}_last", "own_history", f"units of {text} on the last shopping day", "last", "units"),
        Feature(f"bought_{item}_days", "own_history", f"days on which the customer bought {text}", "all", "days"),
        Feature(f"bought_{item}_share", "own_history", f"share of units that are {text}", "all", "share"),
        Feature(f"bought_{item}_day_share", "own_history", f"share of shopping days with {text}", "all", "share"),
        Feature(f"bought_{item}_30d", "own_history", f"units of {text} that the customer bought", "30d", "units"),
        Feature(f"bought_{item}_90d", "own_history", f"units of {text} that the customer bought", "90d", "units"),
        Feature(f"bought_{item}_interval", "own_history", f"mean days between purchases of {text}", "all", "days"),
        Feature(
            f"bought_{item}_overdue", "own_history", f"days since {text} was bought, in such intervals", "all", "ratio"
        ),
    )
)


@dataclass(frozen=True)
class _History:
    """Distinct customer-item keys, ascending, and what is known of each."""

    keys: npt.NDArray[np.int64]
    units: IntArray
    days_ago: IntArray
    last_day_units: IntArray
    days: IntArray
    days_since_first: IntArray
    units_30d: IntArray
    units_90d: IntArray


class OwnHistory:
    """Features of the customer's own purchases of the candidate."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def columns(self, customers: IntArray, articles: IntArray) -> Iterator[Floats]:
        """Values of ``FEATURES``, each (n,); an interval is null before the second day."""
        bought = np.maximum(self._snapshot.customer("articles_all")[customers], 1)
        shopping_days = np.maximum(self._snapshot.customer("shopping_days_all")[customers], 1)
        for history, item in ((self._articles, articles), (self._products, self._product_of[articles])):
            at, found = look_up(history.keys, customers.astype(np.int64) * self._snapshot.n_articles + item)
            units = _at(history.units, at, found, 0)
            yield units
            days_ago = _at(history.days_ago, at, found, np.nan)
            yield days_ago
            yield _at(history.last_day_units, at, found, 0)
            days = _at(history.days, at, found, 0)
            yield days
            yield units / bought
            yield days / shopping_days
            yield _at(history.units_30d, at, found, 0)
            yield _at(history.units_90d, at, found, 0)
            between = _at(history.days_since_first, at, found, np.nan) - days_ago
            interval = np.where(days > 1, between / np.maximum(days - 1, 1), np.nan).astype(np.float32)
            yield interval
            yield days_ago / interval

    @cached_property
    def _product_of(self) -> IntArray:
        return self._snapshot.article_codes("product_code").codes

    @cached_property
    def _articles(self) -> _History:
        return self._grouped(self._snapshot.purchases.article_idx)

    @cached_property
    def _products(self) -> _History:
        return self._grouped(self._product_of[self._snapshot.purchases.article_idx])

    def _grouped(self, item: IntArray) -> _History:
        purchases = self._snapshot.purchases
        key = purchases.customer_idx.astype(np.int64) * self._snapshot.n_articles + item
        order = np.lexsort((purchases.days_ago, key))
        keys, first, units = np.unique(key[order], return_index=True, return_counts=True)
        days_ago = purchases.days_ago[order]
        of_key = np.repeat(np.arange(len(keys)), units)
        last_day = self._snapshot.customer("days_since_last")[purchases.customer_idx[order]]
        on_last = np.bincount(of_key, weights=days_ago == last_day, minlength=len(keys))
        new_day = np.ones(len(key), bool)
        new_day[1:] = (of_key[1:] != of_key[:-1]) | (days_ago[1:] != days_ago[:-1])
        days = np.bincount(of_key, weights=new_day, minlength=len(keys))
        within = [np.bincount(of_key, weights=days_ago <= window, minlength=len(keys)) for window in (30, 90)]
        return _History(
            keys,
            units.astype(np.int32),
            days_ago[first],
            on_last.astype(np.int32),
            days.astype(np.int32),
            days_ago[first + units - 1],
            *(counts.astype(np.int32) for counts in within),
        )


def _at(values: IntArray, at: np.ndarray, found: np.ndarray, missing: float) -> FloatArray:
    out = np.full(len(found), missing, np.float32)
    out[found] = values[at]
    return out
