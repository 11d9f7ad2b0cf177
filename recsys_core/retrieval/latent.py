"""Articles as vectors without training: truncated SVD of who bought them and what they are (latent semantic analysis).

Deerwester et al., "Indexing by latent semantic analysis" (JASIS 1990). The catalogue of a first release finds similar
articles by them, as long as there are no two towers.
"""

import contextlib
from collections.abc import Iterator

import numpy as np
from scipy import sparse
from sklearn.decomposition import TruncatedSVD
from threadpoolctl import threadpool_limits

from recsys_core.features.snapshot import FloatArray, Snapshot
from recsys_core.retrieval.also_bought import capped_bought_matrix
from recsys_core.retrieval.attributes import attribute_vectors
from recsys_core.retrieval.base import RetrieverUnavailableError

DIM = 64
DAYS = 180
"""Purchases of this many days count."""
SEED = 0


def latent_article_vectors(snapshot: Snapshot, dim: int = DIM) -> FloatArray:
    """(n_articles, at most ``dim``) float32, rows L2-normalised; zeros for an article that nothing is known of.

    Purchases and attributes weigh the same for an article that has both.

    Raises
    ------
    RetrieverUnavailableError
        If the shop has neither purchases nor attributes by which articles differ.
    """
    known = list(_known_of_articles(snapshot))
    if not known:
        raise RetrieverUnavailableError("neither purchases nor attributes tell the articles apart")
    stacked = sparse.csr_matrix(sparse.hstack(known))
    components = min(dim, *stacked.shape)
    with threadpool_limits(1, "blas"):  # the same bytes on a machine with more cores
        vectors = TruncatedSVD(components, random_state=SEED).fit_transform(stacked)
    return _unit_rows(vectors)


def _known_of_articles(snapshot: Snapshot) -> Iterator[sparse.csr_array]:
    """(n_articles, ...) L2-normalised by row: attributes, and buyers, who count for less the more they bought."""
    with contextlib.suppress(RetrieverUnavailableError):
        yield attribute_vectors(snapshot)
    bought = capped_bought_matrix(snapshot, DAYS)
    if bought.nnz:
        per_customer = np.maximum(np.asarray(bought.sum(axis=1)).ravel(), 1)
        buyers = sparse.csr_array((sparse.diags_array(1 / np.sqrt(per_customer)) @ bought).T)
        length = np.sqrt(np.asarray(buyers.multiply(buyers).sum(axis=1)).ravel())
        yield sparse.csr_array(sparse.diags_array(1 / np.maximum(length, 1e-9)) @ buyers)


def _unit_rows(vectors: np.ndarray) -> FloatArray:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: FloatArray = np.where(length > 1e-6, vectors / np.maximum(length, 1e-6), 0.0).astype(np.float32)
    return unit
