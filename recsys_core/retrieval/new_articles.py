"""Retriever of new articles by attributes and image, because nobody has bought them yet or only few did.

An article is new if it was first sold within the last days, or is in stock and was never sold. Customers with purchases
get the new articles closest to their latest ones; everybody else gets the new articles that sell best.
"""

from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from scipy import sparse

from recsys_core.features.images import ImageEmbeddings
from recsys_core.features.snapshot import FloatArray, IntArray, Snapshot
from recsys_core.retrieval.attributes import attribute_vectors
from recsys_core.retrieval.base import RetrieverUnavailableError, Sources, eligible_articles
from recsys_core.retrieval.candidates import PAD, RetrieverCandidates
from recsys_core.retrieval.config import RetrieverConfigs
from recsys_core.retrieval.neighbours import NeighbourRetriever, Neighbours, demand, popularity
from recsys_core.store.arrays import load_array, save_arrays
from recsys_core.training import Monitor

NEIGHBOURS = 30
"""New articles kept of each article."""


class NewArticlesRetriever(NeighbourRetriever):
    """New articles that resemble the customer's latest purchases by attributes and image."""

    name: ClassVar[str] = "new_articles"
    version: ClassVar[int] = 1

    def __init__(self, snapshot: Snapshot, neighbours: Neighbours, sold: FloatArray, config: RetrieverConfigs) -> None:
        settings = config.retrieval
        super().__init__(snapshot, neighbours, settings.new_articles_k, settings.new_articles_latest)
        self._sold = sold
        order = np.argsort(-sold, kind="stable")[: self._k]
        self._best = np.full(self._k, PAD, np.int32)
        self._best[: len(order)] = neighbours.eligible[order]
        self._best_score = np.zeros(self._k, np.float32)
        self._best_score[: len(order)] = sold[order]

    @classmethod
    def fit(
        cls,
        snapshot: Snapshot,
        config: RetrieverConfigs,
        monitor: Monitor | None = None,
        sources: Sources | None = None,
    ) -> Self:
        sources = sources or Sources()
        eligible = new_articles(snapshot, config, sources)
        closeness, wanted = Closeness.to_eligible(snapshot, eligible, sources.images), demand(snapshot, eligible)

        def score(articles: IntArray) -> FloatArray:
            return closeness.of(articles) * wanted

        return cls(
            snapshot, Neighbours.fit(snapshot, eligible, score, NEIGHBOURS), popularity(snapshot)[eligible], config
        )

    def save(self, folder: Path) -> None:
        super().save(folder)
        save_arrays(folder, sold=self._sold)

    @classmethod
    def load(cls, folder: Path, snapshot: Snapshot, config: RetrieverConfigs) -> Self:
        neighbours = Neighbours.load(folder, snapshot.n_articles)
        return cls(snapshot, neighbours, np.asarray(load_array(folder, "sold")), config)

    def retrieve(self, customers: IntArray) -> RetrieverCandidates:
        found = super().retrieve(customers)
        nothing = (found.article_idx == PAD).all(axis=1)
        found.article_idx[nothing], found.score[nothing] = self._best, self._best_score
        return found


def new_articles(snapshot: Snapshot, config: RetrieverConfigs, sources: Sources) -> IntArray:
    """article_idx of what is new, ascending.

    Raises
    ------
    RetrieverUnavailableError
        If nothing is.
    """
    days = config.retrieval.new_articles_days
    since_first = snapshot.article("days_since_first_sale")
    eligible = np.zeros(snapshot.n_articles, bool)
    eligible[eligible_articles(snapshot, config)] = True
    new = eligible & (since_first <= days)
    if sources.stock:
        new |= sources.stock.anywhere & np.isnan(since_first)
    if not new.any():
        raise RetrieverUnavailableError(f"no article was first sold in the last {days} days, or is in stock unsold")
    return np.flatnonzero(new).astype(np.int32)


class Closeness:
    """Cosine of attributes, or its mean with the cosine of images where both articles have one; 0 without either."""

    def __init__(self, vectors: sparse.csr_array | None, eligible: IntArray, images: ImageEmbeddings | None) -> None:
        self._vectors = vectors
        self._eligible = eligible
        self._images = images

    @classmethod
    def to_eligible(cls, snapshot: Snapshot, eligible: IntArray, images: ImageEmbeddings | None) -> Self:
        try:
            return cls(attribute_vectors(snapshot), eligible, images)
        except RetrieverUnavailableError:
            return cls(None, eligible, images)

    def of(self, articles: IntArray) -> FloatArray:
        """Similarities (n_articles, n_eligible)."""
        close = np.zeros((len(articles), len(self._eligible)), np.float32)
        if self._vectors is not None:
            close = (self._vectors[articles] @ self._vectors[self._eligible].T).toarray()
        if self._images is not None:
            similarity = self._images.vectors[articles] @ self._images.vectors[self._eligible].T
            seen = np.outer(self._images.present[articles], self._images.present[self._eligible])
            close[seen] = similarity[seen] if self._vectors is None else (close[seen] + similarity[seen]) / 2
        return close
