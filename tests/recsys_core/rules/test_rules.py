from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recsys_core.features.snapshot import Snapshot
from recsys_core.rules.config import RulesConfig
from recsys_core.rules.context import RulePairs
from recsys_core.rules.rules import (
    Availability,
    Channel,
    CustomerType,
    Location,
    NotPurchased,
    OnePerProduct,
    PriceRange,
    Rule,
    Season,
    active_rules,
)
from recsys_core.testing.rule_contract import RuleContract, rule_pairs
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase

EVERY_RULE: dict[str, Rule] = {
    "availability": Availability(60),
    "location": Location(0.02, 20.0),
    "season": Season(0.1, 30, 200),
    "channel": Channel(0.02, 100),
    "price_range": PriceRange(4.0, 0.25, 2),
    "customer_type": CustomerType(("Baby/Children",), "index_group_name", 2),
    "purchased": NotPurchased(),
    "one_per_product_code": OnePerProduct(),
}


@pytest.mark.parametrize("name", EVERY_RULE)
class TestContract(RuleContract):
    @pytest.fixture
    def rule(self, name: str) -> Rule:
        return EVERY_RULE[name]

    def test_is_named_as_in_the_ledger(self, rule: Rule, name: str) -> None:
        assert rule.name == name


BY_GROUP = CustomerType(("Baby/Children",), "index_group_name", 2)


def kept(rule: Rule, snapshot: Snapshot, customer: str, *articles: str) -> dict[str, bool]:
    pairs = rule_pairs(snapshot, snapshot.customer_rows([customer]), snapshot.article_rows(articles)[None])
    return dict(zip(articles, rule.keep(pairs)[0].tolist(), strict=True))


def shop(root: Path, customers: dict[str, Any] | None = None, articles: dict[str, Any] | None = None) -> Snapshot:
    """One day-old purchase, and what is stated."""
    return FixtureShop([Purchase("somebody", "something", 1)], articles or {}, customers or {}).snapshot(root)


def test_availability_is_a_sale_within_the_days(tmp_path: Path) -> None:
    sold = {"lately": {"days_since_last_sale": 60}, "long_ago": {"days_since_last_sale": 61}, "never": {}}
    snapshot = shop(tmp_path, articles=sold)

    assert kept(Availability(60), snapshot, "?", *sold) == {"lately": True, "long_ago": False, "never": False}


def test_channel_is_where_the_customer_usually_buys(tmp_path: Path) -> None:
    shares = {"web_only": 1.0, "both": 0.5, "store": 0.0}
    online = {name: {"online_share_all": share, "sold_all": 100} for name, share in shares.items()}
    online["seldom_sold"] = {"online_share_all": 0.0, "sold_all": 99}
    who = {"web": {"online_share_all": 0.9}, "walk": {"online_share_all": 0.1}, "newcomer": {}}
    snapshot = shop(tmp_path, who, {**online, "never_sold": {}})

    yes = dict.fromkeys([*online, "never_sold"], True)
    assert kept(Channel(0.02, 100), snapshot, "web", *yes) == yes | {"store": False}
    assert kept(Channel(0.02, 100), snapshot, "walk", *yes) == yes | {"web_only": False}
    assert kept(Channel(0.02, 100), snapshot, "newcomer", *yes) == yes


def test_price_range_is_a_multiple_of_the_dearest_so_far(tmp_path: Path) -> None:
    prices = {"dear": {"price_last": 0.41}, "fair": {"price_last": 0.39}, "unknown_price": {}}
    who = {
        "thrifty": {"articles_all": 2, "max_price_all": 0.1},
        "one_purchase": {"articles_all": 1, "max_price_all": 0.1},
    }
    snapshot = shop(tmp_path, who, prices)

    yes = dict.fromkeys(prices, True)
    assert kept(PriceRange(4.0, None, 2), snapshot, "thrifty", *prices) == yes | {"dear": False}
    assert kept(PriceRange(4.0, None, 2), snapshot, "one_purchase", *prices) == yes
    assert kept(PriceRange(4.0, None, 2), snapshot, "?", *prices) == yes


def test_price_range_has_a_lower_end(tmp_path: Path) -> None:
    prices = {"cheap": {"price_last": 0.024}, "fair": {"price_last": 0.026}, "unknown_price": {}}
    bought = [Purchase("grand", "gown", 9, 0.1), Purchase("grand", "gown", 5, 0.3), Purchase("once", "gown", 5, 0.3)]
    snapshot = FixtureShop(bought, prices).snapshot(tmp_path)

    yes = dict.fromkeys(prices, True)
    for floor_of in (PriceRange(None, 0.25, 2), PriceRange(4.0, 0.25, 2)):
        assert kept(floor_of, snapshot, "grand", *prices) == yes | {"cheap": False}
        assert kept(floor_of, snapshot, "once", *prices) == yes
        assert kept(floor_of, snapshot, "?", *prices) == yes


def test_location_goes_by_sales_in_the_postal_code_without_feeds(tmp_path: Path) -> None:
    """North and south buy half of everything each, but of the parasol; nobody knows where the rest lives."""
    where = {"north": {"postal_code": "n"}, "south": {"postal_code": "s"}, "nowhere": {"postal_code": None}}
    bought = [Purchase(c, "shirt", 1) for c in ("north", "south") for _ in range(50)]
    bought += [Purchase("south", "parasol", 1)] * 48 + [Purchase("south", "seldom", 1)] * 2
    snapshot = FixtureShop([*bought, *[Purchase("north", "scarf", 1)] * 50], customers=where).snapshot(tmp_path)
    stock_index = ("shirt", "parasol", "seldom", "scarf")

    yes = dict.fromkeys(stock_index, True)
    assert kept(Location(0.02, 20.0), snapshot, "north", *stock_index) == yes | {"parasol": False}
    assert kept(Location(0.02, 20.0), snapshot, "south", *stock_index) == yes | {"scarf": False}
    assert kept(Location(0.02, 25.0), snapshot, "north", *stock_index) == yes  # 24 parasols were expected there
    for nobody in ("nowhere", "?"):
        assert kept(Location(0.02, 20.0), snapshot, nobody, *stock_index) == yes
    assert kept(Location(None, 20.0), snapshot, "north", *stock_index) == yes


def test_childrens_wear_goes_to_who_bought_it(tmp_path: Path) -> None:
    kinds = {"romper": {"index_group_name": "Baby/Children"}, "jeans": {"index_group_name": "Menswear"}}
    bought = [Purchase("parent", "jeans", 300), Purchase("parent", "romper", 200)]
    bought += [Purchase("single", "jeans", 2), Purchase("single", "jeans", 1), Purchase("too_early_to_say", "jeans", 1)]
    snapshot = FixtureShop(bought, kinds).snapshot(tmp_path)

    for customer in ("parent", "too_early_to_say", "?"):
        assert kept(BY_GROUP, snapshot, customer, *kinds) == {"romper": True, "jeans": True}
    assert kept(BY_GROUP, snapshot, "single", *kinds) == {"romper": False, "jeans": True}


def test_purchased_articles_can_be_left_out(tmp_path: Path) -> None:
    purchases = [Purchase("anna", "a", 300), Purchase("bert", "b", 1)]
    snapshot = FixtureShop(purchases).snapshot(tmp_path)

    assert kept(NotPurchased(), snapshot, "anna", "a", "b") == {"a": False, "b": True}
    assert kept(NotPurchased(), snapshot, "bert", "a", "b") == {"a": True, "b": False}
    assert kept(NotPurchased(), snapshot, "?", "a", "b") == {"a": True, "b": True}


def test_customer_types_go_by_any_attribute_and_any_group(tmp_path: Path) -> None:
    kinds = {name: {"section_name": name} for name in ("boys", "girls", "men")}
    bought = [Purchase("mother", "girls", 9), Purchase("mother", "men", 1)]
    snapshot = FixtureShop(bought, kinds).snapshot(tmp_path)
    rule = CustomerType(("boys", "girls", "not sold here"), "section_name", 2)

    assert kept(rule, snapshot, "mother", *kinds) == {"boys": False, "girls": True, "men": True}


def test_purchases_can_be_forgotten_after_some_days(tmp_path: Path) -> None:
    snapshot = FixtureShop([Purchase("anna", "a", 31), Purchase("anna", "b", 30)]).snapshot(tmp_path)

    assert kept(NotPurchased(30), snapshot, "anna", "a", "b") == {"a": True, "b": False}


def test_only_the_best_variant_of_a_product_stays(tmp_path: Path) -> None:
    codes = {"p1": {"product_code": "p"}, "p2": {"product_code": "p"}, "q1": {"product_code": "q"}}
    snapshot = shop(tmp_path, articles=codes)

    assert kept(OnePerProduct(), snapshot, "?", "p2", "q1", "p1") == {"p2": True, "q1": True, "p1": False}


def test_a_variant_that_another_rule_dropped_does_not_count(tmp_path: Path) -> None:
    codes = {"p1": {"product_code": "p"}, "p2": {"product_code": "p"}}
    snapshot = shop(tmp_path, articles=codes)
    articles = snapshot.article_rows(["p1", "p2"])[None]

    keep = OnePerProduct().keep(rule_pairs(snapshot, np.array([0], np.int32), articles, np.array([[False, True]])))

    assert keep[0, 1]


@pytest.fixture
def seasons(tmp_path: Path) -> Snapshot:
    """As of September: boots sell in March, jeans every tenth day, sandals were sold twice; over two years."""
    sold = [*(Purchase("c", "boots", day) for day in range(180, 200))]
    sold += [*(Purchase("c", "jeans", day) for day in range(1, 730, 10)), *([Purchase("c", "sandals", 180)] * 2)]
    kinds = {name: {"product_type_name": name} for name in ("boots", "jeans", "sandals", "new")}
    return FixtureShop(sold, kinds).snapshot(tmp_path)


def test_out_of_season_types_are_dropped_if_there_is_evidence(seasons: Snapshot) -> None:
    every = {"boots": False, "jeans": True, "sandals": True, "new": True}

    assert kept(Season(0.1, 30, 10), seasons, "?", *every) == every


def test_season_is_not_judged_within_the_first_year(tmp_path: Path) -> None:
    sold = [*(Purchase("c", "boots", day) for day in range(180, 200)), *([Purchase("c", "jeans", 1)] * 20)]
    kinds = {name: {"product_type_name": name} for name in ("boots", "jeans")}

    assert kept(Season(0.1, 30, 10), FixtureShop(sold, kinds).snapshot(tmp_path), "?", "boots") == {"boots": True}


def test_rules_stand_in_a_fixed_order() -> None:
    config = RulesConfig(purchased="exclude", one_per_product_code=True)

    assert [rule.name for rule in active_rules(config)] == list(EVERY_RULE)


EVERY_RULE_OFF = RulesConfig(
    sold_within_days=None,
    region_min_share=None,
    season_min_share=None,
    channel_min_share=None,
    price_band=None,
    price_floor=None,
    only_if_bought=(),
)


def test_every_rule_can_be_switched_off() -> None:
    assert active_rules(EVERY_RULE_OFF) == ()


def test_segments_are_new_lapsed_and_active(tmp_path: Path) -> None:
    purchases = [Purchase("active", "a", 30), Purchase("lapsed", "a", 31)]
    snapshot = FixtureShop(purchases, customers={"new": {}}).snapshot(tmp_path)
    customers = snapshot.customer_rows(["new", "lapsed", "active", "?"])

    pairs = RulePairs(snapshot, customers, np.zeros((4, 1), np.int32), np.ones((4, 1), bool))

    assert pairs.segment.tolist() == [0, 1, 2, 0]
