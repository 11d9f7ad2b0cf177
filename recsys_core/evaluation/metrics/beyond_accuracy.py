"""Beyond accuracy: how much of the shop the lists show, how popular, how new and how varied it is."""

import numpy as np
import numpy.typing as npt

from recsys_core.evaluation.metrics.accuracy import BoolArray, gini
from recsys_core.features.snapshot import IntArray, Snapshot

POPULARITY_DAYS = 7
NOVELTY_DAYS = 30
RANK_EDGES = (10, 30, 100, 300, 1_000, 3_000, 10_000)
"""Popularity ranks at which the histogram is cut."""
Counts = npt.NDArray[np.int64]


class Exposure:
    """Counts what the finished lists show, part by part, beside what was bought."""

    def __init__(self, snapshot: Snapshot, in_stock: BoolArray) -> None:
        self._kind = snapshot.article_codes("product_type_name").codes
        self._in_stock = in_stock
        self._rank = popularity_rank(snapshot)
        self._information = self_information(snapshot)
        self.shown = np.zeros(snapshot.n_articles, np.int64)
        """(n_articles,) list places by article."""
        self.bought = np.zeros(snapshot.n_articles, np.int64)
        """(n_articles,) purchases by article."""
        self._varied = 0.0
        self._lists = 0

    def add(self, lists: IntArray, bought: IntArray) -> None:
        """``lists`` (m, 12) without pads; ``bought`` (n_pairs,), -1 for an article nobody knows."""
        n = len(self.shown)
        self.shown += np.bincount(lists.ravel(), minlength=n)
        self.bought += np.bincount(bought[bought >= 0], minlength=n)
        self._varied += float(diversity(self._kind[lists]).sum())
        self._lists += len(lists)

    def metrics(self) -> dict[str, object]:
        """Means over list places and over purchases; coverage and Gini over the articles in stock."""
        stocked = int(self._in_stock.sum())
        return {
            "in_stock": stocked,
            "coverage": float((self.shown[self._in_stock] > 0).sum() / max(stocked, 1)),
            "coverage_bought": float((self.bought[self._in_stock] > 0).sum() / max(stocked, 1)),
            "gini": gini(self.shown[self._in_stock]),
            "gini_bought": gini(self.bought[self._in_stock]),
            "novelty": _mean(self._information, self.shown),
            "novelty_bought": _mean(self._information, self.bought),
            "popularity_rank": _mean(self._rank, self.shown),
            "popularity_rank_bought": _mean(self._rank, self.bought),
            "diversity": self._varied / max(self._lists, 1),
            "popularity": self._histogram(),
        }

    def _histogram(self) -> list[dict[str, object]]:
        """Share of list places and of purchases by popularity rank; ``to`` is null in the last bin."""
        edges = [edge for edge in RANK_EDGES if edge < len(self._rank)]
        bin_of = np.searchsorted(edges, self._rank)
        shown, bought = (np.bincount(bin_of, c, len(edges) + 1) / max(c.sum(), 1) for c in (self.shown, self.bought))
        return [
            {"from": low + 1, "to": high, "shown": float(shown[i]), "bought": float(bought[i])}
            for i, (low, high) in enumerate(zip([0, *edges], [*edges, None], strict=True))
        ]


def popularity_rank(snapshot: Snapshot) -> Counts:
    """(n_articles,) 1 is the most bought of the last week; longer history breaks ties."""
    sold = _sold(snapshot, POPULARITY_DAYS)
    order = np.lexsort((-snapshot.article("sold_all"), -sold))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(1, len(order) + 1)
    return rank


def self_information(snapshot: Snapshot) -> npt.NDArray[np.float64]:
    """(n_articles,) bits: -log2 of the article's share of the last month's purchases, one added to every article."""
    sold = _sold(snapshot, NOVELTY_DAYS) + 1
    bits: npt.NDArray[np.float64] = -np.log2(sold / sold.sum())
    return bits


def diversity(kinds: IntArray) -> npt.NDArray[np.float64]:
    """(n,) share of the pairs of a list (n, k) that are of different kinds."""
    k = kinds.shape[1]
    ordered = np.sort(kinds, axis=1)
    start = np.ones(ordered.shape, bool)
    start[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    first = np.maximum.accumulate(np.where(start, np.arange(k), 0), axis=1)
    similar = (np.arange(k) - first).sum(axis=1)
    varied: npt.NDArray[np.float64] = 1 - similar / max(k * (k - 1) / 2, 1)
    return varied


def _sold(snapshot: Snapshot, days: int) -> Counts:
    recent = snapshot.purchases.days_ago <= days
    return np.bincount(snapshot.purchases.article_idx[recent], minlength=snapshot.n_articles)


def _mean(values: npt.NDArray[np.int64] | npt.NDArray[np.float64], weights: Counts) -> float:
    return float(values @ weights / max(weights.sum(), 1))
