from pathlib import Path

import numpy as np
import pytest

from recsys_core.evaluation.metrics.by_customer import CustomerMetrics
from recsys_core.evaluation.metrics.segments import by_history, cold_start_by_age
from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase

ARTICLES = [chr(ord("a") + i) for i in range(14)]
DOZEN, ANOTHER = list(range(12)), [12, 13, *range(2, 12)]


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    """``old`` bought everything; three cold-start customers of twenty, one of fifty."""
    ages = {"n0": 20.0, "n1": 21.0, "n2": 22.0, "n3": 50.0}
    purchases = [Purchase("old", article, 3) for article in ARTICLES]
    return FixtureShop(purchases, customers={name: {"age": age} for name, age in ages.items()}).snapshot(tmp_path)


@pytest.fixture
def customers(snapshot: Snapshot) -> IntArray:
    return snapshot.customer_rows(np.array(["n0", "n1", "n2", "n3", "old"], object))


@pytest.fixture
def metrics() -> CustomerMetrics:
    metrics, everybody = CustomerMetrics(5), np.arange(5)
    metrics.put("map/final", everybody, np.array([0.1, 0.2, 0.3, 0.4, 0.9]))
    metrics.put("map/baseline/popular", everybody, np.array([0.0, 0.1, 0.2, 0.3, 0.5]))
    metrics.put("recall/union/100", everybody, np.ones(5))
    return metrics


def test_every_group_stands_beside_the_most_bought(
    metrics: CustomerMetrics, customers: IntArray, snapshot: Snapshot
) -> None:
    groups = by_history(metrics, customers, snapshot)

    assert {name: row["customers"] for name, row in groups.items()} == {"new": 4, "active": 1}
    assert groups["new"]["map_at_12"] == pytest.approx(0.25)
    assert groups["new"]["map_at_12_popular"] == pytest.approx(0.15)


def test_newcomers_of_an_age_have_articles_of_their_own(
    metrics: CustomerMetrics, customers: IntArray, snapshot: Snapshot
) -> None:
    lists = np.array([DOZEN, DOZEN, DOZEN, ANOTHER, ANOTHER], np.int32)

    ages = cold_start_by_age(metrics, lists, customers, snapshot)

    found = {age: (row["customers"], row["own_articles"]) for age, row in ages.items()}
    assert found == {"20-24": (3, 0), "50-59": (1, 2)}


def test_newcomers_who_all_see_the_same_have_none(
    metrics: CustomerMetrics, customers: IntArray, snapshot: Snapshot
) -> None:
    ages = cold_start_by_age(metrics, np.array([DOZEN] * 5, np.int32), customers, snapshot)

    assert [row["own_articles"] for row in ages.values()] == [0, 0]
