from pathlib import Path

import numpy as np
import pytest

from recsys_core.evaluation.metrics.beyond_accuracy import Exposure, diversity, popularity_rank, self_information
from recsys_core.features.snapshot import Snapshot
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    """In the last week b is bought three times, a once, c and d never; c was bought long ago."""
    purchases = [*[Purchase("anna", "b", 2)] * 3, Purchase("anna", "a", 3), Purchase("anna", "c", 100)]
    kinds = {name: {"product_type_name": kind} for name, kind in (("a", "top"), ("b", "top"), ("d", "hat"))}
    return FixtureShop(purchases, articles=kinds).snapshot(tmp_path)


def test_popularity_rank_counts_the_last_week_then_all_sales(snapshot: Snapshot) -> None:
    assert popularity_rank(snapshot).tolist() == [2, 1, 3, 4]


def test_self_information_of_the_last_month(snapshot: Snapshot) -> None:
    """One is added to each: shares 2/8, 4/8, 1/8, 1/8."""
    assert self_information(snapshot).tolist() == [2, 1, 3, 3]


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [([1, 1, 1], 0), ([1, 2, 3], 1), ([1, 2, 1], 2 / 3), ([1, 1, 2, 2], 4 / 6), ([5], 1)],
)
def test_diversity_is_the_share_of_unlike_pairs(kinds: list[int], expected: float) -> None:
    assert diversity(np.array([kinds], np.int32)) == pytest.approx([expected])


def test_lists_beside_purchases(snapshot: Snapshot) -> None:
    exposure = Exposure(snapshot, in_stock=np.array([True, True, False, True]))
    exposure.add(np.array([[1, 0]], np.int32), np.array([1, -1], np.int32))
    exposure.add(np.array([[1, 3]], np.int32), np.array([3], np.int32))

    metrics = exposure.metrics()

    assert metrics["in_stock"] == 3
    assert metrics["coverage"] == 1
    assert metrics["coverage_bought"] == pytest.approx(2 / 3)
    assert metrics["popularity_rank"] == pytest.approx((1 + 2 + 1 + 4) / 4)
    assert metrics["popularity_rank_bought"] == pytest.approx((1 + 4) / 2)
    assert metrics["novelty"] == pytest.approx((1 + 2 + 1 + 3) / 4)
    assert metrics["diversity"] == pytest.approx(0.5)  # two tops, then a top and a hat
    assert metrics["popularity"] == [{"from": 1, "to": None, "shown": 1.0, "bought": 1.0}]
