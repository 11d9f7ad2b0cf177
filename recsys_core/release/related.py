"""Related articles: for every relation, each article's nearest ones in stock."""

import logging
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys_core.contracts.columns import PRODUCT_CODE
from recsys_core.features.images import ImageEmbeddings
from recsys_core.features.snapshot import Snapshot
from recsys_core.release.similar import SIMILAR_LENGTH, similar_articles
from recsys_core.retrieval.also_bought import capped_bought_matrix, related_articles
from recsys_core.retrieval.attributes import attribute_vectors
from recsys_core.retrieval.base import RetrieverUnavailableError
from recsys_core.retrieval.baskets import bought_with
from recsys_core.retrieval.candidates import PAD, top_k_per_row
from recsys_core.retrieval.neighbours import Neighbours, demand

log = logging.getLogger(__name__)

KINDS = ("product_type_name", "product_group_name")
"""Attributes that similar articles share first: trousers for trousers, then other lower bodies. Of those that look
alike only the group counts."""
HISTORY_DAYS = 180
"""Purchases that relate articles: what a season's customers put together, not last year's."""


def related_articles_of(
    snapshot: Snapshot,
    vectors: NDArray[np.float32] | None,
    in_stock: NDArray[np.bool_],
    images: ImageEmbeddings | None = None,
) -> Iterator[tuple[str, NDArray[np.int32]]]:
    """Every relation that there is a source for, by name (``contracts.release.RELATIONS``).

    Parameters
    ----------
    vectors
        (n_articles, dim) by which articles are similar (of the two towers, or of ``retrieval/latent.py`` before they
        are trained), rows L2-normalised; None: no articles are.
    in_stock
        (n_articles,).

    Yields
    ------
    Name and (n_articles, SIMILAR_LENGTH) article_idx, nearest first, ``PAD`` where there are fewer.
    """
    if vectors is not None:
        kinds = [snapshot.article_codes(name).codes for name in KINDS]
        nearest = similar_articles(vectors, in_stock, kinds=kinds)
        nearest[~vectors.any(axis=1)] = PAD
        yield "similar", nearest
    if images:
        group = snapshot.article_codes(KINDS[-1]).codes
        nearest = similar_articles(images.vectors, in_stock & images.present, kinds=[group])
        nearest[~images.present] = PAD
        yield "same_look", nearest
    try:
        yield "same_style", _best(_same_style(snapshot, in_stock))
    except RetrieverUnavailableError as reason:
        log.info("no articles of the same style: %s", reason)
    if (snapshot.purchases.days_ago <= HISTORY_DAYS).any():
        bought = capped_bought_matrix(snapshot, HISTORY_DAYS)
        yield "also_bought", _best(related_articles(bought, in_stock.astype(np.float32)))
        yield "goes_with", bought_with(snapshot, in_stock, HISTORY_DAYS, SIMILAR_LENGTH).article_idx


def _same_style(snapshot: Snapshot, in_stock: NDArray[np.bool_]) -> sparse.csr_array:
    """Articles nearest by the cosine of attributes; among equals the one that sells. Its own colours are left out."""
    vectors = attribute_vectors(snapshot)
    eligible = np.flatnonzero(in_stock).astype(np.int32)
    near, product = vectors[eligible].T.tocsr(), snapshot.article_codes(PRODUCT_CODE).codes
    wanted = demand(snapshot, eligible)
    return Neighbours.of_product(vectors, near, eligible, SIMILAR_LENGTH, wanted, group=product).links


def _best(links: sparse.csr_array) -> NDArray[np.int32]:
    """The strongest links of each article."""
    flat = links.tocoo()
    return top_k_per_row(flat.row, flat.col, flat.data, links.shape[0], SIMILAR_LENGTH).article_idx
