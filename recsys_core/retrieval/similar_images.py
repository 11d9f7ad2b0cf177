"""Retriever by similar images (design B): cosine of image embeddings to the customer's last purchases, times demand."""

from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from recsys_core.features.snapshot import FloatArray, IntArray, Snapshot
from recsys_core.retrieval.base import RetrieverUnavailableError, Sources
from recsys_core.retrieval.config import RetrieverConfigs
from recsys_core.retrieval.neighbours import NeighbourRetriever, Neighbours, demand, fresh_articles
from recsys_core.training import Monitor

NEIGHBOURS = 60
"""Neighbours kept of each article."""


class SimilarImagesRetriever(NeighbourRetriever):
    """Articles nearest to the customer's latest purchases by image embedding (cosine)."""

    name: ClassVar[str] = "similar_images"
    version: ClassVar[int] = 1

    @classmethod
    def fit(
        cls,
        snapshot: Snapshot,
        config: RetrieverConfigs,
        monitor: Monitor | None = None,
        sources: Sources | None = None,
    ) -> Self:
        images = sources and sources.images
        if not images:
            raise RetrieverUnavailableError("there are no image embeddings")
        eligible = fresh_articles(snapshot, config)
        eligible = eligible[images.present[eligible]]
        if not len(eligible):
            raise RetrieverUnavailableError("no article on sale has an image embedding")
        vectors = images.vectors
        columns = np.ascontiguousarray(vectors[eligible].T * demand(snapshot, eligible))

        def score(articles: IntArray) -> FloatArray:
            scores: FloatArray = vectors[articles] @ columns
            return scores

        neighbours = Neighbours.fit(snapshot, eligible, score, NEIGHBOURS)
        settings = config.retrieval
        return cls(snapshot, neighbours, settings.similar_images_k, settings.similar_images_latest)

    @classmethod
    def load(cls, folder: Path, snapshot: Snapshot, config: RetrieverConfigs) -> Self:
        settings = config.retrieval
        neighbours = Neighbours.load(folder, snapshot.n_articles)
        return cls(snapshot, neighbours, settings.similar_images_k, settings.similar_images_latest)
