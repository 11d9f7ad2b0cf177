from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recsys_core.features.images import ImageEmbeddings
from recsys_core.features.snapshot import Snapshot
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase
from recsys_core.towers.config import TwoTowerConfig
from recsys_core.towers.popularity import popularity_features
from recsys_core.training import Monitor
from tests.support import two_groups

SMALL = TwoTowerConfig(dim=8, id_dim=8, hidden=(16,), batch_size=64, epochs=20, learning_rate=0.01)
BRIEF = SMALL.model_copy(update={"epochs": 6})
"""For what does not depend on how much was learned."""


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Group A buys shirts, group B buys dresses; within a group at random. ``new_shirt`` was never sold."""
    purchases = two_groups.random_purchases(days=14)
    kinds = two_groups.kinds()
    kinds["new_shirt"] = {"product_type_name": "shirt"}
    return FixtureShop(purchases, articles=kinds).snapshot(tmp_path_factory.mktemp("groups"))


def train(snapshot: Snapshot, config: TwoTowerConfig = SMALL, monitor: Monitor | None = None) -> Any:
    from recsys_core.towers.train import train_two_tower

    return train_two_tower(snapshot, config, monitor)


@pytest.fixture(scope="module")
def undisturbed(snapshot: Snapshot) -> Any:
    return train(snapshot).vectors


def test_finds_the_two_groups(snapshot: Snapshot, undisturbed: Any) -> None:
    cosine = undisturbed.customers[:-1] @ undisturbed.articles.T
    is_shirt = np.array(["shirt" in a for a in snapshot.article_ids])
    in_a = np.array([c.startswith("a") for c in snapshot.customer_ids])
    best = np.argsort(-cosine, axis=1)[:, :8]

    assert is_shirt[best[in_a]].mean() > 0.9
    assert is_shirt[best[~in_a]].mean() < 0.1


def test_a_customer_without_attributes_is_known_by_what_it_bought(tmp_path: Path) -> None:
    """``s`` and ``d`` bought before the training days alone: only the history tells them apart."""
    rng = np.random.default_rng(1)
    purchases = [
        Purchase(f"{group}{i:02d}", f"{kind}{rng.integers(8)}", int(days))
        for group, kind in (("a", "shirt"), ("b", "dress"))
        for i in range(40)
        for days in rng.permutation(14)[:10] + 1
    ]
    purchases += [Purchase(who, f"{kind}{i}", 20 + i) for who, kind in (("s", "shirt"), ("d", "dress")) for i in (1, 2)]
    snapshot = FixtureShop(purchases).snapshot(tmp_path)

    vectors = train(snapshot, SMALL.model_copy(update={"train_days": 14, "customer_oov_rate": 0.5})).vectors

    cosine = vectors.customers[snapshot.customer_rows(["s", "d"])] @ vectors.articles.T
    is_shirt = np.array(["shirt" in a for a in snapshot.article_ids])
    gap = cosine[:, is_shirt].mean(axis=1) - cosine[:, ~is_shirt].mean(axis=1)
    assert gap[0] > 0.2
    assert gap[1] < -0.2


def test_prior_is_the_popularity_as_of_the_cutoff_in_units_of_cosine(snapshot: Snapshot, undisturbed: Any) -> None:
    """Whatever the weights became: a linear function of the features before the cut-off."""
    features = popularity_features(snapshot.purchases, snapshot.n_articles, 0)
    weights, *_ = np.linalg.lstsq(features, undisturbed.article_bias / SMALL.temperature, rcond=None)

    np.testing.assert_allclose(features @ weights * SMALL.temperature, undisturbed.article_bias, atol=1e-5)
    assert np.ptp(undisturbed.article_bias) > 0


def test_images_are_an_input(snapshot: Snapshot, undisturbed: Any) -> None:
    """``new_shirt`` is stated to be a shirt, but its image is a dress's: it moves to the dresses."""
    is_shirt = np.array(["shirt" in a for a in snapshot.article_ids])
    vectors = np.zeros((snapshot.n_articles, 128), np.float32)
    vectors[is_shirt, 0] = 1.0
    vectors[~is_shirt, 1] = 1.0
    new = snapshot.article_rows(["new_shirt"])[0]
    vectors[new] = vectors[np.flatnonzero(~is_shirt)[0]]
    from recsys_core.towers.train import train_two_tower

    with_images = train_two_tower(snapshot, SMALL, images=ImageEmbeddings(vectors)).vectors.articles

    to_dresses = [(side @ side[new])[~is_shirt].mean() for side in (with_images, undisturbed.articles)]
    assert to_dresses[0] > to_dresses[1] + 0.1


DESIGN_A = {
    "history_length": 0,
    "more_article_attributes": (),
    "popularity_prior": False,
    "customer_oov_rate": 0.1,
    "output_activation": "relu",
}


@pytest.mark.parametrize("log_q", ["before_temperature", "off"])
def test_design_a_as_written_trains_too(snapshot: Snapshot, log_q: str) -> None:
    vectors = train(snapshot, SMALL.model_copy(update={**DESIGN_A, "log_q": log_q})).vectors

    assert min(vectors.customers.min(), vectors.articles.min()) >= 0  # only positive cosines
    assert (vectors.article_bias == 0).all()


def test_an_article_never_sold_lies_with_its_kind(snapshot: Snapshot, undisturbed: Any) -> None:
    is_shirt = np.array(["shirt" in a for a in snapshot.article_ids])
    new = snapshot.article_rows(["new_shirt"])[0]
    cosine = undisturbed.articles @ undisturbed.articles[new]
    is_shirt[new] = False

    assert cosine[is_shirt].mean() > cosine[["dress" in a for a in snapshot.article_ids]].mean() + 0.2


def test_vectors_have_unit_length_and_a_row_for_the_unknown_customer(snapshot: Snapshot, undisturbed: Any) -> None:
    assert undisturbed.customers.shape == (snapshot.n_customers + 1, 8)
    assert undisturbed.articles.shape == (snapshot.n_articles, 8)
    for side in (undisturbed.customers, undisturbed.articles):
        np.testing.assert_allclose(np.linalg.norm(side, axis=1), 1, atol=1e-5)


class KilledError(Exception):
    pass


def killed_after(epoch: int, folder: Path) -> Monitor:
    """Stops training when an epoch is done but its checkpoint is not written."""

    def metrics(values: Any, step: int) -> None:
        if step == epoch:
            raise KilledError

    return Monitor(metrics, folder)


def test_resumed_training_gives_the_same_bytes(snapshot: Snapshot, tmp_path: Path) -> None:
    """Killed twice, and a third time at its very end: then only the summary is made again."""
    undisturbed = train(snapshot, BRIEF).vectors
    for epoch in (3, 5):
        with pytest.raises(KilledError):
            train(snapshot, BRIEF, killed_after(epoch, tmp_path))

    steps: list[int] = []
    monitor = Monitor(lambda _, step: steps.append(step), tmp_path)
    for ran in ([5, 6, 6], [6]):  # not epochs 1 to 4 again, then none; the summary counts as the last epoch
        steps.clear()
        resumed = train(snapshot, BRIEF, monitor).vectors
        assert steps == ran
        assert resumed.customers.tobytes() == undisturbed.customers.tobytes()
        assert resumed.articles.tobytes() == undisturbed.articles.tobytes()


def test_collapse_is_an_error_that_names_the_remedy(snapshot: Snapshot) -> None:
    from recsys_core.errors import CollapsedError

    config = SMALL.model_copy(update={"output_activation": "relu", "learning_rate": 50.0, "epochs": 2})

    with pytest.raises(CollapsedError, match="output_activation = 'linear'"):
        train(snapshot, config)


def test_model_is_handed_over_with_an_example_that_it_takes(snapshot: Snapshot) -> None:
    kept: dict[str, Any] = {}

    def keep(model: Any, example: Any, part: str = "") -> None:
        kept[part] = model(*example).numpy()

    monitor = replace(Monitor(), model=keep)

    vectors = train(snapshot, BRIEF, monitor).vectors

    np.testing.assert_allclose(kept["customer"], vectors.customers[:2], atol=1e-5)
    np.testing.assert_allclose(kept["article"], vectors.articles[:2], atol=1e-5)


@pytest.mark.parametrize(
    ("n_pairs", "largest", "size"),
    [(1_000_000, 1024, 1024), (20_000, 1024, 400), (1_000, 1024, 64), (30, 1024, 30), (1_000, 32, 32)],
)
def test_a_small_shop_trains_in_smaller_batches(n_pairs: int, largest: int, size: int) -> None:
    from recsys_core.towers.batches import fitting_batch_size

    assert fitting_batch_size(n_pairs, largest) == size


@pytest.mark.parametrize(
    ("n_pairs", "most", "epochs"), [(1_000, 4, 4), (1_500_000, 4, 2), (3_000_000, 4, 1), (5_000_000, 4, 1), (10, 0, 0)]
)
def test_a_large_shop_trains_for_fewer_epochs_but_sees_each_purchase(n_pairs: int, most: int, epochs: int) -> None:
    from recsys_core.towers.batches import fitting_epochs

    assert fitting_epochs(n_pairs, TwoTowerConfig(max_seen=4_000_000), most) == epochs


def test_a_basket_is_embedded_once_and_learned_from_as_often_as_it_has_articles(tmp_path: Path) -> None:
    """Two customers with a basket of two each on one day, a batch of all four pairs, and nothing drawn at random."""
    import tensorflow as tf

    from recsys_core.towers.trainer import Trainer

    baskets = [Purchase(who, what, 3) for who, what in (("a", "x"), ("a", "y"), ("b", "x"), ("b", "z"))]
    shop = FixtureShop([*baskets, Purchase("a", "z", 9), Purchase("b", "y", 8)])
    exact = {"mixed_precision": False, "oov_rate": 0.0, "customer_oov_rate": 0.0, "train_days": 5}
    config = SMALL.model_copy(update=exact)
    trainer = Trainer(shop.snapshot(tmp_path), config, None)

    batch = trainer.batches.tensors(np.arange(4), np.random.default_rng(0))

    customer, _, _, bought, _, _, article, _, customer_of, article_of, *_ = (part.numpy() for part in batch)
    assert (len(customer), len(bought), len(article)) == (2, 2, 3)
    np.testing.assert_array_equal(customer[customer_of], trainer.batches.pairs.customer_idx)
    np.testing.assert_array_equal(article[article_of], trainer.batches.pairs.article_idx)
    loss = partial(trainer._loss, tf.constant(0))
    assert float(loss(*batch)) == pytest.approx(float(loss(*each_pair_alone(batch))), rel=1e-5)
    gradients = [gradient(trainer, each) for each in (batch, each_pair_alone(batch))]
    for together, alone in zip(*gradients, strict=True):
        np.testing.assert_allclose(tf.convert_to_tensor(together), tf.convert_to_tensor(alone), atol=1e-5)
    trainer.build()
    trainer._learn(*batch)
    trainer._learn(*each_pair_alone(batch))
    assert trainer._learn.experimental_get_tracing_count() == 1, "a graph for each size of batch"


def each_pair_alone(batch: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same batch with a row of its own for each pair's customer, history and article."""
    import tensorflow as tf

    customers, (bought, days, history_of), articles = batch[:3], batch[3:6], batch[6:8]
    customer_of, article_of, *rest = batch[8:]
    whose = tf.gather(history_of, customer_of)
    each = tf.range(len(customer_of))
    return (
        *(tf.gather(part, customer_of) for part in customers),
        *(tf.gather(bought, whose), tf.gather(days, whose), each),
        *(tf.gather(part, article_of) for part in articles),
        *(each, each, *rest),
    )


def gradient(trainer: Any, batch: tuple[Any, ...]) -> list[Any]:
    import tensorflow as tf

    with tf.GradientTape() as tape:
        loss = trainer._loss(tf.constant(0), *batch)
    found: list[Any] = tape.gradient(loss, [*trainer._tables, *trainer._layers])
    return found
