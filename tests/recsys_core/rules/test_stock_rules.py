"""Availability and location with the feeds of stock and regions."""

import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from recsys_core.data.stock import Stock
from recsys_core.features.snapshot import Snapshot
from recsys_core.ranking.scored import Scored
from recsys_core.rules.apply import apply_rules
from recsys_core.rules.config import RulesConfig
from recsys_core.rules.ledger import Ledger
from recsys_core.rules.rules import Availability, Location, Rule, active_rules
from recsys_core.rules.stock_index import StockIndex
from recsys_core.testing.rule_contract import RuleContract, rule_pairs
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase

REGION_OF = {"p1": "north", "p2": "south", "p3": "west"}
SHOP = FixtureShop(
    [Purchase("somebody", article, 1) for article in ("everywhere", "north_only", "sold_out")],
    {"unsold_south": {}},
    {"nora": {"postal_code": "p1"}, "sue": {"postal_code": "p2"}, "wes": {"postal_code": "p3"}, "nowhere": {}},
)
STOCKED = {"north": ("everywhere", "north_only"), "south": ("everywhere", "unsold_south")}
LOCATION = Location(0.02, 20.0)
ARTICLES = ("everywhere", "north_only", "sold_out", "unsold_south")


def stock_index_of(snapshot: Snapshot, region_of: Mapping[str, str] | None = REGION_OF) -> StockIndex:
    flags = [np.isin(snapshot.article_ids.astype(str), articles) for articles in STOCKED.values()]
    return StockIndex.beside(snapshot, Stock(tuple(STOCKED), np.stack(flags), region_of))


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return SHOP.snapshot(tmp_path_factory.mktemp("stock"))


@pytest.mark.parametrize("rule", [Availability(60), LOCATION], ids=lambda rule: rule.name)
class TestContract(RuleContract):
    @pytest.fixture
    def stock_index(self, snapshot: Snapshot) -> StockIndex | None:
        everything = np.ones((1, snapshot.n_articles), bool)
        everything[0, 0] = False
        return StockIndex.beside(snapshot, Stock(("north",), everything, {}))


def kept(rule: Rule, snapshot: Snapshot, customer: str, stock_index: StockIndex | None) -> set[str]:
    articles = snapshot.article_rows(ARTICLES)[None]
    pairs = rule_pairs(snapshot, snapshot.customer_rows([customer]), articles, stock_index=stock_index)
    return {name for name, keep in zip(ARTICLES, rule.keep(pairs)[0], strict=True) if keep}


@pytest.mark.parametrize("days", [60, None])
def test_availability_is_stock_in_any_region_whatever_was_sold(snapshot: Snapshot, days: int | None) -> None:
    assert kept(Availability(days), snapshot, "nora", stock_index_of(snapshot)) == {
        "everywhere",
        "north_only",
        "unsold_south",
    }


def test_availability_falls_back_on_sales(snapshot: Snapshot) -> None:
    assert kept(Availability(60), snapshot, "nora", None) == {"everywhere", "north_only", "sold_out"}


@pytest.mark.parametrize(
    ("customer", "articles"),
    [
        ("nora", {"everywhere", "north_only"}),
        ("sue", {"everywhere", "unsold_south"}),
        ("wes", set(ARTICLES)),  # the inventory does not speak of the west
        ("nowhere", set(ARTICLES)),
        ("?", set(ARTICLES)),
    ],
)
def test_location_is_stock_where_the_customer_lives(snapshot: Snapshot, customer: str, articles: set[str]) -> None:
    assert kept(LOCATION, snapshot, customer, stock_index_of(snapshot)) == articles


def test_location_says_what_it_goes_by(snapshot: Snapshot, caplog: pytest.LogCaptureFixture) -> None:
    no_statistics = RulesConfig(region_min_share=None)
    half = stock_index_of(snapshot, region_of=None)
    with caplog.at_level(logging.INFO, logger=active_rules.__module__):
        assert "location" in names(RulesConfig(), half)
        assert "location" not in names(no_statistics, half)
        assert "location" not in names(no_statistics)
    why = ": no feeds inventory and regions, or not the production cut-off"
    nothing = f"rule location goes by nothing (region_min_share is off){why}"
    assert messages_of_rules(caplog) == [
        f"rule location goes by sales by postal code{why}",
        nothing,
        nothing,
    ]

    caplog.clear()
    assert names(no_statistics, stock_index_of(snapshot))[:2] == ["availability", "location"]
    assert not messages_of_rules(caplog)


def messages_of_rules(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Without what a thread of another library says meanwhile."""
    return [record.getMessage() for record in caplog.records if record.name == active_rules.__module__]


def names(config: RulesConfig, stock_index: StockIndex | None = None) -> list[str]:
    return [rule.name for rule in active_rules(config, stock_index)]


def test_an_inventory_switches_availability_on() -> None:
    off = RulesConfig(sold_within_days=None)
    stock = Stock(("north",), np.ones((1, 1), bool), None)

    assert "availability" not in names(off)
    assert "availability" in names(off, StockIndex(stock, np.array([0, -1], np.int32)))


def test_ledger_counts_location_by_name_and_refill_is_from_the_region(snapshot: Snapshot) -> None:
    stock_index = stock_index_of(snapshot)
    ids = snapshot.article_rows
    ranked = np.array([ids(["north_only", "sold_out", "everywhere"])], np.int32)
    scored = Scored(
        snapshot.customer_rows(["sue"]), ranked, np.array([[3, 2, 1]], np.float32), np.zeros((1, 3), np.uint8)
    )
    ledger = Ledger()

    lists = apply_rules(
        scored,
        ids(["north_only", "unsold_south"])[None],
        snapshot,
        (Availability(60), LOCATION),
        2,
        ledger,
        stock_index,
    )

    assert snapshot.article_ids[lists.article_idx[0]].tolist() == ["everywhere", "unsold_south"]
    assert ledger.dropped == {
        "availability": {"new": 1, "lapsed": 0, "active": 0},
        "location": {"new": 1, "lapsed": 0, "active": 0},
    }


def test_a_stock_index_knows_the_region_of_each_customer(tmp_path: Path) -> None:
    snapshot = SHOP.snapshot(tmp_path)
    stock_index = stock_index_of(snapshot, REGION_OF | {"unknown": "north"})

    assert stock_index.region[snapshot.customer_rows(["nora", "sue", "wes", "?"])].tolist() == [0, 1, -1, -1]
