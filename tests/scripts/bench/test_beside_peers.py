"""The figures of the benchmarks by hand, and that all of each benchmark works on a small input."""

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recsys_core.contracts.columns import KEY_ATTRIBUTES
from recsys_core.contracts.release import REASONS
from recsys_core.serving import RecommendationList
from scripts.bench.__main__ import BENCHMARKS
from scripts.bench.bpr import nearest
from scripts.bench.co_purchase import as_implicit_counts
from scripts.bench.list_lookup import OURS, SQLITE, as_list, refuse_differences, rows_of, sqlite_store, summary
from scripts.bench.made_up_shop import HELD_OUT, make_shop
from scripts.bench.ranking import difference
from scripts.bench.turns import in_turns, recall, times, without

OWN = [{1, 2}, {7}]


def test_everybody_has_a_turn_in_every_round() -> None:
    turns: list[str] = []
    seconds = in_turns({"a": lambda: turns.append("a"), "b": lambda: turns.append("b")}, 2, "")
    assert turns == ["a", "b", "a", "b"]
    assert {name: len(taken) for name, taken in seconds.items()} == {"a": 2, "b": 2}


def test_times_is_the_median_of_the_rounds() -> None:
    assert times([4.0, 9.0, 10.0], [2.0, 3.0, 1.0]) == 3.0


def test_own_articles_are_left_out_and_the_rest_moves_up() -> None:
    found = np.array([[1, 3, 2, 4], [7, -1, 7, -1]], np.int32)
    assert without(found, OWN, 3).tolist() == [[3, 4, -1], [-1, -1, -1]]


def test_recall_is_of_new_articles_alone() -> None:
    held_out = np.array([[1, 3, 4], [7, 8, 8]], np.int32)  # 3, 4 and 8 are new
    assert recall(np.array([[4, 9], [8, 3]]), held_out, OWN) == 0.6667


def test_nearest_is_by_the_sum_of_the_articles_bought() -> None:
    from scipy import sparse

    articles = np.array([[1, 0], [0.6, 0.8], [0, -1]], np.float32)
    bought = sparse.csr_array(np.array([[1, 0, 0], [0, 1, 1]], np.float32))
    assert nearest(articles, bought).tolist() == [[0, 1, 2], [0, 1, 2]]  # (0.6, -0.2): 0.6, 0.2, 0.2


def test_difference_is_the_largest_one_either_way() -> None:
    assert difference(np.array([1.0, 2.0]), np.array([1.5, 1.0])) == 1.0


def test_implicit_counts_the_same_purchases() -> None:
    from scipy import sparse

    bought = sparse.csr_array(np.array([[1, 0, 1], [0, 1, 0]], np.float32))
    given = as_implicit_counts(bought)
    assert given.toarray().tolist() == [[1, 0, 1], [0, 1, 0]]
    assert (given.dtype, given.indices.dtype, given.indptr.dtype) == (np.float64, np.int32, np.int32)


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    folder = tmp_path / "lists"
    folder.mkdir()
    np.save(folder / "customer_ids.npy", np.array(["ann", "bob"], "S4"))
    np.save(folder / "article_idx.npy", np.array([[5, 6], [7, 8]], np.int32))
    np.save(folder / "reasons.npy", np.array([[0, 1], [2, 0]], np.uint8))
    np.save(folder / "source_purchases.npy", np.array([[-1, 6], [9, -1]], np.int32))
    return folder


def test_rows_of_a_table_hold_the_lists(lists: Path) -> None:
    (ann, *_), (bob, *content) = rows_of(lists)
    assert (ann, bob) == ("ann", "bob")
    read = as_list(*content)
    assert read.article_idx.tolist() == [7, 8]
    assert read.reasons == (REASONS[2], REASONS[0])
    assert read.source_purchases == (9, -1)


def test_sqlite_holds_the_same_lists(lists: Path, tmp_path: Path) -> None:
    with sqlite_store(lists, tmp_path / "lists.sqlite") as read:
        ann = read("ann")
    assert ann is not None
    assert (ann.article_idx.tolist(), ann.source_purchases) == ([5, 6], (-1, 6))


def test_stores_that_differ_are_refused() -> None:
    one, other = (RecommendationList(np.array([idx], np.int32), ("popular",)) for idx in (1, 2))
    refuse_differences({"a": lambda _: one, "b": lambda _: one}, "ann")
    with pytest.raises(ValueError, match="a, b hold different lists of ann"):
        refuse_differences({"a": lambda _: one, "b": lambda _: other}, "ann")


def test_summary_is_in_milliseconds_and_beside_the_release() -> None:
    said = summary({OURS: [0.001, 0.002, 0.003], SQLITE: [0.004, 0.006, 0.008]})
    assert (said["p50_ms"], said["p99_ms"], said["sqlite_p50_ms"]) == (2.0, 2.98, 6.0)
    assert said["times_sqlite"] == 3.0
    assert said["postgresql_p99_ms"] is None


def test_a_made_up_shop_counts_its_own_purchases(tmp_path: Path) -> None:
    shop = make_shop(tmp_path / "shop", 50, 300, 600, for_ranking=True)
    purchases = shop.snapshot.purchases

    assert (shop.snapshot.n_customers, shop.snapshot.n_articles) == (50, 300)
    assert shop.held_out.shape == (50, HELD_OUT)
    assert 500 < len(purchases.article_idx) <= 600  # some are drawn twice
    assert shop.snapshot.customer("articles_all")[:50].sum() == len(purchases.article_idx)
    for name in KEY_ATTRIBUTES:
        assert shop.snapshot.preference(name).units[:, -1].sum() == len(purchases.article_idx)
    assert shop.snapshot.history("article").units.sum() == len(purchases.article_idx)


@pytest.mark.full
def test_each_benchmark_works_on_a_small_input() -> None:
    for name in BENCHMARKS:
        found = small(name)
        assert all(np.isfinite(value) for value in found.values() if isinstance(value, float)), name


@pytest.mark.full
def test_rankers_score_as_what_they_were_made_from() -> None:
    found = small("ranking")
    assert found["trees_difference"] == 0.0
    assert found["dnn_difference"] < 1e-4


@pytest.mark.full
def test_a_worker_reads_lists_that_all_stores_agree_on() -> None:
    found = small("list_lookup")
    assert found["p99_ms"] > 0
    assert found["open_seconds"] < 2
    assert found["resident_mb"] < 300


@pytest.mark.full
def test_the_last_line_is_json_by_name() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "scripts.bench", "co_purchase", "bpr", "--small"],
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    assert sorted(found) == ["bpr", "co_purchase"]
    for name, recalls in (("co_purchase", ("ours", "implicit_counts")), ("bpr", ("ours", "implicit_als"))):
        assert all(found[name][f"{one}_recall"] > 0.15 for one in recalls), name  # chance finds 0.04


def small(name: str) -> dict[str, Any]:
    found: dict[str, Any] = importlib.import_module(BENCHMARKS[name]).measure(True)
    return found
