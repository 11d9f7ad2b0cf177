"""Every rule says whether it acts on a shop, and what is missing where it does not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recsys_core.data.stock import Stock
from recsys_core.features.snapshot import Snapshot
from recsys_core.rules.config import RulesConfig
from recsys_core.rules.states import RuleState, rule_states
from recsys_core.rules.stock_index import StockIndex
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase
from tests.recsys_core.rules.test_rules import EVERY_RULE_OFF

PROFILES: dict[str, dict[str, Any]] = {"anna": {"postal_code": "p1"}, "bert": {"postal_code": "p2"}}
YOUNG = [Purchase(customer, article, day) for customer in PROFILES for article in ("coat", "shoe") for day in (1, 219)]
OLD = [*YOUNG, *(Purchase("anna", "coat", day) for day in (190, 200, 555, 560))]


@pytest.fixture(scope="module")
def young(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """220 days of history, no feed, nothing for children, no two articles of a product."""
    articles = {name: {"product_code": name, "product_type_name": name} for name in ("coat", "shoe")}
    return FixtureShop(YOUNG, articles, PROFILES).snapshot(tmp_path_factory.mktemp("young"))


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """More than a year; coats in winter, and one product with children's variant."""
    articles = {
        "coat": {"product_code": "p", "product_type_name": "Coat"},
        "shoe": {"product_code": "p", "product_type_name": "Shoe", "index_group_name": "Baby/Children"},
    }
    return FixtureShop(OLD, articles, PROFILES).snapshot(tmp_path_factory.mktemp("old"))


def said(config: RulesConfig, snapshot: Snapshot, stock_index: StockIndex | None = None) -> dict[str, RuleState]:
    return {state.name: state for state in rule_states(config, snapshot, stock_index)}


def test_a_young_shop_without_feeds_is_told_what_each_rule_lacks(young: Snapshot) -> None:
    states = said(RulesConfig(), young)
    assert {name: state.why for name, state in states.items() if not state.on} == {
        "location": "there are no feeds inventory and regions as of this date, "
        "and no article expects 20 sales in one postal code",
        "season": "purchases cover 219 days, it needs 365",
        "channel": "no article has 100 sales in a known channel",
        "customer_type": "no article's index_group_name is Baby/Children",
        "purchased": "purchased is allow, what a customer has may be recommended again",
        "one_per_product_code": "one_per_product_code is off",
    }
    assert states["availability"].why == "without a feed inventory, a sale in the last 60 days tells stock"
    assert states["price_range"].why == (
        "up to 4 times the highest price paid and from 0.25 times the lowest price paid, "
        "for the 2 customers with 2 purchases"
    )


def test_what_is_switched_off_names_its_setting(young: Snapshot) -> None:
    states = said(EVERY_RULE_OFF, young)
    assert not any(state.on for state in states.values())
    for name, setting in (
        ("availability", "sold_within_days"),
        ("location", "region_min_share"),
        ("season", "season_min_share"),
        ("channel", "channel_min_share"),
        ("price_range", "price_band and price_floor"),
        ("customer_type", "only_if_bought"),
    ):
        assert setting in states[name].why


def test_a_shop_that_has_what_rules_need_is_told_what_they_judge_by(old: Snapshot) -> None:
    config = RulesConfig(
        season_min_sales=4,
        channel_min_sales=4,
        purchased="exclude",
        purchased_within_days=7,
        one_per_product_code=True,
    )
    stock = Stock(("north", "south"), np.array([[True, False], [False, False]]), {"p1": "north"})
    states = said(config, old, StockIndex.beside(old, stock))
    assert {name: state.why for name, state in states.items()} == {
        "availability": "by the feed inventory: 1 of 2 articles are in stock",
        "location": "by the feeds inventory and regions: 2 regions, 1 of 2 customers live in a known one",
        "season": "0 of 2 product types with 4 sales are out of season",
        "channel": "2 of 2 articles with 4 sales hardly sell in one of the channels",
        "price_range": "up to 4 times the highest price paid and from 0.25 times the lowest price paid, "
        "for the 2 customers with 2 purchases",
        "customer_type": "1 articles of Baby/Children go only to who has bought of the group",
        "purchased": "nothing bought in the last 7 days",
        "one_per_product_code": "the best article of each product: 1 products have several",
    }
    assert all(state.on for state in states.values())


def test_types_out_of_season_are_named(tmp_path: Path) -> None:
    """Half a year ago and a year and a half ago: never within 30 days of the cut-off's date."""
    purchases = [Purchase("anna", "coat", day) for day in (180, 185, 545)] + [Purchase("anna", "shoe", 1)] * 3
    snapshot = FixtureShop(purchases, {"coat": {"product_type_name": "Coat"}}).snapshot(tmp_path)
    season = said(RulesConfig(season_min_sales=3), snapshot)["season"]
    assert season.why.startswith("1 of ")
    assert season.why.endswith("are out of season: Coat")
