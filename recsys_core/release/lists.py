"""From list parts to what the shop maps and what others read: arrays by customer and one Parquet file."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
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

from recsys_core.compiled import in_blocks
from recsys_core.contracts.release import LISTS, REASONS, RECOMMENDATIONS
from recsys_core.store.artifacts import write_json

log = logging.getLogger(__name__)

GROUP_CUSTOMERS = 16_384
"""Customers whose parts are held in memory together and make a row group; a larger part is a group of its own."""
MAY_BE_NULL = ("source_purchases",)
OF_PLACES = ("article_ids", "scores", "reasons", "source_purchases")
ENCODED = ("article_ids", "reasons", "source_purchases")
"""Columns of few different texts, which are read and written as positions in a dictionary of them."""
RECOMMENDATIONS_SCHEMA = pa.schema(
    {
        "customer_id": pa.string(),
        "article_ids": pa.list_(pa.string()),
        "scores": pa.list_(pa.float32()),
        "reasons": pa.list_(pa.string()),
        "source_purchases": pa.list_(pa.string()),
    }
)
_DICTIONARY = pa.list_(pa.dictionary(pa.int32(), pa.string()))
_ENCODED_SCHEMA = pa.schema(
    {field.name: _DICTIONARY if field.name in ENCODED else field.type for field in RECOMMENDATIONS_SCHEMA}
)
_LEAVES = [f"{name}.list.element" for name in ENCODED]
_NULL, _UNKNOWN = -1, -2


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


def write_lists(lists: Path, article_ids: pa.Array, release: Path) -> ListsShape:
    """Write ``contracts.release.LISTS`` and ``RECOMMENDATIONS`` into ``release``, a group of parts at a time.

    Rows are in the order of the parts: (n_customers,) ``customer_ids``, (n_customers, length) ``article_idx``,
    ``reasons`` and ``source_purchases``. Whether customers are in order is for ``verify_release`` to say.

    Parameters
    ----------
    lists
        A ``lists`` artifact's folder.
    article_ids
        The catalogue's ids by article_idx, (n_articles,).

    Raises
    ------
    ValueError
        On an article that the catalogue does not hold or a reason that ``REASONS`` does not hold, naming the
        customer; on lists of unequal length.
    """
    parts = list_parts(lists)
    rows, shape = measure_lists(parts)
    arrays = _open_arrays(release / LISTS, shape)
    known = {"article_ids": article_ids, "reasons": pa.array(REASONS), "source_purchases": article_ids}
    row = 0
    with (
        tqdm(total=shape.customers, desc="lists", unit=" customers", disable=None) as progress,
        pq.ParquetWriter(
            release / RECOMMENDATIONS,
            _ENCODED_SCHEMA,
            compression="zstd",
            use_dictionary=_LEAVES,
            store_schema=False,  # so that readers find texts, not dictionaries
            write_statistics=["customer_id"],  # least and largest of all places together say nothing
        ) as writer,
    ):
        for table in _one_ahead(_read(group) for group in _groups(parts, rows)):
            _check_lengths(lists, table, shape.length)
            at = slice(row, row + len(table))
            arrays["customer_id"][at] = _fixed_width(table["customer_id"], shape.id_width)
            for name in ENCODED:
                arrays[name][at] = _codes(table, name, known[name]).reshape(-1, shape.length)
            writer.write_table(table)
            row = at.stop
            progress.update(len(table))
    for array in arrays.values():
        array.flush()
    return shape


def measure_lists(parts: Sequence[Path]) -> tuple[NDArray[np.int64], ListsShape]:
    """Count the customers of each part, (n_parts,), find the widest id, and take the first list's length for all's.

    Raises
    ------
    ValueError
        If there is no list.
    """
    rows, widths = np.zeros(len(parts), np.int64), np.ones(len(parts), np.int64)

    def measure(first: int, end: int) -> None:
        for at in range(first, end):
            ids = pq.read_table(parts[at], columns=["customer_id"], use_threads=False)["customer_id"]
            rows[at], widths[at] = len(ids), max(1, pc.max(pc.binary_length(ids)).as_py() or 0)

    in_blocks(measure, len(parts))
    if not rows.sum():
        raise ValueError(f"no list in {parts[0].parent}: run `recsys filter` again")
    with pq.ParquetFile(parts[np.flatnonzero(rows)[0]]) as part:
        first = next(part.iter_batches(1, columns=["article_ids"])).column(0)
    return rows, ListsShape(int(rows.sum()), len(first[0].values or ()), int(widths.max()))


def _open_arrays(folder: Path, shape: ListsShape) -> Mapping[str, np.memmap[Any, np.dtype[Any]]]:
    """The arrays on disk by column, and the names of the reasons."""
    folder.mkdir()
    write_json(folder / "reasons.json", list(REASONS))
    size = (shape.customers, shape.length)
    return {
        "customer_id": open_memmap(folder / "customer_ids.npy", "w+", f"S{shape.id_width}", (shape.customers,)),
        "article_ids": open_memmap(folder / "article_idx.npy", "w+", np.int32, size),
        "reasons": open_memmap(folder / "reasons.npy", "w+", np.uint8, size),
        "source_purchases": open_memmap(folder / "source_purchases.npy", "w+", np.int32, size),
    }


def _groups(parts: Sequence[Path], rows: NDArray[np.int64]) -> Iterator[list[Path]]:
    """Consecutive parts with together at most ``GROUP_CUSTOMERS``."""
    group, n = list[Path](), 0
    for part, customers in zip(parts, rows.tolist(), strict=True):
        if group and n + customers > GROUP_CUSTOMERS:
            yield group
            group, n = [], 0
        group.append(part)
        n += customers
    yield group


def _read(group: Sequence[Path]) -> pa.Table:
    """The parts' rows in one chunk, with one dictionary for each of the ``ENCODED`` columns."""
    tables: list[Any] = [None] * len(group)

    def read(first: int, end: int) -> None:
        for at in range(first, end):
            with pq.ParquetFile(group[at], read_dictionary=_LEAVES) as part:
                tables[at] = part.read(_ENCODED_SCHEMA.names, use_threads=False).cast(_ENCODED_SCHEMA)

    in_blocks(read, len(group), size=1)
    return pa.concat_tables(tables).unify_dictionaries().combine_chunks()


def _one_ahead(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The tables, each made in a thread while the one before it is used."""
    with ThreadPoolExecutor(1, "lists") as maker:
        coming = maker.submit(next, tables, None)
        while (table := coming.result()) is not None:
            coming = maker.submit(next, tables, None)
            yield table


def _check_lengths(lists: Path, table: pa.Table, length: int) -> None:
    found = {length}
    for name in OF_PLACES:
        found |= set(pc.unique(pc.fill_null(pc.list_value_length(table[name]), 0)).to_pylist())
    if len(found) != 1:
        raise ValueError(f"lists in {lists} have lengths {sorted(found)}: expected one; run `recsys filter` again")


def _fixed_width(ids: pa.ChunkedArray, width: int) -> NDArray[np.bytes_]:
    fixed: NDArray[np.bytes_] = ids.cast(pa.binary()).to_numpy().astype(f"S{width}")
    return fixed


def _codes(table: pa.Table, name: str, known: pa.Array) -> NDArray[np.int32]:
    """Positions in ``known`` of a list column's values, flat; -1 for null in a column that may have nulls."""
    values = table[name].combine_chunks().flatten()
    positions = pc.fill_null(pc.index_in(values.dictionary, value_set=known), _UNKNOWN)
    of_entry = np.append(positions.to_numpy(), np.int32(_NULL))
    codes: NDArray[np.int32] = of_entry[values.indices.fill_null(len(values.dictionary)).to_numpy()]
    lost = codes == _UNKNOWN if name in MAY_BE_NULL else codes < 0
    if lost.any():
        at = int(np.flatnonzero(lost)[0])
        customer = table["customer_id"][at // (len(codes) // len(table))]
        where = "REASONS" if name == "reasons" else "the catalogue"
        raise ValueError(f"{values[at].as_py()!r} in {name} of customer {customer} is not in {where}")
    return codes
