"""Similar articles: nearest in-stock articles by vector, exactly, chunk by chunk."""

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from recsys_core.retrieval.candidates import PAD, top_k_of_rows

log = logging.getLogger(__name__)

SIMILAR_LENGTH = 24
KIND_STEP = np.float32(3)
"""Added to a cosine for a kind that is the same, twice as much for a narrower one: more than any two cosines differ."""
CHUNK_ARTICLES = 256
"""Articles compared at a time: a chunk's scores are (256, n_in_stock) float32."""


def similar_articles(
    vectors: NDArray[np.float32],
    in_stock: NDArray[np.bool_],
    length: int = SIMILAR_LENGTH,
    chunk: int = CHUNK_ARTICLES,
    kinds: Sequence[NDArray[np.integer[Any]]] = (),
) -> NDArray[np.int32]:
    """The ``length`` nearest in-stock articles of every article, itself left out.

    With ``kinds`` those of the same first kind come first, then those of the same second, and so on.

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
    stocked = np.flatnonzero(in_stock).astype(np.int32)
    stock_index = np.ascontiguousarray(vectors[stocked].T)
    nearest = np.full((len(vectors), length), -1, dtype=np.int32)
    for start in tqdm(range(0, len(vectors), chunk), desc="similar", unit=" chunks", disable=None):
        stop = min(start + chunk, len(vectors))
        scores = vectors[start:stop] @ stock_index
        for place, kind in enumerate(reversed(kinds)):
            scores += KIND_STEP * np.float32(2**place) * (kind[start:stop, None] == kind[stocked])
        _leave_out_self(scores, stocked, start, stop)
        nearest[start:stop] = _best(scores, stocked, length)
    return nearest


def _leave_out_self(scores: NDArray[np.float32], stocked: NDArray[np.int32], start: int, stop: int) -> None:
    columns = slice(*np.searchsorted(stocked, [start, stop]))
    rows = stocked[columns] - start
    scores[rows, np.arange(columns.start, columns.stop)] = -np.inf


def _best(scores: NDArray[np.float32], stocked: NDArray[np.int32], length: int) -> NDArray[np.int32]:
    """(rows, length) article_idx by score, ties by article_idx; -1 fills short rows."""
    columns = top_k_of_rows(scores, length).article_idx
    return np.where(columns == PAD, -1, stocked[columns] if len(stocked) else -1).astype(np.int32)
