"""Arrays of a snapshot that are read customer by customer: written once, then memory-mapped.

All processes that score share what they read of them, in the operating system's cache, so a snapshot may be larger
than the memory of one. They hold nothing that the snapshot's tables do not hold.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from recsys_core.compiled import compiled
from recsys_core.contracts import features as contract
from recsys_core.contracts.columns import KEY_ATTRIBUTES, PRODUCT_CODE

if TYPE_CHECKING:
    from recsys_core.features.snapshot import Snapshot

IntArray = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float32]
BLOCK_CUSTOMERS: Final = 100_000
"""Customers whose purchases are grouped at a time."""
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


@dataclass(frozen=True)
class Preference:
    """Units that customers bought of each value of an attribute, a row a customer and value that was bought."""

    start: npt.NDArray[np.int64]
    """(n_customers + 2,) first row of each customer."""
    value: IntArray
    """(n,) codes of values, ascending within a customer."""
    units: npt.NDArray[np.unsignedinteger[Any]]
    """(n, n_spans) by ``contracts.features.SPANS``."""


@dataclass(frozen=True)
class History:
    """Articles or products that customers bought, a row a customer and item, and what is known of each."""

    start: npt.NDArray[np.int64]
    """(n_customers + 2,) first row of each customer."""
    item: IntArray
    """(n,) ascending within a customer."""
    units: IntArray
    days_ago: IntArray
    last_day_units: IntArray
    days: IntArray
    days_since_first: IntArray
    units_30d: IntArray
    units_90d: IntArray

    @classmethod
    def of(cls, purchases: Purchases, item: IntArray, days_since_last: FloatArray) -> Self:
        """Group the purchases by customer and item (n,), block by block of customers."""
        n = len(purchases.start) - 2
        blocks = [
            _grouped(purchases, item, days_since_last, first, min(first + BLOCK_CUSTOMERS, n))
            for first in range(0, max(n, 1), BLOCK_CUSTOMERS)
        ]
        customer, *columns = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
        return cls(np.searchsorted(customer, np.arange(n + 2)), *columns)


def write_arrays(snapshot: "Snapshot") -> None:
    """Write the arrays into the folder of a snapshot whose tables are complete."""
    folder = snapshot.path / contract.ARRAYS
    purchases = write_purchases(snapshot)
    for attribute in KEY_ATTRIBUTES:
        _save(folder / "preferences" / attribute, _read_preference(snapshot, attribute))
    products = snapshot.article_codes(PRODUCT_CODE).codes[purchases.article_idx]
    last = snapshot.customer("days_since_last")
    for name, item in (("article", purchases.article_idx), ("product", products)):
        _save(folder / "history" / name, History.of(purchases, item, last))


def write_purchases(snapshot: "Snapshot") -> Purchases:
    """Write the purchases' arrays alone; returns them.

    Raises
    ------
    ValueError
        If the table is not in its order.
    """
    purchases = _read_purchases(snapshot)
    _save(snapshot.path / contract.ARRAYS / "purchases", purchases)
    return purchases


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


def _read_purchases(snapshot: "Snapshot") -> Purchases:
    table = pq.read_table(snapshot.path / contract.PURCHASES_TABLE)
    customers, day = table["customer_idx"].to_numpy(), table["day"].to_numpy()
    if (np.diff(customers.astype(np.int64) << 20 | day) < 0).any():
        raise ValueError(f"{snapshot.path}: purchases are not sorted by {', '.join(contract.PURCHASES_ORDER)}")
    return Purchases(
        customer_idx=customers,
        article_idx=table["article_idx"].to_numpy(),
        days_ago=(snapshot.days_since_epoch - day).astype(np.int32),
        price=table["price"].to_numpy().astype(np.float32),
        basket_share=table["basket_share"].to_numpy().astype(np.float32),
        online=table["sales_channel_id"].to_numpy() == 2,
        start=np.searchsorted(customers, np.arange(snapshot.n_customers + 2)),
    )


def _read_preference(snapshot: "Snapshot", attribute: str) -> Preference:
    table = pq.read_table(snapshot.path / contract.PREFERENCES / f"attribute={attribute}", partitioning=None)
    code_of = {value: i for i, value in enumerate(snapshot.article_codes(attribute).values)}
    encoded = table["value"].combine_chunks().dictionary_encode()
    lookup = np.array([code_of[value] for value in encoded.dictionary.to_pylist()], dtype=np.int32)
    value = lookup[encoded.indices.to_numpy()] if len(table) else np.empty(0, np.int32)
    customer = table["customer_idx"].to_numpy()
    order = np.lexsort((value, customer))
    counts = [table[f"count_{span}"].to_numpy() for span in contract.SPANS]
    width = np.min_scalar_type(max(int(count.max(initial=0)) for count in counts))
    units = np.empty((len(value), len(contract.SPANS)), width)
    for i, count in enumerate(counts):
        units[:, i] = count[order]
    return Preference(np.searchsorted(customer[order], np.arange(snapshot.n_customers + 2)), value[order], units)


def _grouped(
    purchases: Purchases, item: IntArray, days_since_last: FloatArray, first: int, end: int
) -> tuple[IntArray, ...]:
    """Customer, item and the columns of ``History`` of the customers ``first`` .. ``end``."""
    rows = slice(int(purchases.start[first]), int(purchases.start[end]))
    customer, items, days_ago = purchases.customer_idx[rows], item[rows], purchases.days_ago[rows]
    order = np.lexsort((days_ago, items, customer))
    customer, items, days_ago = customer[order], items[order], days_ago[order]
    new_item = np.ones(len(order), bool)
    new_item[1:] = (np.diff(customer) != 0) | (np.diff(items) != 0)
    begin = np.flatnonzero(new_item)
    units = np.diff(np.append(begin, len(order)))
    new_day = new_item.copy()
    new_day[1:] |= np.diff(days_ago) != 0

    def count(of: npt.NDArray[np.bool_]) -> IntArray:
        counted: IntArray = np.add.reduceat(of, begin, dtype=np.int32) if len(begin) else np.empty(0, np.int32)
        return counted

    return (
        customer[begin],
        items[begin].astype(np.int32),
        units.astype(np.int32),
        days_ago[begin],
        count(days_ago == days_since_last[customer]),
        count(new_day),
        days_ago[begin + units - 1],
        *(count(days_ago <= window) for window in HISTORY_WINDOWS),
    )


def _save(folder: Path, arrays: Purchases | Preference | History) -> None:
    folder.mkdir(parents=True)
    for name, values in _named(arrays):
        np.save(folder / f"{name}.npy", values, allow_pickle=False)


def _named(arrays: Purchases | Preference | History) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    for field in fields(arrays):
        yield field.name, getattr(arrays, field.name)


def _load(snapshot: "Snapshot", name: str, of: type) -> Mapping[str, Any]:
    folder = snapshot.path / contract.ARRAYS / name
    files = {field.name: folder / f"{field.name}.npy" for field in fields(of)}
    return {name: np.asarray(np.lib.format.open_memmap(file, mode="r")) for name, file in files.items()}
