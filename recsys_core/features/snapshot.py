"""Reads a feature snapshot as of a cut-off date: columns as numpy arrays, loaded when first asked for.

Row ``n_customers`` of every customer column stands for a customer nobody knows: all attributes null, no history.
So a cold-start customer is scored by the same code as everybody else.
"""

import datetime as dt
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property, lru_cache, wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recsys_core.contracts import features as contract
from recsys_core.contracts.columns import ARTICLE_ID, PRODUCT_CODE
from recsys_core.features.arrays import (
    History,
    Preference,
    Purchases,
    load_history,
    load_preference,
    load_purchases,
)
from recsys_core.store.artifacts import RECORD, check_files, open_artifact

IntArray = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float32]
UNKNOWN = "unknown"
EPOCH = dt.date(1970, 1, 1)
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Codes:
    """A categorical column as integer codes into its sorted values."""

    codes: IntArray
    values: tuple[str, ...]

    @property
    def size(self) -> int:
        return len(self.values)


def once_per_snapshot(compute: "Callable[Concatenate[Snapshot, P], T]") -> "Callable[Concatenate[Snapshot, P], T]":
    """Keeps what a function of a snapshot and further arguments returns as long as the snapshot lives."""

    @wraps(compute)
    def kept(snapshot: "Snapshot", /, *args: P.args, **kwargs: P.kwargs) -> T:
        key = compute, args, tuple(sorted(kwargs.items()))
        if key not in snapshot.computed:
            snapshot.computed[key] = compute(snapshot, *args, **kwargs)
        return cast(T, snapshot.computed[key])

    return kept


class Snapshot:
    """One snapshot folder (``contracts/features.py``)."""

    def __init__(self, path: Path, key: str, cutoff: dt.date) -> None:
        self.path = path
        self.key = key
        self.cutoff = cutoff
        self.computed: dict[Hashable, object] = {}
        """Results that ``once_per_snapshot`` keeps."""

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

    @once_per_snapshot
    def customer(self, column: str) -> FloatArray:
        """A numeric customer column, float32 (n_customers + 1,), null as NaN; the last row is the unknown customer."""
        values = _floats(self._table(contract.CUSTOMERS, column))
        unknown = 0.0 if column.startswith(_COUNTS) else np.nan
        return np.append(values, np.float32(unknown))

    @once_per_snapshot
    def article(self, column: str) -> FloatArray:
        """A numeric article column, float32 (n_articles,), null as NaN."""
        return _floats(self._table(contract.ARTICLES, column))

    @once_per_snapshot
    def customer_codes(self, column: str) -> Codes:
        """A categorical customer column; null and the unknown customer are the value ``unknown``."""
        values = pc.fill_null(self._table(contract.CUSTOMERS, column), UNKNOWN)
        return _encode(np.append(_objects(values), UNKNOWN))

    @once_per_snapshot
    def article_codes(self, column: str) -> Codes:
        """A categorical article column; null is the value ``unknown``.

        An article without a product code is a product of its own: its id stands in.
        """
        ids = self._table(contract.ARTICLES, ARTICLE_ID)
        return article_codes(self._table(contract.ARTICLES, column), column, ids)

    @property
    def days_since_epoch(self) -> int:
        """Days from 1970-01-01 to the cut-off."""
        return (self.cutoff - EPOCH).days

    @cached_property
    def purchases(self) -> Purchases:
        """The history before the cut-off."""
        return load_purchases(self)

    @once_per_snapshot
    def preference(self, attribute: str) -> Preference:
        """Preference pattern over one attribute."""
        return load_preference(self, attribute)

    @once_per_snapshot
    def history(self, item: str) -> History:
        """Own history of each customer, by ``article`` or ``product``."""
        return load_history(self, item)

    def _table(self, table: str, column: str) -> pa.ChunkedArray:
        return pq.read_table(self.path / table, columns=[column])[column]


def article_codes(values: pa.ChunkedArray, column: str, ids: pa.ChunkedArray) -> Codes:
    """``Snapshot.article_codes`` of a column's ``values``."""
    filled = _objects(pc.fill_null(values, UNKNOWN))
    if column == PRODUCT_CODE:
        filled = np.where(np.isin(filled, ("", UNKNOWN)), _objects(ids), filled)
    return _encode(filled)


_COUNTS = ("articles_", "spend_", "shopping_days_", "distinct_", "fn", "active")


def forget_opened() -> None:
    """Let go of the snapshot that was opened last; it lives on while others hold it."""
    _opened.cache_clear()


@lru_cache(maxsize=1)  # columns and mapped files of a large shop take gigabytes
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
