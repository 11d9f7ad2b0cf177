"""Interface of a ranker, and the examples that it learns from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import ClassVar, Protocol, Self, TypeVar

import numpy as np
import numpy.typing as npt

from recsys_core.features.snapshot import FloatArray, IntArray
from recsys_core.ranking.config import RankerConfigs
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
    """(n,) ascending number of the customer in one label window."""
    window: npt.NDArray[np.int8]
    """(n,) number of the label window, 0 the latest."""
    numeric_names: tuple[str, ...]
    category_names: tuple[str, ...]
    vocabulary: Mapping[str, Mapping[str, int]]
    """Per category, value -> code from 1 on."""
    keep_rate: float
    """Share of the negatives that was kept, for calibration."""
    is_simulated: npt.NDArray[np.bool_]
    """(n,) True for a cold-start simulation: a known customer once more, without history."""
    images: FloatArray | None = None
    """(n_articles + 1, 128) image embedding by code of ``article_id``, zero without an image; None: there are none."""

    def __len__(self) -> int:
        return len(self.label)

    def take(self, rows: npt.NDArray[np.bool_]) -> "Examples":
        """The rows where ``rows`` (n,) is True; rows that lie side by side are not copied."""
        at = np.flatnonzero(rows)
        first, end = (int(at[0]), int(at[-1]) + 1) if len(at) else (0, 0)
        taken = slice(first, end) if end - first == len(at) else rows
        return replace(
            self,
            numbers=self.numbers[taken],
            codes=self.codes[taken],
            label=self.label[taken],
            group=self.group[taken],
            window=self.window[taken],
            is_simulated=self.is_simulated[taken],
        )


VALIDATION = "validation"
"""Folder below a saved ranker's own that holds its validation model."""


class Ranker(Protocol):
    """Scores described candidates; higher is likelier to be bought.

    ``fit`` decides how long to train by MAP@12 on the held-out examples, then trains on all. It keeps the model from
    before the training on all, too: only a model that has not seen a label window can be measured on it.
    """

    name: ClassVar[str]
    numeric_names: tuple[str, ...]
    vocabulary: Mapping[str, Mapping[str, int]]
    held_out: FloatArray | None
    """Scores of the held-out examples (``holdout.py``) by the model that had not seen them; None if not kept."""

    @property
    def validation(self) -> Self | None:
        """The model that has not seen the held-out examples; None for one that is itself a validation model."""
        ...

    @classmethod
    def fit(cls, examples: Examples, config: RankerConfigs, monitor: Monitor | None = None) -> Self: ...

    def score(self, numbers: FloatArray, codes: IntArray) -> FloatArray:
        """(n,) from numbers (n, n_numbers) and codes (n, n_categories)."""
        ...

    def save(self, folder: Path) -> None: ...

    @classmethod
    def load(cls, folder: Path) -> Self: ...


R = TypeVar("R", bound=Ranker)


def refuse_misfit(folder: Path, file: str, said: Sequence[str], found: Sequence[str]) -> None:
    """Compare what ``ranker.json`` says that a ranker reads with what its ``file`` reads.

    Raises
    ------
    ValueError
        Naming both files and the first difference.
    """
    for place, (expected, read) in enumerate(zip_longest(said, found, fillvalue="nothing")):
        if expected != read:
            raise ValueError(
                f"{folder / file} does not fit {folder / 'ranker.json'}: input {place} is {read} there and {expected} "
                f"here: remove the ranker and run `recsys train-ranker` again"
            )


def load_held_out(folder: Path) -> FloatArray | None:
    """Scores of the held-out examples that a ranker was saved with; None if it kept none."""
    file = folder / "held_out.npy"
    return np.array(np.lib.format.open_memmap(file, mode="r")) if file.exists() else None


def save_validation(ranker: Ranker, folder: Path) -> None:
    """Write the ranker's validation model below the ranker's own ``folder``."""
    if ranker.validation is not None:
        (folder / VALIDATION).mkdir()
        ranker.validation.save(folder / VALIDATION)


def load_validation(ranker: type[R], folder: Path) -> R | None:
    """The validation model of the ranker that was saved in ``folder``; None if it has none."""
    return ranker.load(folder / VALIDATION) if (folder / VALIDATION).is_dir() else None
