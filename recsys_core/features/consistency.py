"""Distance of the candidate from the customer's usual purchases (design B: consistency)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from recsys_core.features.feature import Feature, Floats
from recsys_core.features.shared_values import OTHER, postal_codes
from recsys_core.features.snapshot import UNKNOWN, Codes, FloatArray, IntArray, Snapshot

PRICES = (
    *(f"median_price_{span}" for span in ("7d", "30d", "90d", "last", "all")),
    "min_price_all",
    "max_price_all",
)
CHANNEL_SPANS = ("30d", "last", "all")
FEATURES = (
    *(
        Feature(
            f"price_minus_{name}",
            "consistency",
            f"latest price less the customer's {name}",
            name.rsplit("_", 1)[-1],
            "price",
        )
        for name in PRICES
    ),
    Feature("price_over_median_price_all", "consistency", "log of latest price over the median paid", "all", "log"),
    Feature("age_minus_buyer_age", "consistency", "customer's age less the mean of the buyers'", "all", "years"),
    Feature("age_gap", "consistency", "distance of those two", "all", "years"),
    *(
        Feature(
            f"online_share_gap_{span}",
            "consistency",
            "distance of the customer's online share from the article's of the week",
            span,
            "share",
        )
        for span in CHANNEL_SPANS
    ),
    Feature(
        "age_group_log_lift",
        "consistency",
        "log of the article's share of the age group's purchases over its share of everybody's",
        "30d",
        "log",
    ),
    Feature(
        "postal_code_log_lift",
        "consistency",
        "log of the article's share of the postal code's purchases over its share of everybody's; "
        "null for codes of few customers",
        "30d",
        "log",
    ),
    Feature(
        "days_since_last_minus_article_age",
        "consistency",
        "customer's days since last purchase less the days since "
        "the article's first sale: below 0 if the article was already there",
        "all",
        "days",
    ),
)


class Consistency:
    """Features of how far a candidate is from what the customer buys."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def columns(self, customers: IntArray, articles: IntArray) -> Iterator[Floats]:
        """Values of ``FEATURES``, each (n,), NaN where either side is unknown."""
        customer, article = self._snapshot.customer, self._snapshot.article
        price = article("price_last")[articles]
        for name in PRICES:
            yield price - customer(name)[customers]
        yield np.log((price + 1e-4) / (customer("median_price_all")[customers] + 1e-4))
        age_gap = customer("age")[customers] - article("buyer_age_mean")[articles]
        yield age_gap
        yield np.abs(age_gap)
        online = article("online_share_7d")[articles]
        for span in CHANNEL_SPANS:
            yield np.abs(customer(f"online_share_{span}")[customers] - online)
        yield self._age_lift.of(customers, articles)
        yield self._postal_code_lift.of(customers, articles)
        yield customer("days_since_last")[customers] - article("days_since_first_sale")[articles]

    @cached_property
    def _age_lift(self) -> "_Lift":
        return _Lift.fit(self._snapshot, self._snapshot.customer_codes("age_interval"), (UNKNOWN,))

    @cached_property
    def _postal_code_lift(self) -> "_Lift":
        return _Lift.fit(self._snapshot, postal_codes(self._snapshot), (UNKNOWN, OTHER))


@dataclass(frozen=True)
class _Lift:
    """Lift of an article in a group of customers: its share of their purchases in 30 days over its share of all."""

    group: IntArray
    """(n_customers + 1,)"""
    is_no_group: npt.NDArray[np.bool_]
    """(n_groups,)"""
    key: npt.NDArray[np.int64]
    """Groups and articles bought there, group * n_articles + article, ascending."""
    count: npt.NDArray[np.int64]
    """Purchases of each key."""
    group_total: npt.NDArray[np.int64]
    article_share: npt.NDArray[np.float64]
    """(n_articles,) of everybody's purchases."""

    @classmethod
    def fit(cls, snapshot: Snapshot, groups: Codes, no_groups: Collection[str]) -> "_Lift":
        purchases, n = snapshot.purchases, snapshot.n_articles
        recent = purchases.days_ago <= 30
        group, article = groups.codes[purchases.customer_idx[recent]], purchases.article_idx[recent]
        key, count = np.unique(group.astype(np.int64) * n + article, return_counts=True)
        everybody = np.bincount(article, minlength=n)
        return cls(
            groups.codes,
            np.isin(groups.values, list(no_groups)),
            key,
            count,
            np.bincount(group, minlength=groups.size),
            everybody / max(everybody.sum(), 1),
        )

    def of(self, customers: IntArray, articles: IntArray) -> FloatArray:
        """(n,) logs, two purchases added to either side; NaN where the group is none."""
        group = self.group[customers]
        key = group.astype(np.int64) * len(self.article_share) + articles
        at = np.minimum(np.searchsorted(self.key, key), len(self.key) - 1)
        count = np.where(self.key[at] == key, self.count[at], 0) if len(self.key) else np.zeros(len(key))
        lift = np.log((count + 2) / (self.group_total[group] * self.article_share[articles] + 2)).astype(np.float32)
        lift[self.is_no_group[group]] = np.nan
        return lift
