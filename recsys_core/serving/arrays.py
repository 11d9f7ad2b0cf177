"""Memory-mapped arrays and fixed-width id lookup."""

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Int32 = NDArray[np.int32]


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
