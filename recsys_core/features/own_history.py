"""Purchases by the customer of the very article, and of other variants of its product (design A and B: repurchase)."""

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from recsys_core.features.arrays import Counts, find_rows
from recsys_core.features.feature import Feature, Floats
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


class OwnHistory:
    """Features of the customer's own purchases of the candidate."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def columns(self, customers: IntArray, articles: IntArray) -> Iterator[Floats]:
        """Values of ``FEATURES``, each (n,); an interval is null before the second day."""
        bought = np.maximum(self._snapshot.customer("articles_all")[customers], 1)
        shopping_days = np.maximum(self._snapshot.customer("shopping_days_all")[customers], 1)
        for name, item in (("article", articles), ("product", self._product_of[articles])):
            history = self._snapshot.history(name)
            row = np.empty(len(articles), np.int64)
            find_rows(history.start, history.item, customers, item, row)
            found = row >= 0
            at = row[found]
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


def _at(values: Counts, at: np.ndarray, found: np.ndarray, missing: float) -> FloatArray:
    out = np.full(len(found), missing, np.float32)
    out[found] = values[at]
    return out
