from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from recsys_core.config import Config
from recsys_core.features.snapshot import Snapshot
from recsys_core.retrieval import also_bought
from recsys_core.retrieval.also_bought import DAMPING, AlsoBoughtRetriever, related_articles
from recsys_core.retrieval.candidates import PAD
from recsys_core.retrieval.config import RetrievalConfig
from recsys_core.rules.config import RulesConfig
from recsys_core.testing.retriever_contract import RetrieverContract
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase


class TestContract(RetrieverContract):
    retriever = AlsoBoughtRetriever


def scores(snapshot: Snapshot, customer: str, config: Config | None = None) -> dict[str, float]:
    rows = snapshot.customer_rows([customer])
    found = AlsoBoughtRetriever.fit(snapshot, config or Config()).retrieve(rows)
    real = found.article_idx[0] != PAD
    ids = snapshot.article_ids[found.article_idx[0][real]]
    return dict(zip(ids.tolist(), found.score[0][real].tolist(), strict=True))


def test_counts_who_bought_both_and_weighs_history_by_recency(tmp_path: Path) -> None:
    # a is bought by anna, bert, cleo; of them bert bought b too, and bert and cleo bought c.
    purchases = [Purchase("anna", "a", 4), Purchase("bert", "a", 5), Purchase("cleo", "a", 6)]
    purchases += [Purchase("bert", "b", 5), Purchase("bert", "c", 5), Purchase("cleo", "c", 6)]

    found = scores(FixtureShop(purchases).snapshot(tmp_path), "anna")

    recency = 1 / np.sqrt(4)
    assert found == pytest.approx({"c": 2 / (3 + DAMPING) * recency, "b": 1 / (3 + DAMPING) * recency})
    assert list(found) == ["c", "b"]


def test_buying_an_article_twice_counts_one_buyer(tmp_path: Path) -> None:
    purchases = [Purchase("anna", "a", 1), Purchase("bert", "a", 3), Purchase("bert", "a", 2), Purchase("bert", "b", 2)]

    assert scores(FixtureShop(purchases).snapshot(tmp_path), "anna") == pytest.approx({"b": 1 / (2 + DAMPING)})


def test_co_purchases_before_the_window_do_not_count(tmp_path: Path) -> None:
    purchases = [
        Purchase("anna", "a", 1),
        Purchase("bert", "a", 30),
        Purchase("bert", "b", 30),
        Purchase("carl", "b", 1),
    ]
    snapshot = FixtureShop(purchases).snapshot(tmp_path)

    assert list(scores(snapshot, "anna")) == ["b"]
    assert not scores(snapshot, "anna", Config(retrieval=RetrievalConfig(also_bought_days=29)))


def test_articles_that_left_the_shop_are_not_candidates(tmp_path: Path) -> None:
    purchases = [Purchase("anna", "a", 1), Purchase("bert", "a", 30), Purchase("bert", "b", 30)]
    snapshot = FixtureShop(purchases).snapshot(tmp_path)

    assert not scores(snapshot, "anna", Config(rules=RulesConfig(sold_within_days=29)))


def test_a_reseller_is_counted_up_to_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(also_bought, "MAX_ARTICLES_PER_CUSTOMER", 2)
    purchases = [Purchase("anna", "a", 1), *(Purchase("reseller", article, 1) for article in "abcd")]

    assert list(scores(FixtureShop(purchases).snapshot(tmp_path), "anna")) == ["b"]


@given(st.lists(st.sets(st.integers(0, 7), max_size=6), min_size=1, max_size=10), st.sets(st.integers(0, 7)))
def test_related_articles_equal_explicit_counting(baskets: list[set[int]], wanted: set[int]) -> None:
    bought = np.array([[float(article in basket) for article in range(8)] for basket in baskets], np.float32)
    may = np.array([float(article in wanted) for article in range(8)], np.float32)

    related = related_articles(sparse.csr_array(bought), may).toarray()

    for j in range(8):
        for i in range(8):
            both = sum(j in basket and i in basket for basket in baskets) if i in wanted and i != j else 0
            expected = both / (sum(j in basket for basket in baskets) + DAMPING)
            assert related[j, i] == pytest.approx(expected, rel=1e-6)
