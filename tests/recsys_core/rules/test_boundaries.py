"""Boundaries of the rules: a value exactly on a rule's limit stays. All metrics are exact in binary."""

from pathlib import Path

import pytest

from recsys_core.features.snapshot import Snapshot
from recsys_core.rules.config import RulesConfig
from recsys_core.rules.rules import Availability, Channel, Location, NotPurchased, PriceRange, Season, active_rules
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase
from tests.recsys_core.rules.test_apply import Without, finish, scored, snapshot
from tests.recsys_core.rules.test_rules import EVERY_RULE, kept, shop

__all__ = ["snapshot"]  # the fixture


def test_hard_are_the_rules_of_stock_and_of_what_the_customer_has() -> None:
    """A hard rule holds for the refill too (docs/guides/models.md)."""
    assert {name for name, rule in EVERY_RULE.items() if rule.hard} == {"availability", "location", "purchased"}


def test_availability_without_days_takes_any_sale_for_stock(tmp_path: Path) -> None:
    snapshot = shop(tmp_path, articles={"long_ago": {"days_since_last_sale": 900}})
    assert kept(Availability(None), snapshot, "?", "long_ago") == {"long_ago": True}


def test_who_buys_half_online_is_judged_by_the_web_and_a_share_on_the_edge_stays(tmp_path: Path) -> None:
    shares = {"edge": 0.25, "below": 0.125, "web": 1.0}
    online = {name: {"online_share_all": share, "sold_all": 100} for name, share in shares.items()}
    snapshot = shop(tmp_path, {"half": {"online_share_all": 0.5}}, online)
    assert kept(Channel(0.25, 100), snapshot, "half", *shares) == {"edge": True, "below": False, "web": True}


def test_prices_on_either_edge_of_the_range_stay(tmp_path: Path) -> None:
    prices = {"dearest": 2.0, "dearer": 2.125, "cheapest": 0.0625, "cheaper": 0.03125}
    bought = [Purchase("anna", "gown", 9, 0.25), Purchase("anna", "gown", 5, 0.5)]
    snapshot = FixtureShop(bought, {name: {"price_last": price} for name, price in prices.items()}).snapshot(tmp_path)
    expected = {"dearest": True, "dearer": False, "cheapest": True, "cheaper": False}
    assert kept(PriceRange(4.0, 0.25, 2), snapshot, "anna", *prices) == expected


def test_one_end_of_the_price_range_is_enough_to_switch_it_on() -> None:
    for ends in ({"price_band": None}, {"price_floor": None}):
        assert "price_range" in [rule.name for rule in active_rules(RulesConfig(**ends))]


def test_the_days_that_a_purchase_is_remembered_reach_the_rule() -> None:
    rules = active_rules(RulesConfig(purchased="exclude", purchased_within_days=30))
    assert NotPurchased(30) in rules


SEASON = Season(0.5, 30, 4)


def types(root: Path, sold: dict[str, list[int]]) -> Snapshot:
    """Product types, each sold the given days ago."""
    purchases = [Purchase("c", kind, day) for kind, days in sold.items() for day in days]
    return FixtureShop(purchases, {kind: {"product_type_name": kind} for kind in sold}).snapshot(root)


def test_a_type_in_season_makes_its_share_of_what_sells_around_the_date_of_any_year(tmp_path: Path) -> None:
    """Half of all 20 sales lie within 30 days of the date, those of a year and 30 days ago among them.

    The vest makes 2 of 8 there: half of the half that an even seller makes. Of swimwear four are enough to judge by.
    """
    sold = {"coat": [395] * 8, "swimwear": [180] * 4, "vest": [5] * 2 + [180] * 6, "seldom": []}
    snapshot = types(tmp_path, sold)
    assert kept(SEASON, snapshot, "?", *sold) == {"coat": True, "swimwear": False, "vest": True, "seldom": True}


def test_a_year_of_purchases_is_enough_to_judge_a_season(tmp_path: Path) -> None:
    sold = {"coat": [365] * 4, "swimwear": [180] * 4}
    assert kept(SEASON, types(tmp_path, sold), "?", *sold) == {"coat": True, "swimwear": False}


@pytest.fixture
def places(tmp_path: Path) -> Snapshot:
    """Four customers buy 80 each, in three postal codes and in one that nobody knows.

    So of 64 hats 16 are expected in each code, of 60 parasols 15. North buys 4 hats and no parasol.
    """
    bought = {
        "north": {"hat": 4, "n1": 38, "n2": 38},
        "south": {"hat": 20, "parasol": 60},
        "east": {"hat": 20, "e1": 30, "e2": 30},
        "nowhere": {"hat": 20, "u1": 30, "u2": 30},
    }
    purchases = [Purchase(who, what, 1) for who, bag in bought.items() for what, n in bag.items() for _ in range(n)]
    codes = {who: {"postal_code": None if who == "nowhere" else who} for who in bought}
    return FixtureShop(purchases, customers=codes).snapshot(tmp_path)


@pytest.mark.parametrize(
    ("rule", "hat", "parasol"),
    [
        (Location(0.25, 15.0), True, False),  # 4 hats are just a quarter of 16; 15 parasols just enough to judge by
        (Location(0.26, 16.0), False, True),  # 16 hats are just enough to judge by, for the best seller too
    ],
)
def test_location_judges_from_the_expected_sales_on(places: Snapshot, rule: Location, hat: bool, parasol: bool) -> None:
    assert kept(rule, places, "north", "hat", "parasol") == {"hat": hat, "parasol": parasol}
    assert kept(rule, places, "nowhere", "hat", "parasol") == {"hat": True, "parasol": True}


def test_a_variant_that_an_earlier_rule_dropped_does_not_stand_in_its_siblings_way(snapshot: Snapshot) -> None:
    names, _, ledger = finish(snapshot, scored("baf"), ["gh"], 3, (Without("b"), EVERY_RULE["one_per_product_code"]))
    assert names == ["afg"]
    assert ledger.dropped["one_per_product_code"]["active"] == 0


def test_fewer_articles_than_places_are_an_error(snapshot: Snapshot) -> None:
    with pytest.raises(ValueError, match=r"lower lists\.length"):
        finish(snapshot, scored("ab"), ["c"], 5)
