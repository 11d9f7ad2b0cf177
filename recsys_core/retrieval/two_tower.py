"""Nearest articles by two-tower vectors (design A, stage 1), by exact search among the eligible articles."""

from functools import cached_property
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from recsys_core.features.snapshot import FloatArray, IntArray, Snapshot
from recsys_core.retrieval.base import Sources, eligible_articles
from recsys_core.retrieval.candidates import RetrieverCandidates
from recsys_core.retrieval.config import RetrieverConfigs
from recsys_core.retrieval.exact_search import ExactSearch
from recsys_core.store.arrays import load_array, save_arrays
from recsys_core.towers.weights import TowerWeights
from recsys_core.training import Monitor

WEIGHTS = "weights"
"""Folder of the model's weights below the retriever's own."""


class TwoTowerRetriever:
    """The best ``two_tower_k`` articles by cosine of the vectors plus the article's popularity bias.

    ``two_tower_min_score`` is a threshold of the cosine alone. The bias orders candidates only here: whatever else
    reads the vectors (similar articles, the index) compares unit vectors.
    """

    name: ClassVar[str] = "two_tower"
    version: ClassVar[int] = 7

    def __init__(
        self,
        snapshot: Snapshot,
        customer_vectors: FloatArray,
        article_vectors: FloatArray,
        config: RetrieverConfigs,
        article_bias: FloatArray | None = None,
        weights: TowerWeights | None = None,
    ) -> None:
        self.weights = weights
        """Weights that ``save`` keeps for the model as of a later cut-off; None once loaded."""
        self.customer_vectors = customer_vectors
        """(n_customers + 1, dim), L2-normalised; the last row is a customer nobody knows."""
        self.article_vectors = article_vectors
        """(n_articles, dim), L2-normalised."""
        self.article_bias = np.zeros(len(article_vectors), np.float32) if article_bias is None else article_bias
        """(n_articles,) what popularity adds to the cosine."""
        self._eligible = eligible_articles(snapshot, config)
        self._k = config.retrieval.two_tower_k
        self._min_score = config.retrieval.two_tower_min_score

    @classmethod
    def fit(
        cls,
        snapshot: Snapshot,
        config: RetrieverConfigs,
        monitor: Monitor | None = None,
        sources: Sources | None = None,
    ) -> Self:
        from recsys_core.towers.train import train_two_tower

        sources = sources or Sources()
        trained = train_two_tower(snapshot, config.two_tower, monitor, sources.images, sources.weights)
        vectors = trained.vectors
        return cls(snapshot, vectors.customers, vectors.articles, config, vectors.article_bias, trained.weights)

    @classmethod
    def refresh(cls, snapshot: Snapshot, config: RetrieverConfigs, sources: Sources) -> Self:
        """The retriever as of the snapshot's cut-off with the weights of an earlier training; nothing is learned.

        Raises
        ------
        ValueError
            If there are no weights among the sources, or they are as of a later day.
        """
        from recsys_core.towers.train import refresh_two_tower

        if sources.weights is None:
            raise ValueError("the two towers cannot be refreshed without the weights of a training")
        vectors = refresh_two_tower(snapshot, config.two_tower, sources.weights, sources.images)
        return cls(snapshot, vectors.customers, vectors.articles, config, vectors.article_bias)

    def save(self, folder: Path) -> None:
        save_arrays(
            folder,
            customer_vectors=self.customer_vectors,
            article_vectors=self.article_vectors,
            article_bias=self.article_bias,
        )
        if self.weights:
            self.weights.save(folder / WEIGHTS)

    @classmethod
    def load(cls, folder: Path, snapshot: Snapshot, config: RetrieverConfigs) -> Self:
        customers, articles, bias = (
            load_array(folder, name) for name in ("customer_vectors", "article_vectors", "article_bias")
        )
        found, expected = (len(customers) - 1, len(articles)), (snapshot.n_customers, snapshot.n_articles)
        if found != expected:
            raise ValueError(
                f"{folder} holds vectors of {found[0]} customers and {found[1]} articles, the snapshot {snapshot.path} "
                f"{expected[0]} and {expected[1]}: run `recsys train-retrievers` again"
            )
        return cls(snapshot, customers, articles, config, bias)

    def retrieve(self, customers: IntArray) -> RetrieverCandidates:
        least = self._min_score if self._min_score > -1 else -np.inf
        return self._search.top_k(self.customer_vectors[customers], self._k, least)

    @cached_property
    def _search(self) -> ExactSearch:
        allowed = np.zeros(len(self.article_vectors), np.bool_)
        allowed[self._eligible] = True
        return ExactSearch(self.article_vectors, self.article_bias, allowed)

    def cosine(self, customers: IntArray, article_idx: IntArray) -> FloatArray:
        """Cosine of given pairs, (n,)."""
        left, right = np.asarray(self.customer_vectors[customers]), np.asarray(self.article_vectors[article_idx])
        cosine: FloatArray = np.einsum("nd,nd->n", left, right, dtype=np.float32)
        return cosine

    @cached_property
    def cosine_with_nobody(self) -> FloatArray:
        """(n_articles,) cosine of each article with a customer nobody knows."""
        articles = np.arange(len(self.article_vectors), dtype=np.int32)
        return self.cosine(np.full_like(articles, len(self.customer_vectors) - 1), articles)
