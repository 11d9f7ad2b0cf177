"""The business rules of both designs. A rule keeps or drops a candidate of a customer; its numbers are config.

A *hard* rule holds for every article on a list, the refill too; a *soft* one gives way before a list runs short.
"""

import logging
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from recsys_core.features.arrays import rows_of_items
from recsys_core.rules.config import RulesConfig
from recsys_core.rules.context import BoolArray, RulePairs
from recsys_core.rules.rows import first_in_row
from recsys_core.rules.sales_statistics import in_season, lowest_prices, not_sold_in
from recsys_core.rules.stock_index import StockIndex, available_articles

log = logging.getLogger(__name__)


class Rule(Protocol):
    """Decides which candidates may stay. A hard rule is never given up to fill a list."""

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
        return available_articles(pairs.snapshot, self.sold_within_days, pairs.stock_index)[pairs.article]


@dataclass(frozen=True)
class Location:
    """In stock where the customer lives (both designs); without feeds, the sales in the postal code tell stock.

    Customers of unknown region or postal code are not judged.
    """

    name: ClassVar[str] = "location"
    hard: ClassVar[bool] = True
    min_share: float | None
    """None: only feeds are believed."""
    min_expected: float

    def keep(self, pairs: RulePairs) -> BoolArray:
        if pairs.stock_index is not None and pairs.stock_index.knows_regions:
            return pairs.stock_index.in_region_of(pairs.customer, pairs.article)
        if self.min_share is None:
            return np.ones(pairs.article.shape, bool)
        missing = not_sold_in(pairs.snapshot, self.min_share, self.min_expected)
        code = pairs.snapshot.customer_codes("postal_code").codes[pairs.customer]
        return rows_of_items(missing.start, missing.article, code, pairs.article) < 0


@dataclass(frozen=True)
class Season:
    """No winter boots in summer: the article's type must sell at this time of year."""

    name: ClassVar[str] = "season"
    hard: ClassVar[bool] = False
    min_share: float
    """Share of the sales that its type would have in these days if it sold evenly over the year."""
    days: int
    min_sales: int

    def keep(self, pairs: RulePairs) -> BoolArray:
        fits = in_season(pairs.snapshot, self.min_share, self.days, self.min_sales)
        return fits[pairs.snapshot.article_codes("product_type_name").codes[pairs.article]]


@dataclass(frozen=True)
class Channel:
    """Sold in the channel where the customer usually buys (design B: location or channel)."""

    name: ClassVar[str] = "channel"
    hard: ClassVar[bool] = False
    min_share: float
    min_sales: int

    def keep(self, pairs: RulePairs) -> BoolArray:
        online = pairs.of_article("online_share_all")
        share = np.where(pairs.of_customer("online_share_all") >= 0.5, online, 1 - online)
        known = ~np.isnan(pairs.of_customer("online_share_all")) & (pairs.of_article("sold_all") >= self.min_sales)
        return ~known | (share >= self.min_share)


@dataclass(frozen=True)
class PriceRange:
    """Neither far dearer nor far cheaper than anything the customer has bought."""

    name: ClassVar[str] = "price_range"
    hard: ClassVar[bool] = False
    band: float | None
    """Multiple of the highest price so far; None: no upper end."""
    floor: float | None
    """Multiple of the lowest price so far; None: no lower end."""
    min_purchases: int

    def keep(self, pairs: RulePairs) -> BoolArray:
        price, in_range = pairs.of_article("price_last"), np.ones(pairs.article.shape, bool)
        if self.band is not None:
            in_range &= ~(price > self.band * pairs.of_customer("max_price_all"))
        if self.floor is not None:
            in_range &= ~(price < self.floor * lowest_prices(pairs.snapshot)[pairs.customer][:, None])
        fits: BoolArray = in_range | (pairs.of_customer("articles_all") < self.min_purchases)
        return fits


@dataclass(frozen=True)
class CustomerType:
    """Nothing of a group, such as children's wear, for who never bought of it (design B)."""

    name: ClassVar[str] = "customer_type"
    hard: ClassVar[bool] = False
    groups: tuple[str, ...]
    attribute: str
    min_purchases: int

    def keep(self, pairs: RulePairs) -> BoolArray:
        codes = pairs.snapshot.article_codes(self.attribute)
        restricted = np.isin(codes.values, self.groups)
        row, at = pairs.snapshot.purchases.of(pairs.customer)
        bought = np.zeros((len(pairs.customer), codes.size), bool)
        bought[row, codes.codes[pairs.snapshot.purchases.article_idx[at]]] = True
        group = codes.codes[pairs.article]
        judged = pairs.of_customer("articles_all") >= self.min_purchases
        fits: BoolArray = ~(judged & restricted[group]) | np.take_along_axis(bought, group, axis=1)
        return fits


@dataclass(frozen=True)
class NotPurchased:
    """Nothing that the customer already has, as far back as ``within_days`` (None: ever)."""

    name: ClassVar[str] = "purchased"
    hard: ClassVar[bool] = True
    within_days: int | None = None

    def keep(self, pairs: RulePairs) -> BoolArray:
        history = pairs.snapshot.history("article")
        row = rows_of_items(history.start, history.item, pairs.customer, pairs.article)
        bought = row >= 0
        if self.within_days is not None:
            bought[bought] = history.days_ago[row[bought]] <= self.within_days
        return ~bought


@dataclass(frozen=True)
class OnePerProduct:
    """Only the best variant of a product: candidates stand best first, so the first of its code stays."""

    name: ClassVar[str] = "one_per_product_code"
    hard: ClassVar[bool] = False

    def keep(self, pairs: RulePairs) -> BoolArray:
        codes = pairs.snapshot.article_codes("product_code")
        return first_in_row(codes.codes[pairs.article], pairs.valid, codes.size) | ~pairs.valid


def active_rules(config: RulesConfig, stock_index: StockIndex | None = None) -> tuple[Rule, ...]:
    """The rules that are switched on, in the order in which they drop.

    An inventory switches ``availability`` on, whatever ``sold_within_days`` says; with regions also ``location``.
    """
    c = config
    judges_stock = stock_index is not None or c.sold_within_days is not None
    judges_region = (stock_index is not None and stock_index.knows_regions) or c.region_min_share is not None
    if stock_index is None or not stock_index.knows_regions:
        evidence = "sales by postal code" if judges_region else "nothing (region_min_share is off)"
        log.info("rule location goes by %s: no feeds inventory and regions, or not the production cut-off", evidence)
    chosen: tuple[Rule | None, ...] = (
        Availability(c.sold_within_days) if judges_stock else None,
        Location(c.region_min_share, c.region_min_expected) if judges_region else None,
        Season(c.season_min_share, c.season_days, c.season_min_sales) if c.season_min_share is not None else None,
        Channel(c.channel_min_share, c.channel_min_sales) if c.channel_min_share is not None else None,
        PriceRange(c.price_band, c.price_floor, c.min_purchases_to_judge) if c.price_band or c.price_floor else None,
        CustomerType(c.only_if_bought, c.only_if_bought_attribute, c.min_purchases_to_judge)
        if c.only_if_bought
        else None,
        NotPurchased(c.purchased_within_days) if c.purchased == "exclude" else None,
        OnePerProduct() if c.one_per_product_code else None,
    )
    return tuple(rule for rule in chosen if rule is not None)
