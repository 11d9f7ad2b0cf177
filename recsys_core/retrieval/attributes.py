"""Articles as vectors of their attributes."""

import numpy as np
from scipy import sparse

from recsys_core.contracts.columns import KEY_ATTRIBUTES, PRODUCT_CODE
from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.retrieval.base import RetrieverUnavailableError

PRICE_BANDS = 8


def attribute_vectors(snapshot: Snapshot) -> sparse.csr_array:
    """(n_articles, n_values), rows L2-normalised: one-hot key attributes, product and price band by their idf.

    A value that all articles share weighs nothing, a rare one much: ``log(n_articles / articles with it)``.

    Raises
    ------
    RetrieverUnavailableError
        If all articles are the same in every key attribute.
    """
    attributes = [snapshot.article_codes(name) for name in KEY_ATTRIBUTES]
    if max(codes.size for codes in attributes) < 2:
        raise RetrieverUnavailableError("all articles have the same attributes")
    products = snapshot.article_codes(PRODUCT_CODE)
    columns = [*(codes.codes for codes in (*attributes, products)), price_bands(snapshot)]
    stacked = sparse.csr_array(sparse.hstack([_weighted_one_hot(codes) for codes in columns]))
    length = np.sqrt(stacked.multiply(stacked).sum(axis=1))
    return sparse.csr_array(sparse.diags_array((1 / np.maximum(length, 1e-9)).astype(np.float32)) @ stacked)


def price_bands(snapshot: Snapshot) -> IntArray:
    """(n_articles,) equally full bands of the last price, 0 the cheapest; PRICE_BANDS where it was never sold."""
    price = snapshot.article("price_last")
    known = ~np.isnan(price)
    bands = np.full(len(price), PRICE_BANDS, np.int32)
    if known.any():
        edges = np.quantile(price[known], np.arange(1, PRICE_BANDS) / PRICE_BANDS)
        bands[known] = np.searchsorted(edges, price[known], side="right")
    return bands


def _weighted_one_hot(codes: IntArray) -> sparse.csr_array:
    counts = np.bincount(codes)
    idf = np.log(len(codes) / np.maximum(counts, 1)).astype(np.float32)
    return sparse.csr_array((idf[codes], (np.arange(len(codes)), codes)), shape=(len(codes), len(counts)))
