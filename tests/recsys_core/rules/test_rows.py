import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys_core.rules.rows import first_by_tier, first_in_row, times_so_far

ROWS = st.lists(st.lists(st.integers(0, 4), min_size=5, max_size=5), min_size=1, max_size=4)


def test_the_first_valid_one_of_each_value_is_told() -> None:
    values, pad = np.array([[3, 1, 3, 1, 2], [5, 5, -1, 5, 2]]), -1

    first = first_in_row(values, values != pad, 6)

    assert first.tolist() == [[True, True, False, False, True], [True, False, False, False, True]]


def test_what_is_not_valid_does_not_make_a_later_one_the_second() -> None:
    values = np.array([[3, 3, 3]])

    assert first_in_row(values, np.array([[False, True, True]]), 4).tolist() == [[False, True, False]]


@given(ROWS)
def test_times_are_counted_along_a_row(rows: list[list[int]]) -> None:
    expected = [[row[: at + 1].count(value) for at, value in enumerate(row)] for row in rows]

    assert times_so_far(np.array(rows, np.int32), 5).tolist() == expected


@given(ROWS, st.integers(0, 5))
def test_tiers_are_sorted_stably_and_cut(rows: list[list[int]], length: int) -> None:
    tier = np.array(rows, np.uint8)

    assert first_by_tier(tier, length).tolist() == np.argsort(tier, axis=1, kind="stable")[:, :length].tolist()


@pytest.mark.parametrize("shape", [(0, 3), (2, 0)])
def test_no_rows_and_no_columns_are_no_error(shape: tuple[int, int]) -> None:
    nothing = np.empty(shape, np.int32)

    assert first_in_row(nothing, nothing == 0, 1).shape == times_so_far(nothing, 1).shape == shape
    assert first_by_tier(nothing.astype(np.uint8), 0).shape == (shape[0], 0)
