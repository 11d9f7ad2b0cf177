from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from recsys_core.features.snapshot import FloatArray, IntArray
from recsys_core.retrieval.candidates import PAD
from recsys_core.retrieval.neighbours import Neighbours, popularity, recent_history, strongest
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase

SCORES = st.lists(st.lists(st.integers(-2, 4), min_size=5, max_size=5), max_size=6)


@given(SCORES, st.integers(1, 7))
def test_strongest_equals_sorting(rows: list[list[int]], k: int) -> None:
    best = strongest(np.array(rows, np.float32).reshape(-1, 5), k)

    for i, row in enumerate(rows):
        expected = sorted((-score, column) for column, score in enumerate(row) if score > 0)[:k]
        short = k - len(expected)
        assert best.article_idx[i].tolist() == [column for _, column in expected] + [PAD] * short
        assert best.score[i].tolist() == [-score for score, _ in expected] + [0] * short


def test_candidates_are_the_best_sums_over_the_history() -> None:
    table = sparse.csr_array(np.array([[0, 0.5], [0.2, 0], [0.2, 0.1]], np.float32))
    near = Neighbours(np.array([4, 7], np.int32), table)
    history = sparse.csr_array(np.array([[1, 2, 0], [0, 0, 0]], np.float32))

    found = near.candidates(history, 3)

    assert found.article_idx.tolist() == [[7, 4, PAD], [PAD, PAD, PAD]]
    np.testing.assert_allclose(found.score, [[0.5, 0.4, 0], [0, 0, 0]])


def test_history_counts_by_recency_and_only_the_latest(tmp_path: Path) -> None:
    own = [Purchase("anna", "a", 9), Purchase("anna", "b", 4), Purchase("anna", "b", 1), Purchase("bert", "c", 16)]
    snapshot = FixtureShop(own).snapshot(tmp_path)
    both = np.array([1, 0], np.int32)

    assert recent_history(snapshot, both).toarray() == pytest.approx(np.array([[0, 0, 1 / 4], [1 / 3, 1 / 2 + 1, 0]]))
    assert recent_history(snapshot, both, 2).toarray() == pytest.approx(np.array([[0, 0, 1 / 4], [0, 1 / 2 + 1, 0]]))


def test_popularity_halves_in_two_days_and_ends_at_one(tmp_path: Path) -> None:
    sold = [*(Purchase(f"c{i}", "a", 1) for i in range(2)), Purchase("c0", "b", 3), Purchase("c0", "c", 31)]
    snapshot = FixtureShop(sold).snapshot(tmp_path)

    assert popularity(snapshot) == pytest.approx(np.array([1, np.log(1.5) / np.log(3), 0]))


def test_a_shop_without_purchases_has_an_empty_table(tmp_path: Path) -> None:
    snapshot = FixtureShop([], {"a": {}, "b": {}}).snapshot(tmp_path)

    def score(articles: IntArray) -> FloatArray:
        return np.ones((len(articles), 1), np.float32)

    assert Neighbours.fit(snapshot, np.array([1], np.int32), score, 3).similarity.nnz == 0
