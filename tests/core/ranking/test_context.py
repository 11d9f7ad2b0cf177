"""What the pairs of a cut-off carry, and what they must not."""

from pathlib import Path

import numpy as np
import pytest

from recsys_core.config import Config
from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.ranking.context import RetrievalContext
from recsys_core.retrieval.candidates import LaneCandidates
from recsys_core.retrieval.popular import PopularRetriever
from recsys_core.retrieval.two_tower import TwoTowerRetriever
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase

PURCHASES = [Purchase("anna", "a", 1), Purchase("anna", "b", 2)]


class SameForAll:
    """A lane that gives everybody article 0."""

    def retrieve(self, customers: IntArray) -> LaneCandidates:
        return LaneCandidates(np.zeros((len(customers), 1), np.int32), np.full((len(customers), 1), 0.5, np.float32))


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    """anna has purchases, newcomer a profile alone; the last row is nobody."""
    return FixtureShop(PURCHASES, customers={"newcomer": {"age": 20.0}}).snapshot(tmp_path)


def test_of_who_nobody_knows_only_the_popular_lane_says_something(snapshot: Snapshot) -> None:
    lanes = {"new_articles": SameForAll(), "popular": PopularRetriever.fit(snapshot, Config())}
    context = RetrievalContext(snapshot, lanes)
    customers = np.array([*snapshot.customer_rows(["anna", "newcomer"]), snapshot.n_customers], np.int32)
    candidates = context.candidates(customers)

    pairs = context.pairs(customers, candidates)

    first = candidates.article_idx == 0
    assert pairs.lane_rank[first, 0].tolist() == [1, 1, 0]
    assert pairs.lane_score[first, 0].tolist() == [0.5, 0.5, 0]
    assert (pairs.lane_rank[:, 1] > 0).all()
    assert candidates.lane_rank[first, 0].tolist() == [1, 1, 1]


def test_what_the_towers_know_is_what_they_do_not_say_of_nobody(snapshot: Snapshot) -> None:
    vectors = np.float32([[1, 0], [0.6, 0.8], [0, 1]])  # anna, newcomer, nobody
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
