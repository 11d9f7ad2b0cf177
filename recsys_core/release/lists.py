"""From list parts to what the shop maps and what others read: arrays by customer and one Parquet file."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.lib.format import open_memmap
from numpy.typing import NDArray
from tqdm import tqdm

from recsys_core.contracts.release import LISTS, REASONS, RECOMMENDATIONS
from recsys_core.store.artifacts import write_json

log = logging.getLogger(__name__)

BATCH_CUSTOMERS = 16_384
"""Customers held in memory at a time."""
MAY_BE_NULL = ("source_purchases",)
RECOMMENDATIONS_SCHEMA = pa.schema(
    {
        "customer_id": pa.string(),
        "article_ids": pa.list_(pa.string()),
        "scores": pa.list_(pa.float32()),
        "reasons": pa.list_(pa.string()),
        "source_purchases": pa.list_(pa.string()),
    }
)


@dataclass(frozen=True)
class ListsShape:
    """Customers, articles a list and bytes of the longest customer_id."""

    customers: int
    length: int
    id_width: int


def list_parts(lists: Path) -> list[Path]:
    """The parts in order of customer_id.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    parts = sorted(lists.glob("part-*.parquet"))
    if not parts:
        raise FileNotFoundError(f"no list parts in {lists}: run `recsys filter` first")
    return parts


def list_batches(lists: Path, columns: list[str], batch: int = BATCH_CUSTOMERS) -> Iterator[pa.RecordBatch]:
    """All rows of all parts, a batch at a time, in order of customer_id."""
    for part in list_parts(lists):
        yield from pq.ParquetFile(part).iter_batches(batch, columns=columns)


def write_lists(lists: Path, article_ids: pa.Array, release: Path) -> ListsShape:
    """Write ``contracts.release.LISTS`` and ``RECOMMENDATIONS`` into ``release``, streaming.

    Parameters
    ----------
    lists
        A ``lists`` artifact's folder.
    article_ids
        The catalogue's ids by article_idx.

    Raises
    ------
    ValueError
        On an article that the catalogue does not hold, a reason that ``REASONS`` does not hold, lists of
        unequal length, or customers out of order; names the customer.
    """
    shape = measure_lists(lists)
    folder = release / LISTS
    folder.mkdir()
    write_json(folder / "reasons.json", list(REASONS))
    customer_ids = open_memmap(folder / "customer_ids.npy", "w+", f"S{shape.id_width}", (shape.customers,))
    size = (shape.customers, shape.length)
    article_idx = open_memmap(folder / "article_idx.npy", "w+", np.int32, size)
    reasons = open_memmap(folder / "reasons.npy", "w+", np.uint8, size)
    source_purchases = open_memmap(folder / "source_purchases.npy", "w+", np.int32, size)
    columns = list(RECOMMENDATIONS_SCHEMA.names)
    progress = tqdm(total=shape.customers, desc="lists", unit=" customers", disable=None)
    row = 0
    with pq.ParquetWriter(release / RECOMMENDATIONS, RECOMMENDATIONS_SCHEMA, compression="zstd") as writer:
        for batch in list_batches(lists, columns):
            rows = slice(row, row + batch.num_rows)
            customer_ids[rows] = _fixed_width(batch.column("customer_id"), shape.id_width)
            article_idx[rows] = _codes(batch, "article_ids", article_ids, "the catalogue").reshape(-1, shape.length)
            reasons[rows] = _codes(batch, "reasons", pa.array(REASONS), "REASONS").reshape(-1, shape.length)
            source_purchases[rows] = _codes(batch, "source_purchases", article_ids, "the catalogue").reshape(
                -1, shape.length
            )
            writer.write_batch(batch.select(columns).cast(RECOMMENDATIONS_SCHEMA))
            row = rows.stop
            progress.update(batch.num_rows)
    progress.close()
    for array in (customer_ids, article_idx, reasons, source_purchases):
        array.flush()
    return shape


def measure_lists(lists: Path) -> ListsShape:
    """Count customers, check that all lists are equally long, find the widest id."""
    customers, width, lengths = 0, 1, set[int]()
    by_place = ("article_ids", "reasons", "scores", "source_purchases")
    for batch in list_batches(lists, ["customer_id", *by_place]):
        customers += batch.num_rows
        width = max(width, pc.max(pc.binary_length(batch.column("customer_id"))).as_py() or 0)
        for name in by_place:
            lengths |= set(pc.unique(pc.fill_null(pc.list_value_length(batch.column(name)), 0)).to_pylist())
    if len(lengths) != 1:
        raise ValueError(f"lists in {lists} have lengths {sorted(lengths)}: expected one; run `recsys filter` again")
    return ListsShape(customers, lengths.pop(), width)


def _fixed_width(ids: Any, width: int) -> NDArray[np.bytes_]:
    return np.array([one.encode() for one in ids.to_pylist()], dtype=f"S{width}")


def _codes(batch: pa.RecordBatch, name: str, known: pa.Array, where: str) -> NDArray[Any]:
    """Positions in ``known`` of a list column's values, flat; -1 for null in a column that may have nulls."""
    column = batch.column(name)
    values = pc.list_flatten(column)
    codes = pc.index_in(values, value_set=known)
    lost = pc.is_null(codes) if name not in MAY_BE_NULL else pc.and_(pc.is_null(codes), pc.is_valid(values))
    if pc.any(lost).as_py():
        at = pc.indices_nonzero(lost)[0].as_py()
        customer = batch.column("customer_id")[pc.list_parent_indices(column)[at].as_py()]
        raise ValueError(f"{values[at].as_py()!r} in {name} of customer {customer} is not in {where}")
    return np.asarray(pc.fill_null(codes, -1).to_numpy(zero_copy_only=False))
