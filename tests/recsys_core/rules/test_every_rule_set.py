"""Whatever set of rules a shop chooses: lists are full, the ledger adds up, and hard rules hold where they can."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recsys_core.data.stock import Stock
from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.ranking.scored import Scored
from recsys_core.retrieval.candidates import PAD
from recsys_core.rules.apply import apply_rules
from recsys_core.rules.config import RulesConfig
from recsys_core.rules.context import SEGMENTS, RulePairs
from recsys_core.rules.ledger import Ledger
from recsys_core.rules.rules import active_rules
from recsys_core.rules.stock_index import StockIndex
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase

N_ARTICLES = 16
PLACES = ("north", "south", None)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Two years of purchases of articles that differ in everything a rule looks at; ``n0`` and ``n1`` never bought."""
    rng = np.random.default_rng(4)
    customers = [f"c{i}" for i in range(9)]
    drawn = zip(rng.zipf(1.4, 400) % 9, rng.zipf(1.3, 400) % N_ARTICLES, rng.integers(1, 700, 400), strict=True)
    purchases = [
        Purchase(
            customers[who],
            f"a{what:02d}",
            int(day + 30 if what >= N_ARTICLES - 3 else day),
            (0.01, 0.05, 0.4)[what % 3],
            1 + int(rng.random() < (0.05, 0.5, 0.95)[what % 3]),
        )
        for who, what, day in drawn
    ]
    purchases += [Purchase("faithful", "a01", day, 0.05) for day in (9, 40)]
    articles: Mapping[str, Mapping[str, Any]] = {
        f"a{i:02d}": {
            "product_code": f"p{i // 2}",
            "product_type_name": f"t{i % 5}",
            "index_group_name": ("Baby/Children", "Ladieswear", "Menswear")[i % 3],
        }
        for i in range(N_ARTICLES)
    }
    profiles = {name: {"postal_code": PLACES[i % 3]} for i, name in enumerate([*customers, "faithful", "n0", "n1"])}
    return FixtureShop(purchases, articles, profiles).snapshot(tmp_path_factory.mktemp("every"))


def off_or(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


RULES = st.builds(
    RulesConfig,
    sold_within_days=off_or(st.integers(1, 700)),
    region_min_share=off_or(st.floats(0, 1)),
    region_min_expected=st.floats(0.5, 30),
    season_min_share=off_or(st.floats(0, 1)),
    season_days=st.integers(1, 182),
    season_min_sales=st.integers(1, 50),
    channel_min_share=off_or(st.floats(0, 1)),
    channel_min_sales=st.integers(1, 50),
    price_band=off_or(st.floats(0.1, 10)),
    price_floor=off_or(st.floats(0.01, 10)),
    only_if_bought=st.sets(st.sampled_from(["Baby/Children", "Menswear", "Ladieswear"])).map(
        lambda g: tuple(sorted(g))
    ),
    min_purchases_to_judge=st.integers(1, 5),
    purchased=st.sampled_from(["allow", "exclude"]),
    purchased_within_days=off_or(st.integers(1, 700)),
    one_per_product_code=st.booleans(),
)
CANDIDATES = st.lists(st.lists(st.integers(PAD, N_ARTICLES - 1), min_size=6, max_size=6), min_size=13, max_size=13)
STOCK = st.none() | st.lists(
    st.lists(st.booleans(), min_size=N_ARTICLES, max_size=N_ARTICLES), min_size=2, max_size=2
).map(lambda flags: Stock(("north", "south"), np.array(flags), {"north": "north", "south": "south"}))


def ranked(candidates: list[list[int]]) -> Scored:
    """A row for each customer, the unknown one too; pads last, articles may repeat."""
    articles = np.array([sorted(row, key=lambda a: a == PAD) for row in candidates], np.int32)
    score = np.where(articles == PAD, 0, np.linspace(3, 1, articles.shape[1])).astype(np.float32)
    return Scored(np.arange(len(articles), dtype=np.int32), articles, score, np.ones(articles.shape, np.uint8))


def everything(n: int) -> IntArray:
    return np.tile(np.arange(N_ARTICLES, dtype=np.int32), (n, 1))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(config=RULES, candidates=CANDIDATES, stock=STOCK, length=st.integers(1, N_ARTICLES))
def test_lists_are_full_and_the_ledger_adds_up(
    snapshot: Snapshot, config: RulesConfig, candidates: list[list[int]], stock: Stock | None, length: int
) -> None:
    scored, ledger = ranked(candidates), Ledger()
    assert (snapshot.n_customers, snapshot.n_articles) == (len(candidates) - 1, N_ARTICLES)
    stock_index = StockIndex.beside(snapshot, stock) if stock else None
    rules = active_rules(config, stock_index)

    lists = apply_rules(scored, everything(len(candidates)), snapshot, rules, length, ledger, stock_index)

    assert lists.article_idx.shape == (len(candidates), length)
    assert (lists.article_idx != PAD).all()
    assert all(len(set(row)) == length for row in lists.article_idx)
    distinct = [set(row) - {PAD} for row in scored.article_idx]
    assert sum(ledger.candidates.values()) == sum(map(len, distinct))
    for name in SEGMENTS:
        dropped = sum(counts[name] for counts in ledger.dropped.values())
        assert 0 <= dropped <= ledger.candidates[name]
        assert 0 <= ledger.relaxed[name] <= ledger.refilled[name] <= length * ledger.customers[name]
        # a place is given to a candidate that was not dropped, or refilled
        assert length * ledger.customers[name] <= ledger.candidates[name] - dropped + ledger.refilled[name]


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(config=RULES, candidates=CANDIDATES, stock=STOCK, length=st.integers(1, N_ARTICLES))
def test_a_hard_rule_gives_way_only_where_nothing_else_is_left(
    snapshot: Snapshot, config: RulesConfig, candidates: list[list[int]], stock: Stock | None, length: int
) -> None:
    scored = ranked(candidates)
    stock_index = StockIndex.beside(snapshot, stock) if stock else None
    rules = active_rules(config, stock_index)

    lists = apply_rules(scored, everything(len(candidates)), snapshot, rules, length, Ledger(), stock_index)

    every = everything(len(candidates))
    allowed = np.ones(every.shape, bool)
    for rule in rules:
        if rule.hard:
            allowed &= rule.keep(RulePairs(snapshot, scored.customer, every, np.ones(every.shape, bool), stock_index))
    broken = ~np.take_along_axis(allowed, lists.article_idx.astype(np.int64), axis=1)
    assert broken.sum(axis=1).tolist() == np.maximum(0, length - allowed.sum(axis=1)).tolist()


def test_the_rules_together_drop_something_of_every_kind(snapshot: Snapshot) -> None:
    """Guards the tests above against a shop in which no rule ever bites."""
    strict = RulesConfig(
        sold_within_days=25, region_min_share=1, region_min_expected=0.5, season_min_share=1, season_min_sales=1,
        channel_min_share=0.5, channel_min_sales=1, price_band=1, price_floor=1, min_purchases_to_judge=1,
        purchased="exclude", one_per_product_code=True,
    )  # fmt: skip
    scored = ranked([[*range(N_ARTICLES)]] * 13)
    alone = {}
    for rule in active_rules(strict):
        ledger = Ledger()
        apply_rules(scored, everything(13), snapshot, [rule], 6, ledger)
        alone[rule.name] = sum(ledger.dropped[rule.name].values())

    assert len(alone) == 8
    assert all(alone.values()), alone
