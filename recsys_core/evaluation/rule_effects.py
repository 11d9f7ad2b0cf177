"""Effect of each business rule on MAP@12: the lists are made again with that rule alone left out."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from recsys_core.evaluation.figures import Bootstrap, CustomerFigures
from recsys_core.evaluation.metrics import Truth
from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.ranking.scored import Scored
from recsys_core.rules.apply import Ledger, apply_rules
from recsys_core.rules.rules import Rule

LENGTH = 12


def measure_rules(
    figures: CustomerFigures,
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
        lists = apply_rules(scored, refill, snapshot, others, LENGTH, Ledger())
        figures.put_list(f"without {left_out.name}", at, truth, lists.article_idx)


def rule_table(
    figures: CustomerFigures, bootstrap: Bootstrap, rules: Sequence[Rule], ledger: Ledger
) -> list[dict[str, object]]:
    """By rule: its drops, MAP@12 without it alone, and what it brings (negative: it costs MAP@12)."""
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
                "map_at_12_without": figures.mean(name),
                "difference": figures.mean("map/final") - figures.mean(name),
                "interval": (low, high),
                "costs": high < 0,
            }
        )
    return table
