"""Arrays of a snapshot that are read customer by customer: written once, then memory-mapped.

All processes that score share what they read of them, in the operating system's cache, so a snapshot may be larger
than the memory of one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from recsys_core.compiled import compiled
from recsys_core.contracts import features as contract
from recsys_core.store.arrays import load_array

if TYPE_CHECKING:
    from recsys_core.features.snapshot import Snapshot

IntArray = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float32]
Counts = npt.NDArray[np.unsignedinteger[Any]]
"""In the smallest type that holds them."""
HISTORY_WINDOWS: Final = (30, 90)


@dataclass(frozen=True)
class Purchases:
    """The history before the cut-off, sorted by customer, day, article; ``start`` is the CSR row pointer."""

    customer_idx: IntArray
    article_idx: IntArray
    days_ago: IntArray
    """1 is the day before the cut-off."""
    price: FloatArray
    basket_share: FloatArray
    """Part of the customer's basket of that day: how much of one customer's vote the purchase is."""
    online: npt.NDArray[np.bool_]
    start: npt.NDArray[np.int64]
    """(n_customers + 2,): the last row, the unknown customer's, is empty."""

    def of(self, customers: IntArray) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Positions of the purchases of ``customers``: (row within ``customers``, position in the arrays)."""
        return rows_of(self.start, customers)

    def articles(self) -> IntArray:
        """Articles that were ever bought, ascending."""
        return np.flatnonzero(np.bincount(self.article_idx)).astype(np.int32)


@dataclass(frozen=True)
class Preference:
    """Units that customers bought of each value of an attribute, a row a customer and value that was bought."""

    start: npt.NDArray[np.int64]
    """(n_customers + 2,) first row of each customer."""
    value: IntArray
    """(n,) codes of values, ascending within a customer."""
    units: Counts
    """(n, n_spans) by ``contracts.features.SPANS``."""


@dataclass(frozen=True)
class History:
    """Articles or products that customers bought, a row a customer and item, and what is known of each."""

    start: npt.NDArray[np.int64]
    """(n_customers + 2,) first row of each customer."""
    item: IntArray
    """(n,) ascending within a customer."""
    units: Counts
    days_ago: Counts
    last_day_units: Counts
    days: Counts
    days_since_first: Counts
    units_30d: Counts
    units_90d: Counts


def load_purchases(snapshot: "Snapshot") -> Purchases:
    """The purchases, memory-mapped."""
    return Purchases(**_load(snapshot, "purchases", Purchases))


def load_preference(snapshot: "Snapshot", attribute: str) -> Preference:
    """The preference pattern over one attribute, memory-mapped."""
    return Preference(**_load(snapshot, f"preferences/{attribute}", Preference))


def load_history(snapshot: "Snapshot", item: str) -> History:
    """Own history by ``article`` or ``product``, memory-mapped."""
    return History(**_load(snapshot, f"history/{item}", History))


def rows_of(start: npt.NDArray[np.int64], customers: IntArray) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rows of ``customers`` by their ``start``: (position within ``customers``, row), customer by customer."""
    counts = start[customers + 1] - start[customers]
    owner = np.repeat(np.arange(len(customers)), counts)
    first = np.repeat(start[customers] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
    return owner, np.arange(len(owner)) + first


def rows_of_items(
    start: npt.NDArray[np.int64], item: IntArray, owner: IntArray, wanted: IntArray
) -> npt.NDArray[np.int64]:
    """(n, m) row of each of ``wanted`` (n, m) among those of its ``owner`` (n,), -1 where the owner has none."""
    at = np.empty(wanted.size, np.int64)
    find_rows(start, item, np.repeat(owner, wanted.shape[1]), wanted.ravel(), at)
    return at.reshape(wanted.shape)


@compiled
def find_rows(
    start: npt.NDArray[np.int64], item: IntArray, customers: IntArray, wanted: IntArray, at: npt.NDArray[np.int64]
) -> None:
    """Fill ``at`` (n,) with the row of each customer and wanted item, -1 where the customer has none."""
    for i in range(len(wanted)):
        low, end = start[customers[i]], start[customers[i] + 1]
        high = end
        while low < high:
            middle = (low + high) // 2
            if item[middle] < wanted[i]:
                low = middle + 1
            else:
                high = middle
        at[i] = low if low < end and item[low] == wanted[i] else -1


def _load(snapshot: "Snapshot", name: str, of: type) -> Mapping[str, Any]:
    folder = snapshot.path / contract.ARRAYS / name
    return {field.name: np.asarray(load_array(folder, field.name)) for field in fields(of)}
