"""What goes with an article: articles of another kind that customers put into the same day's basket."""

import numpy as np
import numpy.typing as npt
from scipy import sparse

from recsys_core.features.snapshot import Snapshot

GROUP = "product_group_name"
"""Garments of one group (upper body, lower body, shoes) replace each other; those of two groups make an outfit."""
MOST_ARTICLES = 40
"""Larger baskets are a reseller's: they would put everything with everything."""
LEAST_BASKETS = 2
"""In one basket two articles meet by chance."""
SHRINKAGE = 10.0
"""Added to an article's baskets: a few that agree are no evidence yet."""


def bought_with(snapshot: Snapshot, wanted: npt.NDArray[np.bool_], days: int) -> sparse.csr_array:
    """Links from each article to what goes with it, (n_articles, n_articles) float32.

    Entry (j, i) is ``n_ij / sqrt((n_j + s) (n_i + s))`` over the baskets of the last ``days`` days, for articles of two
    groups and ``i`` in ``wanted`` (n_articles,): a cosine, so that a best-seller does not go with everything.
    """
    baskets = _baskets(snapshot, days)
    size = np.sqrt(np.asarray(baskets.sum(axis=0)).ravel() + SHRINKAGE)
    together = (baskets.T @ (baskets * wanted.astype(np.float32))).tocoo()
    group = snapshot.article_codes(GROUP).codes
    kept = (together.data >= LEAST_BASKETS) & (group[together.row] != group[together.col])
    row, col = together.row[kept], together.col[kept]
    cosine = (together.data[kept] / (size[row] * size[col])).astype(np.float32)
    return sparse.csr_array((cosine, (row, col)), shape=together.shape)


def _baskets(snapshot: Snapshot, days: int) -> sparse.csr_array:
    """Binary (n_baskets, n_articles): what a customer bought on one day."""
    purchases = snapshot.purchases
    recent = purchases.days_ago <= days
    customer, day = purchases.customer_idx[recent].astype(np.int64), purchases.days_ago[recent]
    _, basket = np.unique(customer << 20 | day, return_inverse=True)
    article = purchases.article_idx[recent]
    shape = (int(basket.max(initial=-1)) + 1, snapshot.n_articles)
    bought = sparse.csr_array((np.ones(len(basket), np.float32), (basket, article)), shape=shape)
    bought.data[:] = 1.0
    return bought[np.asarray(bought.sum(axis=1)).ravel() <= MOST_ARTICLES]
