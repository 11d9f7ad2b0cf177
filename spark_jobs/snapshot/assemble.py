"""The partial results of all parts of the customers -> the files of a snapshot, whatever the parts were."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from recsys_core.contracts import features as f
from recsys_core.contracts.columns import ARTICLE_ID, CUSTOMER_IDX, KEY_ATTRIBUTES
from recsys_core.features.arrays import History, Preference, Purchases
from spark_jobs.io import PART_ROWS, ROW_GROUP_ROWS
from spark_jobs.snapshot.articles import Sales, article_table
from spark_jobs.snapshot.part import CUSTOMERS_FILE, SALES, partial_folder

ARRAYS: dict[str, type] = {
    "purchases": Purchases,
    **{f"preferences/{name}": Preference for name in KEY_ATTRIBUTES},
    **{f"history/{item}": History for item in ("article", "product")},
}
FILES = (f.CUSTOMERS, f.ARTICLES, *ARRAYS)
"""The work of a snapshot: each is a task."""


@dataclass(frozen=True)
class AssembleTask:
    """Joins the partial results of one of FILES of one snapshot; it is sent to the workers."""

    articles: Path
    """Folder of the tables' articles."""
    partials: Path
    parts: int
    targets: Sequence[tuple[int, Path]]
    """Cut-off and folder of each snapshot."""

    def __call__(self, number: int) -> None:
        target, file = divmod(number, len(FILES))
        cutoff, folder = self.targets[target]
        partials = Partials(tuple(partial_folder(self.partials, cutoff, part) for part in range(self.parts)))
        name = FILES[file]
        if name == f.CUSTOMERS:
            _write_customers(partials, folder / f.CUSTOMERS)
        elif name == f.ARTICLES:
            _write_articles(partials, self.articles, folder / f.ARTICLES)
        else:
            _write_arrays(partials, name, ARRAYS[name], folder / f.ARRAYS / name)


@dataclass(frozen=True)
class Partials:
    """Partial results of one snapshot, in the order of the customers."""

    folders: tuple[Path, ...]

    @cached_property
    def first_customer(self) -> npt.NDArray[np.int64]:
        """Row number of each part's first customer, and that of the end, (n_partials + 1,)."""
        counts = [pq.read_metadata(folder / CUSTOMERS_FILE).num_rows for folder in self.folders]
        return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])

    def arrays(self, name: str, array: str) -> list[npt.NDArray[Any]]:
        """An array of each part, memory-mapped."""
        return [np.load(folder / name / f"{array}.npy", mmap_mode="r") for folder in self.folders]


def read_articles(folder: Path) -> pa.Table:
    """All articles of the tables, sorted by article_id."""
    return pq.read_table(folder).sort_by(ARTICLE_ID)


def _write_arrays(partials: Partials, name: str, of: type, folder: Path) -> None:
    for field in fields(of):
        arrays = partials.arrays(name, field.name)
        if field.name == "start":
            _join(folder / "start.npy", list(_starts(arrays)))
        elif field.name == CUSTOMER_IDX:
            numbered = (array + np.int32(first) for array, first in zip(arrays, partials.first_customer, strict=False))
            _join(folder / f"{field.name}.npy", arrays, numbered)
        else:
            _join(folder / f"{field.name}.npy", arrays)


def _starts(arrays: Sequence[npt.NDArray[np.int64]]) -> Iterator[npt.NDArray[np.int64]]:
    """First rows counted over all parts, with the end and an empty row for the unknown customer."""
    first = 0
    for array in arrays:
        yield array[:-1] + first
        first += int(array[-1])
    yield np.array([first, first], np.int64)


def _join(file: Path, arrays: Sequence[npt.NDArray[Any]], content: Iterator[npt.NDArray[Any]] | None = None) -> None:
    """Write the rows of all ``arrays``, or ``content`` of their shapes, as one array of a type that holds them all."""
    kind = np.result_type(*(array.dtype for array in arrays))
    shape = (sum(len(array) for array in arrays), *arrays[0].shape[1:])
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as out:
        header = {"descr": np.lib.format.dtype_to_descr(kind), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(out, header)
        for array in content or arrays:
            out.write(np.ascontiguousarray(array, kind).data)


def _write_customers(partials: Partials, folder: Path) -> None:
    """Files of PART_ROWS customers, row groups of ROW_GROUP_ROWS: the same bytes for any parts."""
    folder.mkdir(parents=True)
    schema = pq.read_schema(partials.folders[0] / CUSTOMERS_FILE)
    groups = enumerate(_groups(partials))
    for part, of_part in groupby(groups, lambda numbered: numbered[0] * ROW_GROUP_ROWS // PART_ROWS):
        with pq.ParquetWriter(folder / f"part-{part:05d}.parquet", schema, compression="zstd") as writer:
            for _, group in of_part:
                writer.write_table(group, ROW_GROUP_ROWS)


def _groups(partials: Partials) -> Iterator[pa.Table]:
    """Customers of all parts, numbered, ROW_GROUP_ROWS at a time."""
    waiting: list[pa.Table] = []
    for folder, first in zip(partials.folders, partials.first_customer, strict=False):
        table = pq.read_table(folder / CUSTOMERS_FILE, partitioning=None)
        numbers = pa.array(table[CUSTOMER_IDX].to_numpy() + np.int32(first))
        waiting.append(table.set_column(0, CUSTOMER_IDX, numbers))
        while sum(map(len, waiting)) >= ROW_GROUP_ROWS:
            both = pa.concat_tables(waiting)
            yield both.slice(0, ROW_GROUP_ROWS).combine_chunks()
            waiting = [both.slice(ROW_GROUP_ROWS)]
    rest = pa.concat_tables(waiting).combine_chunks()
    if len(rest):
        yield rest


def _write_articles(partials: Partials, articles: Path, folder: Path) -> None:
    table = read_articles(articles)
    total = Sales.none(len(table))
    for folder_of_part in partials.folders:
        total.add(Sales(*(np.load(folder_of_part / SALES / f"{field.name}.npy") for field in fields(Sales))))
    folder.mkdir(parents=True)
    pq.write_table(article_table(table, total), folder / "part-00000.parquet", compression="zstd")
