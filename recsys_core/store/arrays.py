"""Arrays of an artifact: a file each, memory-mapped by whoever reads them."""

from pathlib import Path
from typing import Any, BinaryIO, Self

import numpy as np
import numpy.typing as npt


def save_arrays(folder: Path, **arrays: npt.NDArray[np.generic]) -> None:
    """Write ``<folder>/<name>.npy`` for each array; the folder may exist."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)


def load_array(folder: Path, name: str) -> npt.NDArray[Any]:
    """``<folder>/<name>.npy``, memory-mapped.

    Raises
    ------
    ValueError
        If the file is anything but an array, or one of Python objects.
    """
    array: npt.NDArray[Any] = np.lib.format.open_memmap(folder / f"{name}.npy", mode="r")
    return array


class ArrayWriter:
    """Writes ``<folder>/<name>.npy`` rows after rows, so that the array need not fit into memory.

    The first rows say its type and the shape of a row; without any there is no file.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._path = folder / f"{name}.npy"
        self._file: BinaryIO | None = None
        self._like: npt.NDArray[Any] = np.empty(0)
        self._n = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._file:
            with self._file:
                self._file.seek(0)
                self._write_header(self._file)  # as long as before: numpy leaves room for the number of rows

    def append(self, rows: npt.NDArray[Any]) -> None:
        """Write ``rows`` (n, ...) behind the others.

        Raises
        ------
        ValueError
            If they are of another shape or type than the first ones.
        """
        if self._file is None:
            self._file, self._like = self._path.open("wb"), rows[:0]
            self._write_header(self._file)
        if (rows.shape[1:], rows.dtype) != (self._like.shape[1:], self._like.dtype):
            raise ValueError(f"{self._path} holds rows of {self._like.shape[1:]} {self._like.dtype}, not these")
        self._file.write(np.ascontiguousarray(rows).data)
        self._n += len(rows)

    def _write_header(self, file: BinaryIO) -> None:
        header = np.lib.format.header_data_from_array_1_0(self._like)
        np.lib.format.write_array_header_1_0(
            file, header | {"fortran_order": False, "shape": (self._n, *self._like.shape[1:])}
        )
