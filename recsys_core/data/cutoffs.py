"""Choice of the past cut-offs from which the ranker learns.

A training cut-off d has a label window of ``days`` days from d on, all before the production cut-off. Its recent
history must be as full as the production cut-off's: real feeds have holes, and a ranker that learns popularity
from an empty week learns to distrust it.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from recsys_core.data.config import CutoffsConfig

MIN_DAY_SHARE = 0.25
"""A day counts as full if it has at least this share of the rows of the reference day's volume."""

CLOSED_WEEKS = 8
"""A weekday without a purchase in so many weeks is one on which the shop is closed, ..."""
MIN_WEEKDAYS, REGULAR = 4, 0.8
"""... if it sold on at least so many others, and on this share of their days."""


@dataclass(frozen=True)
class TrainCutoff:
    """A past cut-off and the length of its label window in days."""

    cutoff: dt.date
    days: int

    @property
    def label_days(self) -> tuple[dt.date, ...]:
        return tuple(self.cutoff + dt.timedelta(days=i) for i in range(self.days))


def plan_train_cutoffs(
    rows_per_day: Mapping[str, int], cutoff: dt.date, config: CutoffsConfig
) -> tuple[TrainCutoff, ...]:
    """The latest training cut-offs before ``cutoff``, latest first, label windows side by side.

    ``rows_per_day`` maps ISO dates to purchases. A window shrinks where full days run out (a slice of two full
    days gives one label day after one day of history). A window that began more than ``max_age_days`` ago is taken
    only if there is none younger. Only days before ``cutoff`` are looked at.

    Raises
    ------
    ValueError
        If there is no day with a full day before it.
    """
    rows = {dt.date.fromisoformat(day): n for day, n in rows_per_day.items() if dt.date.fromisoformat(day) < cutoff}
    if not rows:
        raise ValueError(f"no purchases before {cutoff}: choose a later date")
    one = dt.timedelta(days=1)
    oldest = min(rows)
    floor = MIN_DAY_SHARE * _typical(rows)
    full = {day for day, n in rows.items() if n >= floor} | _closed_days(rows, cutoff)
    chosen: list[TrainCutoff] = []
    end = cutoff
    too_old = cutoff - dt.timedelta(days=config.max_age_days)
    while len(chosen) < config.train_cutoffs:
        run = _full_run_before(end, full)
        if run < 2:
            end -= (run + 1) * one
            if end <= oldest or (chosen and end < too_old):
                break
            continue
        days = min(config.label_days, max(1, run // 2))
        end -= days * one
        if chosen and end < too_old:
            break
        chosen.append(TrainCutoff(end, days))
    if not chosen:
        raise ValueError(f"no two full days in a row before {cutoff}: the ranker has nothing to learn from")
    return tuple(chosen)


def _typical(rows: Mapping[dt.date, int]) -> float:
    """Median volume of the last seven days that have purchases; at least a quarter of the busiest of them."""
    latest = sorted(rows, reverse=True)[:7]
    volumes = sorted(rows[day] for day in latest)
    return max(float(volumes[len(volumes) // 2]), volumes[-1] * MIN_DAY_SHARE)


def _closed_days(rows: Mapping[dt.date, int], cutoff: dt.date) -> set[dt.date]:
    """Days without purchases because the shop never opens on that weekday: no holes in the feed."""
    one = dt.timedelta(days=1)
    latest = {cutoff - i * one for i in range(1, CLOSED_WEEKS * 7 + 1)} & rows.keys()
    open_on = {day.weekday() for day in latest}
    if len(open_on) < MIN_WEEKDAYS or len(latest) < REGULAR * CLOSED_WEEKS * len(open_on):
        return set()
    days = (cutoff - i * one for i in range(1, (cutoff - min(rows)).days))
    return {day for day in days if day.weekday() not in open_on and day not in rows}


def _full_run_before(end: dt.date, full: set[dt.date]) -> int:
    """Number of consecutive full days ending the day before ``end``."""
    run = 0
    while end - dt.timedelta(days=run + 1) in full:
        run += 1
    return run
