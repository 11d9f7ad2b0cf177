"""Model, optimizers and data of one training of the two towers, resumable by epoch."""

import logging
import math
from dataclasses import dataclass
from functools import partial

import numpy as np
import tensorflow as tf
import tf_keras as keras
from tqdm import tqdm

from recsys_core.features.images import ImageEmbeddings
from recsys_core.features.snapshot import FloatArray, IntArray, Snapshot
from recsys_core.towers.batches import MIN_BATCH_SIZE, Batches, fitting_batch_size, fitting_epochs
from recsys_core.towers.cluster import Cluster
from recsys_core.towers.config import TwoTowerConfig
from recsys_core.towers.distributed import Processes
from recsys_core.towers.history import as_of_cutoff
from recsys_core.towers.inputs import inputs_by, pairs_since, tower_inputs
from recsys_core.towers.model import ArticleTower, CustomerTower, InBatchSoftmax, PopularityPrior
from recsys_core.towers.pooling import fastest_sums
from recsys_core.towers.popularity import popularity_features
from recsys_core.towers.precision import fastest_product
from recsys_core.towers.weights import EmbeddingTable, TowerWeights
from recsys_core.training import Monitor

log = logging.getLogger(__name__)
EMBED_BLOCK_ROWS = 8192
GAIN_BATCHES = 20
INCREMENTAL_RATE = 0.5
"""Highest learning rates of an incremental training, as a share of the configured ones."""


@dataclass(frozen=True)
class Vectors:
    """Output vectors of both towers, and the bias of each article."""

    customers: FloatArray
    """(n_customers + 1, dim)"""
    articles: FloatArray
    """(n_articles, dim)"""
    article_bias: FloatArray
    """(n_articles,) the popularity prior as of the cut-off, in units of cosine; zeros without one."""


class Trainer:
    """The two towers of a snapshot, from nothing or from the weights as of an earlier cut-off."""

    def __init__(
        self,
        snapshot: Snapshot,
        config: TwoTowerConfig,
        images: ImageEmbeddings | None,
        start: TowerWeights | None = None,
        learns: bool = True,
        together: Processes | None = None,
    ) -> None:
        self.processes = together or Processes(Cluster())
        self.config = config
        self.snapshot = snapshot
        self.rate = INCREMENTAL_RATE if start else 1.0
        by_start = start if start and not learns else None
        inputs = inputs_by(by_start, snapshot, config, images) if by_start else tower_inputs(snapshot, config, images)
        self.customers, self.articles, self.scaling = inputs.customers, inputs.articles, inputs.scaling
        pairs = inputs.pairs
        if by_start:
            start = by_start.extended({**self.customers.values, **self.articles.values})
        self.start = start
        size = fitting_batch_size(len(pairs), config.batch_size)
        self.all_batches = Batches(snapshot, pairs, config, size)
        self.batches, most = self.all_batches, config.epochs
        if start and learns:
            has_news = (pairs.moments.days_ago <= (snapshot.cutoff - start.cutoff).days).sum() >= MIN_BATCH_SIZE
            most = config.incremental_epochs if has_news else 0
            if has_news:
                self.batches = Batches(snapshot, pairs_since(snapshot, config, pairs, start.cutoff), config, size)
        self.epochs = fitting_epochs(len(pairs), config, most)
        self.softmax = InBatchSoftmax(config)
        self.sums = fastest_sums()
        self.product = fastest_product(config.mixed_precision)
        with self.processes.scope():
            self.article_tower = ArticleTower(self.articles, config, config.seed * 1000 + 500, start)
            self.customer_tower = CustomerTower(
                self.customers, self.articles, self.article_tower.description, config, config.seed * 1000, start
            )
            self.prior = PopularityPrior() if config.popularity_prior else None
            self.optimizers = (
                keras.optimizers.Adagrad(config.embedding_learning_rate, initial_accumulator_value=0.1),
                keras.optimizers.Adam(config.learning_rate),
            )
        with tf.device("/CPU:0"):
            self.customer_data = (tf.constant(self.customers.ids), tf.constant(self.customers.categories))

    def run(self, monitor: Monitor) -> float:
        """All epochs; goes on after the last one that a killed run finished."""
        done = tf.Variable(0)
        self.build()
        state = tf.train.Checkpoint(
            customers=self.customer_tower,
            articles=self.article_tower,
            prior=self.prior or tf.Module(),
            tables=self.optimizers[0],
            layers=self.optimizers[1],
            done=done,
        )
        kept = monitor.checkpoints and tf.train.CheckpointManager(state, str(monitor.checkpoints), max_to_keep=1)
        if kept and kept.restore_or_initialize():
            log.info("two-tower: going on after epoch %d", int(done))
        self.processes.share([done])
        if int(done):
            kept_variables = [v for optimizer in self.optimizers for v in optimizer.variables]
            self.processes.share([*self._tables, *self._layers, *kept_variables])
        loss = math.nan
        for epoch in range(int(done), self.epochs):
            loss = self._epoch(epoch)
            monitor.metrics({"loss": loss}, epoch + 1)
            done.assign(epoch + 1)
            if kept:
                kept.save()
        return loss if not math.isnan(loss) else self._epoch(self.epochs, learn=False)

    def vectors(self, customers: IntArray) -> Vectors:
        """Vectors of ``customers`` and of all articles as of the cut-off."""
        articles = self.article_inputs(np.arange(self.snapshot.n_articles, dtype=np.int32))
        rows = [customers[i : i + EMBED_BLOCK_ROWS] for i in range(0, len(customers), EMBED_BLOCK_ROWS)]
        blocks = [
            [part[i : i + EMBED_BLOCK_ROWS] for part in articles] for i in range(0, len(articles[0]), EMBED_BLOCK_ROWS)
        ]
        return Vectors(
            np.concatenate([self._customer_vectors(r) for r in rows]),
            np.concatenate([self.article_tower(*map(tf.constant, block)).numpy() for block in blocks]),
            self._bias(),
        )

    def _customer_vectors(self, customers: IntArray) -> FloatArray:
        ids, categories, numbers, bought, days = map(tf.constant, self.customer_inputs(customers))
        vectors: FloatArray = self.customer_tower(ids, categories, numbers, bought, days, sums=self.sums).numpy()
        return vectors

    def customer_inputs(self, customers: IntArray) -> tuple[np.ndarray, ...]:
        """The customer tower's inputs as of the cut-off."""
        side = self.customers
        history = self.batches.history(as_of_cutoff(self.snapshot.purchases, customers))
        return (side.ids[customers], side.categories[customers], side.numbers[customers], *history)

    def article_inputs(self, articles: IntArray) -> tuple[np.ndarray, ...]:
        """The article tower's inputs."""
        side = self.articles
        return side.ids[articles], side.categories[articles], side.numbers[articles]

    def weights(self) -> TowerWeights:
        """The weights as they are now."""
        tables = {
            name: EmbeddingTable(values, table.numpy())
            for tower, side in ((self.customer_tower, self.customers), (self.article_tower, self.articles))
            for (name, values), table in zip(side.values.items(), tower.description.tables, strict=True)
        }
        layers = tuple(layer.numpy() for layer in self._layers)
        return TowerWeights(self.snapshot.cutoff, tables, layers, self.scaling)

    def personal_gain(self) -> float:
        """Increase of the loss, in nats, if purchases are scored by the vectors of other customers in the batch."""
        rng = np.random.default_rng(self.config.seed)
        batches = [self.all_batches.tensors(at, rng) for at in self.all_batches.in_order(rng)[:GAIN_BATCHES]]
        own, others = tf.constant(0), tf.constant(1)
        gains = [self._loss_of(others, *batch) - self._loss_of(own, *batch) for batch in batches]
        return float(np.mean([float(gain) for gain in gains]))

    def _bias(self) -> FloatArray:
        n = self.snapshot.n_articles
        if self.prior is None:
            return np.zeros(n, np.float32)
        features = popularity_features(self.snapshot.purchases, n, 0)
        logits: FloatArray = self.prior(tf.constant(features)).numpy()
        return logits * np.float32(self.config.temperature)

    def build(self) -> None:
        """Make every variable, so that a checkpoint restores into what the next step uses, and the step's graph.

        One graph for batches of all sizes: tracing takes as long as a hundred steps.
        """
        batch = self.batches.tensors(np.arange(2), np.random.default_rng(0))
        sizes = [tf.TensorSpec([None, *part.shape[1:]], part.dtype) for part in batch]
        self._learn = tf.function(self.processes.together(self._step), input_signature=sizes)
        self._loss_of = tf.function(self._loss, input_signature=[tf.TensorSpec([], tf.int32), *sizes])
        with self.processes.scope():
            self._loss(tf.constant(0), *batch)
            if self.start:
                for layer, weights in zip(self._layers, self.start.layers, strict=True):
                    layer.assign(weights)
            for optimizer, variables in zip(self.optimizers, (self._tables, self._layers), strict=True):
                optimizer.build(variables)

    @property
    def _tables(self) -> list[tf.Variable]:
        """Embedding tables: their gradients are sparse, and Adagrad touches only the rows of a batch."""
        return [*self.customer_tower.description.tables, *self.article_tower.description.tables]

    @property
    def _layers(self) -> list[tf.Variable]:
        """Everything else."""
        modules: tuple[tf.Module, ...] = (self.customer_tower, self.article_tower)
        if self.prior:
            modules += (self.prior,)
        found = {id(v): v for module in modules for v in module.trainable_variables}
        tables = {id(table) for table in self._tables}
        return [variable for key, variable in found.items() if key not in tables]

    def _epoch(self, epoch: int, learn: bool = True) -> float:
        """Mean loss over one pass in an order that depends on seed and epoch alone."""
        rng = np.random.default_rng([self.config.seed, epoch])
        step = self._learn if learn else partial(self._loss_of, tf.constant(0))
        batches = self.batches.in_order(rng)
        losses = []
        for i, at in enumerate(tqdm(batches, desc=f"two-tower epoch {epoch + 1}", mininterval=5)):
            if learn:
                self._set_learning_rates(self.rate * (1 - (epoch + i / len(batches)) / self.epochs))
            part = self.processes.cluster.part(len(at)) if learn else slice(None)
            losses.append(step(*self.batches.tensors(at, rng, part)))
        return float(np.mean([float(x) for x in losses]))

    def _set_learning_rates(self, share: float) -> None:
        """A share of the configured ones; it falls to zero, which averages out the last steps' noise."""
        tables, layers = self.optimizers
        tables.learning_rate.assign(self.config.embedding_learning_rate * share)
        layers.learning_rate.assign(self.config.learning_rate * share)

    def _step(self, *batch: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = self.softmax(*self.processes.with_others(*self._pairs(*batch)))
        of_tables, of_layers = tape.gradient(loss, [self._tables, self._layers])
        tables, layers = self.optimizers
        tables.apply_gradients(zip(self.processes.to_sum(of_tables, self._tables), self._tables, strict=True))
        layers.apply_gradients(zip(of_layers, self._layers, strict=True))
        return self.processes.sum(loss)

    def _loss(self, shift: tf.Tensor, *batch: tf.Tensor) -> tf.Tensor:
        """Mean loss of a batch; each pair's customer is that of the pair ``shift`` places before it."""
        customers, *rest = self._pairs(*batch)
        return self.softmax(tf.roll(customers, shift, axis=0), *rest)

    def _pairs(
        self,
        customer_idx: tf.Tensor,
        customer_known: tf.Tensor,
        numbers: tf.Tensor,
        bought: tf.Tensor,
        days: tf.Tensor,
        history_of: tf.Tensor,
        article_idx: tf.Tensor,
        article_known: tf.Tensor,
        customer_of: tf.Tensor,
        article_of: tf.Tensor,
        q: tf.Tensor,
        popularity: tf.Tensor,
    ) -> tuple[tf.Tensor | None, ...]:
        """The parts of a batch's loss: vectors of the pairs, q, the pairs' ids, the articles' bias."""
        ids, categories = (tf.gather(data, customer_idx) for data in self.customer_data)
        ids *= tf.cast(customer_known, tf.int32)
        embedded = self.customer_tower(ids, categories, numbers, bought, days, history_of, self.sums, self.product)
        customers = tf.gather(embedded, customer_of)
        ids, categories, article_numbers = (tf.gather(data, article_idx) for data in self.customer_tower.articles)
        ids *= tf.cast(article_known, tf.int32)
        embedded = self.article_tower(ids, categories, article_numbers, self.product)
        articles = tf.gather(embedded, article_of)
        bias = self.prior(popularity) if self.prior else None
        buyer, article = tf.gather(customer_idx, customer_of), tf.gather(article_idx, article_of)
        return customers, articles, q, buyer, article, bias
