from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys_core.config import Config
from recsys_core.features.snapshot import Snapshot
from recsys_core.retrieval import neighbours, similar_purchases
from recsys_core.retrieval.base import RetrieverUnavailableError
from recsys_core.retrieval.candidates import PAD
from recsys_core.retrieval.config import RetrievalConfig
from recsys_core.retrieval.similar_purchases import SHRINKAGE, SimilarPurchasesRetriever
from recsys_core.rules.config import RulesConfig
from recsys_core.testing.retriever_contract import RetrieverContract
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase


class TestContract(RetrieverContract):
    retriever = SimilarPurchasesRetriever


def scores(snapshot: Snapshot, customer: str, config: Config | None = None) -> dict[str, float]:
    rows = snapshot.customer_rows([customer])
    found = SimilarPurchasesRetriever.fit(snapshot, config or Config()).retrieve(rows)
    real = found.article_idx[0] != PAD
    ids = snapshot.article_ids[found.article_idx[0][real]]
    return dict(zip(ids.tolist(), found.score[0][real].tolist(), strict=True))


def test_cosine_counts_a_bulk_buyer_less_and_history_by_recency(tmp_path: Path) -> None:
    # Rows are scaled by 1/sqrt(articles): anna 1 (a), bert 1/sqrt(2) (a, b), carl 1/2 (a, c, d, e).
    purchases = [Purchase("anna", "a", 4), Purchase("bert", "a", 5), Purchase("bert", "b", 5)]
    purchases += [Purchase("carl", article, 6) for article in "acde"]

    found = scores(FixtureShop(purchases).snapshot(tmp_path), "anna")

    norm_a, norm_b, norm_c = (np.sqrt(square + SHRINKAGE) for square in (1 + 1 / 2 + 1 / 4, 1 / 2, 1 / 4))
    recency = 1 / np.sqrt(4)
    like_c = 1 / 4 / (norm_a * norm_c) * recency
    assert found == pytest.approx({"b": 1 / 2 / (norm_a * norm_b) * recency, "c": like_c, "d": like_c, "e": like_c})
    assert list(found) == ["b", "c", "d", "e"]


def test_buying_an_article_twice_counts_once(tmp_path: Path) -> None:
    bought = [Purchase("anna", "a", 1), Purchase("bert", "a", 3), Purchase("bert", "b", 2)]
    once = scores(FixtureShop(bought).snapshot(tmp_path / "once"), "anna")

    assert scores(FixtureShop([*bought, Purchase("bert", "a", 2)]).snapshot(tmp_path / "twice"), "anna") == once


@pytest.mark.parametrize(
    "config",
    [
        Config(retrieval=RetrievalConfig(similar_purchases_days=29)),
        Config(retrieval=RetrievalConfig(fresh_days=29)),
        Config(retrieval=RetrievalConfig(fresh_days=60), rules=RulesConfig(sold_within_days=29)),
    ],
)
def test_what_was_bought_before_a_window_is_not_found(tmp_path: Path, config: Config) -> None:
    purchases = [Purchase("anna", "a", 1), Purchase("bert", "a", 30), Purchase("bert", "b", 30)]
    snapshot = FixtureShop(purchases).snapshot(tmp_path)

    assert list(scores(snapshot, "anna", Config(retrieval=RetrievalConfig(fresh_days=30)))) == ["b"]
    assert not scores(snapshot, "anna", config)


def test_shop_without_recent_sales_has_no_such_retriever(tmp_path: Path) -> None:
    snapshot = FixtureShop([Purchase("anna", "a", 20), Purchase("anna", "b", 20)]).snapshot(tmp_path)

    with pytest.raises(RetrieverUnavailableError, match="nothing was sold in the last 7 days"):
        SimilarPurchasesRetriever.fit(snapshot, Config())
    with pytest.raises(RetrieverUnavailableError, match="nothing was bought in the last 9 days"):
        SimilarPurchasesRetriever.fit(snapshot, Config(retrieval=RetrievalConfig(similar_purchases_days=9)))


def test_only_the_nearest_articles_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(similar_purchases, "NEIGHBOURS", 1)
    purchases = [Purchase("anna", "a", 1), *(Purchase(who, article, 1) for who in "xy" for article in "ab")]
    purchases += [Purchase("z", "a", 1), Purchase("z", "c", 1)]

    assert list(scores(FixtureShop(purchases).snapshot(tmp_path), "anna")) == ["b"]


@settings(deadline=None, max_examples=30)
@given(st.lists(st.sets(st.integers(0, 6), min_size=1, max_size=5), min_size=1, max_size=8), st.integers(1, 9))
def test_equals_explicit_cosine_whatever_the_block(
    tmp_path_factory: pytest.TempPathFactory, baskets: list[set[int]], block: int
) -> None:
    purchases = [Purchase(f"c{i}", f"a{j}", 1) for i, basket in enumerate(baskets) for j in sorted(basket)]
    snapshot = FixtureShop(purchases).snapshot(tmp_path_factory.mktemp("shop"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "BLOCK_ROWS", block)
        found = {f"c{i}": scores(snapshot, f"c{i}") for i in range(len(baskets))}

    def dot(j: int, i: int) -> float:
        return sum(1 / len(basket) for basket in baskets if i in basket and j in basket)

    for i, basket in enumerate(baskets):
        expected = {
            f"a{other}": sum(
                dot(own, other) / np.sqrt((dot(own, own) + SHRINKAGE) * (dot(other, other) + SHRINKAGE))
                for own in basket
                if own != other
            )
            for other in range(7)
        }
        assert found[f"c{i}"] == pytest.approx({a: s for a, s in expected.items() if s > 0}, rel=1e-5)
