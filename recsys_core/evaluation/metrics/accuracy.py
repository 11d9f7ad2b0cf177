"""Ranking metrics over customers, with the competition's definitions."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys_core.features.snapshot import IntArray

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
BOOTSTRAP_ROUNDS = 500
"""Bootstrap samples."""


@dataclass(frozen=True)
class Truth:
    """Purchases of each customer in the label window: distinct pairs, sorted by customer."""

    customer: npt.NDArray[np.int64]
    """(n_pairs,) positions 0 .. n_customers - 1"""
    article: IntArray
    """(n_pairs,) article_idx; -1 for an article that the snapshot does not know, which nobody can hit."""
    n_customers: int

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """(n_customers,) distinct articles bought."""
        return np.bincount(self.customer, minlength=self.n_customers)

    def of(self, customers: npt.NDArray[np.int64]) -> "Truth":
        """The truth of ``customers`` (m,) alone, distinct positions, renumbered to 0 .. m - 1 in their order."""
        place = np.full(self.n_customers, -1, np.int64)
        place[customers] = np.arange(len(customers))
        kept = np.flatnonzero(place[self.customer] >= 0)
        kept = kept[np.argsort(place[self.customer[kept]], kind="stable")]
        return Truth(place[self.customer[kept]], self.article[kept], len(customers))

    def among(self, articles: BoolArray) -> "Truth":
        """Purchases of ``articles``, a mask (n_articles,), alone; customers keep their positions."""
        kept = (self.article >= 0) & articles[self.article]
        return Truth(self.customer[kept], self.article[kept], self.n_customers)

    def hits(self, lists: IntArray) -> BoolArray:
        """(n_customers, k) True where the article in ``lists`` (n_customers, k) was bought; pads (-1) never are."""
        row = np.broadcast_to(np.arange(self.n_customers)[:, None], lists.shape)
        return self.bought(row, lists)

    def bought(self, row: npt.NDArray[np.integer], article: IntArray) -> BoolArray:
        """True where customer ``row`` bought ``article``, element by element; article -1 is never bought."""
        span = np.int64(max(int(article.max(initial=0)), int(self.article.max(initial=0))) + 1)
        known = self.article >= 0
        keys = np.sort(self.customer[known] * span + self.article[known])
        wanted = row.astype(np.int64) * span + article
        at = np.searchsorted(keys, wanted)
        found = at < len(keys)
        found[found] = keys[at[found]] == wanted[found]
        return found & (article >= 0)


def average_precision(truth: Truth, lists: IntArray, k: int = 12) -> FloatArray:
    """(n_customers,) AP@k: sum over hits of the precision at their place, over ``min(bought, k)`` (Kaggle H&M)."""
    row, column = np.nonzero(truth.hits(lists[:, :k]))
    return average_precision_of_hits(row, column + 1, truth.sizes, k)


def average_precision_of_hits(
    row: npt.NDArray[np.integer], rank: npt.NDArray[np.integer], sizes: npt.NDArray[np.int64], k: int = 12
) -> FloatArray:
    """(n_customers,) AP@k from flat hits: customer ``row`` bought what stands at ``rank`` (1 is best) of its list."""
    kept = np.flatnonzero(rank <= k)
    kept = kept[np.lexsort((rank[kept], row[kept]))]
    row, rank = row[kept], rank[kept]
    nth_hit = np.arange(len(row)) - np.searchsorted(row, row) + 1
    total = np.bincount(row, weights=nth_hit / rank, minlength=len(sizes))
    precision: FloatArray = total / np.minimum(np.maximum(sizes, 1), k)
    return precision


def recall(truth: Truth, lists: IntArray, k: int) -> FloatArray:
    """(n_customers,) share of what was bought that stands in the first k places."""
    found: npt.NDArray[np.int64] = truth.hits(lists[:, :k]).sum(axis=1)
    return found / np.maximum(truth.sizes, 1)


def bootstrap_interval(values: FloatArray, seed: int = 0, rounds: int = BOOTSTRAP_ROUNDS) -> tuple[float, float]:
    """95 % interval of the mean, customers drawn with replacement."""
    return interval_of(bootstrap_means(values[:, None], seed, rounds)[:, 0])


def bootstrap_means(values: FloatArray, seed: int = 0, rounds: int = BOOTSTRAP_ROUNDS) -> FloatArray:
    """(rounds, n_series) means of ``values`` (n_customers, n_series) over customers drawn with replacement.

    All series see the same draws, so the difference of two columns is a paired bootstrap.
    """
    rng = np.random.default_rng(seed)
    n = len(values)
    means = np.empty((rounds, values.shape[1]))
    for i in range(rounds):
        means[i] = np.bincount(rng.integers(0, n, n), minlength=n) @ values / n
    return means


def interval_of(means: FloatArray) -> tuple[float, float]:
    """95 % percentile interval of bootstrap means (rounds,)."""
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def gini(counts: npt.NDArray[np.integer]) -> float:
    """Inequality of ``counts`` (n,): 0 if all are equal, towards 1 if one has everything; 0 without any."""
    total = counts.sum()
    if not total:
        return 0.0
    ordered, n = np.sort(counts), len(counts)
    return float((2 * np.arange(1, n + 1) - n - 1) @ ordered / (n * total))
