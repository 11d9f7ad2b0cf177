"""What a ranker knows of a customer-candidate pair (design B: hundreds of features; design A, table 2).

One definition serves training and scoring. Columns: customer, article, preference patterns, consistency, own
history with the article, retrieval scores and ranks. Nulls are NaN here; a ranker decides what to make of them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from recsys_core.contracts.columns import KEY_ATTRIBUTES
from recsys_core.contracts.features import PREFERENCE_WINDOWS, WINDOWS
from recsys_core.features.snapshot import FloatArray, IntArray, Snapshot

CUSTOMER_NUMBERS = (
    "age",
    "fn",
    "active",
    "articles_7d",
    "articles_30d",
    "articles_90d",
    "articles_all",
    "spend_30d",
    "spend_all",
    "shopping_days_all",
    "days_since_last",
    "days_since_first",
    "median_price_30d",
    "median_price_all",
    "max_price_all",
    "online_share_all",
    "online_share_30d",
    "children_share_all",
    "distinct_articles_all",
)
ARTICLE_NUMBERS = (
    "days_since_last_sale",
    "days_since_first_sale",
    "price_last",
    "price_mean_all",
    "price_max_all",
    "online_share_all",
    "online_share_30d",
    "buyer_age_mean",
)
GROUP_SALES = ("product_type_sold_7d", "colour_group_sold_7d", "department_sold_7d", "product_code_sold_7d")
CUSTOMER_CATEGORIES = ("club_member_status", "fashion_news_frequency", "age_interval")
ARTICLE_CATEGORIES = (
    "product_type_name",
    "graphical_appearance_name",
    "colour_group_name",
    "department_name",
    "section_name",
    "garment_group_name",
    "index_name",
)
PREFERENCE_SPANS = (*(f"{w}d" for w in PREFERENCE_WINDOWS), "all")


@dataclass(frozen=True)
class Pairs:
    """Candidates to describe: flat, one entry a pair."""

    customer: IntArray
    """(n,) rows of the snapshot."""
    article: IntArray
    """(n,)"""
    lane_score: FloatArray
    """(n, n_lanes)"""
    lane_rank: IntArray
    """(n, n_lanes), 0 = not retrieved by the lane."""
    cosine: FloatArray
    """(n,) two-tower cosine of the pair, whether or not that lane retrieved it."""

    def __len__(self) -> int:
        return len(self.customer)


class PairFeatures:
    """Computes the features of pairs of one snapshot."""

    def __init__(self, snapshot: Snapshot, lanes: tuple[str, ...]) -> None:
        self._snapshot = snapshot
        self._lanes = lanes

    @cached_property
    def numeric_names(self) -> tuple[str, ...]:
        nobody = np.empty(0, np.int32)
        none = np.empty((0, len(self._lanes)), np.float32)
        empty = Pairs(nobody, nobody, none, none.astype(np.int32), nobody.astype(np.float32))
        return tuple(name for name, _ in self._columns(empty))

    @property
    def category_names(self) -> tuple[str, ...]:
        return (*CUSTOMER_CATEGORIES, *ARTICLE_CATEGORIES)

    def numbers(self, pairs: Pairs) -> FloatArray:
        """(n, len(numeric_names)) float32, filled column by column."""
        out = np.empty((len(pairs), len(self.numeric_names)), np.float32)
        for i, (_, values) in enumerate(self._columns(pairs)):
            out[:, i] = values
        return out

    @property
    def category_values(self) -> dict[str, tuple[str, ...]]:
        """Every value that the snapshot knows, by category."""
        customers = {name: self._snapshot.customer_codes(name).values for name in CUSTOMER_CATEGORIES}
        return customers | {name: self._snapshot.article_codes(name).values for name in ARTICLE_CATEGORIES}

    def category_codes(self, pairs: Pairs, vocabulary: Mapping[str, Mapping[str, int]]) -> IntArray:
        """(n, n_categories) codes by a ranker's own vocabulary; 0 for a value it never saw."""
        out = np.empty((len(pairs), len(self.category_names)), np.int32)
        for i, name in enumerate(self.category_names):
            of_customer = name in CUSTOMER_CATEGORIES
            codes = self._snapshot.customer_codes(name) if of_customer else self._snapshot.article_codes(name)
            known = np.array([vocabulary[name].get(value, 0) for value in codes.values], np.int32)
            out[:, i] = known[codes.codes[pairs.customer if of_customer else pairs.article]]
        return out

    def _columns(self, pairs: Pairs) -> Iterator[tuple[str, FloatArray]]:
        groups: tuple[Callable[[Pairs], Iterator[tuple[str, FloatArray]]], ...] = (
            self._of_customer,
            self._of_article,
            self._preferences,
            self._consistency,
            self._own_history,
            self._retrieval,
        )
        for group in groups:
            yield from group(pairs)

    def _of_customer(self, pairs: Pairs) -> Iterator[tuple[str, FloatArray]]:
        for name in CUSTOMER_NUMBERS:
            yield f"customer_{name}", self._snapshot.customer(name)[pairs.customer]

    def _of_article(self, pairs: Pairs) -> Iterator[tuple[str, FloatArray]]:
        for name in ARTICLE_NUMBERS:
            yield f"article_{name}", self._snapshot.article(name)[pairs.article]
        for name, values in self._sales.items():
            yield f"article_{name}", values[pairs.article]

    @cached_property
    def _sales(self) -> dict[str, FloatArray]:
        """Sales as log shares of all sales of their window, so that busy and quiet weeks compare."""
        article = self._snapshot.article
        names = (*(f"sold_{w}d" for w in WINDOWS), "sold_all", *GROUP_SALES)
        shares = {f"{name}_log_share": _log_share(article(name)) for name in names}
        week, month = article("sold_7d"), article("sold_30d")
        shares["trend_7d_30d"] = (week + 1) / (month * (7 / 30) + 1)
        shares["trend_1d_7d"] = ((article("sold_1d") + 1) / (week / 7 + 1)).astype(np.float32)
        shares["repeat_buyer_share"] = article("repeat_buyers_all") / (article("buyers_all") + 5)
        return shares

    def _preferences(self, pairs: Pairs) -> Iterator[tuple[str, FloatArray]]:
        """Share of the customer's purchases that fall in the candidate's value, per key attribute and span."""
        bought = {span: self._snapshot.customer(f"articles_{span}")[pairs.customer] for span in PREFERENCE_SPANS}
        for attribute in KEY_ATTRIBUTES:
            pattern = self._snapshot.preference(attribute)
            codes = self._snapshot.article_codes(attribute)
            wanted = pairs.customer.astype(np.int64) * codes.size + codes.codes[pairs.article]
            at = np.searchsorted(pattern["key"], wanted)
            found = at < len(pattern["key"])
            found[found] = pattern["key"][at[found]] == wanted[found]
            for span in PREFERENCE_SPANS:
                share = np.zeros(len(pairs), np.float32)
                share[found] = pattern[f"count_{span}"][at[found]] / np.maximum(bought[span][found], 1)
                yield f"preference_{attribute}_{span}", share

    def _consistency(self, pairs: Pairs) -> Iterator[tuple[str, FloatArray]]:
        customer, article = self._snapshot.customer, self._snapshot.article
        price = article("price_last")[pairs.article]
        for name in ("median_price_30d", "median_price_all", "max_price_all"):
            yield f"price_minus_{name}", price - customer(name)[pairs.customer]
        age_gap = customer("age")[pairs.customer] - article("buyer_age_mean")[pairs.article]
        yield "age_minus_buyer_age", age_gap
        yield "age_gap", np.abs(age_gap)
        online = customer("online_share_all")[pairs.customer] - article("online_share_30d")[pairs.article]
        yield "online_share_gap", np.abs(online)
        yield "age_group_log_lift", self._age_lift(pairs)

    def _age_lift(self, pairs: Pairs) -> FloatArray:
        """log of the article's share of the age group's last-month purchases over its share of everybody's."""
        ages = self._snapshot.customer_codes("age_interval")
        group = ages.codes[pairs.customer]
        return self._age_lift_table[group, pairs.article]

    @cached_property
    def _age_lift_table(self) -> FloatArray:
        purchases, ages = self._snapshot.purchases, self._snapshot.customer_codes("age_interval")
        recent = purchases.days_ago <= 30
        group = ages.codes[purchases.customer_idx[recent]].astype(np.int64)
        flat = group * self._snapshot.n_articles + purchases.article_idx[recent]
        counts = np.bincount(flat, minlength=ages.size * self._snapshot.n_articles)
        counts = counts.reshape(ages.size, self._snapshot.n_articles).astype(np.float64)
        everybody = counts.sum(axis=0)
        expected = counts.sum(axis=1, keepdims=True) * everybody / max(everybody.sum(), 1)
        lift: FloatArray = np.log((counts + 2) / (expected + 2)).astype(np.float32)
        return lift

    def _own_history(self, pairs: Pairs) -> Iterator[tuple[str, FloatArray]]:
        """The customer's own purchases of the article, and of other variants of its product."""
        codes = self._snapshot.article_codes("product_code").codes
        for name, item in (("article", None), ("product", codes)):
            count, days = self._bought(pairs, item)
            yield f"bought_{name}_count", count
            yield f"bought_{name}_days_ago", days

    def _bought(self, pairs: Pairs, group: IntArray | None) -> tuple[FloatArray, FloatArray]:
        """How often and how many days ago (NaN: never) the customer bought the article, or its group."""
        keys, counts, latest = self._article_history if group is None else self._product_history
        item = pairs.article if group is None else group[pairs.article]
        wanted = pairs.customer.astype(np.int64) * self._snapshot.n_articles + item
        at = np.searchsorted(keys, wanted)
        found = at < len(keys)
        found[found] = keys[at[found]] == wanted[found]
        count, days = np.zeros(len(wanted), np.float32), np.full(len(wanted), np.nan, np.float32)
        count[found], days[found] = counts[at[found]], latest[at[found]]
        return count, days

    @cached_property
    def _article_history(self) -> tuple[npt.NDArray[np.int64], IntArray, IntArray]:
        return self._grouped_history(self._snapshot.purchases.article_idx)

    @cached_property
    def _product_history(self) -> tuple[npt.NDArray[np.int64], IntArray, IntArray]:
        return self._grouped_history(
            self._snapshot.article_codes("product_code").codes[self._snapshot.purchases.article_idx]
        )

    def _grouped_history(self, item: IntArray) -> tuple[npt.NDArray[np.int64], IntArray, IntArray]:
        """Distinct customer-item keys, ascending, with units and the latest purchase's days ago."""
        purchases = self._snapshot.purchases
        key = purchases.customer_idx.astype(np.int64) * self._snapshot.n_articles + item
        order = np.lexsort((purchases.days_ago, key))
        keys, first, counts = np.unique(key[order], return_index=True, return_counts=True)
        return keys, counts.astype(np.int32), purchases.days_ago[order][first]

    def _retrieval(self, pairs: Pairs) -> Iterator[tuple[str, FloatArray]]:
        yield "two_tower_cosine", pairs.cosine
        for i, lane in enumerate(self._lanes):
            yield f"{lane}_score", pairs.lane_score[:, i]
            rank = pairs.lane_rank[:, i]
            yield f"{lane}_closeness", np.where(rank > 0, 1 / np.sqrt(np.maximum(rank, 1)), 0).astype(np.float32)
        yield "lanes", (pairs.lane_rank > 0).sum(axis=1).astype(np.float32)


def _log_share(sold: FloatArray) -> FloatArray:
    share: FloatArray = np.log((sold + 0.5) / (sold.sum() + 1)).astype(np.float32)
    return share
