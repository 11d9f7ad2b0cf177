"""What a ranker is, and the examples it learns from."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol, Self

import numpy as np
import numpy.typing as npt

from recsys_core.config import Config
from recsys_core.features.snapshot import FloatArray, IntArray
from recsys_core.training import Monitor


@dataclass(frozen=True)
class Examples:
    """Described candidates with labels, grouped by customer: rows of one ``group`` are neighbours."""

    numbers: FloatArray
    """(n, n_numbers), null as NaN."""
    codes: IntArray
    """(n, n_categories) by ``vocabulary``, 0 for a value outside it."""
    label: npt.NDArray[np.float32]
    """(n,) 1 if bought in the label window."""
    group: IntArray
    """(n,) ascending number of the customer."""
    numeric_names: tuple[str, ...]
    category_names: tuple[str, ...]
    vocabulary: Mapping[str, Mapping[str, int]]
    """Per category, value -> code from 1 on."""
    keep_rate: float
    """Share of the negatives that was kept, for calibration."""


class Ranker(Protocol):
    """Scores described candidates; higher is likelier to be bought."""

    name: ClassVar[str]
    numeric_names: tuple[str, ...]
    vocabulary: Mapping[str, Mapping[str, int]]

    @classmethod
    def fit(cls, examples: Examples, config: Config, monitor: Monitor | None = None) -> Self: ...

    def score(self, numbers: FloatArray, codes: IntArray) -> FloatArray:
        """(n,) from numbers (n, n_numbers) and codes (n, n_categories)."""
        ...

    def save(self, folder: Path) -> None: ...

    @classmethod
    def load(cls, folder: Path) -> Self: ...
