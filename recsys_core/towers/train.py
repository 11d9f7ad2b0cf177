"""Trains the two-tower model on a snapshot: deterministic, resumable by epoch, guarded against collapse."""

import logging
import math
from dataclasses import dataclass

import numpy as np
import tensorflow as tf
import tf_keras as keras
from tqdm import tqdm

from recsys_core.config import TwoTowerConfig
from recsys_core.errors import CollapsedError
from recsys_core.features.snapshot import FloatArray, Snapshot
from recsys_core.towers.inputs import TowerInputs, TrainingPairs, tower_inputs
from recsys_core.towers.model import InBatchSoftmax, Tower
from recsys_core.training import Monitor

log = logging.getLogger(__name__)
EMBED_BLOCK = 8192
STEPS_AN_EPOCH = 50
"""At least so many, unless batches would get smaller than ``SMALLEST_BATCH``."""
SMALLEST_BATCH = 64
MAX_LOSS_SHARE = 0.98
"""A loss above this share of ln(batch) means that nothing was learned but popularity: with log-q correction a model
that scores by popularity alone has a loss of ln(batch)."""
MIN_SPREAD = 1e-3
"""Mean variance of the article vectors' coordinates, times dim; 1 is isotropic, 0 is one point."""


@dataclass(frozen=True)
class Vectors:
    customers: FloatArray
    """(n_customers + 1, dim)"""
    articles: FloatArray
    """(n_articles, dim)"""


@dataclass(frozen=True)
class Trained:
    vectors: Vectors
    loss: float
    """Mean loss of the last epoch, nats; ln(batch) is popularity alone."""


def train_two_tower(snapshot: Snapshot, config: TwoTowerConfig, monitor: Monitor | None = None) -> Trained:
    """Train on the snapshot's purchases and embed everybody and everything.

    Raises
    ------
    CollapsedError
        If the loss stays near chance or the article vectors fall together.
    """
    monitor = monitor or Monitor()
    keras.utils.set_random_seed(config.seed)
    tf.config.experimental.enable_op_determinism()
    customers, articles, pairs = tower_inputs(snapshot, config)
    trainer = _Trainer(customers, articles, pairs, config)
    loss = trainer.run(monitor)
    vectors = Vectors(_embed(trainer.customer_tower, customers), _embed(trainer.article_tower, articles))
    spread = float(vectors.articles.var(axis=0).sum())
    chance = math.log(trainer.batch_size)
    monitor.metrics({"loss_over_popularity": loss / chance, "article_spread": spread}, config.epochs)
    if not loss < MAX_LOSS_SHARE * chance or not spread > MIN_SPREAD:
        raise CollapsedError(
            f"two-tower training collapsed: loss {loss:.3f} ({chance:.3f} by popularity alone), spread {spread:.5f}; "
            f"lower two_tower.learning_rate ({config.learning_rate}) or set output_activation = 'linear'"
        )
    if monitor.model:
        monitor.model(trainer.customer_tower, (customers.ids[:2], customers.categories[:2], customers.numbers[:2]))
    return Trained(vectors, loss)


class _Trainer:
    """Model, optimizer and data of one training run."""

    def __init__(self, customers: TowerInputs, articles: TowerInputs, pairs: TrainingPairs, config: TwoTowerConfig):
        self.config = config
        self.pairs = pairs
        self.batch_size = fitting_batch_size(len(pairs.customer_idx), config.batch_size)
        self.customer_tower = Tower(customers, config, config.seed * 1000, "customer_tower")
        self.article_tower = Tower(articles, config, config.seed * 1000 + 500, "article_tower")
        self.softmax = InBatchSoftmax(config)
        self.optimizers = (
            keras.optimizers.Adagrad(config.embedding_learning_rate, initial_accumulator_value=0.1),
            keras.optimizers.Adam(config.learning_rate),
        )
        with tf.device("/CPU:0"):
            self.customer_data = (tf.constant(customers.ids), tf.constant(customers.categories))
            self.article_data = tuple(map(tf.constant, (articles.ids, articles.categories, articles.numbers)))

    def run(self, monitor: Monitor) -> float:
        """All epochs; goes on after the last one that a killed run finished."""
        done = tf.Variable(0)
        self._build()
        state = tf.train.Checkpoint(
            customers=self.customer_tower,
            articles=self.article_tower,
            tables=self.optimizers[0],
            layers=self.optimizers[1],
            done=done,
        )
        kept = monitor.checkpoints and tf.train.CheckpointManager(state, str(monitor.checkpoints), max_to_keep=1)
        if kept and kept.restore_or_initialize():
            log.info("two-tower: going on after epoch %d", int(done))
        loss = math.nan
        for epoch in range(int(done), self.config.epochs):
            loss = self._epoch(epoch)
            monitor.metrics({"loss": loss}, epoch + 1)
            done.assign(epoch + 1)
            if kept:
                kept.save()
        return loss if not math.isnan(loss) else self._epoch(self.config.epochs, learn=False)

    def _build(self) -> None:
        """Make every variable, so that a checkpoint restores into what the next step uses."""
        self._loss(*self._batch(np.arange(2), np.random.default_rng(0)))
        for optimizer, variables in zip(self.optimizers, (self._tables, self._layers), strict=True):
            optimizer.build(variables)

    @property
    def _tables(self) -> list[tf.Variable]:
        """Embedding tables: their gradients are sparse, and Adagrad touches only the rows of a batch."""
        return [table for tower in self._towers for table in (tower.id_embedding, *tower.embeddings)]

    @property
    def _layers(self) -> list[tf.Variable]:
        return [
            weight for tower in self._towers for layer in (*tower.hidden, tower.output) for weight in layer.variables
        ]

    @property
    def _towers(self) -> tuple[Tower, Tower]:
        return self.customer_tower, self.article_tower

    def _epoch(self, epoch: int, learn: bool = True) -> float:
        """Mean loss over one pass in an order that depends on seed and epoch alone."""
        rng = np.random.default_rng([self.config.seed, epoch])
        order = rng.permutation(len(self.pairs.customer_idx))
        size = self.batch_size
        step = self._learn if learn else self._loss
        losses = []
        for i in tqdm(range(0, len(order) - size + 1, size), desc=f"two-tower epoch {epoch + 1}", mininterval=5):
            losses.append(step(*self._batch(order[i : i + size], rng)))
        return float(np.mean([float(x) for x in losses]))

    def _batch(self, at: np.ndarray, rng: np.random.Generator) -> tuple[tf.Tensor, ...]:
        pairs = self.pairs
        unknown = rng.random((2, len(at))) < self.config.oov_rate
        parts = (pairs.customer_idx[at], pairs.article_idx[at], pairs.numbers[at], pairs.article_probability[at])
        return tuple(map(tf.constant, (*parts, ~unknown)))

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def _learn(self, *batch: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = self._loss(*batch)
        gradients = tape.gradient(loss, [self._tables, self._layers])
        for optimizer, gradient, variables in zip(
            self.optimizers, gradients, (self._tables, self._layers), strict=True
        ):
            optimizer.apply_gradients(zip(gradient, variables, strict=True))
        return loss

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def _loss(
        self, customer_idx: tf.Tensor, article_idx: tf.Tensor, numbers: tf.Tensor, q: tf.Tensor, known: tf.Tensor
    ) -> tf.Tensor:
        mask = tf.cast(known, tf.int32)
        ids, categories = (tf.gather(data, customer_idx) for data in self.customer_data)
        customers = self.customer_tower(ids * mask[0], categories, numbers)
        ids, categories, article_numbers = (tf.gather(data, article_idx) for data in self.article_data)
        articles = self.article_tower(ids * mask[1], categories, article_numbers)
        return self.softmax(customers, articles, q, customer_idx, article_idx)


def fitting_batch_size(n_pairs: int, largest: int) -> int:
    """``largest``, or less in a small shop: an epoch of few steps never gets away from popularity."""
    return min(largest, max(SMALLEST_BATCH, n_pairs // STEPS_AN_EPOCH), n_pairs)


def _embed(tower: Tower, inputs: TowerInputs) -> FloatArray:
    """Vectors of all rows, block by block."""
    call = tf.function(tower, reduce_retracing=True)
    blocks = [
        call(
            *(tf.constant(part[i : i + EMBED_BLOCK]) for part in (inputs.ids, inputs.categories, inputs.numbers))
        ).numpy()
        for i in range(0, len(inputs.ids), EMBED_BLOCK)
    ]
    return np.concatenate(blocks).astype(np.float32)
