"""Retriever by similar purchases (design B): cosine of articles over the binary customer-article matrix.

A customer's row is scaled by ``1 / sqrt(number of articles)``, so that who buys by the dozen says less about what
belongs together. ``sim(j, i) = r_j . r_i / sqrt((|r_j|^2 + s) (|r_i|^2 + s))`` with the scaled columns ``r`` and the
shrinkage ``s``; a candidate scores the sum of its similarity to the customer's purchases over ``sqrt(days ago)``.
"""

from pathlib import Path
from typing import ClassVar, Self

import numpy as np
from scipy import sparse

from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.retrieval.base import RetrieverUnavailableError
from recsys_core.retrieval.config import RetrieverConfigs
from recsys_core.retrieval.neighbours import NeighbourRetriever, Neighbours, fresh_articles
from recsys_core.training import Monitor

NEIGHBOURS = 100
"""Neighbours kept of each article."""
SHRINKAGE = 10.0
"""Number added to the squared norms, so that a few buyers who agree count for little."""


class SimilarPurchasesRetriever(NeighbourRetriever):
    """Articles nearest to the customer's purchases by who bought them (cosine)."""

    name: ClassVar[str] = "similar_purchases"
    version: ClassVar[int] = 1

    @classmethod
    def fit(cls, snapshot: Snapshot, config: RetrieverConfigs, monitor: Monitor | None = None) -> Self:
        settings = config.retrieval
        bought = bought_matrix(snapshot, settings.similar_purchases_days)
        if not bought.nnz:
            raise RetrieverUnavailableError(f"nothing was bought in the last {settings.similar_purchases_days} days")
        neighbours = similar_articles(snapshot, bought, fresh_articles(snapshot, config))
        return cls(snapshot, neighbours, settings.similar_purchases_k)

    @classmethod
    def load(cls, folder: Path, snapshot: Snapshot, config: RetrieverConfigs) -> Self:
        return cls(snapshot, Neighbours.load(folder, snapshot.n_articles), config.retrieval.similar_purchases_k)


def similar_articles(snapshot: Snapshot, bought: sparse.csr_array, eligible: IntArray) -> Neighbours:
    """The neighbours on the eligible by cosine over ``bought``, binary (n_customers, n_articles)."""
    per_customer = np.maximum(bought.sum(axis=1), 1).astype(np.float32)
    weighted = sparse.csr_array(sparse.diags_array(1 / per_customer) @ bought)
    scale = (1 / np.sqrt(weighted.sum(axis=0) + SHRINKAGE)).astype(np.float32)
    columns = sparse.csr_array(weighted[:, eligible] * scale[eligible])
    strongest = Neighbours.of_product(sparse.csr_array(bought.T), columns, eligible, NEIGHBOURS)
    return Neighbours(eligible, sparse.csr_array(sparse.diags_array(scale) @ strongest.similarity))


def bought_matrix(snapshot: Snapshot, days: int) -> sparse.csr_array:
    """Binary (n_customers, n_articles): 1 if the customer bought the article in the last ``days`` days."""
    purchases = snapshot.purchases
    recent = purchases.days_ago <= days
    at = (purchases.customer_idx[recent], purchases.article_idx[recent])
    shape = (snapshot.n_customers, snapshot.n_articles)
    bought = sparse.csr_array((np.ones(len(at[0]), np.float32), at), shape=shape)
    bought.data[:] = 1.0
    return bought
