"""Retriever of articles that buyers of the customer's articles also bought, by co-purchases (design B, retrieval 3).

``related[j]`` holds the articles most often bought by the buyers of j. A customer's candidates are the sum of
``related`` over the history, each purchase weighted by how recent it is.
"""

from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse

from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.retrieval.base import eligible_articles
from recsys_core.retrieval.candidates import RetrieverCandidates
from recsys_core.retrieval.config import RetrieverConfigs
from recsys_core.retrieval.sparse_product import top_k_of_product
from recsys_core.store.arrays import load_array, save_arrays
from recsys_core.training import Monitor

MAX_RELATED_ARTICLES = 60
"""Related articles kept for each article."""
MAX_ARTICLES_PER_CUSTOMER = 100
"""At most so many articles of a customer are counted: a reseller's thousands would relate everything to everything."""
DAMPING = 5.0
"""Number added to an article's buyers, so that two buyers who agree count for little."""


class AlsoBoughtRetriever:
    """Articles that were bought by the same customers as those in the customer's history (co-purchase counts)."""

    name: ClassVar[str] = "also_bought"
    version: ClassVar[int] = 1

    def __init__(self, snapshot: Snapshot, related: sparse.csr_array, k: int) -> None:
        self._snapshot = snapshot
        self._related = related
        self._k = k

    @classmethod
    def fit(cls, snapshot: Snapshot, config: RetrieverConfigs, monitor: Monitor | None = None) -> Self:
        bought = capped_bought_matrix(snapshot, config.retrieval.also_bought_days)
        wanted = np.zeros(snapshot.n_articles, np.float32)
        wanted[eligible_articles(snapshot, config)] = 1.0
        return cls(snapshot, related_articles(bought, wanted), config.retrieval.also_bought_k)

    @property
    def links(self) -> sparse.csr_array:
        return self._related

    def save(self, folder: Path) -> None:
        save_arrays(folder, data=self._related.data, indices=self._related.indices, indptr=self._related.indptr)

    @classmethod
    def load(cls, folder: Path, snapshot: Snapshot, config: RetrieverConfigs) -> Self:
        arrays = tuple(load_array(folder, name) for name in ("data", "indices", "indptr"))
        shape = (snapshot.n_articles, snapshot.n_articles)
        return cls(snapshot, sparse.csr_array(arrays, shape=shape), config.retrieval.also_bought_k)

    def retrieve(self, customers: IntArray) -> RetrieverCandidates:
        purchases = self._snapshot.purchases
        row, at = purchases.of(customers)
        recency = 1.0 / np.sqrt(purchases.days_ago[at])
        shape = (len(customers), self._snapshot.n_articles)
        history = sparse.csr_array((recency, (row, purchases.article_idx[at])), shape=shape, dtype=np.float32)
        return top_k_of_product(history, self._related, self._k)


def related_articles(bought: sparse.csr_array, wanted: npt.NDArray[np.float32]) -> sparse.csr_array:
    """The ``MAX_RELATED_ARTICLES`` strongest co-purchases of each article.

    ``bought`` is binary (n_customers, n_articles); ``wanted`` (n_articles,) is 1 where an article may be recommended.
    Entry (j, i) is the share of j's buyers who also bought i, damped: ``n_ij / (n_j + DAMPING)``.
    """
    buyers = np.asarray(bought.sum(axis=0)).ravel()
    each = np.arange(bought.shape[1], dtype=np.int32)
    best = top_k_of_product(
        sparse.csr_array(bought.T), bought, MAX_RELATED_ARTICLES, wanted, apart=(each, each), threads=None
    )
    row, place = np.nonzero(best.score > 0)
    share = best.score[row, place] / (buyers[row] + np.float32(DAMPING))
    return sparse.csr_array((share, (row, best.article_idx[row, place])), shape=(bought.shape[1], bought.shape[1]))


def capped_bought_matrix(snapshot: Snapshot, days: int) -> sparse.csr_array:
    """Binary (n_customers, n_articles) over the last ``days`` days, of nobody more than MAX_ARTICLES_PER_CUSTOMER."""
    purchases = snapshot.purchases
    recent = purchases.days_ago <= days
    customer, article = purchases.customer_idx[recent], purchases.article_idx[recent]
    keys = np.sort(customer.astype(np.int64) * snapshot.n_articles + article)  # np.unique hashes: ten times as slow
    keys = keys[np.diff(keys, prepend=-1) > 0]
    customer, article = np.divmod(keys, snapshot.n_articles)
    start = np.searchsorted(customer, np.arange(snapshot.n_customers + 1))
    within = np.arange(len(customer)) - start[customer]
    few = within < MAX_ARTICLES_PER_CUSTOMER
    ones = np.ones(int(few.sum()), np.float32)
    shape = (snapshot.n_customers, snapshot.n_articles)
    return sparse.csr_array((ones, (customer[few], article[few])), shape=shape)
