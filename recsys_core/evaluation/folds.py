"""Rolling evaluation: choice of the earlier label windows, and summary over the folds."""

import datetime as dt
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from recsys_core.data.config import CutoffsConfig
from recsys_core.data.cutoffs import MIN_DAY_SHARE, plan_train_cutoffs

CLOSED_SHARE = 0.1
"""Least share of weeks with purchases on a weekday; below it the shop counts as closed on that day."""
ONE = dt.timedelta(days=1)


def plan_folds(
    rows_per_day: Mapping[str, int], first: dt.date, config: CutoffsConfig, n_folds: int
) -> tuple[dt.date, ...]:
    """Label starts of ``n_folds`` windows side by side: ``first``, then earlier ones, latest first.

    An earlier window counts if all its ``label_days`` and as many days before it are full (at least a quarter of the
    first window's typical day), and a ranker can be trained before it. Days on which the shop is always closed need
    no purchases.

    Raises
    ------
    ValueError
        If fewer windows fit; names how many do.
    """
    rows = {dt.date.fromisoformat(day): n for day, n in rows_per_day.items()}
    days, oldest = config.label_days, min(rows, default=first)
    label = [rows[first + i * ONE] for i in range(days) if rows.get(first + i * ONE)]
    floor = MIN_DAY_SHARE * (statistics.median(label) if label else 1)
    closed = _closed_weekdays(rows)
    found = [first]
    start = first - days * ONE
    while len(found) < n_folds and start > oldest:
        window = (start + i * ONE for i in range(-days, days))
        fits = all(rows.get(day, 0) >= floor or day.weekday() in closed for day in window)
        if fits and _is_trainable(rows_per_day, start, config):
            found.append(start)
            start -= days * ONE
        else:
            start -= ONE
    if len(found) < n_folds:
        raise ValueError(
            f"only {len(found)} of {n_folds} folds of {days} days fit from {first} back to {oldest}: each needs "
            f"{days} days before it and {days} label days with {floor:.0f} purchases or more. Lower --folds or "
            "--label-days, or name the folds by giving --label-start once for each"
        )
    return tuple(found)


def _closed_weekdays(rows: Mapping[dt.date, int]) -> set[int]:
    weeks = (max(rows) - min(rows)).days / 7 if rows else 0
    open_on = [sum(day.weekday() == weekday and n > 0 for day, n in rows.items()) for weekday in range(7)]
    return {weekday for weekday, n in enumerate(open_on) if n < CLOSED_SHARE * weeks}


def _is_trainable(rows_per_day: Mapping[str, int], cutoff: dt.date, config: CutoffsConfig) -> bool:
    try:
        return bool(plan_train_cutoffs(rows_per_day, cutoff, config))
    except ValueError:
        return False


def fold_metrics(result: Mapping[str, Any]) -> dict[str, float]:
    """Figures of one fold's result that are compared across folds."""
    best = result["baselines"][result["best_baseline"]]
    return {
        "map_at_12": result["map_at_12"],
        "map_at_12_without_rules": result["map_at_12_without_rules"],
        "best_baseline": best,
        "lift": result["map_at_12"] / best if best else 0.0,
        "recall_at_100": result["recall"]["100"],
        "recall_at_300": result["recall"]["300"],
        "recall_of_pool": result["union"]["recall_of_pool"],
    }


def summarise_folds(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Every fold's metrics, their mean and their standard deviation over folds."""
    metrics = [fold_metrics(result) for result in results]
    columns = {name: [one[name] for one in metrics] for name in metrics[0]}
    return {
        "each": [
            {
                "label_start": result["label_start"],
                "customers": result["customers"],
                "artifact": result["artifact"],
                "map_at_12_interval": result["map_at_12_interval"],
                "best_baseline_name": result["best_baseline"],
                **one,
            }
            for result, one in zip(results, metrics, strict=True)
        ],
        "mean": {name: statistics.fmean(values) for name, values in columns.items()},
        "standard_deviation": {
            name: statistics.stdev(values) if len(values) > 1 else 0.0 for name, values in columns.items()
        },
    }
