"""Figures of the lists over releases, as the decisions about them note them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from recsys_airflow.console.plots import Line, Stack, stack_of
from recsys_airflow.console.state import Record

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

    decisions: list[Record]

    @classmethod
    def of(cls, decisions: Iterable[Record]) -> "ListHistory":
        """From decisions, the latest first; of several about one release the latest counts."""
        found: dict[str, Record] = {}
        for decision in decisions:
            if decision.get("health"):
                found.setdefault(decision["release"], decision)
        return cls(list(found.values())[::-1])

    @property
    def labels(self) -> list[str]:
        return [f"{one['release']} ({one['verdict']})" for one in self.decisions]

    def lines(self) -> list[Line]:
        """Coverage, churn, size and price."""
        lines = [self._now(name, title) for name, title in SHARES.items()]
        lines += [
            self._line("share of lists that changed wholly", "changed"),
            self._line("share of places with an odd price", "repriced"),
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
        return Line(title, self.labels, [one["health"]["now"].get(name) for one in self.decisions])

    def _line(self, title: str, name: str) -> Line:
        return Line(title, self.labels, [one["health"].get(name) for one in self.decisions])


def _part(decision: Mapping[str, Any], name: str) -> Mapping[str, float]:
    part: Mapping[str, float] = decision["health"]["now"].get(name) or {}
    return part
