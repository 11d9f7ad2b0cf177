"""Importance of a ranker's features, one by one and by group."""

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

MAX_FEATURES_SHOWN = 30
CATEGORY = "category"
"""Group of the columns that are not among the numeric features: categories, by their codes."""


@runtime_checkable
class Explained(Protocol):
    """A ranker that can weigh its features."""

    def importance(self) -> Mapping[str, float]:
        """Non-negative weight by feature name, in a unit of the ranker's own."""
        ...


def importance_table(ranker: object, groups: Mapping[str, str]) -> dict[str, object] | None:
    """Shares of the total: the most important features, and all of them by group; None if the ranker does not tell.

    ``groups`` names the group of each numeric feature (``features.pairs.pair_features``).
    """
    if not isinstance(ranker, Explained):
        return None
    weights = ranker.importance()
    total = sum(weights.values()) or 1.0
    by_group: dict[str, float] = {}
    for name, weight in weights.items():
        group = groups.get(name, CATEGORY)
        by_group[group] = by_group.get(group, 0.0) + weight / total
    best = sorted(weights.items(), key=lambda item: (-item[1], item[0]))[:MAX_FEATURES_SHOWN]
    return {
        "features": len(weights),
        "top": [{"feature": name, "share": weight / total} for name, weight in best],
        "groups": dict(sorted(by_group.items(), key=lambda item: (-item[1], item[0]))),
    }
