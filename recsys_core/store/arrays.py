"""Arrays of an artifact: a file each, memory-mapped by whoever reads them."""

from pathlib import Path
from typing import Any

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
