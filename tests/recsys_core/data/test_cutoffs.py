import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys_core.data.config import CutoffsConfig
from recsys_core.data.cutoffs import TrainCutoff, plan_train_cutoffs
from recsys_core.errors import TooLittleToLearnError

D = dt.date(2020, 9, 20)


def sales(days_ago: range | list[int], rows: int = 1000) -> dict[str, int]:
    return {before(day).isoformat(): rows for day in days_ago}


def before(days: int) -> dt.date:
    return D - dt.timedelta(days=days)


def plan(rows: dict[str, int], **config: int) -> list[tuple[int, int]]:
    """(days before D, length of the label window) of each training cut-off."""
    return [
        ((D - c.cutoff).days, c.days)
        for c in plan_train_cutoffs(rows, D, CutoffsConfig(**({"train_cutoffs": 2} | config)))
    ]


def test_full_history_gives_weeks_side_by_side() -> None:
    assert plan(sales(range(1, 100)), train_cutoffs=3) == [(7, 7), (14, 7), (21, 7)]


def test_label_days_are_config() -> None:
    assert plan(sales(range(1, 100)), label_days=2) == [(2, 2), (4, 2)]


def test_label_window_ends_before_the_next_begins() -> None:
    chosen = plan_train_cutoffs(sales(range(1, 100)), D, CutoffsConfig(train_cutoffs=2))

    assert chosen[0].label_days[-1] == before(1)
    assert chosen[1].label_days[-1] == before(8)
    assert TrainCutoff(D, 2).label_days == (D, D + dt.timedelta(days=1))


def test_a_hole_is_stepped_over() -> None:
    """Full days 1-4 and 10-20: two label days after two of history, then five after six."""
    assert plan(sales([*range(1, 5), *range(10, 21)])) == [(2, 2), (3, 1)]
    assert plan(sales([*range(1, 3), *range(10, 21)])) == [(1, 1), (14, 5)]


def test_a_nearly_empty_day_is_a_hole() -> None:
    rows = sales(range(1, 20)) | sales([3], rows=20)

    assert plan(rows) == [(1, 1), (10, 7)]


def test_a_shop_that_is_closed_once_a_week_has_no_holes() -> None:
    """D is a Sunday: every 1st, 8th, 15th ... day before it is a Saturday."""
    open_days = [day for day in range(1, 100) if before(day).weekday() != 5]

    assert plan(sales(open_days)) == [(7, 7), (14, 7)]


def test_a_day_missing_for_a_few_weeks_is_a_hole() -> None:
    days = [day for day in range(1, 100) if before(day).weekday() != 2 or day > 30]

    assert plan(sales(days))[0] == (1, 1)


def test_a_slice_of_two_full_days_gives_one_label_day_after_one_day_of_history() -> None:
    assert plan(sales([1, 2])) == [(1, 1)]


def test_an_old_window_is_taken_only_if_there_is_none_younger() -> None:
    old = sales(range(65, 90))

    assert plan(sales([1, 2]) | old, max_age_days=60) == [(1, 1)]
    assert plan(sales([1, 2]) | old, max_age_days=90) == [(1, 1), (71, 7)]
    assert plan(old, max_age_days=60) == [(71, 7)]


def test_a_shop_that_sells_on_mondays_has_weeks_as_label_windows() -> None:
    """D is a Sunday: the last Monday lies six days before it."""
    mondays = sales(range(6, 280, 7))

    assert plan(mondays, train_cutoffs=3) == [(7, 7), (14, 7), (21, 7)]


def test_a_label_window_reaches_back_to_a_day_with_purchases() -> None:
    """Thirty days between days with purchases: each window begins on one of them."""
    assert plan(sales([1, 31, 61, 91]), train_cutoffs=3) == [(7, 7), (31, 24), (61, 30)]


def test_a_month_without_the_weekly_delivery_is_a_hole() -> None:
    mondays = [day for day in range(6, 280, 7) if not 20 < day < 55]

    assert plan(sales(mondays), train_cutoffs=3) == [(7, 7), (13, 6), (61, 7)]


def test_one_day_is_not_enough() -> None:
    for days in ([1], [1, 5]):
        with pytest.raises(TooLittleToLearnError, match="no two full days in a row before 2020-09-20"):
            plan(sales(days))


def test_nothing_before_the_cutoff_is_a_clear_error() -> None:
    with pytest.raises(ValueError, match="no purchases before 2020-09-20: choose a later date"):
        plan(sales([0, -1]))


DAYS = st.dictionaries(st.integers(1, 90), st.integers(1, 2000), min_size=1, max_size=60)


@given(DAYS, st.dictionaries(st.integers(-20, 0), st.integers(1, 9000), max_size=10))
def test_rows_from_the_cutoff_on_never_change_the_plan(past: dict[int, int], future: dict[int, int]) -> None:
    rows = {before(day).isoformat(): n for day, n in past.items()}
    later = {before(day).isoformat(): n for day, n in future.items()}
    try:
        expected = plan(rows)
    except ValueError:
        with pytest.raises(ValueError, match="no two full days"):
            plan(rows | later)
    else:
        assert plan(rows | later) == expected


@st.composite
def days_with_full_runs(draw: st.DrawFn) -> dict[int, int]:
    """``DAYS``, over them runs of days that are full beside any volume of ``DAYS``."""
    past = draw(DAYS)
    for first, length in draw(st.lists(st.tuples(st.integers(1, 90), st.integers(2, 30)), min_size=1, max_size=4)):
        past |= {first + i: draw(st.integers(500, 2000)) for i in range(length)}
    return past


@given(days_with_full_runs(), st.integers(1, 10), st.integers(1, 5))
def test_windows_never_overlap_and_have_history(past: dict[int, int], label_days: int, train_cutoffs: int) -> None:
    rows = {before(day).isoformat(): n for day, n in past.items()}

    chosen = plan_train_cutoffs(rows, D, CutoffsConfig(label_days=label_days, train_cutoffs=train_cutoffs))

    days = [day for cutoff in chosen for day in cutoff.label_days]
    assert len(set(days)) == len(days)
    assert all(day < D for day in days)
    open_on = {before(day).weekday() for day in past if day <= 56}
    needed = [*days, *(c.cutoff - dt.timedelta(days=1) for c in chosen)]
    assert all(day.isoformat() in rows or day.weekday() not in open_on for day in needed)
    assert 1 <= len(chosen) <= train_cutoffs
