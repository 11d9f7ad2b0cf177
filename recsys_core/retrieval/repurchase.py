"""Retriever of the customer's earlier purchases, latest and most frequent first (design B, retrieval 4)."""

from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.retrieval.candidates import RetrieverCandidates, top_k_per_row
from recsys_core.retrieval.config import RetrieverConfigs
from recsys_core.training import Monitor


class RepurchaseRetriever:
    """Score of an article: the sum over the customer's purchases of it of 1 / days ago."""

    name: ClassVar[str] = "repurchase"
    version: ClassVar[int] = 1

    def __init__(self, snapshot: Snapshot, k: int) -> None:
        self._snapshot = snapshot
        self._k = k

    @classmethod
    def fit(cls, snapshot: Snapshot, config: RetrieverConfigs, monitor: Monitor | None = None) -> Self:
        return cls(snapshot, config.retrieval.repurchase_k)

    def save(self, folder: Path) -> None:
        """Write no file: the history is the model."""

    @classmethod
    def load(cls, folder: Path, snapshot: Snapshot, config: RetrieverConfigs) -> Self:
        return cls.fit(snapshot, config)

    def retrieve(self, customers: IntArray) -> RetrieverCandidates:
        purchases = self._snapshot.purchases
        row, at = purchases.of(customers)
        key = row * self._snapshot.n_articles + purchases.article_idx[at]
        keys, inverse = np.unique(key, return_inverse=True)
        score = np.bincount(inverse, 1.0 / purchases.days_ago[at], len(keys)).astype(np.float64)
        row, article = np.divmod(keys, self._snapshot.n_articles)
        return top_k_per_row(row, article, score, len(customers), self._k)
