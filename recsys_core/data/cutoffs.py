"""Choice of the past cut-offs from which the ranker learns.

A training cut-off d has a label window of ``days`` days from d on, all before the production cut-off. Its recent
history must be as full as the production cut-off's: real feeds have holes, and a ranker that learns popularity
from an empty week learns to distrust it.

A shop that writes its purchases once a week or a month has no holes between them: its usual pause is none, and a label
window is as long as it takes to hold a day with purchases.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from recsys_core.data.config import CutoffsConfig
from recsys_core.errors import TooLittleToLearnError

MIN_DAY_SHARE = 0.25
"""A day counts as full if it has at least this share of the rows of the reference day's volume."""

CLOSED_WEEKS = 8
"""A weekday without a purchase in so many weeks is one on which the shop is closed, ..."""
MIN_WEEKDAYS, REGULAR = 4, 0.8
"""... if it sold on at least so many others, and on this share of their days."""

MIN_PAUSES, USUAL_PAUSE = 3, 1.5
"""In a shop that does not sell every day, a pause of up to so many times the median of at least three is usual."""


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
        If nothing was bought before ``cutoff``.
    TooLittleToLearnError
        If there is no day with a full day before it.
    """
    rows = {dt.date.fromisoformat(day): n for day, n in rows_per_day.items() if dt.date.fromisoformat(day) < cutoff}
    if not rows:
        raise ValueError(f"no purchases before {cutoff}: choose a later date")
    one = dt.timedelta(days=1)
    oldest = min(rows)
    floor = MIN_DAY_SHARE * _typical(rows)
    full = {day for day, n in rows.items() if n >= floor}
    full |= _closed_days(rows, cutoff) | _pauses(full, cutoff)
    chosen: list[TrainCutoff] = []
    end = cutoff
    too_old = cutoff - dt.timedelta(days=config.max_age_days)
    while len(chosen) < config.train_cutoffs:
        run = _full_run_before(end, full)
        latest = max((day for day in rows if day < end), default=oldest)
        days = max(min(config.label_days, max(1, run // 2)), (end - latest).days)
        if run <= days:  # no full day before the window
            end -= (run + 1) * one
            if end <= oldest or (chosen and end < too_old):
                break
            continue
        end -= days * one
        if chosen and end < too_old:
            break
        chosen.append(TrainCutoff(end, days))
    if not chosen:
        raise TooLittleToLearnError(
            f"no two full days in a row before {cutoff}: there is nothing to learn from; deliver purchases of more days"
        )
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


def _pauses(full: Iterable[dt.date], cutoff: dt.date) -> set[dt.date]:
    """Days in the usual pauses of a shop that sells or reports on some days only, never on two in a row."""
    days = [*sorted(full), cutoff]
    gaps = [(after - day).days for day, after in pairwise(days[:-1])]
    if len(gaps) < MIN_PAUSES or min(gaps) < 2:
        return set()
    usual, one = median(gaps), dt.timedelta(days=1)
    return {
        day + i * one
        for day, after in pairwise(days)
        if (after - day).days <= USUAL_PAUSE * usual
        for i in range(1, (after - day).days)
    }


def _full_run_before(end: dt.date, full: set[dt.date]) -> int:
    """Number of consecutive full days ending the day before ``end``."""
    run = 0
    while end - dt.timedelta(days=run + 1) in full:
        run += 1
    return run
