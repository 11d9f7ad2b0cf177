"""Articles that go with an article: of another kind, bought by the same customer on the same day."""

import numpy as np
import numpy.typing as npt
from scipy import sparse

from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.retrieval.candidates import PAD, top_k_per_row

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


def bought_with(snapshot: Snapshot, wanted: npt.NDArray[np.bool_], days: int) -> sparse.csr_array:
    """Links from each article to the articles that go with it, (n_articles, n_articles) float32.

    Of an article j itself ``n_ij / sqrt((n_j + s) (n_i + s))`` over the baskets of the last ``days`` days, for articles
    of two groups that go together and ``i`` in ``wanted`` (n_articles,): a cosine, so that a best-seller does not go
    with everything. Of its kind the same at TYPE_WEIGHT.
    """
    baskets, group = _baskets(snapshot, days), snapshot.article_codes(GROUP).codes
    goes = group_lift(baskets, group) >= MIN_GROUP_LIFT
    n = snapshot.n_articles
    kind, first = _kinds(snapshot)
    of_kind = sparse.csr_array((np.ones(n, np.float32), (np.arange(n), kind)), shape=(n, len(first)))
    kinds_baskets = baskets @ of_kind
    kinds_baskets.data[:] = 1.0
    best = top_k_per_row(
        *_triples(_cosine(kinds_baskets, baskets, wanted, group[first], group, goes)), len(first), ARTICLES_PER_TYPE
    )
    row, place = np.nonzero(best.article_idx[kind] != PAD)
    at = (row, best.article_idx[kind[row], place])
    by_kind = sparse.csr_array((best.score[kind[row], place] * np.float32(TYPE_WEIGHT), at), shape=(n, n))
    return sparse.csr_array(_cosine(baskets, baskets, wanted, group, group, goes) + by_kind)


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


def _cosine(
    of: sparse.csr_array,
    baskets: sparse.csr_array,
    wanted: npt.NDArray[np.bool_],
    group_of: IntArray,
    group: IntArray,
    goes: npt.NDArray[np.bool_],
) -> sparse.csr_array:
    """(n_of, n_articles) over binary (n_baskets, n_of) and (n_baskets, n_articles), where the groups go together."""
    size_of, size = (np.sqrt(np.asarray(each.sum(axis=0)).ravel() + SHRINKAGE) for each in (of, baskets))
    row, col, count = _triples(of.T @ (baskets * wanted.astype(np.float32)))
    kept = (count >= MIN_BASKETS) & goes[group_of[row], group[col]]
    row, col = row[kept], col[kept]
    cosine = (count[kept] / (size_of[row] * size[col])).astype(np.float32)
    return sparse.csr_array((cosine, (row, col)), shape=(of.shape[1], baskets.shape[1]))


def _triples(table: sparse.csr_array) -> tuple[IntArray, IntArray, npt.NDArray[np.float32]]:
    flat = table.tocoo()
    return flat.row, flat.col, flat.data


def _kinds(snapshot: Snapshot) -> tuple[IntArray, IntArray]:
    """(n_articles,) code of each article's kind, and (n_kinds,) the first article of each."""
    columns = np.stack([snapshot.article_codes(name).codes for name in (GROUP, *KIND)], axis=1)
    _, first, kind = np.unique(columns, axis=0, return_index=True, return_inverse=True)
    return kind.ravel().astype(np.int32), first.astype(np.int32)


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
    return bought[np.asarray(bought.sum(axis=1)).ravel() <= MAX_BASKET_ARTICLES]
