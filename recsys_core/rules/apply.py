"""Applies the rules to ranked candidates, keeps the drop ledger and refills, so that nobody's list runs short."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from recsys_core.contracts.release import REASONS
from recsys_core.features.snapshot import FloatArray, IntArray, Snapshot
from recsys_core.ranking.scored import Scored
from recsys_core.retrieval.candidates import PAD
from recsys_core.rules.context import SEGMENTS, BoolArray, RulePairs
from recsys_core.rules.rules import Rule, first_in_row
from recsys_core.rules.states import RuleState
from recsys_core.rules.stock_index import StockIndex

POPULAR = REASONS.index("popular")


@dataclass
class Ledger:
    """Candidates dropped and list places refilled, per rule and customer segment."""

    states: tuple[RuleState, ...] = ()
    """State of every rule, also of those that are off: if it acts, and why."""
    candidates: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SEGMENTS, 0))
    customers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SEGMENTS, 0))
    dropped: dict[str, dict[str, int]] = field(default_factory=dict)
    """A candidate counts for the first rule that drops it."""
    refilled: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SEGMENTS, 0))
    relaxed: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SEGMENTS, 0))
    """Refilled places for which soft rules had to give way."""

    def add(self, counts: dict[str, int], where: BoolArray, segment: IntArray) -> None:
        per_customer = where.sum(axis=1)
        for i, name in enumerate(SEGMENTS):
            counts[name] += int(per_customer[segment == i].sum())

    def dropped_by(self, rule: str) -> int:
        """Candidates that a rule dropped, of all segments."""
        return sum(self.dropped.get(rule, {}).values())

    def as_dict(self) -> dict[str, Any]:
        return {
            "rules": [asdict(state) for state in self.states],
            "customers": self.customers,
            "candidates": self.candidates,
            "dropped": self.dropped,
            "refilled": self.refilled,
            "relaxed": self.relaxed,
        }


def apply_rules(
    scored: Scored,
    refill: IntArray,
    snapshot: Snapshot,
    rules: Sequence[Rule],
    length: int,
    ledger: Ledger,
    stock_index: StockIndex | None = None,
    available: BoolArray | None = None,
) -> Scored:
    """The finished lists of a shard: (n, length), no pads, no article twice.

    Places are given in this order: ranked candidates that pass every rule; ``refill`` (n, m) that passes every rule;
    then refill that passes the hard rules; then what is left, so that a list is full whatever the rules say, what is
    ``available`` (n_articles,) first.
    """
    articles = np.concatenate([scored.article_idx, refill], axis=1)
    n_ranked = scored.article_idx.shape[1]
    valid = (articles != PAD) & first_in_row(np.where(articles == PAD, -1 - np.arange(articles.shape[1]), articles))
    pairs = RulePairs(snapshot, scored.customer, np.where(valid, articles, 0), valid, stock_index)
    passes, hard = _judge(pairs, rules, n_ranked, ledger)
    ranked = np.arange(articles.shape[1]) < n_ranked
    sold = np.ones_like(valid) if available is None else available[pairs.article]
    tier = np.select([~valid, passes & ranked, passes, hard, sold], [9, 0, 1, 2, 3], 4)
    order = np.argsort(tier, axis=1, kind="stable")[:, :length]
    chosen_tier = np.take_along_axis(tier, order, axis=1)
    if (chosen_tier == 9).any() or order.shape[1] < length:
        short = int((chosen_tier == 9).any(axis=1).sum())
        raise ValueError(f"{short} lists are shorter than {length}: fewer distinct articles sold; lower lists.length")
    ledger.add(ledger.refilled, chosen_tier >= 1, pairs.segment)
    ledger.add(ledger.relaxed, chosen_tier >= 2, pairs.segment)
    return Scored(
        scored.customer,
        np.take_along_axis(articles, order, axis=1),
        _descending_scores(scored, order, chosen_tier),
        _reasons(scored, order, chosen_tier),
    )


def _judge(pairs: RulePairs, rules: Sequence[Rule], n_ranked: int, ledger: Ledger) -> tuple[BoolArray, BoolArray]:
    """Returns the candidates that pass all rules, and those that pass the hard ones; books drops of ranked ones."""
    ranked = pairs.valid.copy()
    ranked[:, n_ranked:] = False
    ledger.add(ledger.candidates, ranked, pairs.segment)
    ledger.add(ledger.customers, np.ones((len(pairs.customer), 1), bool), pairs.segment)
    passes, hard = pairs.valid.copy(), pairs.valid.copy()
    for rule in rules:
        keep = rule.keep(replace(pairs, valid=passes))
        counts = ledger.dropped.setdefault(rule.name, dict.fromkeys(SEGMENTS, 0))
        ledger.add(counts, passes & ~keep & ranked, pairs.segment)
        passes &= keep
        if rule.hard:
            hard &= keep
    return passes, hard


def _descending_scores(scored: Scored, order: np.ndarray, tier: np.ndarray) -> FloatArray:
    """The ranker's scores; a refilled place gets the lowest score so far minus its distance."""
    padded = np.pad(scored.score, ((0, 0), (0, max(0, int(order.max()) + 1 - scored.score.shape[1]))))
    score = np.take_along_axis(padded, order, axis=1)
    refilled = tier >= 1
    floor = np.where(refilled, np.inf, score).min(axis=1, keepdims=True)
    floor = np.where(np.isfinite(floor), floor, 0.0)
    return np.where(refilled, floor - np.cumsum(refilled, axis=1), score).astype(np.float32)


def _reasons(scored: Scored, order: np.ndarray, tier: np.ndarray) -> npt.NDArray[np.uint8]:
    padded = np.pad(scored.reason, ((0, 0), (0, max(0, int(order.max()) + 1 - scored.reason.shape[1]))))
    reason = np.take_along_axis(padded, order, axis=1)
    return np.where(tier >= 2, REASONS.index("fallback"), np.where(tier == 1, POPULAR, reason)).astype(np.uint8)
