"""Records of a workspace that the console shows: releases, decisions about them, alerts."""

import datetime as dt
import json
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from recsys_core.contracts.release import FIRST_RELEASE, MANIFEST
from recsys_core.store.json_lines import read_lines
from recsys_core.workspace import Workspace

SHOWN: Final = 30
"""Rows of a table: a month of days."""
Record = dict[str, Any]


@dataclass(frozen=True)
class Overview:
    """State of the platform."""

    live: Mapping[str, Any] | None
    """Manifest of the live release; None if there is none."""
    challenger: str
    """Key of models that the gate has not decided about; empty if there are none."""
    moves: list[Record]
    """Moves of the pointer to the live release, the latest first: at, action, release, by, why."""
    decisions: list[Record]
    """Decisions about releases, the latest first: at, release, verdict, live, reasons, by, health."""
    alerts: list[Record]
    """The latest first: at, kind, dag, text, where."""

    @classmethod
    def read(cls, workspace: Workspace) -> "Overview":
        return cls(
            live=_manifest(workspace.live / MANIFEST),
            challenger=workspace.challenger.readlink().name if workspace.challenger.is_symlink() else "",
            moves=_latest(workspace.history),
            decisions=_latest(workspace.decisions),
            alerts=_latest(workspace.alerts),
        )

    @property
    def is_first_release(self) -> bool:
        return bool(self.live and self.live.get(FIRST_RELEASE))

    def age(self, now: dt.datetime) -> dt.timedelta | None:
        """Time since the live release was made."""
        return now - dt.datetime.fromisoformat(self.live["created_at"]) if self.live else None

    def figures(self) -> Iterator["Curve"]:
        """Figures of the lists over the releases that were compared with the live one, the oldest first."""
        compared = [decision for decision in reversed(self.decisions) if decision.get("health")]
        for name, title in FIGURES.items():
            values = [decision["health"]["now"][name] for decision in compared]
            if values:
                yield Curve(title, values)
        for name, title in CHANGES.items():
            values = [decision["health"].get(name, 0.0) for decision in compared]
            if values:
                yield Curve(title, values)


FIGURES: Final = {
    "customers": "lists",
    "coverage": "share of the catalogue that is shown",
    "distinct": "share of different lists",
    "gini": "concentration (Gini)",
    "price": "median price",
    "cold": "share of customers without purchases",
    "in_stock": "share of articles in stock",
}
CHANGES: Final = {"changed": "share of lists that changed wholly", "repriced": "share of places with an odd price"}


@dataclass(frozen=True)
class Curve:
    """A figure over releases."""

    title: str
    values: list[float]

    @property
    def points(self) -> str:
        """As the points of an SVG polyline in a box of 100 by 24; a constant runs through the middle."""
        low, high = min(self.values), max(self.values)
        span, steps = high - low, max(len(self.values) - 1, 1)
        heights = [12.0 if not span else 22 - 20 * (value - low) / span for value in self.values]
        return " ".join(f"{100 * i / steps:.1f},{height:.1f}" for i, height in enumerate(heights))

    @property
    def last(self) -> str:
        return _number(self.values[-1])

    @property
    def least(self) -> str:
        return _number(min(self.values))

    @property
    def most(self) -> str:
        return _number(max(self.values))


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def _manifest(file: Path) -> Record | None:
    try:
        found = json.loads(file.read_text())
    except FileNotFoundError:
        return None
    return found if isinstance(found, dict) else None


def _latest(file: Path) -> list[Record]:
    """The last lines, the latest first."""
    return list(deque(read_lines(file), SHOWN))[::-1]
