"""Candidates: what retrievers yield for a block of customers, and their union with every retriever's score and rank."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys_core.compiled import compiled

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
    found, width = list(retrievers.values()), [each.article_idx.shape[1] for each in retrievers.values()]
    ids = np.concatenate([each.article_idx for each in found], axis=1)
    scores = np.concatenate([each.score for each in found], axis=1)
    retriever = np.repeat(np.arange(len(found), dtype=np.int32), width)
    rank = np.concatenate([np.arange(1, each + 1, dtype=np.int32) for each in width])
    row, article = np.empty((2, ids.size), np.int32)
    score_of, rank_of = np.zeros((ids.size, len(found)), np.float32), np.zeros((ids.size, len(found)), np.int32)
    n = _merge(ids, scores, retriever, rank, np.full(n_articles, -1, np.int32), row, article, score_of, rank_of)
    return Candidates(row[:n], article[:n], score_of[:n], rank_of[:n], tuple(retrievers))


@compiled
def _merge(
    ids: IntArray,
    scores: FloatArray,
    retriever: IntArray,
    rank: IntArray,
    place: IntArray,
    row_of: IntArray,
    article_of: IntArray,
    score_of: FloatArray,
    rank_of: IntArray,
) -> int:
    """Fill the columns of ``Candidates`` from all retrievers' articles side by side; returns the number of candidates.

    ``ids`` and ``scores`` are (n_customers, width), ``retriever`` and ``rank`` (width,). ``place`` (n_articles,) holds
    -1 before and after.
    """
    n, of_row = 0, np.empty(ids.shape[1], np.int32)
    for row in range(len(ids)):
        n_of_row = 0
        for column in range(ids.shape[1]):
            article = ids[row, column]
            if article >= 0 and place[article] < 0:
                place[article] = 0
                of_row[n_of_row] = article
                n_of_row += 1
        ascending = np.sort(of_row[:n_of_row])
        for i in range(n_of_row):
            place[ascending[i]] = n + i
            row_of[n + i], article_of[n + i] = row, ascending[i]
        for column in range(ids.shape[1]):
            article = ids[row, column]
            if article >= 0:
                score_of[place[article], retriever[column]] = scores[row, column]
                rank_of[place[article], retriever[column]] = rank[column]
        for article in ascending:
            place[article] = -1
        n += n_of_row
    return n
