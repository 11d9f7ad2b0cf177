import datetime as dt
from typing import Any

import pytest

from recsys_core.data.config import CutoffsConfig
from recsys_core.evaluation.folds import plan_folds, summarise_folds

FIRST = dt.date(2020, 9, 16)  # a Wednesday
ONE = dt.timedelta(days=1)


def shop(days_before: int, days_from: int = 7, **volume: int) -> dict[str, int]:
    """100 purchases a day around ``FIRST``; ``d<n>`` states the volume n days before it."""
    days = {(FIRST + i * ONE).isoformat(): 100 for i in range(-days_before, days_from)}
    stated = {(FIRST - int(name[1:]) * ONE).isoformat(): n for name, n in volume.items()}
    return {day: n for day, n in (days | stated).items() if n}


def starts(rows: dict[str, int], n: int, days: int = 7) -> list[int]:
    """Days before ``FIRST`` on which each fold begins."""
    return [(FIRST - start).days for start in plan_folds(rows, FIRST, CutoffsConfig(label_days=days), n)]


def test_one_fold_is_the_named_one() -> None:
    assert starts(shop(3), 1) == [0]


def test_full_windows_lie_side_by_side() -> None:
    assert starts(shop(60), 4) == [0, 7, 14, 21]


@pytest.mark.parametrize("hole", [8, 20])
def test_a_thin_day_in_window_or_history_moves_the_fold_back(hole: int) -> None:
    """10 purchases are no full day. The window of fourteen days, labels and history, must lie before it or after."""
    found = starts(shop(90, **{f"d{hole}": 10}), 3)

    for start in found[1:]:
        assert not start - 7 < hole <= start + 7


def test_a_closed_weekday_needs_no_purchases() -> None:
    sundays = {f"d{3 + 7 * i}": 0 for i in range(12)}  # 2020-09-13 and every Sunday before

    assert starts(shop(80, 0, **sundays) | shop(0, 4), 3) == [0, 7, 14]


def test_too_few_say_how_many_and_what_to_do() -> None:
    with pytest.raises(ValueError, match=r"only 2 of 5 folds of 7 days fit from 2020-09-16 back to .*--label-start"):
        starts(shop(20), 5)


def test_figures_of_folds_come_with_mean_and_spread() -> None:
    def result(start: str, precision: float, baseline: float) -> dict[str, Any]:
        return {
            "label_start": start,
            "customers": 10,
            "artifact": f"evaluations/{start}",
            "map_at_12": precision,
            "map_at_12_interval": [0, 1],
            "map_at_12_without_rules": precision,
            "best_baseline": "popular",
            "baselines": {"popular": baseline},
            "recall": {"100": 0.2, "300": 0.4},
            "union": {"recall_of_pool": 0.5},
        }

    folds = summarise_folds([result("b", 0.03, 0.02), result("a", 0.05, 0.02)])

    assert folds["mean"]["map_at_12"] == pytest.approx(0.04)
    assert folds["standard_deviation"]["map_at_12"] == pytest.approx(0.0002**0.5)
    assert [fold["lift"] for fold in folds["each"]] == pytest.approx([1.5, 2.5])
    assert folds["mean"]["lift"] == pytest.approx(2)
