"""Figures a customer: one value each for everything that is measured, filled part by part."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from recsys_core.evaluation.metrics.accuracy import (
    FloatArray,
    Truth,
    average_precision,
    bootstrap_means,
    interval_of,
    recall,
)
from recsys_core.features.snapshot import IntArray

RECALL_AT = (12, 50, 100, 300, 500)
LENGTH = RECALL_AT[-1]
"""Ranked candidates that an evaluation keeps of each customer."""


@dataclass
class CustomerMetrics:
    """Series (n_customers,) by name; a customer that a series does not concern is NaN there."""

    n_customers: int
    series: dict[str, FloatArray] = field(default_factory=dict)

    def put(self, name: str, at: npt.NDArray[np.int64], values: npt.NDArray[np.generic]) -> None:
        """Note ``values`` (m,) of the customers at positions ``at`` (m,)."""
        if name not in self.series:
            self.series[name] = np.full(self.n_customers, np.nan)
        self.series[name][at] = values

    def put_list(self, name: str, at: npt.NDArray[np.int64], truth: Truth, lists: IntArray) -> None:
        """Average precision at 12 of ``lists`` (m, k), as ``map/<name>``."""
        self.put(f"map/{name}", at, average_precision(truth, lists))

    def put_recall(self, name: str, at: npt.NDArray[np.int64], truth: Truth, lists: IntArray) -> None:
        """Recall at every k of ``RECALL_AT``, as ``recall/<name>/<k>``."""
        for k in RECALL_AT:
            self.put(f"recall/{name}/{k}", at, recall(truth, lists, k))

    def __getitem__(self, name: str) -> FloatArray:
        return self.series[name]

    def mean(self, name: str) -> float:
        """Over the customers whom it concerns; NaN if there is none."""
        values = self.series[name]
        known = values[~np.isnan(values)]
        return float(known.mean()) if len(known) else float("nan")

    def recall(self, name: str) -> dict[str, float]:
        """Mean recall of a list or retriever by k."""
        return {str(k): self.mean(f"recall/{name}/{k}") for k in RECALL_AT}


@dataclass(frozen=True)
class Bootstrap:
    """Means of several series over the same draws of customers: intervals, and intervals of differences."""

    names: tuple[str, ...]
    means: FloatArray
    """(rounds, n_series)"""

    @classmethod
    def of(cls, metrics: CustomerMetrics, names: tuple[str, ...]) -> "Bootstrap":
        """Bootstrap of series that concern every customer.

        Raises
        ------
        ValueError
            If a customer has no value: it was not measured.
        """
        values = np.stack([metrics[name] for name in names], axis=1)
        if missing := int(np.isnan(values).any(axis=1).sum()):
            raise ValueError(f"{missing} of {len(values)} customers of the label days have no lists: score them")
        return cls(names, bootstrap_means(values))

    def interval(self, name: str) -> tuple[float, float]:
        return interval_of(self._of(name))

    def difference(self, name: str, other: str) -> tuple[float, float]:
        """Paired interval of ``name`` minus ``other``."""
        return interval_of(self._of(name) - self._of(other))

    def _of(self, name: str) -> FloatArray:
        column: FloatArray = self.means[:, self.names.index(name)]
        return column
