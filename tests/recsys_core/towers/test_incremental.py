"""Incremental training: the model as of a cut-off goes on from the weights as of the one before."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recsys_core.features.snapshot import Snapshot
from recsys_core.testing.snapshot_fixture import CUTOFF, FixtureShop, Purchase
from recsys_core.towers.config import TwoTowerConfig
from recsys_core.towers.inputs import inputs_by, pairs_since, tower_inputs
from recsys_core.towers.popularity import popularity_features
from recsys_core.towers.weights import EmbeddingTable, TowerWeights
from recsys_core.training import Monitor
from tests.support import two_groups

SMALL = TwoTowerConfig(
    dim=8, id_dim=8, hidden=(16,), batch_size=64, epochs=20, incremental_epochs=5, learning_rate=0.01
)
WEEK_BEFORE = CUTOFF - dt.timedelta(days=7)


@pytest.fixture(scope="module")
def shop() -> FixtureShop:
    """Two groups of customers, each with a kind of its own. In the last week come a customer, an article, a section."""
    purchases = two_groups.random_purchases(days=21)
    purchases += [Purchase("a_new", f"shirt{i}", 1 + i) for i in range(6)]
    purchases += [Purchase(f"a{i:02d}", "shirt_new", 2) for i in range(6)]
    kinds = two_groups.kinds()
    kinds["shirt_new"] = {"product_type_name": "shirt", "section_name": "new section"}
    return FixtureShop(purchases, articles=kinds)


@pytest.fixture(scope="module")
def now(shop: FixtureShop, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return shop.snapshot(tmp_path_factory.mktemp("now"))


@pytest.fixture(scope="module")
def start(shop: FixtureShop, tmp_path_factory: pytest.TempPathFactory) -> TowerWeights:
    """Weights as of a week earlier, read from disk."""
    folder = tmp_path_factory.mktemp("before")
    weights: TowerWeights = train(shop.snapshot(folder, WEEK_BEFORE)).weights
    weights.save(folder / "weights")
    return TowerWeights.read(folder / "weights")


@pytest.fixture(scope="module")
def went_on(now: Snapshot, start: TowerWeights) -> Any:
    return train(now, start)


def train(snapshot: Snapshot, start: TowerWeights | None = None, monitor: Monitor | None = None) -> Any:
    from recsys_core.towers.train import train_two_tower

    return train_two_tower(snapshot, SMALL, monitor, start=start)


def test_rows_are_carried_over_by_key_and_new_ones_are_fresh() -> None:
    table = EmbeddingTable(("", "anna", "bert"), np.array([[0, 0], [1, 1], [2, 2]], np.float32))

    carried = table.carried_over(("", "bert", "carl", "anna"), np.full((4, 2), 9, np.float32))

    np.testing.assert_array_equal(carried, [[0, 0], [2, 2], [9, 9], [1, 1]])


def test_weights_come_back_from_disk_as_they_were(start: TowerWeights, tmp_path: Path) -> None:
    start.save(tmp_path / "weights")
    again = TowerWeights.read(tmp_path / "weights")

    assert again.cutoff == WEEK_BEFORE
    assert again.scaling == start.scaling
    assert list(again.tables) == list(start.tables)
    assert again.tables["customer_id"].keys == start.tables["customer_id"].keys
    for name, table in start.tables.items():
        np.testing.assert_array_equal(again.tables[name].rows, table.rows)
    for one, other in zip(again.layers, start.layers, strict=True):
        np.testing.assert_array_equal(one, other)


def test_weights_are_written_over_what_a_killed_run_left(start: TowerWeights, tmp_path: Path) -> None:
    start.save(tmp_path / "weights")
    (tmp_path / "weights" / "about.json").write_text("{")
    start.save(tmp_path / "weights")

    assert TowerWeights.read(tmp_path / "weights").cutoff == WEEK_BEFORE


def test_only_purchases_since_the_cutoff_of_the_weights_are_learned(now: Snapshot) -> None:
    pairs = tower_inputs(now, SMALL).pairs

    news = pairs_since(now, SMALL, pairs, WEEK_BEFORE)

    since = pairs.moments.days_ago <= 7
    np.testing.assert_array_equal(news.customer_idx, pairs.customer_idx[since])
    np.testing.assert_array_equal(news.article_idx, pairs.article_idx[since])
    assert 0 < len(news) < len(pairs)


def test_popularity_and_chances_are_those_among_what_is_learned(now: Snapshot) -> None:
    """All days are one block here, and so are the last seven: an article that is new sells a larger share of these."""
    config = SMALL.model_copy(update={"batch_size": len(now.purchases.article_idx)})
    pairs = tower_inputs(now, config).pairs

    news = pairs_since(now, config, pairs, WEEK_BEFORE)

    assert news.block.max() == 0
    np.testing.assert_array_equal(news.popularity[0], popularity_features(now.purchases, now.n_articles, 7))
    counts = np.bincount(news.article_idx)
    np.testing.assert_allclose(news.article_probability, counts[news.article_idx] / len(news), rtol=1e-6)


def test_weights_are_kept_where_too_little_was_bought_since(now: Snapshot, start: TowerWeights) -> None:
    """Of the last day there are fewer purchases than a batch holds."""
    trained = train(now, replace(start, cutoff=CUTOFF - dt.timedelta(days=1)))

    for kept, layer in zip(trained.weights.layers, start.layers, strict=True):
        np.testing.assert_array_equal(kept, layer)


def test_a_model_that_went_on_knows_what_is_new(now: Snapshot, went_on: Any) -> None:
    vectors = went_on.vectors

    cosine = vectors.customers[:-1] @ vectors.articles.T
    is_shirt = np.array(["shirt" in article for article in now.article_ids])
    best = np.argsort(-cosine, axis=1)[:, :8]
    in_a = np.array([customer.startswith("a") for customer in now.customer_ids])
    assert is_shirt[best[in_a]].mean() > 0.9
    assert is_shirt[best[~in_a]].mean() < 0.1
    assert is_shirt[best[now.customer_rows(["a_new"])[0]]].mean() > 0.9
    towards_shirts = (vectors.articles @ vectors.articles[now.article_rows(["shirt_new"])[0]])[is_shirt].mean()
    assert towards_shirts > 0.5


def test_an_incremental_training_that_was_killed_ends_with_the_same_bytes(
    now: Snapshot, start: TowerWeights, went_on: Any, tmp_path: Path
) -> None:
    class KilledError(Exception):
        pass

    def killed(values: Any, step: int) -> None:
        if step == 2:
            raise KilledError

    with pytest.raises(KilledError):
        train(now, start, Monitor(killed, tmp_path))

    resumed = train(now, start, Monitor(checkpoints=tmp_path))

    assert resumed.vectors.customers.tobytes() == went_on.vectors.customers.tobytes()
    for one, other in zip(resumed.weights.layers, went_on.weights.layers, strict=True):
        assert one.tobytes() == other.tobytes()


def test_weights_that_may_have_seen_the_label_days_are_refused(
    shop: FixtureShop, start: TowerWeights, tmp_path: Path
) -> None:
    weights = replace(start, cutoff=CUTOFF)

    with pytest.raises(ValueError, match=f"as of {CUTOFF} cannot start a model as of {WEEK_BEFORE}"):
        train(shop.snapshot(tmp_path, WEEK_BEFORE), weights)


def test_without_learning_ids_and_standardisation_are_those_of_the_training(now: Snapshot, start: TowerWeights) -> None:
    """The day's own training would not know the ids that were not bought lately, and would standardise by its own."""
    lately = SMALL.model_copy(update={"train_days": 1})
    inputs, own = inputs_by(start, now, lately), tower_inputs(now, lately)

    known = set(start.tables["customer_id"].keys) & {"", *now.customer_ids}
    assert set(inputs.customers.values["customer_id"]) == known != set(own.customers.values["customer_id"])
    assert inputs.scaling == start.scaling != own.scaling
    mean, scale = np.array(start.scaling.customers)
    bought = now.customer("articles_30d")
    np.testing.assert_allclose(inputs.customers.numbers[:, 1], (np.log1p(bought) - mean[1]) / scale[1], rtol=1e-5)
