"""Memory-mapped arrays, rows of large ones that are not mapped, and fixed-width id lookup."""

import json
import math
import os
import weakref
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Int32 = NDArray[np.int32]
IDS_A_BLOCK: Final = 32
"""Ids that ``IdFile`` reads in a look-up; it holds one of so many in memory."""
IDS_AT_ONCE: Final = 65_536
"""Ids that it reads at a time when it opens."""


def map_array(path: Path) -> NDArray[Any]:
    """The array in ``path``, read-only and memory-mapped.

    Raises
    ------
    ValueError
        If the file is anything but an array, or one of Python objects.
    """
    mapped: NDArray[Any] = np.lib.format.open_memmap(path, mode="r")
    return mapped.view(np.ndarray)


def read_json(path: Path) -> Any:
    """Content of a JSON file in UTF-8."""
    return json.loads(path.read_text(encoding="utf-8"))


class RowFile:
    """Rows of an array in a file of any size, read when they are asked for.

    Unlike a mapped array it adds nothing to the memory of the process: the system maps sixteen pages around each one
    that is touched, so a thousand lists of customers come to hundreds of megabytes. The file is held open, so it may be
    removed meanwhile.

    Raises
    ------
    ValueError
        If the file is anything but an array by rows, or one of Python objects.
    """

    def __init__(self, path: Path) -> None:
        mapped = np.lib.format.open_memmap(path, mode="r")
        if not mapped.flags.c_contiguous:
            raise ValueError(f"{path} holds an array by columns, expected one by rows")
        self.dtype, self._start = mapped.dtype, mapped.offset
        self._shape: tuple[int, ...] = mapped.shape
        self._row_bytes = mapped.dtype.itemsize * math.prod(mapped.shape[1:])
        self._handle = os.open(path, os.O_RDONLY)
        weakref.finalize(self, os.close, self._handle)

    def __len__(self) -> int:
        return self._shape[0]

    def rows(self, first: int, end: int) -> NDArray[Any]:
        """The rows ``first`` .. ``end``, read-only, as many as there are."""
        return np.frombuffer(self.read(first, end), self.dtype).reshape(-1, *self._shape[1:])

    def read(self, first: int, end: int) -> bytes:
        """Bytes of the rows ``first`` .. ``end``, as many as there are.

        Raises
        ------
        OSError
            If the file ends before them.
        """
        size = (min(end, len(self)) - first) * self._row_bytes
        data = os.pread(self._handle, size, self._start + first * self._row_bytes)
        if len(data) < size:
            raise OSError(f"a file of {len(self)} rows ends before row {end}")
        return data

    def __getitem__(self, row: int) -> NDArray[Any]:
        return np.frombuffer(self.read(row, row + 1), self.dtype).reshape(self._shape[1:])


class IdFile:
    """Ascending fixed-width ids in a file; the first of each block is held in memory, so a look-up reads one block."""

    def __init__(self, path: Path) -> None:
        self.file = RowFile(path)
        starts = range(0, len(self.file), IDS_AT_ONCE)
        blocks = (self.file.rows(first, first + IDS_AT_ONCE) for first in starts)
        self._firsts: list[bytes] = [first for block in blocks for first in block[::IDS_A_BLOCK].tolist()]

    def __len__(self) -> int:
        return len(self.file)

    def find(self, wanted: str) -> int | None:
        """Row of ``wanted``, or None."""
        key, width = wanted.encode("utf-8", "surrogatepass"), self.file.dtype.itemsize
        first = (bisect_right(self._firsts, key) - 1) * IDS_A_BLOCK
        if not key or len(key) > width or key.endswith(b"\0") or first < 0:
            return None
        ids, padded = self.file.read(first, first + IDS_A_BLOCK), key.ljust(width, b"\0")
        row = bisect_left(range(len(ids) // width), padded, key=lambda row: ids[row * width : (row + 1) * width])
        return first + row if ids[row * width : (row + 1) * width] == padded else None


def find_id(ids: NDArray[np.bytes_], wanted: str) -> int | None:
    """Row of ``wanted`` in ascending fixed-width ids, or None; touches log2(n) rows."""
    key = wanted.encode("utf-8", "surrogatepass")
    if not key or len(key) > ids.dtype.itemsize:  # a wider key would make numpy copy all ids
        return None
    row = int(np.searchsorted(ids, np.array(key, dtype=ids.dtype)))
    return row if row < len(ids) and bytes(ids[row]) == key else None


def find_ids(ids: NDArray[np.bytes_], wanted: list[str]) -> Int32:
    """Rows of those ``wanted`` that exist, in their order."""
    rows = (find_id(ids, one) for one in wanted)
    return np.fromiter((row for row in rows if row is not None), dtype=np.int32)


class IdSet(Collection[str]):
    """Ascending fixed-width ids, as a set of texts."""

    def __init__(self, ids: NDArray[np.bytes_]) -> None:
        self._ids = ids

    def __contains__(self, wanted: object) -> bool:
        return isinstance(wanted, str) and find_id(self._ids, wanted) is not None

    def __iter__(self) -> Iterator[str]:
        return map(bytes.decode, self._ids.tolist())

    def __len__(self) -> int:
        return len(self._ids)
