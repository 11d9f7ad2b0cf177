"""Rows of one file that equal rows of another, counted where the rows of all files lie sorted.

Two exports that overlap, or one that was saved twice, count purchases twice. No checksum shows it: files with equal
rows need not have equal bytes. Lines that one file repeats are no such rows, since they are real repeats
(docs/data-contracts.md): each row of a file is held against one row of the other.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from spark_jobs.schemas import FILE

MAX_PAIRS: Final = 500
"""Pairs of files that are kept, those with the most equal rows."""
Pairs = Counter[tuple[str, str]]
"""Equal rows by pair of files; the keys of a pair in their order."""
_Numbers = npt.NDArray[np.int64]


def count_equal_rows(rows: pa.Table, columns: Sequence[str]) -> Pairs:
    """Equal rows by pair of files in a table that is sorted by ``columns``, with the file of each row as FILE.

    Of a row that one file holds a times and another b times, min(a, b) are equal. The memory is about that of
    ``columns``; a row that no file repeats costs one comparison with the row before.
    """
    encoded = pc.dictionary_encode(rows[FILE].combine_chunks())
    if len(encoded.dictionary) < 2:
        return Counter()
    names, files = encoded.dictionary.to_pylist(), encoded.indices.to_numpy().astype(np.int64)
    same = _equals_row_before(rows.select(list(columns)))
    repeated = np.append(False, same) | np.append(same, False)
    runs = np.append(0, np.cumsum(~same))
    keys, times = np.unique(runs[repeated] * len(names) + files[repeated], return_counts=True)
    pairs: Pairs = Counter()
    for first, second, equal in _pairs_within_runs(keys // len(names), keys % len(names), times, len(names)):
        pairs[min(names[first], names[second]), max(names[first], names[second])] += equal
    return pairs


def _equals_row_before(table: pa.Table) -> npt.NDArray[np.bool_]:
    """True for each row but the first that equals the one before; the columns have no nulls."""
    same = np.ones(max(table.num_rows - 1, 0), dtype=bool)
    for column in (table[name].combine_chunks() for name in table.column_names):
        same &= pc.equal(column[1:], column[:-1]).to_numpy(zero_copy_only=False)
    return same


def _pairs_within_runs(runs: _Numbers, files: _Numbers, times: _Numbers, n_files: int) -> list[tuple[int, int, int]]:
    """Two files and their equal rows each; ``times`` that ``files`` hold the row of each of ``runs``, in that order."""
    found: list[tuple[int, int, int]] = []
    for step in count(1):
        beside = runs[step:] == runs[:-step]
        if not beside.any():
            return found
        codes, each = np.unique(files[:-step][beside] * n_files + files[step:][beside], return_inverse=True)
        equal = np.bincount(each, weights=np.minimum(times[step:], times[:-step])[beside])
        found += [(int(c) // n_files, int(c) % n_files, int(n)) for c, n in zip(codes, equal, strict=True)]
    return found


def described(pairs: Pairs, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Pairs with the names of their files, the most equal rows first."""
    named = [(sorted((names[first], names[second])), rows) for (first, second), rows in pairs.items()]
    most = sorted(named, key=lambda pair: (-pair[1], pair[0]))[:MAX_PAIRS]
    return [{"files": files, "rows": rows} for files, rows in most]
