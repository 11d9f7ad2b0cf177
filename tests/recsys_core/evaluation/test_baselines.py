from pathlib import Path

import numpy as np
import pytest

from recsys_core.evaluation.baselines import BASELINES, frequent_popular, popular, recent_popular, repurchase_popular
from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    """Last week: c three times, a once, b once; before that b twice, d often."""
    purchases = [Purchase("anna", "c", 2)] * 2 + [Purchase("bert", "c", 7), Purchase("bert", "a", 3)]
    purchases += [Purchase("bert", "b", 1)] + [Purchase("carl", "b", 8)] * 2 + [Purchase("carl", "d", 9)] * 5
    return FixtureShop(purchases, articles={"e": {}}).snapshot(tmp_path)


def names(snapshot: Snapshot, lists: IntArray) -> list[str]:
    return ["".join("-" if i < 0 else snapshot.article_ids[i] for i in row) for row in lists]


def test_popular_counts_the_last_week_and_breaks_ties_by_all_sales(snapshot: Snapshot) -> None:
    assert names(snapshot, popular(snapshot, 2, k=4)) == ["cbad", "cbad"]


def test_popular_is_as_long_as_there_are_articles(snapshot: Snapshot) -> None:
    assert names(snapshot, popular(snapshot, 1)) == ["cbade"]


def test_own_purchases_latest_first_then_popular(snapshot: Snapshot) -> None:
    rows = np.array([0, 1, 2, 3], np.int32)  # anna, bert, carl, unknown

    assert names(snapshot, repurchase_popular(snapshot, rows, k=4)) == ["cbad", "bacd", "bdca", "cbad"]


def test_of_one_day_the_oftener_bought_stands_first(tmp_path: Path) -> None:
    purchases = [Purchase("anna", "a", 1), Purchase("anna", "b", 1), Purchase("anna", "b", 5), Purchase("anna", "c", 2)]
    snapshot = FixtureShop(purchases).snapshot(tmp_path)

    assert names(snapshot, repurchase_popular(snapshot, np.array([0], np.int32), k=3)) == ["bac"]


def test_only_the_last_two_days_then_popular(tmp_path: Path) -> None:
    purchases = [Purchase("anna", "a", 2), Purchase("anna", "b", 3), *[Purchase("bert", "c", 4)] * 2]
    snapshot = FixtureShop(purchases).snapshot(tmp_path)

    assert names(snapshot, recent_popular(snapshot, np.array([0], np.int32), k=3)) == ["acb"]


def test_oftenest_first_and_of_equals_the_latest(tmp_path: Path) -> None:
    often = [Purchase("anna", "a", 50), Purchase("anna", "a", 60)]
    once = [Purchase("anna", "b", 9), Purchase("anna", "c", 1)]
    snapshot = FixtureShop(often + once).snapshot(tmp_path)

    assert names(snapshot, frequent_popular(snapshot, np.array([0], np.int32), k=3)) == ["acb"]


def test_every_baseline_gives_distinct_articles(snapshot: Snapshot) -> None:
    for recommend in BASELINES.values():
        for row in recommend(snapshot, np.array([0, 1, 2, 3], np.int32)):
            assert sorted(row[row >= 0]) == list(range(snapshot.n_articles))
