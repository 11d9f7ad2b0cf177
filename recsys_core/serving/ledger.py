"""Drop ledger of a release's lists, as the staff page shows it."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recsys_core.serving.arrays import read_json

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RuleRecord:
    """One rule: whether it acts, why or why not, and the candidates that it dropped by customer segment."""

    name: str
    on: bool
    why: str
    dropped: tuple[int, ...]
    """Drops in the order of the ledger's segments; zeros where the rule is off."""

    @property
    def total(self) -> int:
        return sum(self.dropped)


@dataclass(frozen=True)
class Ledger:
    """Counts by customer segment, all in the order of ``segments``."""

    segments: tuple[str, ...]
    rules: tuple[RuleRecord, ...]
    customers: tuple[int, ...]
    candidates: tuple[int, ...]
    refilled: tuple[int, ...]
    """List places that the ranked candidates could not fill."""
    relaxed: tuple[int, ...]
    """Refilled places for which soft rules gave way."""


def read_ledger(path: Path) -> Ledger | None:
    """The ledger of a release; None where it has none, or none that can be read, which is logged."""
    if not path.exists():
        return None
    try:
        return _parsed(read_json(path))
    except (OSError, ValueError, KeyError, TypeError) as error:
        log.warning("%s cannot be read: %r", path, error)
        return None


def _parsed(said: Mapping[str, Any]) -> Ledger:
    segments = tuple(said["customers"])

    def by_segment(counts: Mapping[str, int]) -> tuple[int, ...]:
        return tuple(int(counts.get(segment, 0)) for segment in segments)

    rules = tuple(
        RuleRecord(rule["name"], bool(rule["on"]), rule["why"], by_segment(said["dropped"].get(rule["name"], {})))
        for rule in said["rules"]
    )
    counts = (by_segment(said[name]) for name in ("customers", "candidates", "refilled", "relaxed"))
    return Ledger(segments, rules, *counts)
