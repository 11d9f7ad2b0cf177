"""Reads a feature snapshot as of a cut-off date: columns as numpy arrays, loaded when first asked for.

Row ``n_customers`` of every customer column stands for a customer nobody knows: all attributes null, no history.
So a cold-start customer is scored by the same code as everybody else.
"""

import datetime as dt
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recsys_core.contracts import features as contract
from recsys_core.contracts.columns import PRODUCT_CODE
from recsys_core.store.artifacts import RECORD, check_files, open_artifact

IntArray = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float32]
UNKNOWN = "unknown"
EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class Codes:
    """A categorical column as integer codes into its sorted values."""

    codes: IntArray
    values: tuple[str, ...]

    @property
    def size(self) -> int:
        return len(self.values)


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
        counts = self.start[customers + 1] - self.start[customers]
        rows = np.repeat(np.arange(len(customers)), counts)
        first = np.repeat(self.start[customers] - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts)
        return rows, np.arange(len(rows)) + first


@dataclass(frozen=True)
class Preference:
    """Units that customers bought of each value of an attribute, a row a customer and value that was bought."""

    key: npt.NDArray[np.int64]
    """(n,) customer_idx * number of values + code of the value, ascending."""
    units: FloatArray
    """(n, n_spans) by ``contracts.features.SPANS``."""


class Snapshot:
    """One snapshot folder (``contracts/features.py``)."""

    def __init__(self, path: Path, key: str, cutoff: dt.date) -> None:
        self.path = path
        self.key = key
        self.cutoff = cutoff

    @classmethod
    def open(cls, path: Path) -> "Snapshot":
        """Open a complete snapshot.

        Raises
        ------
        FileNotFoundError
            If the folder holds no complete snapshot.
        DamagedArtifactError
            If a file changed since it was made.
        """
        record = open_artifact("features", path)
        if record is None:
            raise FileNotFoundError(f"{path / RECORD} is missing: run `recsys features` first")
        check_files(record, "recsys features")
        return _opened(path, record.key)

    @cached_property
    def customer_ids(self) -> npt.NDArray[np.object_]:
        return _objects(self._table(contract.CUSTOMERS, "customer_id"))

    @cached_property
    def article_ids(self) -> npt.NDArray[np.object_]:
        return _objects(self._table(contract.ARTICLES, "article_id"))

    @property
    def n_customers(self) -> int:
        return len(self.customer_ids)

    @property
    def n_articles(self) -> int:
        return len(self.article_ids)

    def customer_rows(self, ids: Any) -> IntArray:
        """Row numbers of outside ids; ``n_customers`` for an id nobody knows."""
        rows = pd.Index(self.customer_ids).get_indexer(pd.Index(ids))
        return np.where(rows < 0, self.n_customers, rows).astype(np.int32)

    def article_rows(self, ids: Any) -> IntArray:
        """Row numbers of outside ids; -1 for an id nobody knows."""
        return pd.Index(self.article_ids).get_indexer(pd.Index(ids)).astype(np.int32)

    @cache  # noqa: B019 - a snapshot lives as long as its stage
    def customer(self, column: str) -> FloatArray:
        """A numeric customer column, float32 (n_customers + 1,), null as NaN; the last row is the unknown customer."""
        values = _floats(self._table(contract.CUSTOMERS, column))
        unknown = 0.0 if column.startswith(_COUNTS) else np.nan
        return np.append(values, np.float32(unknown))

    @cache  # noqa: B019
    def article(self, column: str) -> FloatArray:
        """A numeric article column, float32 (n_articles,), null as NaN."""
        return _floats(self._table(contract.ARTICLES, column))

    @cache  # noqa: B019
    def customer_codes(self, column: str) -> Codes:
        """A categorical customer column; null and the unknown customer are the value ``unknown``."""
        values = pc.fill_null(self._table(contract.CUSTOMERS, column), UNKNOWN)
        return _encode(np.append(_objects(values), UNKNOWN))

    @cache  # noqa: B019
    def article_codes(self, column: str) -> Codes:
        """A categorical article column; null is the value ``unknown``.

        An article without a product code is a product of its own: its id stands in.
        """
        values = _objects(pc.fill_null(self._table(contract.ARTICLES, column), UNKNOWN))
        if column == PRODUCT_CODE:
            values = np.where(np.isin(values, ("", UNKNOWN)), self.article_ids, values)
        return _encode(values)

    @cached_property
    def purchases(self) -> Purchases:
        table = pq.read_table(self.path / contract.PURCHASES_TABLE)
        customers, day = table["customer_idx"].to_numpy(), table["day"].to_numpy()
        if (np.diff(customers.astype(np.int64) << 20 | day) < 0).any():
            raise ValueError(f"{self.path}: purchases are not sorted by {', '.join(contract.PURCHASES_ORDER)}")
        return Purchases(
            customer_idx=customers,
            article_idx=table["article_idx"].to_numpy(),
            days_ago=((self.cutoff - EPOCH).days - day).astype(np.int32),
            price=table["price"].to_numpy().astype(np.float32),
            basket_share=table["basket_share"].to_numpy().astype(np.float32),
            online=table["sales_channel_id"].to_numpy() == 2,
            start=np.searchsorted(customers, np.arange(self.n_customers + 2)),
        )

    @cache  # noqa: B019
    def preference(self, attribute: str) -> "Preference":
        """Preference pattern over one attribute."""
        table = pq.read_table(self.path / contract.PREFERENCES / f"attribute={attribute}", partitioning=None)
        codes = self.article_codes(attribute)
        code_of = {value: i for i, value in enumerate(codes.values)}
        encoded = table["value"].combine_chunks().dictionary_encode()
        lookup = np.array([code_of[value] for value in encoded.dictionary.to_pylist()], dtype=np.int64)
        values = lookup[encoded.indices.to_numpy()] if len(table) else np.empty(0, np.int64)
        key = table["customer_idx"].to_numpy().astype(np.int64) * codes.size + values
        order = np.argsort(key, kind="stable")
        units = np.empty((len(key), len(contract.SPANS)), np.float32)
        for i, span in enumerate(contract.SPANS):
            units[:, i] = table[f"count_{span}"].to_numpy()[order]
        return Preference(key[order], units)

    def _table(self, table: str, column: str) -> pa.ChunkedArray:
        return pq.read_table(self.path / table, columns=[column])[column]


_COUNTS = ("articles_", "spend_", "shopping_days_", "distinct_", "fn", "active")


@lru_cache(maxsize=4)
def _opened(path: Path, key: str) -> Snapshot:
    day = path.parent.name.removeprefix("cutoff=")
    return Snapshot(path, key, dt.date.fromisoformat(day))


def _floats(column: pa.ChunkedArray) -> FloatArray:
    values: FloatArray = column.cast(pa.float32(), safe=False).to_numpy(zero_copy_only=False)
    return values.astype(np.float32)


def _objects(column: pa.ChunkedArray) -> npt.NDArray[np.object_]:
    values: npt.NDArray[np.object_] = column.to_numpy(zero_copy_only=False)
    return values


def _encode(values: npt.NDArray[np.object_]) -> Codes:
    codes, uniques = pd.factorize(values, sort=True)
    return Codes(codes.astype(np.int32), tuple(map(str, uniques)))
