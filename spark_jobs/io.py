"""Reads raw files and writes Parquet folders whose bytes depend on their rows alone."""

import json
import logging
import shutil
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as sf

from recsys_core.artefacts import sha256_of, write_json
from recsys_core.home import Home

log = logging.getLogger(__name__)
SUFFIXES = (".csv", ".csv.gz", ".parquet")
PART_ROWS = 5_000_000
"""A written file has about this many rows at most."""
_PART = "_part"


def find_files(home: Home, pattern: str) -> list[Path]:
    """Files in the raw and the incoming folder whose name fits the glob, by name.

    Raises
    ------
    ValueError
        If one folder holds the same name in two formats: their rows would count twice.
    """
    folders = [folder for folder in (home.raw, home.incoming) if folder.exists()]
    found = [p for folder in folders for p in folder.glob(pattern) if p.is_file() and suffix_of(p)]
    seen: dict[Path, Path] = {}
    for path in sorted(found):
        stem = path.with_name(path.name.removesuffix(suffix_of(path) or ""))
        if stem in seen:
            raise ValueError(f"{seen[stem]} and {path.name} look like one file in two formats: keep one of them")
        seen[stem] = path
    return sorted(found, key=lambda p: (p.name, str(p)))


def suffix_of(path: Path) -> str | None:
    return next((suffix for suffix in SUFFIXES if path.name.endswith(suffix)), None)


class Checksums:
    """SHA-256 of raw files, remembered by path, size and modification time."""

    def __init__(self, home: Home) -> None:
        self._file = home.root / "checksums.json"
        self._known: dict[str, str] = json.loads(self._file.read_text()) if self._file.exists() else {}

    def of(self, path: Path) -> str:
        stat = path.stat()
        key = f"{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}"
        if key not in self._known:
            self._known[key] = sha256_of(path)
            write_json(self._file, self._known)
        return self._known[key]


def write_parts(
    frame: DataFrame, folder: Path, order: Sequence[str], part: Column | None = None, parts: int = 1
) -> None:
    """Write ``folder/part-NNNNN.parquet``, rows sorted by ``order``.

    ``part`` says by value which of ``parts`` files a row belongs to, so that neither the number of cores nor
    Spark's sampling decides where a file ends.
    """
    staged = stage_parts(frame, folder.parent / f".{folder.name}", order, part, parts)
    folder.mkdir(parents=True)
    for number, file in staged:
        file.rename(folder / f"part-{number:05d}.parquet")
    shutil.rmtree(folder.parent / f".{folder.name}")


def stage_parts(
    frame: DataFrame, staging: Path, order: Sequence[str], part: Column | None, parts: int
) -> list[tuple[int, Path]]:
    """Spark's own output files below ``staging`` with the number of their part."""
    place = sf.lit(0) if part is None else part
    placed = frame.withColumn(_PART, place.cast("int")).repartitionById(parts, _PART)
    placed.sortWithinPartitions(*order).drop(_PART).write.mode("overwrite").parquet(str(staging))
    return sorted((int(file.name.split("-")[1]), file) for file in staging.glob("part-*.parquet"))


def parts_for(rows: int) -> int:
    return max(1, -(-rows // PART_ROWS))


def count_rows(folder: Path) -> int:
    """Rows of a Parquet folder by its files' metadata."""
    return sum(pq.read_metadata(file).num_rows for file in sorted(folder.glob("*.parquet")))


def read(spark: SparkSession, *folders: Path) -> DataFrame:
    return spark.read.parquet(*map(str, folders))
