from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys_core.config import Config
from recsys_core.features.snapshot import Snapshot
from recsys_core.retrieval.candidates import PAD
from recsys_core.retrieval.config import RetrievalConfig
from recsys_core.retrieval.two_tower import TwoTowerRetriever
from recsys_core.rules.config import RulesConfig
from recsys_core.testing.retriever_contract import RetrieverContract, everybody
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase
from recsys_core.towers.config import TwoTowerConfig
from recsys_core.towers.weights import TowerWeights


class TestContract(RetrieverContract):
    retriever = TwoTowerRetriever
    serves_cold_start = True

    @pytest.fixture(scope="class")
    def config(self) -> Config:
        return Config(two_tower=TwoTowerConfig(dim=8, id_dim=8, hidden=(16,), batch_size=16, epochs=10))

    def load_all(self, folder: Path, snapshot: Snapshot, config: Config) -> None:
        """The weights are left to the model as of a later cut-off."""
        super().load_all(folder, snapshot, config)
        TowerWeights.read(folder / "weights")


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Five customers; 30 articles, of which the last five were sold 100 days ago."""
    bought = [Purchase(f"c{i % 5}", f"a{i:02d}", 100 if i >= 25 else 1) for i in range(30)]
    return FixtureShop(bought).snapshot(tmp_path_factory.mktemp("towers"))


def towers(snapshot: Snapshot, seed: int, **retrieval: Any) -> TwoTowerRetriever:
    rng = np.random.default_rng(seed)
    customers, articles = (
        rng.normal(size=(n, 4)).astype(np.float32) for n in (snapshot.n_customers + 1, snapshot.n_articles)
    )
    unit = [side / np.linalg.norm(side, axis=1, keepdims=True) for side in (customers, articles)]
    return TwoTowerRetriever(snapshot, *unit, Config(retrieval=RetrievalConfig(**retrieval)))


@settings(max_examples=30)
@given(seed=st.integers(0, 1000), k=st.integers(1, 40), min_score=st.sampled_from([-1.0, 0.0, 0.3]))
def test_equals_brute_force(snapshot: Snapshot, seed: int, k: int, min_score: float) -> None:
    retriever = towers(snapshot, seed, two_tower_k=k, two_tower_min_score=min_score)

    found = retriever.retrieve(everybody(snapshot))

    for customer in everybody(snapshot):
        cosine = retriever.article_vectors[:25] @ retriever.customer_vectors[customer]
        expected = [a for a in np.argsort(-cosine, kind="stable")[:k] if cosine[a] >= min_score]
        assert found.article_idx[customer].tolist() == expected + [PAD] * (k - len(expected))
        np.testing.assert_allclose(found.score[customer, : len(expected)], cosine[expected], atol=1e-6)


def test_vectors_of_another_snapshot_are_named(snapshot: Snapshot, tmp_path: Path) -> None:
    towers(snapshot, 1).save(tmp_path)
    other = FixtureShop([Purchase("ann", "a00", 1)]).snapshot(tmp_path / "other")
    with pytest.raises(ValueError, match=r"vectors of 5 customers and 30 articles, the snapshot .*other.* 1 and 1:"):
        TwoTowerRetriever.load(tmp_path, other, Config())


def test_ties_go_to_the_smaller_article(snapshot: Snapshot) -> None:
    one = np.ones((snapshot.n_customers + 1, 4), np.float32) / 2
    retriever = TwoTowerRetriever(
        snapshot, one, np.ones((30, 4), np.float32) / 2, Config(retrieval=RetrievalConfig(two_tower_k=3))
    )

    assert retriever.retrieve(np.array([0], np.int32)).article_idx.tolist() == [[0, 1, 2]]


def test_bias_orders_candidates_and_the_threshold_heeds_the_cosine_alone(snapshot: Snapshot) -> None:
    one = np.array([[1.0, 0.0]] * (snapshot.n_customers + 1), np.float32)
    articles = np.array([[0.6, 0.8], [0.8, 0.6], [0.0, 1.0], *[[-1.0, 0.0]] * 27], np.float32)
    bias = np.array([0.3, 0.0, 0.9, *[0.0] * 27], np.float32)
    config = Config(retrieval=RetrievalConfig(two_tower_k=3, two_tower_min_score=0.3))

    found = TwoTowerRetriever(snapshot, one, articles, config, bias).retrieve(np.array([0], np.int32))

    assert found.article_idx.tolist() == [[0, 1, PAD]]
    np.testing.assert_allclose(found.score, [[0.9, 0.8, 0.0]], atol=1e-6)


def test_nothing_on_sale_gives_no_candidates(snapshot: Snapshot, tmp_path: Path) -> None:
    old = FixtureShop([Purchase("anna", "a", 90)]).snapshot(tmp_path)
    vectors = np.ones((2, 4), np.float32) / 2

    found = TwoTowerRetriever(old, vectors, vectors[:1], Config()).retrieve(np.array([0], np.int32))

    assert (found.article_idx == PAD).all()


def test_rule_switched_off_makes_every_sold_article_eligible(snapshot: Snapshot) -> None:
    one = np.ones((snapshot.n_customers + 1, 4), np.float32) / 2
    config = Config(rules=RulesConfig(sold_within_days=None), retrieval=RetrievalConfig(two_tower_k=40))

    found = TwoTowerRetriever(snapshot, one, np.ones((30, 4), np.float32) / 2, config).retrieve(np.array([0], np.int32))

    assert (found.article_idx != PAD).sum() == 30


def test_cosine_of_given_pairs(snapshot: Snapshot) -> None:
    retriever = towers(snapshot, 3)

    cosine = retriever.cosine(np.array([5, 0], np.int32), np.array([7, 2], np.int32))

    expected = [
        retriever.customer_vectors[5] @ retriever.article_vectors[7],
        retriever.customer_vectors[0] @ retriever.article_vectors[2],
    ]
    np.testing.assert_allclose(cosine, expected, rtol=1e-6)
