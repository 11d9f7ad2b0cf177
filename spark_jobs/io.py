"""Reads raw files and writes Parquet folders whose bytes depend on their rows alone."""

import contextlib
import datetime as dt
import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as pq
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as sf
from pyspark.sql.pandas.types import from_arrow_schema

from recsys_core.contracts.columns import T_DAT
from recsys_core.store.artifacts import atomic_path, sha256_of, write_json
from recsys_core.workspace import Workspace

log = logging.getLogger(__name__)
PART_ROWS = 2_000_000
"""A written file has about this many rows at most."""
ROW_GROUP_ROWS = 500_000
MAX_ROWS_AT_ONCE = 4 * PART_ROWS
"""The driver holds parts of so many rows at a time, but at least one: a day may have more."""
REMEMBERED_BYTES = 1 << 20
"""A smaller file is read again each time: that takes no longer than to remember its checksum."""
_PART = "_part"


def find_order_files(workspace: Workspace, pattern: str) -> list[Path]:
    """Files with orders of our own storefront, by name."""
    return sorted(path for path in workspace.incoming.glob(pattern) if path.is_file() and not path.name.startswith("."))


@dataclass(frozen=True)
class Checksum:
    """SHA-256 of a file, with the size and the modification time that it was of."""

    sha256: str
    size: int
    mtime_ns: int

    def check(self, path: Path, name: str) -> None:
        """Raises ValueError if the file holds something else by now."""
        stat = path.stat()
        if (stat.st_size, stat.st_mtime_ns) != (self.size, self.mtime_ns) and sha256_of(path) != self.sha256:
            raise _being_written(name)


def _being_written(name: str) -> ValueError:
    return ValueError(
        f"{name} is being written: it changed while it was read, and nothing of it was kept. Start again once it is "
        "whole; to be safe, upload under a name that begins with a dot and rename then"
    )


class Checksums:
    """Checksums of raw files; those of large files are remembered by path, size and modification time."""

    def __init__(self, workspace: Workspace) -> None:
        self._file = workspace.root / "checksums.json"
        self._known: dict[str, str] = json.loads(self._file.read_text()) if self._file.exists() else {}

    def of(self, path: Path) -> Checksum:
        """Raises ValueError if the file changes meanwhile."""
        with path.open("rb") as file:
            before = os.fstat(file.fileno())
            key = f"{path.resolve()}|{before.st_size}|{before.st_mtime_ns}"
            if key in self._known:
                return Checksum(self._known[key], before.st_size, before.st_mtime_ns)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            after = os.fstat(file.fileno())
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise _being_written(path.name)
        if before.st_size >= REMEMBERED_BYTES:
            self._known[key] = sha256
            write_json(self._file, self._known)
        return Checksum(sha256, before.st_size, before.st_mtime_ns)


def write_parts(
    frame: DataFrame,
    folder: Path,
    order: Sequence[str],
    part: Column | None = None,
    parts: int = 1,
    inspect: Callable[[pa.Table], None] | None = None,
    aside: Sequence[str] = (),
    first: int = 0,
) -> None:
    """Write ``folder/part-NNNNN.parquet``, rows sorted by ``order``; the number of part 0 is ``first``.

    ``part`` says by value which of ``parts`` files a row belongs to, so that neither the number of cores nor
    Spark's sampling decides where a file ends. ``inspect`` is shown each sorted part with all columns, some of them at
    the same time; it is written without those in ``aside``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    place = sf.lit(0) if part is None else part
    with staged_parts(frame, frame.columns, order, place, parts, folder.parent) as staged:

        def settle(numbered: tuple[int, Path]) -> None:
            number, file = numbered
            table = pq.read_table(file, partitioning=None)
            if inspect:
                inspect(table)
            with atomic_path(folder / f"part-{first + number:05d}.parquet") as fresh:  # never into a linked file
                _settle_table(table.drop_columns(list(aside)), fresh)

        most = max((pq.read_metadata(file).num_rows for _, file in staged), default=0)
        at_once = min(len(os.sched_getaffinity(0)), max(1, MAX_ROWS_AT_ONCE // max(most, 1)))
        with ThreadPoolExecutor(at_once, "parts") as workers:
            list(workers.map(settle, staged))


@contextlib.contextmanager
def staged_parts(
    frame: DataFrame, columns: Sequence[str], order: Sequence[str], part: Column, parts: int, beside: Path
) -> Iterator[list[tuple[int, Path]]]:
    """Spark's own output, ``columns`` of the sorted rows: number and file of each part that has any (0 if none has)."""
    staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=beside))
    others = [name for name in order if name not in columns]
    placed = frame.select(*columns, *others, part.cast("int").alias(_PART)).repartitionById(parts, _PART)
    ordered = (placed.sortWithinPartitions(*order) if order else placed).drop(_PART, *others)
    ordered.write.mode("overwrite").parquet(str(staging), compression="snappy")
    yield sorted((int(file.name.split("-")[1]), file) for file in staging.glob("part-*.parquet"))
    shutil.rmtree(staging)


def _settle_table(table: pa.Table, target: Path) -> None:
    """Write a Parquet file so that equal rows make equal bytes.

    Spark's own files differ from run to run: parquet-java lists a column's encodings in the order of hash codes
    that are new in every JVM.
    """
    schema = pa.schema([field.with_nullable(True) for field in table.schema.remove_metadata()])
    pq.write_table(table.cast(schema), target, compression="zstd", row_group_size=ROW_GROUP_ROWS)


def parts_for(rows: int) -> int:
    return max(1, -(-rows // PART_ROWS))


def shuffle_partitions_for(rows: int) -> int:
    """Partitions of a shuffle: each task costs the same whatever it holds, so a small shop takes few."""
    return 4 * parts_for(rows)


def count_rows(folder: Path) -> int:
    """Rows of a Parquet folder by its files' metadata."""
    return sum(pq.read_metadata(file).num_rows for file in sorted(folder.glob("*.parquet")))


def rows_before(folder: Path, day: dt.date) -> int:
    """Purchases before ``day``, counted by the metadata of the files where that tells."""
    return int(pads.dataset(folder, format="parquet").count_rows(filter=pads.field(T_DAT) < day))


def read(spark: SparkSession, *folders: Path) -> DataFrame:
    """The rows of Parquet folders that we wrote, all of one schema: it is read here, not by a Spark job of its own."""
    part = next(path for folder in folders for path in sorted(folder.glob("*.parquet")))
    return spark.read.schema(from_arrow_schema(pq.read_schema(part))).parquet(*map(str, folders))
