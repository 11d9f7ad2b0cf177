"""How far the candidate is from what the customer usually buys (design B: consistency)."""

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from recsys_core.features.feature import Feature, Floats
from recsys_core.features.snapshot import UNKNOWN, FloatArray, IntArray, Snapshot

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
        "days_since_last_minus_article_age",
        "consistency",
        "customer's days since last purchase less the days since "
        "the article's first sale: below 0 if the article was already there",
        "all",
        "days",
    ),
)


class Consistency:
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
        ages = self._snapshot.customer_codes("age_interval")
        yield self._age_lift[ages.codes[customers], articles]
        yield customer("days_since_last")[customers] - article("days_since_first_sale")[articles]

    @cached_property
    def _age_lift(self) -> FloatArray:
        """(n_age_groups, n_articles), two purchases added to either side; NaN where the age is unknown."""
        purchases, ages = self._snapshot.purchases, self._snapshot.customer_codes("age_interval")
        recent = purchases.days_ago <= 30
        group = ages.codes[purchases.customer_idx[recent]].astype(np.int64)
        flat = group * self._snapshot.n_articles + purchases.article_idx[recent]
        counts = np.bincount(flat, minlength=ages.size * self._snapshot.n_articles)
        counts = counts.reshape(ages.size, self._snapshot.n_articles).astype(np.float64)
        everybody = counts.sum(axis=0)
        expected = counts.sum(axis=1, keepdims=True) * everybody / max(everybody.sum(), 1)
        lift: FloatArray = np.log((counts + 2) / (expected + 2)).astype(np.float32)
        lift[[value == UNKNOWN for value in ages.values]] = np.nan
        return lift
