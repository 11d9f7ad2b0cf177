from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from recsys_core.config import Config
from recsys_core.contracts.release import REASONS
from recsys_core.contracts.retrievers import Retriever
from recsys_core.features.snapshot import FloatArray, IntArray
from recsys_core.ranking.context import RetrievalContext
from recsys_core.ranking.scored import REASON_RETRIEVERS, Scored, reasons, score_by_fusion, score_customers
from recsys_core.retrieval.also_bought import AlsoBoughtRetriever
from recsys_core.retrieval.candidates import PAD
from recsys_core.retrieval.popular import PopularRetriever
from recsys_core.retrieval.repurchase import RepurchaseRetriever
from recsys_core.testing.retriever_contract import SHOP, everybody


class SlowSellersFirst:
    """Ranks by sales alone, least sold first."""

    name = "slow_sellers"
    vocabulary: Mapping[str, Mapping[str, int]]

    def __init__(self, context: RetrievalContext) -> None:
        self.numeric_names = context.features.numeric_names
        self.vocabulary = {name: {} for name in context.features.category_names}
        self._by = self.numeric_names.index("article_sold_all_log_share")

    def score(self, numbers: FloatArray, codes: IntArray) -> FloatArray:
        return -numbers[:, self._by]


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> RetrievalContext:
    snapshot = SHOP.snapshot(tmp_path_factory.mktemp("scored"))
    retrievers = (PopularRetriever, RepurchaseRetriever, AlsoBoughtRetriever)
    return RetrievalContext(snapshot, {r.name: r.fit(snapshot, Config()) for r in retrievers})


def score(context: RetrievalContext, customers: IntArray, length: int = 20) -> Scored:
    return score_customers(context, SlowSellersFirst(context), customers, length)  # type: ignore[arg-type]


def test_holds_every_candidate_by_descending_score(context: RetrievalContext) -> None:
    customers = everybody(context.snapshot)

    scored = score(context, customers)

    candidates = context.candidates(customers)
    for row in customers:
        found = scored.article_idx[row]
        real = found[found != PAD]
        assert sorted(real) == candidates.article_idx[candidates.row == row].tolist()
        assert (found[len(real) :] == PAD).all()
        assert (np.diff(scored.score[row, : len(real)]) <= 0).all()


def test_a_shorter_length_keeps_the_best(context: RetrievalContext) -> None:
    customers = everybody(context.snapshot)

    np.testing.assert_array_equal(
        score(context, customers, 3).article_idx, score(context, customers).article_idx[:, :3]
    )


def test_a_customer_scores_the_same_in_any_shard(context: RetrievalContext) -> None:
    whole = score(context, everybody(context.snapshot))
    shard = score(context, np.array([4, 9], np.int32))

    np.testing.assert_array_equal(shard.article_idx, whole.article_idx[[4, 9]])
    np.testing.assert_array_equal(shard.score, whole.score[[4, 9]])


def test_described_in_parts_all_score_the_same(context: RetrievalContext, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = score(context, everybody(context.snapshot))
    monkeypatch.setattr("recsys_core.ranking.scored.MAX_PAIRS", 7)
    parts = score(context, everybody(context.snapshot))

    np.testing.assert_array_equal(parts.article_idx, whole.article_idx)
    np.testing.assert_array_equal(parts.score, whole.score)


@pytest.mark.parametrize("customers", [[0, 3, 5], []])
def test_written_and_read_is_the_same(context: RetrievalContext, customers: list[int], tmp_path: Path) -> None:
    scored = score(context, np.array(customers, np.int32))
    scored.write(tmp_path / "part-00000.parquet")

    read = Scored.read(tmp_path / "part-00000.parquet")

    for name in ("customer", "article_idx", "score", "reason"):
        np.testing.assert_array_equal(getattr(read, name), getattr(scored, name))
        assert getattr(read, name).dtype == getattr(scored, name).dtype


def test_reason_is_the_retriever_with_the_best_rank() -> None:
    retrievers = ("two_tower", "popular", "repurchase", "also_bought")
    rank = np.array([[1, 2, 0, 0], [3, 1, 0, 0], [1, 1, 1, 1], [2, 2, 0, 0], [0, 0, 0, 9]], np.int32)

    codes = reasons(rank, retrievers)

    assert [REASONS[code] for code in codes] == ["two_tower", "popular", "repurchase", "two_tower", "also_bought"]


@pytest.mark.parametrize("retriever", REASON_RETRIEVERS)
def test_what_only_one_retriever_found_is_there_for_that_retriever(retriever: str) -> None:
    retrievers = get_args(Retriever)
    rank = np.array([[9 * (name == retriever) for name in retrievers]], np.int32)

    codes = reasons(rank, retrievers)

    assert [REASONS[code] for code in codes] == [retriever]


def test_what_no_retriever_found_claims_nothing() -> None:
    no_rank = np.zeros((1, 2), np.int32)

    codes = reasons(no_rank, ("repurchase", "popular"))

    assert [REASONS[code] for code in codes] == ["fallback"]


def test_every_retriever_gives_a_reason() -> None:
    assert set(REASON_RETRIEVERS) == set(get_args(Retriever)) == set(REASONS) - {"fallback"}


def test_reasons_know_retrievers_that_are_switched_off() -> None:
    rank = np.array([[2]], np.int32)

    codes = reasons(rank, ("popular",))

    assert [REASONS[code] for code in codes] == ["popular"]


def test_without_towers_nothing_is_personal_by_their_cosine(context: RetrievalContext) -> None:
    customers = everybody(context.snapshot)

    pairs = context.pairs(customers, context.candidates(customers))

    assert (pairs.personal == 0).all()


def test_fused_are_all_candidates_by_their_ranks_and_no_feature_is_computed(context: RetrievalContext) -> None:
    fresh = RetrievalContext(context.snapshot, context.retrievers)
    customers = everybody(context.snapshot)

    scored = score_by_fusion(fresh, customers, 500)

    candidates = context.candidates(customers)
    for row in customers:
        mine = candidates.take(candidates.row == row)
        votes = [sum(1 / (60 + rank) for rank in ranks if rank) for ranks in mine.retriever_rank.tolist()]
        order = sorted(range(len(mine)), key=lambda i: (-np.float32(votes[i]), mine.article_idx[i]))
        found = scored.article_idx[row]
        assert found[found != PAD].tolist() == mine.article_idx[order].tolist()
    assert "features" not in vars(fresh)
