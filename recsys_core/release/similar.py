"""Similar articles: nearest in-stock articles by vector, exactly, among those of the same kind first."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from recsys_core.compiled import in_blocks
from recsys_core.retrieval.candidates import PAD, top_k_of_rows

SIMILAR_LENGTH = 24
KIND_STEP = np.float32(3)
"""Added to a cosine for a kind that is the same, twice as much for a narrower one: more than any two cosines differ."""
CHUNK_ARTICLES = 256
"""Articles compared at a time: a chunk's scores are (256, n_compared) float32."""
Kinds = Sequence[NDArray[np.integer[Any]]]
Articles = NDArray[np.int32]


def similar_articles(
    vectors: NDArray[np.float32],
    in_stock: NDArray[np.bool_],
    length: int = SIMILAR_LENGTH,
    chunk: int = CHUNK_ARTICLES,
    kinds: Kinds = (),
) -> NDArray[np.int32]:
    """The ``length`` nearest in-stock articles of every article, itself left out.

    With ``kinds`` those of the same first kind come first, then those of the same second, and so on. An article is
    compared with the narrowest kind that has enough in stock: its product type, its group, or all.

    Parameters
    ----------
    vectors
        (n_articles, dim), rows L2-normalised.
    in_stock
        (n_articles,).
    kinds
        Codes (n_articles,) of attributes, narrow ones first: product type, product group.

    Returns
    -------
    (n_articles, length) int32, nearest first, equal scores by article_idx, -1 where fewer are in stock.
    """
    nearest = np.full((len(vectors), length), -1, dtype=np.int32)
    compared = [
        (rows[first : first + chunk], columns)
        for rows, columns in _compared(np.flatnonzero(in_stock).astype(np.int32), kinds, len(vectors), length)
        for first in range(0, len(rows), chunk)
    ]
    with (
        threadpool_limits(1, "blas"),  # the cores have a chunk each
        tqdm(total=len(vectors), desc="similar", unit=" articles", disable=None) as progress,
    ):

        def fill(first: int, end: int) -> None:
            for rows, columns in compared[first:end]:
                nearest[rows] = _best(_scores(vectors, rows, columns, kinds, chunk), columns, length)
                progress.update(len(rows))

        in_blocks(fill, len(compared), size=1)
    return nearest


def _compared(stocked: Articles, kinds: Kinds, n_articles: int, length: int) -> Iterator[tuple[Articles, Articles]]:
    """All articles in parts, each with the ``stocked`` that its nearest are among; both ascending.

    An article of a kind with more than ``length`` in stock has no nearest of another kind, except by a narrower one.
    """
    left = np.arange(n_articles, dtype=np.int32)
    for narrowness, kind in enumerate(kinds):
        n_stocked = np.bincount(kind[stocked], minlength=int(kind.max(initial=-1)) + 1)
        for value in np.flatnonzero(n_stocked > length):
            rows = left[kind[left] == value]
            shared = [np.isin(each[stocked], each[rows]) for each in kinds[: narrowness + 1]]
            if len(rows):
                yield rows, stocked[np.logical_or.reduce(shared)]
        left = left[n_stocked[kind[left]] <= length]
    if len(left):
        yield left, stocked


def _scores(
    vectors: NDArray[np.float32], rows: Articles, columns: Articles, kinds: Kinds, chunk: int
) -> NDArray[np.float32]:
    """(n_rows, n_columns) cosines and steps of the kinds; -inf for an article itself."""
    whole = np.resize(rows, chunk)  # BLAS rounds small products otherwise, and values should not depend on the kinds
    scores: NDArray[np.float32] = (vectors[whole] @ vectors[columns].T)[: len(rows)]
    for place, kind in enumerate(reversed(kinds)):
        scores += KIND_STEP * np.float32(2**place) * (kind[rows, None] == kind[columns])
    own = np.flatnonzero(np.isin(rows, columns))
    scores[own, np.searchsorted(columns, rows[own])] = -np.inf
    return scores


def _best(scores: NDArray[np.float32], columns: Articles, length: int) -> NDArray[np.int32]:
    """(n_rows, length) article_idx by score, ties by article_idx; -1 fills short rows."""
    best = top_k_of_rows(scores, length).article_idx
    return np.where(best == PAD, -1, columns[best] if len(columns) else -1).astype(np.int32)
