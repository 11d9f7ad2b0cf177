"""Finds the columns of a snapshot that drifted, by bounds that the shop's own weeks justify."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from recsys_core.drift.config import DriftConfig
from recsys_core.drift.measures import WASSERSTEIN, distance, is_number, known, measure_of, noise, shortened
from recsys_core.drift.samples import SOLD, WEEK, Sales, Sample
from recsys_core.features.snapshot import Snapshot

PAST_WEEKS: Final = 8
MAX_WEEKS_APART: Final = 4
"""Models older than this are compared with weeks so far apart."""


@dataclass(frozen=True)
class Movement:
    """Movement of one column since the models were trained."""

    column: str
    """``<table>.<column>``."""
    measure: str
    value: float
    bound: float
    natural: float | None
    """The most that it moved between past weeks; None if that is not known."""

    @property
    def drifted(self) -> bool:
        return self.value > self.bound

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"drifted": self.drifted}

    def __str__(self) -> str:
        unit = "standard deviations" if self.measure == WASSERSTEIN else "Jensen-Shannon"
        return f"{self.column} moved by {self.value:.2f} ({unit}), {self.bound:.2f} may"


def movements(
    before: Mapping[str, Sample], now: Mapping[str, Sample], natural: Mapping[str, float], config: DriftConfig
) -> list[Movement]:
    """Movement of every column of which both samples hold enough values."""
    return [move for table in before for move in _of_table(table, before[table], now[table], natural, config)]


def _of_table(
    table: str, before: Sample, now: Sample, natural: Mapping[str, float], config: DriftConfig
) -> Iterator[Movement]:
    for name, values in before.columns.items():
        column = f"{table}.{name}"
        then, today = shortened(known(values), known(now.columns[name]))
        if min(len(then), len(today)) < config.min_rows:
            continue
        floor = config.number_bound if is_number(then) else config.category_bound
        of_itself = natural.get(column)
        by_chance = noise(then, _independent(before, len(then)), _independent(now, len(today)))
        bound = max(floor, by_chance, config.natural_factor * (of_itself or 0.0))
        yield Movement(column, measure_of(then), distance(then, today), bound, of_itself)


def _independent(sample: Sample, values: int) -> int:
    """Number of independent rows among those with a value."""
    return round(sample.independent * values / max(sample.rows, 1))


def natural_movements(snapshot: Snapshot, days: int, config: DriftConfig) -> dict[str, float]:
    """The most that each column of what sold moved between past weeks, as far apart as ``days`` or a little more.

    A column has none if fewer than two pairs of weeks hold enough purchases.
    """
    apart = min(max(-(-days // WEEK), 1), MAX_WEEKS_APART)
    sales = Sales(snapshot, config.max_rows)
    weeks = [sales.week(WEEK * i) for i in range(PAST_WEEKS + apart)]
    full = [week.rows >= config.min_rows for week in weeks]
    pairs = [(weeks[i + apart], weeks[i]) for i in range(PAST_WEEKS) if full[i] and full[i + apart]]
    if len(pairs) < 2:
        return {}
    found: dict[str, float] = {}
    for before, now in pairs:
        for name, values in before.columns.items():
            then, later = shortened(known(values), known(now.columns[name]))
            if min(len(then), len(later)) >= config.min_rows:
                column = f"{SOLD}.{name}"
                found[column] = max(found.get(column, 0.0), distance(then, later))
    return found
