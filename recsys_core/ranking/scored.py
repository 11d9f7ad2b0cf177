"""Ranked candidates of a shard of customers: the ranker's best, padded to one length, as a Parquet part."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from recsys_core.contracts.release import REASONS
from recsys_core.features.snapshot import FloatArray, IntArray
from recsys_core.ranking.base import Ranker
from recsys_core.ranking.context import RetrievalContext
from recsys_core.ranking.fusion import reciprocal_rank_fusion
from recsys_core.ranking.pair_scorer import PairScorer
from recsys_core.retrieval.candidates import PAD, Candidates, top_k_per_row
from recsys_core.store.artifacts import atomic_path

REASON_RETRIEVERS = (
    "repurchase",
    "also_bought",
    "similar_purchases",
    "similar_attributes",
    "similar_images",
    "two_tower",
    "new_articles",
    "popular",
)
"""Retrievers in order of preference: of those that ranked an article equally high, the first one is the reason."""
MAX_PAIRS = 16_384
"""Pairs described and scored at a time. So few stay in the processor's caches, and take two thirds of the time that
they take by the million. It bounds memory, too, whatever the number of candidates of a customer."""


@dataclass(frozen=True)
class Scored:
    """Ranked candidates of customers, best first; ``PAD`` fills short rows."""

    customer: IntArray
    """(n,) rows of the snapshot."""
    article_idx: IntArray
    """(n, length)"""
    score: FloatArray
    """(n, length) the ranker's score."""
    reason: npt.NDArray[np.uint8]
    """(n, length) codes into contracts.release.REASONS."""

    def take(self, at: npt.NDArray[np.int64], length: int | None = None) -> "Scored":
        """The customers ``at`` (m,) with their first ``length`` candidates, by default all."""
        article, score, reason = self.article_idx[at, :length], self.score[at, :length], self.reason[at, :length]
        return Scored(self.customer[at], article, score, reason)

    @classmethod
    def concatenated(cls, parts: Sequence["Scored"]) -> "Scored":
        """The customers of all ``parts``, of one length."""
        names = [field.name for field in fields(cls)]
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def write(self, path: Path) -> None:
        def lists(values: npt.NDArray[np.generic]) -> pa.Array:
            return pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), values.shape[1])

        columns = {"customer_idx": pa.array(self.customer)}
        columns |= {name: lists(getattr(self, name)) for name in ("article_idx", "score", "reason")}
        with atomic_path(path) as fresh:
            pq.write_table(pa.table(columns), fresh, compression="zstd")

    @classmethod
    def read(cls, path: Path) -> "Scored":
        table = pq.read_table(path)

        def matrix(name: str) -> npt.NDArray[Any]:
            column = table[name].combine_chunks()
            values: npt.NDArray[Any] = column.flatten().to_numpy()
            return values.reshape(len(table), column.type.list_size)

        return cls(table["customer_idx"].to_numpy(), *(matrix(n) for n in ("article_idx", "score", "reason")))


def score_customers(context: RetrievalContext, ranker: Ranker, customers: IntArray, length: int) -> Scored:
    """Retrieve, describe and rank the candidates of one shard."""
    return score_by(PairScorer([ranker], context), customers, length)[0]


def score_by(scorer: PairScorer, customers: IntArray, length: int) -> tuple[Scored, ...]:
    """Ranked candidates of one shard by each of the scorer's rankers."""
    context = scorer.context
    candidates = context.candidates(customers)
    scores = np.empty((len(scorer.rankers), len(candidates)), np.float32)
    for first in range(0, len(candidates), MAX_PAIRS):
        part = np.arange(first, min(first + MAX_PAIRS, len(candidates)))
        scores[:, part] = scorer.scores(context.pairs(customers, candidates.take(part)))
    return tuple(_best(candidates, score, customers, length) for score in scores)


def score_by_fusion(context: RetrievalContext, customers: IntArray, length: int) -> Scored:
    """Candidates of one shard, ranked by reciprocal rank fusion: no ranker is trained and no feature is computed."""
    candidates = context.candidates(customers)
    return _best(candidates, reciprocal_rank_fusion(candidates.retriever_rank), customers, length)


def _best(candidates: Candidates, score: FloatArray, customers: IntArray, length: int) -> Scored:
    position = np.arange(len(candidates))
    best = top_k_per_row(candidates.row, position, score, len(customers), length)
    found = best.article_idx != PAD
    at = np.where(found, best.article_idx, 0)
    article = np.where(found, candidates.article_idx[at], PAD).astype(np.int32)
    reason = np.full(found.shape, REASONS.index("fallback"), np.uint8)
    reason[found] = reasons(candidates.retriever_rank[at[found]], candidates.retrievers)
    return Scored(customers, article, best.score, reason)


def reasons(retriever_rank: IntArray, names: Sequence[str]) -> npt.NDArray[np.uint8]:
    """(n,) reason code of the retriever that ranked the candidate highest; fallback if none that gives reasons did.

    ``retriever_rank`` (n, n_retrievers) is that of ``Candidates``.
    """
    retrievers = [retriever for retriever in REASON_RETRIEVERS if retriever in names]
    rank = retriever_rank[:, [names.index(retriever) for retriever in retrievers]].astype(np.float32)
    rank[rank == 0] = np.inf
    rank = np.column_stack([rank, np.full(len(rank), np.finfo(np.float32).max, np.float32)])
    code = np.array([REASONS.index(retriever) for retriever in (*retrievers, "fallback")], np.uint8)
    first: npt.NDArray[np.uint8] = code[np.argmin(rank, axis=1)]
    return first
