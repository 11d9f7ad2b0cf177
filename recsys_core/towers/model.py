"""Two towers of dense layers over embeddings, trained with in-batch negatives (design A, section 1.1)."""

import math

import tensorflow as tf
import tensorflow_recommenders as tfrs
import tf_keras as keras

from recsys_core.config import TwoTowerConfig
from recsys_core.towers.inputs import TowerInputs

SPREAD = 0.5
"""Embeddings start uniform in +-SPREAD. With much less all vectors first follow popularity into one direction: after
six epochs on sixty days of the slice the loss was 6.16 from +-0.05 and 5.87 from +-0.5 (6.93 is popularity alone)."""


class Tower(tf.Module):  # type: ignore[misc]
    """Embeds one side: id and categories through embeddings, numbers as they are, dense layers, L2 norm."""

    def __init__(self, inputs: TowerInputs, config: TwoTowerConfig, seed: int, name: str) -> None:
        super().__init__(name=name)
        seeds = iter(range(seed, seed + 100))
        self.id_embedding = _embedding(inputs.id_size, config.id_dim, next(seeds))
        self.embeddings = [_embedding(size, category_dim(size), next(seeds)) for size in inputs.category_sizes]
        self.hidden = [_dense(units, "relu", next(seeds)) for units in config.hidden]
        self.output = _dense(config.dim, config.output_activation, next(seeds))

    def __call__(self, ids: tf.Tensor, categories: tf.Tensor, numbers: tf.Tensor) -> tf.Tensor:
        """Vectors (batch, dim) of unit length from ids (batch,), categories (batch, c), numbers (batch, m)."""
        parts = [tf.gather(self.id_embedding, ids)]
        parts += [tf.gather(table, categories[:, i]) for i, table in enumerate(self.embeddings)]
        x = tf.concat([*parts, numbers], axis=1)
        for layer in self.hidden:
            x = layer(x)
        return tf.math.l2_normalize(self.output(x), axis=1, epsilon=1e-9)


class InBatchSoftmax:
    """Softmax over the batch's articles with log-q correction, by TFRS's retrieval task.

    The logit of every column, the positive too, is ``s / tau - log q`` (Yi et al. 2019). ``before_temperature``
    is design A's ``(s - log q) / tau``. Columns that are the row's own article, or another article which the same
    customer bought, are no negatives and are masked.
    """

    def __init__(self, config: TwoTowerConfig) -> None:
        self._log_q = config.log_q
        self._task = tfrs.tasks.Retrieval(temperature=config.temperature, remove_accidental_hits=True)

    def __call__(
        self,
        customers: tf.Tensor,
        articles: tf.Tensor,
        probability: tf.Tensor,
        customer_idx: tf.Tensor,
        article_idx: tf.Tensor,
    ) -> tf.Tensor:
        """Mean loss of a batch: vectors (n, dim) of the pairs, q (n,), and the pairs' ids (n,)."""
        if self._log_q == "before_temperature":
            customers = tf.concat([customers, tf.ones_like(probability)[:, None]], axis=1)
            articles = tf.concat([articles, -tf.math.log(probability)[:, None]], axis=1)
        n = tf.shape(customer_idx)[0]
        other_buyer = tf.not_equal(customer_idx[:, None], customer_idx[None, :])
        total = self._task(
            customers,
            articles,
            candidate_sampling_probability=probability if self._log_q == "after_temperature" else None,
            candidate_ids=article_idx,
            score_mask=tf.logical_or(other_buyer, tf.eye(n, dtype=tf.bool)),
            compute_metrics=False,
        )
        return total / tf.cast(n, tf.float32)


def category_dim(size: int) -> int:
    """Design A's embedding length for a vocabulary of ``size`` values: 3 * log2(size)."""
    return max(1, round(3 * math.log2(max(size, 2))))


def _embedding(rows: int, dim: int, seed: int) -> tf.Variable:
    initial = tf.random.stateless_uniform((rows, dim), (seed, rows), -SPREAD, SPREAD)
    return tf.Variable(initial, name=f"embedding_{seed}")


def _dense(units: int, activation: str, seed: int) -> keras.layers.Dense:
    return keras.layers.Dense(units, activation, kernel_initializer=keras.initializers.GlorotUniform(seed))
