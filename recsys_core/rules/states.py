"""Says of every rule whether it acts on a snapshot, and why or why not."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from recsys_core.features.snapshot import Snapshot
from recsys_core.rules import rules as r
from recsys_core.rules.config import RulesConfig
from recsys_core.rules.sales_statistics import YEAR_DAYS, in_season, large_postal_codes
from recsys_core.rules.stock_index import StockIndex

MAX_NAMED_VALUES = 5
"""Product types that a sentence names at most."""


@dataclass(frozen=True)
class RuleState:
    """A rule that is off drops nothing, whatever the candidates are."""

    name: str
    on: bool
    why: str
    """A sentence: what it judges by, or the setting, feed or history that is missing."""


def rule_states(
    config: RulesConfig, snapshot: Snapshot, stock_index: StockIndex | None = None
) -> tuple[RuleState, ...]:
    """The state of every rule, those that are off too, in the order in which they drop."""
    found = []
    for rule, say in STATES.items():
        why = say(config, snapshot, stock_index)
        found.append(RuleState(rule.name, not why.startswith(OFF), why.removeprefix(OFF)))
    return tuple(found)


OFF = "off: "


def _availability(config: RulesConfig, snapshot: Snapshot, stock_index: StockIndex | None) -> str:
    if stock_index is not None:
        return f"by the feed inventory: {stock_index.in_stock.sum():,} of {snapshot.n_articles:,} articles are in stock"
    if config.sold_within_days is None:
        return f"{OFF}there is no feed inventory as of this date, and sold_within_days is off"
    return f"without a feed inventory, a sale in the last {config.sold_within_days} days tells stock"


def _location(config: RulesConfig, snapshot: Snapshot, stock_index: StockIndex | None) -> str:
    if stock_index is not None and stock_index.knows_regions:
        placed = int((stock_index.region[:-1] >= 0).sum())
        of = f"{placed:,} of {snapshot.n_customers:,} customers live in a known one"
        return f"by the feeds inventory and regions: {len(stock_index.stock.regions)} regions, {of}"
    missing = "there are no feeds inventory and regions as of this date"
    if config.region_min_share is None:
        return f"{OFF}{missing}, and region_min_share is off"
    large = int(large_postal_codes(snapshot, config.region_min_expected).sum())
    if not large:
        return f"{OFF}{missing}, and no article expects {config.region_min_expected:g} sales in one postal code"
    return f"without the feeds, by the sales in the {large} largest postal codes"


def _season(config: RulesConfig, snapshot: Snapshot, stock_index: StockIndex | None) -> str:
    if config.season_min_share is None:
        return f"{OFF}season_min_share is off"
    days = int(snapshot.purchases.days_ago.max(initial=0))
    if days < YEAR_DAYS:
        return f"{OFF}purchases cover {days} days, it needs {YEAR_DAYS}"
    types = snapshot.article_codes("product_type_name")
    kind = types.codes[snapshot.purchases.article_idx]
    judged = int((np.bincount(kind, minlength=types.size) >= config.season_min_sales).sum())
    if not judged:
        return f"{OFF}no product type has {config.season_min_sales} sales"
    fits = in_season(snapshot, config.season_min_share, config.season_days, config.season_min_sales)
    out = [types.values[i] for i in np.flatnonzero(~fits)]
    named = f": {', '.join(out[:MAX_NAMED_VALUES])}{', ...' if len(out) > MAX_NAMED_VALUES else ''}" if out else ""
    return f"{len(out)} of {judged} product types with {config.season_min_sales} sales are out of season{named}"


def _channel(config: RulesConfig, snapshot: Snapshot, stock_index: StockIndex | None) -> str:
    if config.channel_min_share is None:
        return f"{OFF}channel_min_share is off"
    online = snapshot.article("online_share_all")
    judged = ~np.isnan(online) & (snapshot.article("sold_all") >= config.channel_min_sales)
    if not judged.any():
        return f"{OFF}no article has {config.channel_min_sales} sales in a known channel"
    lacks = judged & (np.minimum(online, 1 - online) < config.channel_min_share)
    sold = f"{judged.sum():,} articles with {config.channel_min_sales} sales"
    return f"{lacks.sum():,} of {sold} hardly sell in one of the channels"


def _price_range(config: RulesConfig, snapshot: Snapshot, stock_index: StockIndex | None) -> str:
    if not config.price_band and not config.price_floor:
        return f"{OFF}price_band and price_floor are off"
    judged = _judged_customers(config, snapshot)
    if not judged:
        return f"{OFF}no customer has {config.min_purchases_to_judge} purchases"
    ends = [f"up to {config.price_band:g} times the highest price paid"] if config.price_band else []
    ends += [f"from {config.price_floor:g} times the lowest price paid"] if config.price_floor else []
    return f"{' and '.join(ends)}, for the {judged:,} customers with {config.min_purchases_to_judge} purchases"


def _customer_type(config: RulesConfig, snapshot: Snapshot, stock_index: StockIndex | None) -> str:
    if not config.only_if_bought:
        return f"{OFF}only_if_bought is empty"
    codes = snapshot.article_codes(config.only_if_bought_attribute)
    restricted = int(np.isin(np.array(codes.values, object)[codes.codes], config.only_if_bought).sum())
    groups = ", ".join(config.only_if_bought)
    if not restricted:
        return f"{OFF}no article's {config.only_if_bought_attribute} is {groups}"
    judged = _judged_customers(config, snapshot)
    if not judged:
        return f"{OFF}no customer has {config.min_purchases_to_judge} purchases"
    return f"{restricted:,} articles of {groups} go only to who has bought of the group"


def _purchased(config: RulesConfig, snapshot: Snapshot, stock_index: StockIndex | None) -> str:
    if config.purchased == "allow":
        return f"{OFF}purchased is allow, what a customer has may be recommended again"
    within = config.purchased_within_days
    return "nothing that the customer ever bought" if within is None else f"nothing bought in the last {within} days"


def _one_per_product(config: RulesConfig, snapshot: Snapshot, stock_index: StockIndex | None) -> str:
    if not config.one_per_product_code:
        return f"{OFF}one_per_product_code is off"
    articles = np.bincount(snapshot.article_codes("product_code").codes)
    several = int((articles > 1).sum())
    if not several:
        return f"{OFF}no product has two articles"
    return f"the best article of each product: {several:,} products have several"


def _judged_customers(config: RulesConfig, snapshot: Snapshot) -> int:
    purchases = snapshot.customer("articles_all")[: snapshot.n_customers]
    return int((purchases >= config.min_purchases_to_judge).sum())


Say = Callable[[RulesConfig, Snapshot, StockIndex | None], str]
STATES: dict[type[r.Rule], Say] = {
    r.Availability: _availability,
    r.Location: _location,
    r.Season: _season,
    r.Channel: _channel,
    r.PriceRange: _price_range,
    r.CustomerType: _customer_type,
    r.NotPurchased: _purchased,
    r.OnePerProduct: _one_per_product,
}
