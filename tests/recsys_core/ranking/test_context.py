"""Tests of the values that pairs of a cut-off must and must not carry."""

from pathlib import Path

import numpy as np
import pytest

from recsys_core.config import Config
from recsys_core.features.snapshot import FloatArray, IntArray, Snapshot
from recsys_core.ranking.context import RetrievalContext
from recsys_core.retrieval.candidates import RetrieverCandidates
from recsys_core.retrieval.popular import PopularRetriever
from recsys_core.retrieval.two_tower import TwoTowerRetriever
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase

PURCHASES = [Purchase("anna", "a", 1), Purchase("anna", "b", 2)]


class SameForAll:
    """A retriever that gives everybody article 0."""

    def retrieve(self, customers: IntArray) -> RetrieverCandidates:
        return RetrieverCandidates(
            np.zeros((len(customers), 1), np.int32), np.full((len(customers), 1), 0.5, np.float32)
        )


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    """anna has purchases, cold-start customer a profile alone; the last row is nobody."""
    return FixtureShop(PURCHASES, customers={"newcomer": {"age": 20.0}}).snapshot(tmp_path)


def test_of_who_never_bought_only_the_popular_retriever_says_something(snapshot: Snapshot) -> None:
    retrievers = {"new_articles": SameForAll(), "popular": PopularRetriever.fit(snapshot, Config())}
    context = RetrievalContext(snapshot, retrievers)
    customers = np.array([*snapshot.customer_rows(["anna", "newcomer"]), snapshot.n_customers], np.int32)
    candidates = context.candidates(customers)

    pairs = context.pairs(customers, candidates)

    first = candidates.article_idx == 0
    assert pairs.retriever_rank[first, 0].tolist() == [1, 0, 0]
    assert pairs.retriever_score[first, 0].tolist() == [0.5, 0, 0]
    assert (pairs.retriever_rank[:, 1] > 0).all()
    assert candidates.retriever_rank[first, 0].tolist() == [1, 1, 1]


def test_without_the_popular_retriever_the_others_speak_of_who_has_a_profile(snapshot: Snapshot) -> None:
    context = RetrievalContext(snapshot, {"new_articles": SameForAll()})
    customers = np.array([*snapshot.customer_rows(["anna", "newcomer"]), snapshot.n_customers], np.int32)

    pairs = context.pairs(customers, context.candidates(customers))

    assert pairs.retriever_rank[:, 0].tolist() == [1, 1, 0]


def test_without_history_a_customer_is_described_as_a_newcomer_of_the_same_profile(tmp_path: Path) -> None:
    """anna and the cold-start customer are of one age: with her purchases hidden nothing tells them apart."""
    customers = {"anna": {"age": 20.0}, "newcomer": {"age": 20.0}}
    snapshot = FixtureShop(PURCHASES, customers=customers).snapshot(tmp_path)
    retrievers = {"new_articles": SameForAll(), "popular": PopularRetriever.fit(snapshot, Config())}
    context = RetrievalContext(snapshot, retrievers)

    def described(customer: str, without_history: bool) -> FloatArray:
        rows = snapshot.customer_rows([customer])
        pairs = context.pairs(rows, context.candidates(rows), without_history)
        features = context.features
        return features.numbers_without_history(pairs) if without_history else features.numbers(pairs)

    known = described("anna", without_history=False)
    hidden, newcomer = described("anna", without_history=True), described("newcomer", without_history=False)
    popular = [i for i, name in enumerate(context.features.numeric_names) if name.startswith("popular_")]
    told = np.setdiff1d(np.arange(known.shape[1]), popular)  # its segment also goes by how a customer shops
    np.testing.assert_array_equal(hidden[:, told], newcomer[:, told])
    assert not np.array_equal(known[:, told], newcomer[:, told], equal_nan=True)


def test_what_the_towers_know_is_what_they_do_not_say_of_nobody(snapshot: Snapshot) -> None:
    vectors = np.float32([[1, 0], [0.6, 0.8], [0, 1]])  # anna, cold-start customer, nobody
    towers = TwoTowerRetriever(snapshot, vectors, np.float32([[1, 0], [0, 1]]), Config())
    context = RetrievalContext(snapshot, {"two_tower": towers})
    customers = np.arange(3, dtype=np.int32)

    pairs = context.pairs(customers, context.candidates(customers))

    personal = {
        (int(c), int(a)): float(p) for c, a, p in zip(pairs.customer, pairs.article, pairs.personal, strict=True)
    }
    assert personal == pytest.approx(
        {(0, 0): 1 - 0, (0, 1): 0 - 1, (1, 0): 0.6 - 0, (1, 1): 0.8 - 1, (2, 0): 0, (2, 1): 0}, abs=1e-6
    )
