"""Geometry of the plots: values as coordinates of an inline SVG, one step of the x axis a release, a day, a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

WIDTH: Final = 600
HEIGHT: Final = 120
EDGE: Final = 6
"""Room above and below a line, so that its ends are not cut."""
MIN_STEPS: Final = 12
"""Columns that a plot has room for at least: a few would be as broad as the page."""
MAX_PARTS: Final = 7
"""Parts that a stack tells apart; smaller ones are taken together."""


@dataclass(frozen=True)
class Line:
    """A figure over releases; None where it was not noted."""

    title: str
    labels: Sequence[str]
    values: Sequence[float | None]

    @property
    def known(self) -> list[float]:
        return [value for value in self.values if value is not None]

    @property
    def points(self) -> list[tuple[float, float]]:
        """Positions of the known values; a constant runs through the middle."""
        low, high = min(self.known), max(self.known)
        span, room = high - low, HEIGHT - 2 * EDGE
        return [
            (_center(i, len(self.values)), HEIGHT / 2 if not span else HEIGHT - EDGE - room * (value - low) / span)
            for i, value in enumerate(self.values)
            if value is not None
        ]

    @property
    def path(self) -> str:
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in self.points)


@dataclass(frozen=True)
class Stack:
    """Parts of a whole as columns: shares over releases, or rows over days."""

    title: str
    labels: Sequence[str]
    series: Mapping[str, Sequence[float]]
    """Values by part, those of the lowest part first."""

    @property
    def highest(self) -> float:
        return max((sum(column) for column in zip(*self.series.values(), strict=True)), default=0.0)

    @property
    def bars(self) -> list[tuple[int, float, float, float, float, str]]:
        """Number of the part, left, top, width, height, caption."""
        found, steps, highest = [], max(len(self.labels), MIN_STEPS), self.highest
        for i, label in enumerate(self.labels):
            top = float(HEIGHT)
            for part, (name, values) in enumerate(self.series.items()):
                height = HEIGHT * values[i] / highest if highest else 0.0
                top -= height
                width = WIDTH / steps
                found.append((part, i * width + 0.1 * width, top, 0.8 * width, height, f"{label}, {name}"))
        return [bar for bar in found if bar[4] > 0]


@dataclass(frozen=True)
class Span:
    """A measured value with its interval, and the values that it was measured beside."""

    label: str
    value: float
    interval: tuple[float, float] | None
    beside: Mapping[str, float | None]
    """By name: a simple list, the champion."""


@dataclass(frozen=True)
class Intervals:
    """Measured values over time, each with its interval."""

    title: str
    spans: Sequence[Span]

    @property
    def ends(self) -> tuple[float, float]:
        """Ends of the y axis."""
        known = [value for span in self.spans for value in (span.value, *(span.interval or ()))]
        known += [value for span in self.spans for value in span.beside.values() if value is not None]
        return min(known), max(known)

    @property
    def marks(self) -> list[dict[str, Any]]:
        """Positions of each span: ``x``, ``y``, ``low`` and ``high`` of the interval, ``beside`` by name."""
        return [
            {
                "x": _center(i, len(self.spans)),
                "y": self._height(span.value),
                "low": self._height(span.interval[0] if span.interval else span.value),
                "high": self._height(span.interval[1] if span.interval else span.value),
                "beside": {name: self._height(v) for name, v in span.beside.items() if v is not None},
            }
            for i, span in enumerate(self.spans)
        ]

    def _height(self, value: float) -> float:
        low, high = self.ends
        return HEIGHT / 2 if low == high else HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * (value - low) / (high - low)


def stack_of(title: str, labels: Sequence[str], columns: Sequence[Mapping[str, float]]) -> Stack:
    """A stack of columns that may lack parts: the largest first, the smallest taken together, empty ones left out."""
    total: dict[str, float] = {}
    for column in columns:
        for name, value in column.items():
            total[name] = total.get(name, 0.0) + value
    named = sorted((name for name in total if total[name]), key=lambda name: (-total[name], name))
    shown = named if len(named) <= MAX_PARTS else named[: MAX_PARTS - 1]
    series = {name: [column.get(name, 0.0) for column in columns] for name in shown}
    if rest := named[len(shown) :]:
        series[f"{len(rest)} others"] = [sum(column.get(name, 0.0) for name in rest) for column in columns]
    return Stack(title, labels, series)


def _center(step: int, steps: int) -> float:
    return WIDTH * (step + 0.5) / steps
