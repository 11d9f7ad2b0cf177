"""Arithmetic of the progress, with expectations computed by hand."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts import forecast, progress_view
from scripts.forecast import pace, remaining_time, share_done, time_to_end
from scripts.stage_plan import Stage

SECONDS = st.floats(min_value=0.1, max_value=1e6)


@given(elapsed=st.lists(st.floats(min_value=0, max_value=1e9), min_size=2), expected=SECONDS)
def test_a_share_grows_with_time_and_stays_below_one(elapsed: list[float], expected: float) -> None:
    shares = [share_done(seconds, expected) for seconds in sorted(elapsed)]
    assert shares == sorted(shares)
    assert shares[0] >= 0
    assert shares[-1] < 1


@given(elapsed=SECONDS, expected=SECONDS)
def test_a_running_stage_always_has_time_left(elapsed: float, expected: float) -> None:
    assert remaining_time(elapsed, expected) > 0


@given(st.lists(st.tuples(SECONDS, SECONDS)))
def test_the_pace_stays_within_its_limits(ended: list[tuple[float, float]]) -> None:
    assert forecast.FASTEST <= pace(ended) <= forecast.SLOWEST


def test_without_an_ended_stage_the_pace_is_that_of_the_record() -> None:
    assert pace([]) == 1


@pytest.mark.parametrize(
    ("ended", "expected"),
    [
        ([(126, 63), (60, 30)], 2.0),  # ratios 1, 2, 2 of weights 30, 63, 30: half of 123 is passed at 2
        ([(126, 63), (2, 90)], 1.0),  # ratios 0.02, 1, 2 of weights 90, 30, 63: half of 183 is passed at 1
        ([(150, 100), (4000, 100), (150, 100)], 1.5),  # one odd stage moves nothing
    ],
)
def test_the_pace_is_a_weighted_median(ended: list[tuple[float, float]], expected: float) -> None:
    assert pace(ended) == expected


def test_the_end_is_that_of_the_longest_path() -> None:
    plan = [Stage("a", "a"), Stage("b", "b", ("a",)), Stage("c", "c", ("a",)), Stage("d", "d", ("b", "c"))]
    assert time_to_end(plan, {"a": 10, "b": 90, "c": 4, "d": 6}) == 10 + 90 + 6
    assert time_to_end(plan, {"c": 4, "d": 6}) == 4 + 6
    assert time_to_end([*plan, Stage("beside", "beside")], {"c": 4, "d": 6, "beside": 30}) == 30
    assert time_to_end(plan, {}) == 0


@pytest.mark.parametrize("module", [forecast, progress_view], ids=lambda module: module.__name__)
def test_the_examples_in_the_docstrings_hold(module: object) -> None:
    result = doctest.testmod(module)  # type: ignore[arg-type]
    assert result.attempted > 2
    assert result.failed == 0
