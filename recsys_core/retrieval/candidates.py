"""Candidates: what retrievers yield for a block of customers, and their union with every retriever's score and rank."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int32]
FloatArray = npt.NDArray[np.float32]
PAD = -1
MAX_GROUP_COLUMNS = 64
MAX_FILL = 8
"""Places a score up to which rows are padded to one length to be sorted."""
GROUPS_PER_K = 4
"""Groups of columns for each one of k, at least: with so many most of the k best stand in groups of their own."""


@dataclass(frozen=True)
class RetrieverCandidates:
    """The best articles of one retriever for a block of customers, best first; ``PAD`` fills short rows."""

    article_idx: IntArray
    """(n_customers, k)"""
    score: FloatArray
    """(n_customers, k); 0 where padded."""


@dataclass(frozen=True)
class Candidates:
    """The union of all retrievers for a block of customers, flat, sorted by row and article."""

    row: IntArray
    """(n,) position of the customer within the block."""
    article_idx: IntArray
    """(n,)"""
    retriever_score: FloatArray
    """(n, n_retrievers); 0 where the retriever did not yield the article."""
    retriever_rank: IntArray
    """(n, n_retrievers); 1 is best, 0 where the retriever did not yield the article."""
    retrievers: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.row)

    def take(self, keep: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> "Candidates":
        return Candidates(
            self.row[keep],
            self.article_idx[keep],
            self.retriever_score[keep],
            self.retriever_rank[keep],
            self.retrievers,
        )


def top_k_per_row(
    row: npt.NDArray[np.integer],
    article_idx: npt.NDArray[np.integer],
    score: npt.NDArray[np.floating],
    n_rows: int,
    k: int,
) -> RetrieverCandidates:
    """The k best-scored articles of each row from flat triples; ties go to the smaller article_idx."""
    step = np.diff(row)
    if not ((step > 0) | ((step == 0) & (np.diff(article_idx) > 0))).all():
        order = np.lexsort((article_idx, row))
        row, article_idx, score = row[order], article_idx[order], score[order]
    start = np.searchsorted(row, np.arange(n_rows + 1))
    order = _best_first(row, score, start)
    row, article_idx, score = row[order], article_idx[order], score[order]
    rank = np.arange(len(row)) - start[row]
    kept = rank < k
    best = np.full((n_rows, k), PAD, np.int32)
    scores = np.zeros((n_rows, k), np.float32)
    best[row[kept], rank[kept]] = article_idx[kept]
    scores[row[kept], rank[kept]] = score[kept]
    return RetrieverCandidates(best, scores)


def _best_first(
    row: npt.NDArray[np.integer], score: npt.NDArray[np.floating], start: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """(n,) positions by row and descending score; what is equal keeps its order. ``row`` ascends."""
    count = np.diff(start)
    width = int(count.max(initial=0))
    if len(count) * width > MAX_FILL * len(row):
        return np.lexsort((-score, row))
    lines = np.full((len(count), width), np.inf, score.dtype)  # sorted line by line: less work than all at once
    lines[row, np.arange(len(row)) - start[row]] = -score
    order = np.argsort(lines, axis=1, kind="stable")
    sorted_: npt.NDArray[np.int64] = (start[:-1, None] + order)[np.arange(width) < count[:, None]]
    return sorted_


def top_k_of_rows(scores: FloatArray, k: int) -> RetrieverCandidates:
    """The k best columns of each row of a dense (n, m), ties to the smaller column; fewer than k if m is less.

    Columns of ``-inf`` are none.
    """
    row, column = np.nonzero(scores >= floor_of_best(scores, k)[:, None])
    value = scores[row, column]
    real = value != -np.inf
    return top_k_per_row(row[real], column[real], value[real], len(scores), k)


def floor_of_best(scores: FloatArray, k: int) -> FloatArray:
    """(n,) a bound that at least the k best of each row of (n, m) reach, and few others; -inf if there are no k.

    The k-th best of the maxima of groups of columns: k groups have a value that high. To find it takes one pass over
    the row and a partition of few numbers, where a partition of the row itself takes three times as long.
    """
    n_rows, n_columns = scores.shape
    if n_columns <= k:
        return np.full(n_rows, -np.inf, np.float32)
    group = max(1, min(MAX_GROUP_COLUMNS, n_columns // (GROUPS_PER_K * k)))
    groups = n_columns // group
    maxima = scores[:, : groups * group].reshape(n_rows, groups, group).max(axis=2)
    spare = groups - k
    floor: FloatArray = np.partition(maxima, spare, axis=1)[:, spare]
    return floor


def union(retrievers: Mapping[str, RetrieverCandidates], n_articles: int) -> Candidates:
    """Merge the retrievers of one block of customers."""
    key_of, score_of, rank_of = [], [], []
    for retriever in retrievers.values():
        row, column = np.nonzero(retriever.article_idx != PAD)
        key_of.append(row.astype(np.int64) * n_articles + retriever.article_idx[row, column])
        score_of.append(retriever.score[row, column])
        rank_of.append(column + 1)
    keys, position = np.unique(np.concatenate(key_of), return_inverse=True)
    retriever_score = np.zeros((len(keys), len(retrievers)), np.float32)
    retriever_rank = np.zeros((len(keys), len(retrievers)), np.int32)
    ends = np.cumsum([len(part) for part in key_of])
    for i, end in enumerate(ends):
        at = position[end - len(key_of[i]) : end]
        retriever_score[at, i] = score_of[i]
        retriever_rank[at, i] = rank_of[i]
    row, article = np.divmod(keys, n_articles)
    return Candidates(
        row.astype(np.int32), article.astype(np.int32), retriever_score, retriever_rank, tuple(retrievers)
    )
