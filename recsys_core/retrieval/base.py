"""What a retriever is."""

from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

import numpy as np
import numpy.typing as npt

from recsys_core.config import Config
from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.retrieval.candidates import LaneCandidates
from recsys_core.training import Monitor


class Retriever(Protocol):
    """Yields candidates for customers of the snapshot it was fitted on.

    ``fit`` sees one snapshot, so nothing dated on or after its cut-off. ``save`` and ``load`` move the fitted
    arrays through a folder; ``load`` needs the same snapshot.
    """

    name: ClassVar[str]

    @classmethod
    def fit(cls, snapshot: Snapshot, config: Config, monitor: Monitor | None = None) -> Self: ...

    def save(self, folder: Path) -> None: ...

    @classmethod
    def load(cls, folder: Path, snapshot: Snapshot, config: Config) -> Self: ...

    def retrieve(self, customers: IntArray) -> LaneCandidates:
        """Candidates of ``customers``, rows of the snapshot; ``n_customers`` is a customer nobody knows."""
        ...


def eligible_articles(snapshot: Snapshot, config: Config) -> IntArray:
    """Articles worth retrieving: sold within ``rules.sold_within_days`` of the cut-off, ascending."""
    days = config.rules.sold_within_days
    since = snapshot.article("days_since_last_sale")
    return np.flatnonzero(since <= (np.inf if days is None else days)).astype(np.int32)


def save_arrays(folder: Path, **arrays: npt.NDArray[np.generic]) -> None:
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)


def load_array(folder: Path, name: str) -> npt.NDArray[Any]:
    """A memory-mapped array of a retriever's folder."""
    array: npt.NDArray[Any] = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
    return array
