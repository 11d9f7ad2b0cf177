"""Processes as ``TF_CONFIG`` describes them, and each one's part of a batch."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase
from recsys_core.towers.cluster import Cluster
from recsys_core.towers.config import TwoTowerConfig

WORKERS = {"worker": ["a:1", "b:1", "c:1"]}
WITH_CHIEF = {"chief": ["a:1"], "worker": ["b:1", "c:1"]}


def described(monkeypatch: pytest.MonkeyPatch, cluster: Any, kind: str, index: int) -> Cluster:
    monkeypatch.setenv("TF_CONFIG", json.dumps({"cluster": cluster, "task": {"type": kind, "index": index}}))
    return Cluster.of_environment()


def test_a_process_is_alone_without_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TF_CONFIG", raising=False)

    assert Cluster.of_environment() == Cluster(0, 1)
    assert Cluster().is_chief


@pytest.mark.parametrize(
    ("cluster", "kind", "index", "expected"),
    [
        (WORKERS, "worker", 0, Cluster(0, 3)),
        (WORKERS, "worker", 2, Cluster(2, 3)),
        (WITH_CHIEF, "chief", 0, Cluster(0, 3)),
        (WITH_CHIEF, "worker", 0, Cluster(1, 3)),
    ],
)
def test_chief_comes_first(
    monkeypatch: pytest.MonkeyPatch, cluster: Any, kind: str, index: int, expected: Cluster
) -> None:
    found = described(monkeypatch, cluster, kind, index)

    assert found == expected
    assert found.is_chief == (expected.index == 0)


@pytest.mark.parametrize("stated", ["{", "[]", '{"cluster": {"worker": ["a:1"]}, "task": {"type": "ps", "index": 0}}'])
def test_a_description_without_this_process_is_refused(monkeypatch: pytest.MonkeyPatch, stated: str) -> None:
    monkeypatch.setenv("TF_CONFIG", stated)

    with pytest.raises(ValueError, match="TF_CONFIG is"):
        Cluster.of_environment()


def test_parts_differ_by_one_row_at_most() -> None:
    assert [Cluster(index, 3).part(8) for index in range(3)] == [slice(0, 2), slice(2, 5), slice(5, 8)]


def test_parts_of_a_batch_are_drawn_as_the_whole(tmp_path: Path) -> None:
    """Each pair has the same customer, article and out-of-vocabulary draws in its part as in the whole batch."""
    from recsys_core.towers.batches import Batches
    from recsys_core.towers.inputs import tower_inputs

    shop = FixtureShop([Purchase(f"c{i % 5}", f"x{i % 7}", 1 + i % 9) for i in range(35)])
    config, snapshot = TwoTowerConfig(customer_oov_rate=0.5, oov_rate=0.5), shop.snapshot(tmp_path)
    batches = Batches(snapshot, tower_inputs(snapshot, config).pairs, config, 35)

    def pairs(part: slice) -> list[np.ndarray]:
        drawn = batches.tensors(np.arange(35), np.random.default_rng(1), part)
        customer, known, _, _, _, _, article, article_known, customer_of, article_of, q, _ = (x.numpy() for x in drawn)
        return [*(x[customer_of] for x in (customer, known)), *(x[article_of] for x in (article, article_known)), q]

    whole = pairs(slice(None))
    parts = [pairs(Cluster(index, 2).part(35)) for index in range(2)]
    for column, *of_parts in zip(whole, *parts, strict=True):
        np.testing.assert_array_equal(np.concatenate(of_parts), column)
