import datetime as dt
from pathlib import Path

from recsys_core.data.labels import load_labels
from recsys_core.testing.snapshot_fixture import CUTOFF, FixtureShop, Purchase

PURCHASES = [
    Purchase("bert", "b", 0),
    Purchase("bert", "a", -1),
    Purchase("anna", "b", -1),
    Purchase("anna", "b", 0),  # bought on both days: one pair
    Purchase("anna", "c", -2),
    Purchase("anna", "d", 1),
]


def test_distinct_pairs_of_the_window_sorted(tmp_path: Path) -> None:
    plan = FixtureShop(PURCHASES + [Purchase("x", "y", day) for day in range(2, 9)]).plan(tmp_path)

    labels = load_labels(plan.tables.path, CUTOFF, days=2)

    pairs = list(zip(*(labels[name].to_pylist() for name in ("customer_id", "article_id")), strict=True))
    assert pairs == [("anna", "b"), ("bert", "a"), ("bert", "b")]


def test_a_window_without_purchases_is_empty(tmp_path: Path) -> None:
    plan = FixtureShop([Purchase("x", "y", day) for day in range(1, 9)]).plan(tmp_path)

    assert len(load_labels(plan.tables.path, CUTOFF + dt.timedelta(days=9), days=2)) == 0
