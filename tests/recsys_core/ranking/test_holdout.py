import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys_core.ranking.base import Examples
from recsys_core.ranking.holdout import held_out_rows, map_at_12, sample, split


def examples(group: list[int], window: list[int], is_simulated: list[bool] | None = None) -> Examples:
    n = len(group)
    nothing = np.zeros((n, 0), np.float32)
    return Examples(
        nothing,
        nothing.astype(np.int32),
        np.ones(n, np.float32),
        np.array(group, np.int32),
        np.array(window, np.int8),
        (),
        (),
        {},
        keep_rate=1.0,
        is_simulated=np.array(is_simulated or [False] * n, bool),
    )


def test_the_latest_window_is_held_out() -> None:
    assert held_out_rows(examples([0, 0, 1, 2], [0, 0, 1, 2])).tolist() == [True, True, False, False]


def test_who_is_a_simulated_cold_start_is_not_held_out_and_gives_nothing_away() -> None:
    """Customers 0 and 1 of the latest window, 2 of another; 3 is 1 once more, 4 is 2 once more."""
    given = examples([0, 1, 2, 3, 4], [0, 0, 1, 0, 1], [False, False, False, True, True])

    seen, unseen = split(given)

    assert unseen.group.tolist() == [0, 1]
    assert seen.group.tolist() == [2, 4]


def test_in_a_single_window_nobody_is_simulated_while_it_is_split() -> None:
    given = examples([0, 1, 2, 3], [0, 0, 0, 0], [False, False, False, True])

    seen, unseen = split(given)

    assert sorted([*seen.group.tolist(), *unseen.group.tolist()]) == [0, 1, 2]


def test_a_fifth_of_the_customers_of_a_single_window_are_held_out() -> None:
    group = np.repeat(np.arange(20), 3)

    aside = held_out_rows(examples(group.tolist(), [0] * 60))

    assert aside.sum() == 12
    assert all(len(set(aside[group == customer])) == 1 for customer in range(20))


def test_rows_side_by_side_are_taken_without_a_copy() -> None:
    given = examples([0, 0, 1, 2], [0, 0, 1, 2])

    seen, unseen = split(given)

    assert seen.label.base is given.label
    assert unseen.label.base is given.label


def test_a_sample_holds_all_examples_of_some_customers() -> None:
    given = examples(np.repeat(np.arange(1000), 4).tolist(), [1] * 4000)

    few = sample(given, 1000)

    customers, rows = np.unique(few.group, return_counts=True)
    assert set(rows.tolist()) == {4}
    assert 200 < len(customers) < 300
    np.testing.assert_array_equal(few.group, sample(given, 1000).group)
    assert sample(given, 4000) is given


def test_map_by_hand() -> None:
    """Customer 7: hits at places 1 and 3 of 3; customer 9: its only hit at place 2."""
    score = np.float32([0.9, 0.1, 0.5, 0.2, 0.3])
    label = np.float32([1, 1, 0, 1, 0])
    group = np.array([7, 7, 7, 9, 9], np.int32)

    assert map_at_12(score, label, group) == pytest.approx(((1 + 2 / 3) / 2 + 1 / 2) / 2)


def test_a_thirteenth_place_does_not_count() -> None:
    label = np.zeros(13, np.float32)
    label[12] = 1

    assert map_at_12(-np.arange(13, dtype=np.float32), label, np.zeros(13, np.int32)) == 0


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=30), st.integers(0, 5))
def test_a_perfect_order_is_one_for_customers_with_a_hit(rows: list[tuple[int, bool]], seed: int) -> None:
    group = np.array([customer for customer, _ in rows], np.int32)
    label = np.array([hit for _, hit in rows], np.float32)
    order = np.random.default_rng(seed).permutation(len(rows))

    found = map_at_12(label[order], label[order], group[order])

    share_with_a_hit = np.mean([label[group == customer].any() for customer in np.unique(group)])
    assert found == pytest.approx(share_with_a_hit)
