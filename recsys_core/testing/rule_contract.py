"""Tests that every business rule must pass. A rule's test subclasses ``RuleContract`` and inherits them."""

import numpy as np
import pytest

from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.rules.context import BoolArray, RulePairs
from recsys_core.rules.rules import Rule
from recsys_core.rules.stock_index import StockIndex
from recsys_core.testing.retriever_contract import SHOP, everybody


def rule_pairs(
    snapshot: Snapshot,
    customers: IntArray,
    articles: IntArray,
    valid: BoolArray | None = None,
    stock_index: StockIndex | None = None,
) -> RulePairs:
    """``articles`` (n_customers, n_candidates); everything is valid unless told."""
    return RulePairs(
        snapshot, customers, articles, np.ones(articles.shape, bool) if valid is None else valid, stock_index
    )


class RuleContract:
    """Give the fixture ``rule``."""

    @pytest.fixture
    def rule(self) -> Rule:
        raise NotImplementedError("return the rule that is tested")

    @pytest.fixture(scope="class")
    def snapshot(self, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
        return SHOP.snapshot(tmp_path_factory.mktemp("rule"))

    @pytest.fixture
    def stock_index(self, snapshot: Snapshot) -> StockIndex | None:
        """A rule that looks at the stock gives one."""
        return None

    @pytest.fixture
    def pairs(self, snapshot: Snapshot, stock_index: StockIndex | None) -> RulePairs:
        """Every customer, the unknown one too, with every article."""
        customers = everybody(snapshot)
        articles = np.tile(np.arange(snapshot.n_articles, dtype=np.int32), (len(customers), 1))
        return rule_pairs(snapshot, customers, articles, stock_index=stock_index)

    def test_has_a_name_and_says_whether_it_is_hard(self, rule: Rule) -> None:
        assert rule.name
        assert rule.hard in (True, False)

    def test_judges_every_candidate_of_every_customer(self, rule: Rule, pairs: RulePairs) -> None:
        keep = rule.keep(pairs)
        assert keep.dtype == bool
        assert keep.shape == pairs.article.shape

    def test_leaves_somebody_who_nobody_knows_something(self, rule: Rule, pairs: RulePairs) -> None:
        assert rule.keep(pairs)[-1].any()

    def test_no_customers_are_no_error(self, rule: Rule, snapshot: Snapshot, stock_index: StockIndex | None) -> None:
        nobody = rule_pairs(snapshot, np.empty(0, np.int32), np.empty((0, 4), np.int32), stock_index=stock_index)
        assert rule.keep(nobody).shape == (0, 4)

    def test_changes_nothing_it_looks_at(self, rule: Rule, pairs: RulePairs) -> None:
        before = pairs.article.copy(), pairs.valid.copy()
        rule.keep(pairs)
        np.testing.assert_array_equal(pairs.article, before[0])
        np.testing.assert_array_equal(pairs.valid, before[1])
