"""Trains the two-tower model on a snapshot: deterministic, resumable by epoch, guarded against collapse."""

import math
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
import tf_keras as keras

from recsys_core.errors import CollapsedError
from recsys_core.features.images import ImageEmbeddings
from recsys_core.features.snapshot import Snapshot
from recsys_core.towers.config import TwoTowerConfig
from recsys_core.towers.distributed import processes
from recsys_core.towers.trainer import Trainer, Vectors
from recsys_core.towers.weights import TowerWeights
from recsys_core.training import Monitor

MIN_GAIN = 0.02
"""Nats by which customers' own vectors must beat other customers' on what they bought. The loss itself tells little:
with log-q correction popularity alone has a loss of ln(batch), and where most customers are new that is nearly best."""
MIN_SPREAD = 1e-3
"""Mean variance of the article vectors' coordinates, times dim; 1 is isotropic, 0 is one point."""


@dataclass(frozen=True)
class Trained:
    """A trained two-tower model with what its training came to."""

    vectors: Vectors
    loss: float
    """Mean loss of the last epoch, nats; ln(batch) is popularity alone."""
    weights: TowerWeights


def train_two_tower(
    snapshot: Snapshot,
    config: TwoTowerConfig,
    monitor: Monitor | None = None,
    images: ImageEmbeddings | None = None,
    start: TowerWeights | None = None,
) -> Trained:
    """Train on the snapshot's purchases and embed everybody and everything.

    With the weights as of an earlier cut-off to ``start`` from, only the purchases since then are learned, so that no
    purchase is seen more often than in a training from nothing (incremental training). Where they do not fill a batch,
    the weights are kept as they are.

    Where ``TF_CONFIG`` describes several processes, all of them have to call this with the same arguments. They learn
    together and return the same; ``monitor`` is the chief's alone.

    Raises
    ------
    ValueError
        If ``start`` is no earlier than the snapshot: it may have seen what the snapshot must not.
    CollapsedError
        If the customer vectors say nothing about what was bought, or the article vectors fall together.
    """
    if start and start.cutoff >= snapshot.cutoff:
        raise ValueError(f"weights as of {start.cutoff} cannot start a model as of {snapshot.cutoff}: not earlier")
    together = processes()
    monitor = monitor if monitor and together.cluster.is_chief else Monitor()
    keras.utils.set_random_seed(config.seed)
    tf.config.experimental.enable_op_determinism()
    trainer = Trainer(snapshot, config, images, start, together=together)
    loss = trainer.run(monitor)
    vectors = trainer.vectors(np.arange(snapshot.n_customers + 1, dtype=np.int32))
    spread = float(vectors.articles.var(axis=0).sum())
    gain = trainer.personal_gain()
    relative = loss / math.log(trainer.batches.size)
    monitor.metrics({"loss_over_popularity": relative, "personal_gain": gain, "article_spread": spread}, trainer.epochs)
    if not gain > MIN_GAIN or not spread > MIN_SPREAD:
        raise CollapsedError(
            f"two-tower training collapsed: loss {loss:.3f}, personal gain {gain:.4f} nats, spread {spread:.5f}; lower "
            f"two_tower.learning_rate ({config.learning_rate}) or set output_activation = 'linear'"
        )
    if monitor.model:
        rows = np.arange(2, dtype=np.int32)
        monitor.model(trainer.customer_tower, trainer.customer_inputs(rows), "customer")
        monitor.model(trainer.article_tower, trainer.article_inputs(rows), "article")
    return Trained(vectors, loss, trainer.weights())


def refresh_two_tower(
    snapshot: Snapshot, config: TwoTowerConfig, weights: TowerWeights, images: ImageEmbeddings | None = None
) -> Vectors:
    """Vectors as of the snapshot's cut-off by the weights of an earlier training; nothing is learned.

    Histories, numbers and popularity are those before the cut-off. A customer or an article whom the training did not
    know is described by everything but its id.

    Raises
    ------
    ValueError
        If the weights are as of a later day than the snapshot: they may have seen what it must not.
    """
    if weights.cutoff > snapshot.cutoff:
        raise ValueError(f"weights as of {weights.cutoff} cannot be used as of {snapshot.cutoff}: that is earlier")
    keras.utils.set_random_seed(config.seed)
    tf.config.experimental.enable_op_determinism()
    trainer = Trainer(snapshot, config, images, weights, learns=False)
    trainer.build()
    return trainer.vectors(np.arange(snapshot.n_customers + 1, dtype=np.int32))
