"""The business rules of both designs. A rule keeps or drops a candidate of a customer; its numbers are config.

A *hard* rule holds for every article on a list, the refill too; a *soft* one gives way before a list runs short.
"""

import logging
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, Protocol

import numpy as np

from recsys_core.config import RulesConfig
from recsys_core.features.snapshot import Snapshot
from recsys_core.rules.context import BoolArray, RulePairs
from recsys_core.rules.shelf import Shelf

log = logging.getLogger(__name__)

CHILDREN = "Baby/Children"
SEASON_DAYS = 30
"""An article type is in season if it sells within this many days around the same date of any year."""
MIN_TYPE_SALES = 200
"""A type with fewer sales so far has no season that could be read off."""
MIN_PURCHASES_TO_JUDGE = 2
MIN_SALES_TO_JUDGE = 100
"""An article with fewer sales may lack a channel by chance."""


class Rule(Protocol):
    name: ClassVar[str]
    hard: ClassVar[bool]

    def keep(self, pairs: RulePairs) -> BoolArray:
        """(n_customers, n_candidates) True where the candidate may stay."""
        ...


@dataclass(frozen=True)
class Availability:
    """In stock in some region by the inventory; without that feed, a sale within N days (None: any) tells stock."""

    name: ClassVar[str] = "availability"
    hard: ClassVar[bool] = True
    sold_within_days: int | None

    def keep(self, pairs: RulePairs) -> BoolArray:
        if pairs.shelf is not None:
            return pairs.shelf.in_stock[pairs.article]
        if self.sold_within_days is None:
            return np.ones(pairs.article.shape, bool)
        return pairs.of_article("days_since_last_sale") <= self.sold_within_days


@dataclass(frozen=True)
class Location:
    """In stock where the customer lives (design B). Customers of unknown region are not judged."""

    name: ClassVar[str] = "location"
    hard: ClassVar[bool] = True

    def keep(self, pairs: RulePairs) -> BoolArray:
        if pairs.shelf is None:
            return np.ones(pairs.article.shape, bool)
        return pairs.shelf.in_region_of(pairs.customer, pairs.article)


@dataclass(frozen=True)
class Season:
    """No winter boots in summer: the article's type must sell at this time of year."""

    name: ClassVar[str] = "season"
    hard: ClassVar[bool] = False
    min_share: float
    """Of the sales its type would have in these days if it sold evenly over the year."""

    def keep(self, pairs: RulePairs) -> BoolArray:
        return in_season(pairs.snapshot, self.min_share)[
            pairs.snapshot.article_codes("product_type_name").codes[pairs.article]
        ]


@dataclass(frozen=True)
class Channel:
    """Sold in the channel where the customer usually buys (design B: location or channel)."""

    name: ClassVar[str] = "channel"
    hard: ClassVar[bool] = False
    min_share: float

    def keep(self, pairs: RulePairs) -> BoolArray:
        online = pairs.of_article("online_share_all")
        share = np.where(pairs.of_customer("online_share_all") >= 0.5, online, 1 - online)
        known = ~np.isnan(pairs.of_customer("online_share_all")) & (pairs.of_article("sold_all") >= MIN_SALES_TO_JUDGE)
        return ~known | (share >= self.min_share)


@dataclass(frozen=True)
class PriceRange:
    """Not far dearer than anything the customer has bought."""

    name: ClassVar[str] = "price_range"
    hard: ClassVar[bool] = False
    band: float

    def keep(self, pairs: RulePairs) -> BoolArray:
        highest = pairs.of_customer("max_price_all")
        judged = pairs.of_customer("articles_all") >= MIN_PURCHASES_TO_JUDGE
        return ~judged | np.isnan(highest) | ~(pairs.of_article("price_last") > self.band * highest)


@dataclass(frozen=True)
class CustomerType:
    """No children's wear for who never bought it."""

    name: ClassVar[str] = "customer_type"
    hard: ClassVar[bool] = False

    def keep(self, pairs: RulePairs) -> BoolArray:
        judged = pairs.of_customer("articles_all") >= MIN_PURCHASES_TO_JUDGE
        no_children = judged & (pairs.of_customer("children_share_all") == 0)
        childrens: BoolArray = no_children & pairs.article_value_is("index_group_name", CHILDREN)
        return ~childrens


@dataclass(frozen=True)
class NotPurchased:
    """Nothing that the customer already has."""

    name: ClassVar[str] = "purchased"
    hard: ClassVar[bool] = True

    def keep(self, pairs: RulePairs) -> BoolArray:
        purchases, n = pairs.snapshot.purchases, pairs.snapshot.n_articles
        row, at = purchases.of(pairs.customer)
        bought = row * np.int64(n) + purchases.article_idx[at]
        candidate = np.arange(len(pairs.customer), dtype=np.int64)[:, None] * n + pairs.article
        return ~np.isin(candidate, bought)


@dataclass(frozen=True)
class OnePerProduct:
    """Only the best variant of a product: candidates stand best first, so the first of its code stays."""

    name: ClassVar[str] = "one_per_product_code"
    hard: ClassVar[bool] = False

    def keep(self, pairs: RulePairs) -> BoolArray:
        code = pairs.snapshot.article_codes("product_code").codes[pairs.article].astype(np.int64)
        code = np.where(pairs.valid, code, -1 - np.arange(code.shape[1]))
        return first_in_row(code)


def first_in_row(values: np.ndarray) -> BoolArray:
    """True where a value stands in its row for the first time."""
    order = np.argsort(values, axis=1, kind="stable")
    ordered = np.take_along_axis(values, order, axis=1)
    first = np.ones(values.shape, bool)
    first[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    out = np.empty(values.shape, bool)
    np.put_along_axis(out, order, first, axis=1)
    return out


@cache
def in_season(snapshot: Snapshot, min_share: float) -> BoolArray:
    """(n_types,) whether a product type sells around the cut-off's time of year.

    Only types with a year of history and enough sales are judged; all others are in season.
    """
    types = snapshot.article_codes("product_type_name")
    purchases = snapshot.purchases
    if not len(purchases.days_ago) or purchases.days_ago.max() < 365:
        return np.ones(types.size, bool)
    kind = types.codes[purchases.article_idx]
    from_date = (purchases.days_ago + 182) % 365 - 182
    near = np.abs(from_date) <= SEASON_DAYS
    total, around = np.bincount(kind, minlength=types.size), np.bincount(kind[near], minlength=types.size)
    everything = near.mean()
    fits: BoolArray = (total < MIN_TYPE_SALES) | (around >= min_share * everything * total)
    return fits


def active_rules(config: RulesConfig, shelf: Shelf | None = None) -> tuple[Rule, ...]:
    """The rules that are switched on, in the order in which they drop.

    An inventory switches ``availability`` on, whatever ``sold_within_days`` says; with regions also ``location``.
    """
    judges_stock = shelf is not None or config.sold_within_days is not None
    judges_region = shelf is not None and shelf.knows_regions
    if not judges_region:
        log.info("rule location is off: it needs the feeds inventory and regions, and the production cut-off")
    chosen: tuple[Rule | None, ...] = (
        Availability(config.sold_within_days) if judges_stock else None,
        Location() if judges_region else None,
        Season(config.season_min_share) if config.season_min_share is not None else None,
        Channel(config.channel_min_share) if config.channel_min_share is not None else None,
        PriceRange(config.price_band) if config.price_band is not None else None,
        CustomerType() if config.children_only_if_bought else None,
        NotPurchased() if config.purchased == "exclude" else None,
        OnePerProduct() if config.one_per_product_code else None,
    )
    return tuple(rule for rule in chosen if rule is not None)
