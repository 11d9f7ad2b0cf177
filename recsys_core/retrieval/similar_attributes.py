"""Retriever by similar attributes (design B): cosine of attributes to the customer's last purchases, times demand.

It reaches articles that no similar customer has bought yet, and works on the first day of an article's sale.
"""

from pathlib import Path
from typing import ClassVar, Self

from recsys_core.features.snapshot import Snapshot
from recsys_core.retrieval.attributes import attribute_vectors
from recsys_core.retrieval.config import RetrieverConfigs
from recsys_core.retrieval.neighbours import NeighbourRetriever, Neighbours, demand, fresh_articles
from recsys_core.training import Monitor

NEIGHBOURS = 60
"""Neighbours kept of each article."""


class SimilarAttributesRetriever(NeighbourRetriever):
    """Articles nearest to the customer's latest purchases by attributes (cosine)."""

    name: ClassVar[str] = "similar_attributes"
    version: ClassVar[int] = 1

    @classmethod
    def fit(cls, snapshot: Snapshot, config: RetrieverConfigs, monitor: Monitor | None = None) -> Self:
        vectors = attribute_vectors(snapshot)
        eligible = fresh_articles(snapshot, config)
        near = vectors[eligible].T.tocsr()
        bought = snapshot.purchases.articles()
        neighbours = Neighbours.of_product(vectors, near, eligible, NEIGHBOURS, demand(snapshot, eligible), bought)
        settings = config.retrieval
        return cls(snapshot, neighbours, settings.similar_attributes_k, settings.similar_attributes_latest)

    @classmethod
    def load(cls, folder: Path, snapshot: Snapshot, config: RetrieverConfigs) -> Self:
        settings = config.retrieval
        neighbours = Neighbours.load(folder, snapshot.n_articles)
        return cls(snapshot, neighbours, settings.similar_attributes_k, settings.similar_attributes_latest)
