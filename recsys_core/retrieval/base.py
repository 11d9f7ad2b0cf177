"""Interface of a retriever, and its replacement if it is unavailable."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol, Self

import numpy as np

from recsys_core.data.stock import Stock
from recsys_core.features.images import ImageEmbeddings
from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.retrieval.candidates import RetrieverCandidates
from recsys_core.retrieval.config import RetrieverConfigs
from recsys_core.towers.weights import TowerWeights
from recsys_core.training import Monitor


class RetrieverUnavailableError(Exception):
    """A retriever's inputs are absent, so that it has nothing to retrieve; the message says which."""


class CandidateSource(Protocol):
    """Yields candidates for blocks of customers."""

    def retrieve(self, customers: IntArray) -> RetrieverCandidates:
        """Candidates of ``customers``, rows of the snapshot; ``n_customers`` is a customer nobody knows."""
        ...


class Retriever(CandidateSource, Protocol):
    """Yields candidates for customers of the snapshot it was fitted on.

    ``fit`` sees one snapshot, so nothing dated on or after its cut-off; it raises RetrieverUnavailableError where the
    shop lacks what the retriever is made from. ``save`` and ``load`` move the fitted arrays through a folder; ``load``
    needs the same snapshot.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    """Raised whenever ``fit`` or ``save`` writes something else; part of the key of the fitted artifact."""

    @classmethod
    def fit(cls, snapshot: Snapshot, config: RetrieverConfigs, monitor: Monitor | None = None) -> Self: ...

    def save(self, folder: Path) -> None: ...

    @classmethod
    def load(cls, folder: Path, snapshot: Snapshot, config: RetrieverConfigs) -> Self: ...


@dataclass(frozen=True)
class Sources:
    """Data that a shop may have beside the snapshot; some retrievers are made from it."""

    images: ImageEmbeddings | None = None
    stock: Stock | None = None
    """Current stock; None as of a past date (``BuildPlan.stock``)."""
    weights: TowerWeights | None = None
    """Weights of the two-tower model as of an earlier cut-off, to go on from."""


class SourcedRetriever(Retriever, Protocol):
    """A retriever made from more than the snapshot."""

    @classmethod
    def fit(
        cls,
        snapshot: Snapshot,
        config: RetrieverConfigs,
        monitor: Monitor | None = None,
        sources: Sources | None = None,
    ) -> Self: ...


@dataclass(frozen=True)
class UnavailableRetriever:
    """Replacement of a retriever that is off.

    It retrieves nothing, so the retriever's features are zero and keep their columns.
    """

    name: str
    reason: str

    def retrieve(self, customers: IntArray) -> RetrieverCandidates:
        nothing = np.empty((len(customers), 0), np.int32)
        return RetrieverCandidates(nothing, nothing.astype(np.float32))


def eligible_articles(snapshot: Snapshot, config: RetrieverConfigs) -> IntArray:
    """Articles worth retrieving: sold within ``rules.sold_within_days`` of the cut-off, ascending."""
    days = config.sold_within_days
    since = snapshot.article("days_since_last_sale")
    return np.flatnonzero(since <= (np.inf if days is None else days)).astype(np.int32)
