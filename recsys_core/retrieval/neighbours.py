"""Table from each article to its strongest neighbours among the eligible articles.

The retrievers of articles similar to a customer's purchases fit such a table and retrieve from it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from scipy import sparse

from recsys_core.features.snapshot import FloatArray, IntArray, Snapshot
from recsys_core.retrieval.base import RetrieverUnavailableError, eligible_articles
from recsys_core.retrieval.candidates import PAD, RetrieverCandidates, floor_of_best, top_k_per_row
from recsys_core.retrieval.config import RetrieverConfigs
from recsys_core.retrieval.sparse_product import top_k_of_product
from recsys_core.store.arrays import load_array, save_arrays

BLOCK_ROWS = 512
"""Rows held against the eligible at a time: their scores are (512, n_eligible) float32."""
POPULARITY_DAYS = 30
HALF_LIFE_DAYS = 2.0
"""A sale two days earlier counts half."""
POPULARITY_WEIGHT = 1.0


@dataclass(frozen=True)
class Neighbours:
    """The strongest neighbours of each article."""

    eligible: IntArray
    """(n_eligible,) article_idx of the articles that may be retrieved, ascending."""
    similarity: sparse.csr_array
    """(n_articles, n_eligible), positive; few entries a row, none for an article nobody bought."""

    @classmethod
    def fit(
        cls,
        snapshot: Snapshot,
        eligible: IntArray,
        score: Callable[[IntArray], FloatArray],
        n: int,
    ) -> Self:
        """The ``n`` strongest neighbours of all articles ever bought, themselves left out.

        ``score`` maps articles (b,) to their similarity with the eligible, a fresh (b, n_eligible); 0 and below is
        none.
        """
        of = snapshot.purchases.articles()
        tables = [_table(score, of[i : i + BLOCK_ROWS], eligible, n) for i in range(0, max(len(of), 1), BLOCK_ROWS)]
        row, column, value = (np.concatenate(parts) for parts in zip(*tables, strict=True))
        shape = (snapshot.n_articles, len(eligible))
        return cls(eligible, sparse.csr_array((value, (row, column)), shape=shape, dtype=np.float32))

    @classmethod
    def of_product(
        cls,
        left: sparse.csr_array,
        right: sparse.csr_array,
        eligible: IntArray,
        n: int,
        factor: FloatArray | None = None,
        articles: IntArray | None = None,
        group: IntArray | None = None,
    ) -> Self:
        """The ``n`` strongest neighbours by ``left`` (n_articles, d) times ``right`` (d, n_eligible), both positive.

        ``factor`` (n_eligible,) multiplies the product's columns. Only ``articles`` have neighbours, by default all.
        Articles of one ``group`` (n_articles,) are no neighbours; by default an article is its own group.
        """
        everything = np.arange(left.shape[0], dtype=np.int32)
        of, group = (everything if each is None else each for each in (articles, group))
        best = top_k_of_product(left[of], right, n, factor, (group[of], group[eligible]), threads=None)
        row, place = np.nonzero(best.article_idx != PAD)
        entries = best.score[row, place], (of[row], best.article_idx[row, place])
        return cls(eligible, sparse.csr_array(entries, shape=(left.shape[0], len(eligible))))

    def save(self, folder: Path) -> None:
        table = self.similarity
        save_arrays(folder, eligible=self.eligible, data=table.data, indices=table.indices, indptr=table.indptr)

    @classmethod
    def load(cls, folder: Path, n_articles: int) -> Self:
        eligible, *table = (load_array(folder, name) for name in ("eligible", "data", "indices", "indptr"))
        return cls(eligible, sparse.csr_array(tuple(table), shape=(n_articles, len(eligible))))

    @property
    def links(self) -> sparse.csr_array:
        """(n_articles, n_articles): from each article to its neighbours."""
        table, n = self.similarity, self.similarity.shape[0]
        return sparse.csr_array((table.data, self.eligible[table.indices], table.indptr), shape=(n, n))

    def candidates(self, history: sparse.csr_array, k: int) -> RetrieverCandidates:
        """The ``k`` best of each customer by the sum of similarities over ``history`` (n_customers, n_articles)."""
        best = top_k_of_product(history, self.similarity, k)
        found = best.article_idx != PAD
        article = np.full_like(best.article_idx, PAD)
        article[found] = self.eligible[best.article_idx[found]]
        return RetrieverCandidates(article, best.score)


class NeighbourRetriever:
    """Retriever of the articles nearest to the customer's purchases; a subclass adds name, ``fit`` and ``load``."""

    def __init__(self, snapshot: Snapshot, neighbours: Neighbours, k: int, latest: int | None = None) -> None:
        self._snapshot = snapshot
        self._neighbours = neighbours
        self._k = k
        self._latest = latest

    @property
    def links(self) -> sparse.csr_array:
        return self._neighbours.links

    def save(self, folder: Path) -> None:
        self._neighbours.save(folder)

    def retrieve(self, customers: IntArray) -> RetrieverCandidates:
        return self._neighbours.candidates(recent_history(self._snapshot, customers, self._latest), self._k)


def recent_history(snapshot: Snapshot, customers: IntArray, latest: int | None = None) -> sparse.csr_array:
    """(n_customers, n_articles): the sum of ``1 / sqrt(days ago)`` over a customer's purchases of an article.

    ``latest``: only so many of a customer's latest purchases count.
    """
    purchases = snapshot.purchases
    row, at = purchases.of(customers)
    if latest is not None:
        counts = purchases.start[customers[row] + 1] - at <= latest
        row, at = row[counts], at[counts]
    recency = 1.0 / np.sqrt(purchases.days_ago[at])
    shape = (len(customers), snapshot.n_articles)
    return sparse.csr_array((recency, (row, purchases.article_idx[at])), shape=shape, dtype=np.float32)


def fresh_articles(snapshot: Snapshot, config: RetrieverConfigs) -> IntArray:
    """The eligible articles sold within ``retrieval.fresh_days`` of the cut-off, ascending.

    Raises
    ------
    RetrieverUnavailableError
        If there are none.
    """
    days = config.retrieval.fresh_days
    eligible = eligible_articles(snapshot, config)
    fresh = eligible[snapshot.article("days_since_last_sale")[eligible] <= days]
    if not len(fresh):
        raise RetrieverUnavailableError(f"nothing was sold in the last {days} days")
    return fresh


def popularity(snapshot: Snapshot) -> FloatArray:
    """(n_articles,) in 0 .. 1: sales of the last month, the latest counting most, on a log scale."""
    purchases = snapshot.purchases
    recent = purchases.days_ago <= POPULARITY_DAYS
    weight = 0.5 ** ((purchases.days_ago[recent] - 1) / HALF_LIFE_DAYS)
    sold = np.log1p(np.bincount(purchases.article_idx[recent], weight, snapshot.n_articles))
    scaled: FloatArray = (sold / max(float(sold.max(initial=0)), 1e-9)).astype(np.float32)
    return scaled


def demand(snapshot: Snapshot, eligible: IntArray) -> FloatArray:
    """(n_eligible,) factors in 1 .. 2 for a similarity: of articles that look alike the one that sells is wanted."""
    return 1 + POPULARITY_WEIGHT * popularity(snapshot)[eligible]


def strongest(scores: FloatArray, k: int) -> RetrieverCandidates:
    """The ``k`` highest positive entries of each row of ``scores`` (n, m), by column; ties go to the smaller one."""
    row, column = np.nonzero((scores >= floor_of_best(scores, k)[:, None]) & (scores > 0))
    return top_k_per_row(row, column, scores[row, column], len(scores), k)


def _table(
    score: Callable[[IntArray], FloatArray], articles: IntArray, eligible: IntArray, n: int
) -> tuple[IntArray, IntArray, FloatArray]:
    """Article, column of the eligible and similarity of the neighbours of a block of articles."""
    scores = score(articles)
    _, row, column = np.intersect1d(articles, eligible, assume_unique=True, return_indices=True)
    scores[row, column] = 0.0
    best = strongest(scores, n)
    row, place = np.nonzero(best.article_idx != PAD)
    return articles[row], best.article_idx[row, place], best.score[row, place]
