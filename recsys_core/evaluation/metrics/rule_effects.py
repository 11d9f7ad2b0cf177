"""Effect of each business rule on MAP@12: the lists are made again with that rule alone left out."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from recsys_core.evaluation.metrics.accuracy import Truth
from recsys_core.evaluation.metrics.by_customer import Bootstrap, CustomerMetrics
from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.ranking.scored import Scored
from recsys_core.rules.apply import apply_rules
from recsys_core.rules.ledger import Ledger
from recsys_core.rules.rules import Rule

LIST_LENGTH = 12


def measure_rules(
    metrics: CustomerMetrics,
    at: npt.NDArray[np.int64],
    truth: Truth,
    scored: Scored,
    refill: IntArray,
    snapshot: Snapshot,
    rules: Sequence[Rule],
) -> None:
    """Note ``map/without <rule>`` of the customers at positions ``at`` (m,), ranked as ``scored``."""
    for left_out in rules:
        others = [rule for rule in rules if rule is not left_out]
        lists = apply_rules(scored, refill, snapshot, others, LIST_LENGTH, Ledger())
        metrics.put_list(f"without {left_out.name}", at, truth, lists.article_idx)


def rule_table(
    metrics: CustomerMetrics, bootstrap: Bootstrap, rules: Sequence[Rule], ledger: Ledger
) -> list[dict[str, object]]:
    """Table of the rules: drops, MAP@12 without it alone, and the difference (negative: it costs MAP@12)."""
    judged = max(sum(ledger.candidates.values()), 1)
    table: list[dict[str, object]] = []
    for rule in rules:
        name = f"map/without {rule.name}"
        low, high = bootstrap.difference("map/final", name)
        dropped = sum(ledger.dropped.get(rule.name, {}).values())
        table.append(
            {
                "rule": rule.name,
                "hard": rule.hard,
                "dropped": dropped,
                "dropped_share": dropped / judged,
                "map_at_12_without": metrics.mean(name),
                "difference": metrics.mean("map/final") - metrics.mean(name),
                "interval": (low, high),
                "costs": high < 0,
            }
        )
    return table
