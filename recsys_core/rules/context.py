"""Inputs of the rules: customers and articles of a snapshot, pair by pair."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.rules.stock_index import StockIndex

BoolArray = npt.NDArray[np.bool_]
SEGMENTS = ("new", "lapsed", "active")
LAPSED_AFTER_DAYS = 30


@dataclass(frozen=True)
class RulePairs:
    """Candidates of a shard: all arrays (n_customers, n_candidates); pads are already out of ``valid``."""

    snapshot: Snapshot
    customer: IntArray
    """(n_customers,) rows of the snapshot."""
    article: IntArray
    """(n_customers, n_candidates); pads point at article 0."""
    valid: BoolArray
    stock_index: StockIndex | None = None
    """The stock of now; None without an inventory feed, and as of a past date."""

    def take(self, at: npt.NDArray[np.int64]) -> "RulePairs":
        """Those of the customers ``at`` (m,)."""
        return replace(self, customer=self.customer[at], article=self.article[at], valid=self.valid[at])

    def of_customer(self, column: str) -> npt.NDArray[np.float32]:
        """(n_customers, 1), to broadcast against candidates."""
        return self.snapshot.customer(column)[self.customer][:, None]

    def of_article(self, column: str) -> npt.NDArray[np.float32]:
        return self.snapshot.article(column)[self.article]

    @cached_property
    def segment(self) -> IntArray:
        """(n_customers,) position in SEGMENTS."""
        return segments_of(self.snapshot, self.customer)


def segments_of(snapshot: Snapshot, customers: IntArray) -> IntArray:
    """(n,) position in SEGMENTS of each of ``customers`` (n,), rows of the snapshot."""
    since = snapshot.customer("days_since_last")[customers]
    return np.where(np.isnan(since), 0, np.where(since > LAPSED_AFTER_DAYS, 1, 2)).astype(np.int32)
