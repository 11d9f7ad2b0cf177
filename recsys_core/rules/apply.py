"""Applies the rules to ranked candidates and refills, so that nobody's list runs short."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from recsys_core.contracts.release import REASONS
from recsys_core.features.snapshot import FloatArray, IntArray, Snapshot
from recsys_core.ranking.scored import Scored
from recsys_core.retrieval.candidates import PAD
from recsys_core.rules.context import BoolArray, RulePairs
from recsys_core.rules.ledger import Ledger
from recsys_core.rules.rows import first_by_tier, first_in_row
from recsys_core.rules.rules import Rule
from recsys_core.rules.stock_index import StockIndex

POPULAR = REASONS.index("popular")
RANKED, REFILL, HARD, AVAILABLE, UNAVAILABLE, INVALID = range(6)
"""Tiers in which candidates are taken: ranked ones that pass all rules, refill that passes all, what passes the hard
rules, what is available, and the rest. An invalid one is never taken."""


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
    then what of both passes the hard rules; then what is left, so that a list is full whatever the rules say, what is
    ``available`` (n_articles,) first.

    Raises
    ------
    ValueError
        If the candidates and the refill of a customer are fewer than ``length`` articles.
    """
    own = _judged(_pairs(scored, scored.article_idx, snapshot, stock_index), rules, ledger)
    is_full = own.passes.sum(axis=1) >= length
    full, short = np.flatnonzero(is_full), np.flatnonzero(~is_full)
    lists = _finished(scored.take(full), own.take(full), length, ledger, available)
    if not len(short):
        return lists
    rest = scored.take(short)
    articles = np.concatenate([rest.article_idx, refill[short]], axis=1)
    judged = _judged(_pairs(rest, articles, snapshot, stock_index), rules, Ledger())  # its drops are booked already
    refilled = _finished(rest, judged, length, ledger, available)
    return Scored.concatenated([lists, refilled]).take(np.argsort(np.concatenate([full, short])))


@dataclass(frozen=True)
class _Judged:
    """Candidates, and what the rules say of them; both arrays as ``pairs.article``."""

    pairs: RulePairs
    passes: BoolArray
    """All rules."""
    passes_hard: BoolArray

    def take(self, at: npt.NDArray[np.int64]) -> "_Judged":
        """Those of the customers ``at`` (m,)."""
        return _Judged(self.pairs.take(at), self.passes[at], self.passes_hard[at])


def _pairs(
    customers: Scored, articles: IntArray, snapshot: Snapshot, stock_index: StockIndex | None = None
) -> RulePairs:
    """``articles`` (n, m) as candidates of customers; pads and what stood in the row before are not valid."""
    valid = first_in_row(articles, articles != PAD, snapshot.n_articles)
    return RulePairs(snapshot, customers.customer, np.where(valid, articles, 0), valid, stock_index)


def _judged(pairs: RulePairs, rules: Sequence[Rule], ledger: Ledger) -> _Judged:
    """Asks all rules, one after the other; books the candidates and what each rule dropped."""
    ledger.add(ledger.candidates, pairs.valid, pairs.segment)
    ledger.add(ledger.customers, np.ones((len(pairs.customer), 1), bool), pairs.segment)
    passes, hard = pairs.valid.copy(), pairs.valid.copy()
    for rule in rules:
        keep = rule.keep(replace(pairs, valid=passes))
        ledger.book_drops(rule.name, passes & ~keep, pairs.segment)
        passes &= keep
        if rule.hard:
            hard &= keep
    return _Judged(pairs, passes, hard)


def _finished(
    scored: Scored, judged: _Judged, length: int, ledger: Ledger, available: BoolArray | None = None
) -> Scored:
    """The first ``length`` by tier of candidates, the ranked ones of ``scored`` first; books what was refilled."""
    pairs, n_ranked = judged.pairs, scored.article_idx.shape[1]
    tier = np.full(pairs.article.shape, UNAVAILABLE, np.uint8)
    tier[np.ones_like(pairs.valid) if available is None else available[pairs.article]] = AVAILABLE
    tier[judged.passes_hard] = HARD
    tier[judged.passes] = REFILL
    tier[:, :n_ranked][judged.passes[:, :n_ranked]] = RANKED
    tier[~pairs.valid] = INVALID
    few = int(((tier != INVALID).sum(axis=1) < length).sum())
    if few:
        raise ValueError(f"{few} lists are shorter than {length}: fewer distinct articles sold; lower lists.length")
    order = first_by_tier(tier, length)
    chosen_tier = np.take_along_axis(tier, order, axis=1)
    ledger.add(ledger.refilled, chosen_tier >= REFILL, pairs.segment)
    ledger.add(ledger.relaxed, chosen_tier >= HARD, pairs.segment)
    return Scored(
        scored.customer,
        np.take_along_axis(pairs.article, order, axis=1),
        _descending_scores(scored, order, chosen_tier),
        _reasons(scored, order, chosen_tier),
    )


def _descending_scores(scored: Scored, order: np.ndarray, tier: np.ndarray) -> FloatArray:
    """The ranker's scores; a refilled place gets the lowest score so far minus its distance."""
    score, refilled = _of_ranked(scored.score, order), tier >= REFILL
    floor = np.where(refilled, np.inf, score).min(axis=1, keepdims=True)
    floor = np.where(np.isfinite(floor), floor, 0.0)
    return np.where(refilled, floor - np.cumsum(refilled, axis=1), score).astype(np.float32)


def _reasons(scored: Scored, order: np.ndarray, tier: np.ndarray) -> npt.NDArray[np.uint8]:
    """The reasons of ranked places; whatever fills a list is popular, and a fallback if a soft rule gave way."""
    reason = _of_ranked(scored.reason, order)
    return np.where(tier >= HARD, REASONS.index("fallback"), np.where(tier == REFILL, POPULAR, reason)).astype(np.uint8)


def _of_ranked(values: np.ndarray, order: np.ndarray) -> np.ndarray:
    """``values`` of the ranked columns in ``order``; columns of the refill get the last one's."""
    return np.take_along_axis(values, np.minimum(order, values.shape[1] - 1), axis=1)
