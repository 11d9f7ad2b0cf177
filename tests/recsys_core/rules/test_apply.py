from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys_core.contracts.release import REASONS
from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.ranking.scored import Scored
from recsys_core.retrieval.candidates import PAD
from recsys_core.rules.apply import apply_rules
from recsys_core.rules.context import BoolArray, RulePairs
from recsys_core.rules.ledger import Ledger
from recsys_core.rules.rules import OnePerProduct, Rule
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase

ARTICLES = "abcdefghijkl"
SOFT, HARD = "ce", "dk"


@dataclass(frozen=True)
class Without:
    """Drops articles by name."""

    articles: str
    name: ClassVar[str] = "soft"
    hard: ClassVar[bool] = False

    def keep(self, pairs: RulePairs) -> BoolArray:
        return ~np.isin(pairs.snapshot.article_ids[pairs.article], list(self.articles))


class Never(Without):
    name: ClassVar[str] = "hard"
    hard: ClassVar[bool] = True


RULES: tuple[Rule, ...] = (Without(SOFT), Never(HARD))


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Customers active (0), lapsed (1) and new (2); a and b are one product."""
    purchases = [Purchase("active", "a", 1), Purchase("lapsed", "a", 90)]
    products = {article: {"product_code": "ab" if article in "ab" else article} for article in ARTICLES}
    return FixtureShop(purchases, products, {"new": {}}).snapshot(tmp_path_factory.mktemp("apply"))


def rows(articles: Sequence[str]) -> IntArray:
    """``-`` is a pad."""
    return np.array([[PAD if a == "-" else ARTICLES.index(a) for a in row] for row in articles], np.int32)


def scored(*articles: str) -> Scored:
    idx = rows(articles)
    score = np.tile(np.linspace(5, 1, idx.shape[1], dtype=np.float32), (len(articles), 1))
    reason = np.full(idx.shape, REASONS.index("two_tower"), np.uint8)
    return Scored(np.arange(len(articles), dtype=np.int32), idx, score, reason)


def finish(
    snapshot: Snapshot, ranked: Scored, refill: Sequence[str], length: int, rules: Sequence[Rule] = RULES
) -> tuple[list[str], Scored, Ledger]:
    ledger = Ledger()
    lists = apply_rules(ranked, rows(refill), snapshot, rules, length, ledger)
    return ["".join(ARTICLES[i] for i in row) for row in lists.article_idx], lists, ledger


def test_ranked_candidates_that_pass_keep_their_order(snapshot: Snapshot) -> None:
    names, lists, _ = finish(snapshot, scored("acbdf"), ["gh"], 3)

    assert names == ["abf"]
    assert lists.score.tolist() == [[5, 3, 1]]
    assert {REASONS[code] for code in lists.reason[0]} == {"two_tower"}


def test_refill_that_passes_comes_before_rules_give_way(snapshot: Snapshot) -> None:
    names, lists, _ = finish(snapshot, scored("ac-"), ["agkh"], 3)

    assert names == ["agh"]
    assert [REASONS[code] for code in lists.reason[0]] == ["two_tower", "popular", "popular"]


def test_soft_rules_give_way_before_hard_ones(snapshot: Snapshot) -> None:
    names, lists, _ = finish(snapshot, scored("adc"), ["gke"], 6)

    assert names == ["agcedk"]  # passes, refill that passes, then soft c and e, then hard d and k
    assert [REASONS[code] for code in lists.reason[0]] == ["two_tower", "popular", *["fallback"] * 4]


def test_scores_descend_through_the_refill(snapshot: Snapshot) -> None:
    _, lists, _ = finish(snapshot, scored("adc"), ["gke"], 6)

    assert lists.score.tolist() == [[5, 4, 3, 2, 1, 0]]


def test_a_customer_without_candidates_gets_the_refill(snapshot: Snapshot) -> None:
    names, lists, _ = finish(snapshot, scored("---"), ["bcfgh"], 4)

    assert names == ["bfgh"]
    assert (np.diff(lists.score[0]) < 0).all()


def test_ledger_counts_the_first_rule_that_drops(snapshot: Snapshot) -> None:
    ranked = scored("abcd", "dkab", "cegh")  # active, lapsed, new
    rules = (Without(SOFT), Never(SOFT + HARD))

    _, _, ledger = finish(snapshot, ranked, ["fghi"] * 3, 4, rules)

    assert ledger.customers == {"new": 1, "lapsed": 1, "active": 1}
    assert ledger.candidates == {"new": 4, "lapsed": 4, "active": 4}
    assert ledger.dropped == {
        "soft": {"new": 2, "lapsed": 0, "active": 1},
        "hard": {"new": 0, "lapsed": 2, "active": 1},  # c and e were booked already
    }
    assert ledger.refilled == {"new": 2, "lapsed": 2, "active": 2}
    assert ledger.relaxed == {"new": 0, "lapsed": 0, "active": 0}


def test_ledger_counts_places_for_which_rules_gave_way(snapshot: Snapshot) -> None:
    _, _, ledger = finish(snapshot, scored("adc"), ["gke"], 6)

    assert (ledger.refilled["active"], ledger.relaxed["active"]) == (5, 4)


def test_ledger_adds_up_over_shards(snapshot: Snapshot) -> None:
    ledger = Ledger()
    for _ in range(2):
        apply_rules(scored("abcd"), rows(["fgh"]), snapshot, RULES, 3, ledger)

    assert ledger.candidates["active"] == 8
    assert ledger.as_dict()["dropped"] == {
        "soft": {"new": 0, "lapsed": 0, "active": 2},
        "hard": {"new": 0, "lapsed": 0, "active": 2},
    }


def test_one_variant_per_product_over_ranked_and_refill(snapshot: Snapshot) -> None:
    names, _, ledger = finish(snapshot, scored("bf"), ["agh"], 4, (OnePerProduct(),))

    assert names == ["bfgh"]
    assert ledger.dropped["one_per_product_code"]["active"] == 0  # a was refill, no candidate


def test_a_list_that_cannot_be_filled_is_an_error(snapshot: Snapshot) -> None:
    with pytest.raises(ValueError, match=r"1 lists are shorter than 4: .* lower lists.length"):
        finish(snapshot, scored("ab"), ["ab"], 4)


MATRIX = st.lists(st.integers(-1, 11), min_size=6, max_size=6)


@settings(max_examples=200)
@given(
    ranked=st.lists(MATRIX, min_size=3, max_size=3),
    refill=st.lists(st.permutations(range(12)), min_size=3, max_size=3),
    soft=st.sets(st.sampled_from(ARTICLES)),
    hard=st.sets(st.sampled_from(ARTICLES)),
    length=st.integers(1, 12),
)
def test_nobody_is_short_and_nothing_comes_twice(
    snapshot: Snapshot, ranked: list[list[int]], refill: list[list[int]], soft: set[str], hard: set[str], length: int
) -> None:
    articles = np.array([sorted(row, key=lambda a: a == PAD) for row in ranked], np.int32)
    score = np.where(articles == PAD, 0, np.linspace(3, 1, 6)).astype(np.float32)
    given_lists = Scored(np.arange(3, dtype=np.int32), articles, score, np.ones(articles.shape, np.uint8))
    rules = (Without("".join(soft)), Never("".join(hard)), OnePerProduct())
    ledger = Ledger()

    lists = apply_rules(given_lists, np.array(refill, np.int32), snapshot, rules, length, ledger)

    assert lists.article_idx.shape == lists.score.shape == lists.reason.shape == (3, length)
    allowed = 12 - len(hard)
    for row in lists.article_idx:
        assert len(set(row)) == length
        assert (row != PAD).all()
        broken = sum(ARTICLES[i] in hard for i in row)
        assert broken == max(0, length - allowed)  # a hard rule is broken only where nothing else is left
    assert (np.diff(lists.score, axis=1) <= 0).all()
    assert sum(ledger.refilled.values()) <= 3 * length


def test_places_are_the_same_for_one_shard_or_many(snapshot: Snapshot, tmp_path: Path) -> None:
    ranked = scored("adc-", "bce-", "fgh-")
    refill = ["gkehijl", "abcdefg", "lkjihgf"]
    names, _, _ = finish(snapshot, ranked, refill, 6)

    alone = Scored(*(getattr(ranked, name)[1:2] for name in ("customer", "article_idx", "score", "reason")))

    assert finish(snapshot, alone, refill[1:2], 6)[0] == names[1:2]
