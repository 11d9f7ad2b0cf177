"""Figures of the lists over releases, as the decisions about them note them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from recsys_airflow.console.plots import Line, Stack, stack_of
from recsys_core.records import Decision

SHARES: Final = {
    "coverage": "share of the catalogue that is shown",
    "distinct": "share of different lists",
    "gini": "concentration (Gini)",
    "in_stock": "share of articles in stock",
}
TIERS: Final = {
    "active": "own list, bought of late",
    "lapsed": "own list, bought long ago",
    "new": "popular in the segment, bought nothing",
}
"""Fallback tiers of the lists by the segments of customers that they are made for."""


@dataclass(frozen=True)
class ListHistory:
    """Releases with figures, the oldest first."""

    decisions: list[Decision]

    @classmethod
    def of(cls, decisions: Iterable[Decision]) -> "ListHistory":
        """From decisions, the latest first; of several about one release the latest counts."""
        found: dict[str, Decision] = {}
        for decision in decisions:
            if decision.health:
                found.setdefault(decision.release, decision)
        return cls(list(found.values())[::-1])

    @property
    def labels(self) -> list[str]:
        return [f"{one.release} ({one.verdict})" for one in self.decisions]

    def lines(self) -> list[Line]:
        """Coverage, churn, size and price."""
        lines = [self._now(name, title) for name, title in SHARES.items()]
        compared = [one.health for one in self.decisions if one.health]
        lines += [
            Line("share of lists that changed wholly", self.labels, [health.changed for health in compared]),
            Line("share of places with an odd price", self.labels, [health.repriced for health in compared]),
            self._now("price", "median price"),
            self._now("customers", "lists"),
            self._now("refilled", "share of places that were refilled"),
            self._now("relaxed", "share of places that relax a rule"),
        ]
        return [line for line in lines if line.known]

    def drops(self) -> list[Line]:
        """Share of the candidates that each rule drops."""
        rules = dict.fromkeys(rule for one in self.decisions for rule in _part(one, "dropped"))
        return [
            Line(rule.replace("_", " "), self.labels, [_part(one, "dropped").get(rule) for one in self.decisions])
            for rule in rules
        ]

    def mixes(self) -> list[Stack]:
        """Departments of the places, fallback tiers of the customers."""
        tiers = [{TIERS.get(k, k): v for k, v in _part(one, "segments").items()} for one in self.decisions]
        mixes = (
            stack_of("places by department", self.labels, [_part(one, "departments") for one in self.decisions]),
            stack_of("customers by fallback tier", self.labels, tiers),
        )
        return [mix for mix in mixes if mix.series]

    def _now(self, name: str, title: str) -> Line:
        return Line(title, self.labels, [_now(one).get(name) for one in self.decisions])


def _now(decision: Decision) -> Mapping[str, Any]:
    return decision.health.now if decision.health else {}


def _part(decision: Decision, name: str) -> Mapping[str, float]:
    part: Mapping[str, float] = _now(decision).get(name) or {}
    return part
