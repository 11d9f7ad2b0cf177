"""The drop ledger: what rules dropped and what was refilled, by customer segment."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from recsys_core.features.snapshot import IntArray
from recsys_core.rules.context import SEGMENTS, BoolArray
from recsys_core.rules.states import RuleState

Counts = dict[str, int]
"""By segment."""


def _zeros() -> Counts:
    return dict.fromkeys(SEGMENTS, 0)


@dataclass
class Ledger:
    """Candidates dropped and list places refilled, per rule and customer segment."""

    states: tuple[RuleState, ...] = ()
    """State of every rule, also of those that are off: if it acts, and why."""
    candidates: Counts = field(default_factory=_zeros)
    customers: Counts = field(default_factory=_zeros)
    dropped: dict[str, Counts] = field(default_factory=dict)
    """By rule. A candidate counts for the first rule that drops it."""
    refilled: Counts = field(default_factory=_zeros)
    relaxed: Counts = field(default_factory=_zeros)
    """Refilled places for which soft rules had to give way."""

    def add(self, counts: Counts, where: BoolArray, segment: IntArray) -> None:
        """Add to ``counts`` the places ``where`` (n, m) is true, by the customers' ``segment`` (n,)."""
        by_segment = np.bincount(segment, where.sum(axis=1), len(SEGMENTS))
        _add(counts, dict(zip(SEGMENTS, by_segment.astype(int).tolist(), strict=True)))

    def book_drops(self, rule: str, where: BoolArray, segment: IntArray) -> None:
        """Book that ``rule`` dropped the candidates ``where`` (n, m) is true; a rule that drops none is booked too."""
        self.add(self.dropped.setdefault(rule, _zeros()), where, segment)

    def dropped_by(self, rule: str) -> int:
        """Candidates that a rule dropped, of all segments."""
        return sum(self.dropped.get(rule, {}).values())

    def counts(self) -> dict[str, Any]:
        """All counts by name, as a part of the lists keeps those of its customers."""
        names = ("customers", "candidates", "dropped", "refilled", "relaxed")
        return {name: getattr(self, name) for name in names}

    def add_counts(self, counts: Mapping[str, Any]) -> None:
        """Add the ``counts()`` of other customers."""
        for name, more in counts.items():
            if name == "dropped":
                for rule, dropped in more.items():
                    _add(self.dropped.setdefault(rule, _zeros()), dropped)
            else:
                _add(getattr(self, name), more)

    def as_dict(self) -> dict[str, Any]:
        """The record that a release carries (docs/data-contracts.md)."""
        return {"rules": [asdict(state) for state in self.states], **self.counts()}


def _add(to: Counts, more: Mapping[str, int]) -> None:
    for segment, count in more.items():
        to[segment] += count
