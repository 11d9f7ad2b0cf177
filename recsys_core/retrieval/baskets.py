"""Articles that go with an article: of another kind, bought by the same customer on the same day."""

import numpy as np
import numpy.typing as npt
from scipy import sparse

from recsys_core.features.snapshot import FloatArray, IntArray, Snapshot
from recsys_core.retrieval.candidates import RetrieverCandidates
from recsys_core.retrieval.sparse_product import top_k_of_cosine

GROUP = "product_group_name"
"""Garments of one group (upper body, lower body, shoes) replace each other; those of two groups make an outfit."""
KIND = ("product_type_name", "index_group_name", "perceived_colour_master_name")
"""Attributes that make up a kind: black trousers of Ladieswear. A rarely bought article uses the links of its kind."""
MIN_GROUP_LIFT = 0.92
"""Articles of two groups go together if baskets hold the two groups at least this many times as often as they would by
chance: tops with trousers, not nightwear with either."""
PRIOR_PAIRS = 10.0
"""Pairs as by chance that are added to the pairs of two groups, so that a few say little."""
FITTING_STEPS = 200
MAX_BASKET_ARTICLES = 40
"""Largest basket that counts. Larger ones are a reseller's and would link everything with everything."""
MIN_BASKETS = 2
"""Least number of baskets that two articles share; in one basket they may meet by chance."""
SHRINKAGE = 10.0
"""Number added to an article's baskets, so that a few that agree count for little."""
ARTICLES_PER_TYPE = 24
"""Number of articles kept that go with a kind."""
TYPE_WEIGHT = 0.01
"""Weight of the links of an article's kind; small, so that the article's own links come first."""


def bought_with(snapshot: Snapshot, wanted: npt.NDArray[np.bool_], days: int, n: int) -> RetrieverCandidates:
    """The ``n`` articles that go best with each article, (n_articles, n); an article in few baskets has fewer.

    The score of an article j itself is ``n_ij / sqrt((n_j + s) (n_i + s))`` over the baskets of the last ``days``
    days, for articles of two groups that go together and ``i`` in ``wanted`` (n_articles,): a cosine, so that a
    best-seller does not go with everything. That of its kind, at TYPE_WEIGHT, is added.
    """
    baskets, group = _baskets(snapshot, days), snapshot.article_codes(GROUP).codes
    goes = group_lift(baskets, group) >= MIN_GROUP_LIFT
    offered = baskets.copy()
    offered.data[:] = wanted[baskets.indices]
    offered.eliminate_zeros()

    def best(
        of: sparse.csr_array, group_of: IntArray, n: int, added: tuple[RetrieverCandidates, IntArray] | None = None
    ) -> RetrieverCandidates:
        sizes, together = (_size(of), _size(baskets)), (group_of, group, goes)
        return top_k_of_cosine(sparse.csr_array(of.T), offered, n, sizes, MIN_BASKETS, together, added)

    kind, first = _kinds(snapshot)
    of_kind = best(_with_kinds(baskets, kind, len(first)), group[first], ARTICLES_PER_TYPE)
    weighted = RetrieverCandidates(of_kind.article_idx, of_kind.score * np.float32(TYPE_WEIGHT))
    return best(baskets, group, n, (weighted, kind))


def group_lift(baskets: sparse.csr_array, group: IntArray) -> npt.NDArray[np.float64]:
    """(n_groups, n_groups) pairs of articles of two groups in baskets, by those that chance would make; 0 within one.

    Chance: each group has as many pairs as it has, and meets the others as often as those have pairs. Pairs within a
    group do not count (quasi-independence), or a large group would seem to go with everything.
    """
    n_groups = int(group.max(initial=-1)) + 1
    members = sparse.csr_array((np.ones(len(group)), (np.arange(len(group)), group)), shape=(len(group), n_groups))
    of_group = baskets @ members
    pairs = (of_group.T @ of_group).toarray()
    np.fill_diagonal(pairs, 0.0)
    others = 1.0 - np.eye(n_groups)
    weight = np.ones(n_groups)
    for _ in range(FITTING_STEPS):
        meets = others @ weight
        weight = np.sqrt(weight * np.divide(pairs.sum(axis=1), meets, out=np.zeros(n_groups), where=meets > 0))
    by_chance = np.outer(weight, weight) * others
    lift: npt.NDArray[np.float64] = others * (pairs + PRIOR_PAIRS) / (by_chance + PRIOR_PAIRS)
    return lift


def _with_kinds(baskets: sparse.csr_array, kind: IntArray, n_kinds: int) -> sparse.csr_array:
    """Binary (n_baskets, n_kinds): whether a basket holds an article of a kind."""
    n = len(kind)
    held = baskets @ sparse.csr_array((np.ones(n, np.float32), (np.arange(n), kind)), shape=(n, n_kinds))
    held.data[:] = 1.0
    return held


def _size(baskets: sparse.csr_array) -> FloatArray:
    """Square root of the number of baskets that hold each column, with SHRINKAGE."""
    size: FloatArray = np.sqrt(np.asarray(baskets.sum(axis=0)).ravel() + SHRINKAGE)
    return size


def _kinds(snapshot: Snapshot) -> tuple[IntArray, IntArray]:
    """(n_articles,) code of each article's kind, and (n_kinds,) the first article of each."""
    columns = np.stack([snapshot.article_codes(name).codes for name in (GROUP, *KIND)], axis=1)
    _, first, kind = np.unique(columns, axis=0, return_index=True, return_inverse=True)
    return kind.ravel().astype(np.int32), first.astype(np.int32)


def _baskets(snapshot: Snapshot, days: int) -> sparse.csr_array:
    """Binary (n_baskets, n_articles): what a customer bought on one day."""
    purchases = snapshot.purchases
    recent = purchases.days_ago <= days
    columns = (purchases.customer_idx, purchases.days_ago, purchases.article_idx)  # by which purchases are sorted
    *same_basket, same_article = (np.diff(column[recent], prepend=-1) == 0 for column in columns)
    same = np.logical_and.reduce(same_basket)
    once = ~(same & same_article)
    article, start = purchases.article_idx[recent][once], np.append(np.flatnonzero(~same[once]), once.sum())
    shape = (len(start) - 1, snapshot.n_articles)
    bought = sparse.csr_array((np.ones(len(article), np.float32), article, start), shape=shape)
    return bought[np.diff(start) <= MAX_BASKET_ARTICLES]
