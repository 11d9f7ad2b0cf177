"""Reciprocal rank fusion: one ranking from those of several retrievers, without any training.

Cormack, Clarke and Buettcher, "Reciprocal rank fusion outperforms Condorcet and individual rank learning methods"
(SIGIR 2009).
"""

from typing import Final

import numpy as np

from recsys_core.features.snapshot import FloatArray, IntArray

NAME: Final = "reciprocal_rank_fusion"
RANK_CONSTANT: Final = 60
"""Added to every rank, as in the paper, so that no retriever decides alone by what it ranks first."""


def reciprocal_rank_fusion(ranks: IntArray) -> FloatArray:
    """Sum over the retrievers of ``1 / (RANK_CONSTANT + rank)``.

    Parameters
    ----------
    ranks
        (n, n_retrievers) from 1 on; 0 where a retriever did not yield the candidate, which adds nothing.

    Returns
    -------
    (n,) float32, above 0 for whatever a retriever yielded.
    """
    votes = np.where(ranks > 0, 1.0 / (RANK_CONSTANT + ranks), 0.0)
    fused: FloatArray = votes.sum(axis=1).astype(np.float32)
    return fused
