"""Batches without erased customers: Parquet files filtered by pyarrow, since most hold none of them."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from recsys_core.contracts.columns import CUSTOMER_ID
from recsys_core.erasure import Erasures
from spark_jobs.schemas import TEXT

BETWEEN_IDS: Final = re.compile(r"[\s,;|:\"'{}\[\]]+")
"""Separators between the values of a raw row that cannot be told apart as columns."""


def copy_without(source: Path, target: Path, erased: Erasures) -> int:
    """Copy a folder of Parquet parts without the rows of ``erased``; returns how many those were.

    A part that holds none of them is linked, not copied.
    """
    target.mkdir()
    return sum(_filter(part, target / part.name, erased) for part in sorted(source.glob("*.parquet")))


def rewrite_without(folder: Path, erased: Erasures) -> int:
    """The same in place, for a folder that nobody reads yet."""
    return sum(_filter(part, part, erased) for part in sorted(folder.glob("*.parquet"))) if erased else 0


def _filter(part: Path, target: Path, erased: Erasures) -> int:
    gone = _rows_of(part, erased)
    lost = int(pc.sum(gone).as_py() or 0)
    if lost:
        fresh = target.with_name(f".{target.name}.{os.getpid()}")
        kept = pq.read_table(part, partitioning=None).filter(pc.invert(gone))
        pq.write_table(kept, fresh, compression="zstd")
        fresh.replace(target)
    elif target != part:
        _link(part, target)
    return lost


def _rows_of(part: Path, erased: Erasures) -> pa.Array:
    """Returns a mask of the rows of erased customers.

    A text is searched value by value: a bad row need not have columns.
    """
    rows = pq.read_table(part, columns=[CUSTOMER_ID, TEXT], partitioning=None)
    of_id = _found(rows[CUSTOMER_ID].combine_chunks(), lambda customer_id: customer_id in erased)
    of_text = _found(rows[TEXT].combine_chunks(), lambda text: any(one in erased for one in BETWEEN_IDS.split(text)))
    return pc.or_(of_id, of_text)


def _found(values: pa.Array, is_wanted: Callable[[str], bool]) -> pa.Array:
    """Returns a mask of the wanted values; nulls never are."""
    wanted = [value for value in pc.unique(values).to_pylist() if value is not None and is_wanted(value)]
    return pc.is_in(values, pa.array(wanted, values.type))


def _link(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except OSError:  # a file system without links
        shutil.copyfile(source, target)
