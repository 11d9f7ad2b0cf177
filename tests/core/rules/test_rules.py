from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recsys_core.config import RulesConfig
from recsys_core.features.snapshot import Snapshot
from recsys_core.rules import rules
from recsys_core.rules.context import RulePairs
from recsys_core.rules.rules import (
    Availability,
    Channel,
    CustomerType,
    NotPurchased,
    OnePerProduct,
    PriceRange,
    Rule,
    Season,
    active_rules,
    first_in_row,
)
from recsys_core.testing.rule_contract import RuleContract, rule_pairs
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase

EVERY_RULE: dict[str, Rule] = {
    "availability": Availability(60),
    "season": Season(0.1),
    "channel": Channel(0.02),
    "price_range": PriceRange(4.0),
    "customer_type": CustomerType(),
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
    online = {name: {"online_share_all": share, "sold_all": rules.MIN_SALES_TO_JUDGE} for name, share in shares.items()}
    online["seldom_sold"] = {"online_share_all": 0.0, "sold_all": rules.MIN_SALES_TO_JUDGE - 1}
    who = {"web": {"online_share_all": 0.9}, "walk": {"online_share_all": 0.1}, "newcomer": {}}
    snapshot = shop(tmp_path, who, {**online, "never_sold": {}})

    yes = dict.fromkeys([*online, "never_sold"], True)
    assert kept(Channel(0.02), snapshot, "web", *yes) == yes | {"store": False}
    assert kept(Channel(0.02), snapshot, "walk", *yes) == yes | {"web_only": False}
    assert kept(Channel(0.02), snapshot, "newcomer", *yes) == yes


def test_price_range_is_a_multiple_of_the_dearest_so_far(tmp_path: Path) -> None:
    prices = {"dear": {"price_last": 0.41}, "fair": {"price_last": 0.39}, "unknown_price": {}}
    who = {
        "thrifty": {"articles_all": 2, "max_price_all": 0.1},
        "one_purchase": {"articles_all": 1, "max_price_all": 0.1},
    }
    snapshot = shop(tmp_path, who, prices)

    yes = dict.fromkeys(prices, True)
    assert kept(PriceRange(4.0), snapshot, "thrifty", *prices) == yes | {"dear": False}
    assert kept(PriceRange(4.0), snapshot, "one_purchase", *prices) == yes
    assert kept(PriceRange(4.0), snapshot, "?", *prices) == yes


def test_childrens_wear_goes_to_who_bought_it(tmp_path: Path) -> None:
    kinds = {"romper": {"index_group_name": "Baby/Children"}, "jeans": {"index_group_name": "Menswear"}}
    who = {
        "parent": {"articles_all": 9, "children_share_all": 0.1},
        "single": {"articles_all": 9, "children_share_all": 0.0},
        "too_early_to_say": {"articles_all": 1, "children_share_all": 0.0},
    }
    snapshot = shop(tmp_path, who, kinds)

    for customer in ("parent", "too_early_to_say", "?"):
        assert kept(CustomerType(), snapshot, customer, *kinds) == {"romper": True, "jeans": True}
    assert kept(CustomerType(), snapshot, "single", *kinds) == {"romper": False, "jeans": True}


def test_purchased_articles_can_be_left_out(tmp_path: Path) -> None:
    purchases = [Purchase("anna", "a", 300), Purchase("bert", "b", 1)]
    snapshot = FixtureShop(purchases).snapshot(tmp_path)

    assert kept(NotPurchased(), snapshot, "anna", "a", "b") == {"a": False, "b": True}
    assert kept(NotPurchased(), snapshot, "bert", "a", "b") == {"a": True, "b": False}
    assert kept(NotPurchased(), snapshot, "?", "a", "b") == {"a": True, "b": True}


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
def seasons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Snapshot:
    """As of September: boots sell in March, jeans every tenth day, sandals were sold twice; over two years."""
    monkeypatch.setattr(rules, "MIN_TYPE_SALES", 10)
    sold = [*(Purchase("c", "boots", day) for day in range(180, 200))]
    sold += [*(Purchase("c", "jeans", day) for day in range(1, 730, 10)), *([Purchase("c", "sandals", 180)] * 2)]
    kinds = {name: {"product_type_name": name} for name in ("boots", "jeans", "sandals", "new")}
    return FixtureShop(sold, kinds).snapshot(tmp_path)


def test_out_of_season_types_are_dropped_if_there_is_evidence(seasons: Snapshot) -> None:
    every = {"boots": False, "jeans": True, "sandals": True, "new": True}

    assert kept(Season(0.1), seasons, "?", *every) == every


def test_season_is_not_judged_within_the_first_year(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MIN_TYPE_SALES", 10)
    sold = [*(Purchase("c", "boots", day) for day in range(180, 200)), *([Purchase("c", "jeans", 1)] * 20)]
    kinds = {name: {"product_type_name": name} for name in ("boots", "jeans")}

    assert kept(Season(0.1), FixtureShop(sold, kinds).snapshot(tmp_path), "?", "boots") == {"boots": True}


def test_first_in_row() -> None:
    values = np.array([[3, 1, 3, 1, 2], [5, 5, 5, 5, 5]])

    assert first_in_row(values).tolist() == [[True, True, False, False, True], [True, False, False, False, False]]


def test_rules_stand_in_a_fixed_order() -> None:
    config = RulesConfig(purchased="exclude", one_per_product_code=True)

    assert [rule.name for rule in active_rules(config)] == list(EVERY_RULE)


def test_every_rule_can_be_switched_off() -> None:
    off = RulesConfig(
        sold_within_days=None,
        season_min_share=None,
        channel_min_share=None,
        price_band=None,
        children_only_if_bought=False,
    )

    assert active_rules(off) == ()


def test_segments_are_new_lapsed_and_active(tmp_path: Path) -> None:
    purchases = [Purchase("active", "a", 30), Purchase("lapsed", "a", 31)]
    snapshot = FixtureShop(purchases, customers={"new": {}}).snapshot(tmp_path)
    customers = snapshot.customer_rows(["new", "lapsed", "active", "?"])

    pairs = RulePairs(snapshot, customers, np.zeros((4, 1), np.int32), np.ones((4, 1), bool))

    assert pairs.segment.tolist() == [0, 1, 2, 0]
