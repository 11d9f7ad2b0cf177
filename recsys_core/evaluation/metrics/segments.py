"""The same metrics for groups of customers, and for purchases of new articles."""

from collections.abc import Iterable

import numpy as np

from recsys_core.evaluation.metrics.accuracy import BoolArray, bootstrap_interval
from recsys_core.evaluation.metrics.by_customer import CustomerMetrics
from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.retrieval.candidates import PAD
from recsys_core.rules.context import SEGMENTS, segments_of

NEW_ARTICLE_DAYS = 14
"""An article is new if it was first sold this many days before the cut-off, or not before it at all."""
Group = dict[str, object]


def new_articles(snapshot: Snapshot) -> BoolArray:
    """Mask (n_articles,) of the articles that are new as of the cut-off."""
    since = snapshot.article("days_since_first_sale")
    new: BoolArray = np.isnan(since) | (since <= NEW_ARTICLE_DAYS)
    return new


def by_history(metrics: CustomerMetrics, customers: IntArray, snapshot: Snapshot) -> dict[str, Group]:
    """New (no purchases), lapsed and active customers."""
    segment = segments_of(snapshot, customers)
    return _described(metrics, ((name, segment == i) for i, name in enumerate(SEGMENTS)))


def by_profile(metrics: CustomerMetrics, customers: IntArray, snapshot: Snapshot) -> dict[str, Group]:
    """Customers with and without a row in the customers' table."""
    has = snapshot.customer("has_profile")[customers] == 1
    return _described(metrics, (("with profile", has), ("without profile", ~has)))


def by_age(metrics: CustomerMetrics, customers: IntArray, snapshot: Snapshot) -> dict[str, Group]:
    """Metrics by age interval of the customer."""
    return _described(metrics, _ages(customers, snapshot).items())


def cold_start_by_age(
    metrics: CustomerMetrics, lists: IntArray, customers: IntArray, snapshot: Snapshot
) -> dict[str, Group]:
    """New customers by age, with ``own_articles``: how many of the age's dozen most listed articles are its own.

    ``lists`` (n, k) are the finished ones. Its own: not among the dozen most listed to all new customers.
    """
    new = segments_of(snapshot, customers) == SEGMENTS.index("new")
    of_age = {age: new & members for age, members in _ages(customers, snapshot).items()}
    common = _most_listed(lists[new], snapshot.n_articles)
    return {
        age: row | {"own_articles": len(_most_listed(lists[of_age[age]], snapshot.n_articles) - common)}
        for age, row in _described(metrics, of_age.items()).items()
    }


def _ages(customers: IntArray, snapshot: Snapshot) -> dict[str, BoolArray]:
    """Members (n,) of each age group."""
    ages = snapshot.customer_codes("age_interval")
    code = ages.codes[customers]
    return {age: code == i for i, age in enumerate(ages.values)}


def _most_listed(lists: IntArray, n_articles: int, k: int = 12) -> set[int]:
    times = np.bincount(lists[lists != PAD], minlength=n_articles)
    order = np.lexsort((np.arange(n_articles), -times))[:k]
    return set(order[times[order] > 0].tolist())


def of_new_articles(metrics: CustomerMetrics, purchases: int) -> Group:
    """Figures on purchases of new articles alone, for the customers who made any."""
    concerned = ~np.isnan(metrics["map/new articles"])
    return {
        "customers": int(concerned.sum()),
        "purchases": purchases,
        "map_at_12": metrics.mean("map/new articles") if concerned.any() else 0.0,
        "recall_at_100": metrics.mean("recall/new articles/100") if concerned.any() else 0.0,
    }


def _described(metrics: CustomerMetrics, groups: Iterable[tuple[str, BoolArray]]) -> dict[str, Group]:
    return {
        name: {
            "customers": int(members.sum()),
            "map_at_12": float(metrics["map/final"][members].mean()),
            "map_at_12_interval": bootstrap_interval(metrics["map/final"][members]),
            "map_at_12_popular": float(metrics["map/baseline/popular"][members].mean()),
            "recall_at_100": float(metrics["recall/union/100"][members].mean()),
        }
        for name, members in groups
        if members.any()
    }
