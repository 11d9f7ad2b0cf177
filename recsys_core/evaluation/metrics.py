"""Ranking metrics over customers, with the competition's definitions."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys_core.features.snapshot import IntArray


@dataclass(frozen=True)
class Truth:
    """What each customer bought in the label window: distinct pairs, sorted by customer."""

    customer: npt.NDArray[np.int64]
    """(n_pairs,) positions 0 .. n_customers - 1"""
    article: IntArray
    """(n_pairs,) article_idx; -1 for an article that the snapshot does not know, which nobody can hit."""
    n_customers: int

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """(n_customers,) distinct articles bought."""
        return np.bincount(self.customer, minlength=self.n_customers)

    def hits(self, lists: IntArray) -> npt.NDArray[np.bool_]:
        """(n_customers, k) whether each place of ``lists`` (n_customers, k) was bought; pads (-1) never are."""
        span = np.int64(max(int(lists.max(initial=0)), int(self.article.max(initial=0))) + 1)
        bought = (self.customer * span + self.article)[self.article >= 0]
        listed = np.arange(self.n_customers, dtype=np.int64)[:, None] * span + lists
        return np.isin(listed, bought) & (lists >= 0)


def average_precision(truth: Truth, lists: IntArray, k: int = 12) -> npt.NDArray[np.float64]:
    """(n_customers,) AP@k: sum over hits of the precision at their place, over ``min(bought, k)`` (Kaggle H&M)."""
    hits = truth.hits(lists[:, :k])
    precision = np.cumsum(hits, axis=1) / np.arange(1, hits.shape[1] + 1)
    total: npt.NDArray[np.float64] = (precision * hits).sum(axis=1)
    return total / np.minimum(np.maximum(truth.sizes, 1), k)


def recall(truth: Truth, lists: IntArray, k: int) -> npt.NDArray[np.float64]:
    """(n_customers,) share of what was bought that stands in the first k places."""
    found: npt.NDArray[np.int64] = truth.hits(lists[:, :k]).sum(axis=1)
    return found / np.maximum(truth.sizes, 1)


def bootstrap_interval(values: npt.NDArray[np.float64], seed: int = 0, rounds: int = 500) -> tuple[float, float]:
    """95 % interval of the mean, customers drawn with replacement."""
    rng = np.random.default_rng(seed)
    means = [values[rng.integers(0, len(values), len(values))].mean() for _ in range(rounds)]
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)
