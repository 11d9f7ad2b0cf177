"""Two towers of dense layers over embeddings, trained with in-batch negatives (design A, section 1.1)."""

import math
from collections.abc import Sequence

import tensorflow as tf
import tensorflow_recommenders as tfrs
import tf_keras as keras

from recsys_core.towers.config import TwoTowerConfig
from recsys_core.towers.history import PAD
from recsys_core.towers.inputs import TowerInputs
from recsys_core.towers.pooling import Sums, shares_of, sums_in_graph
from recsys_core.towers.popularity import N_FEATURES
from recsys_core.towers.precision import Product
from recsys_core.towers.weights import EmbeddingTable, TowerWeights

INITIAL_SPREAD = 0.5
"""Embeddings start uniform in +-INITIAL_SPREAD. With much less all vectors first follow popularity into one
direction: after six epochs on sixty days of the slice the loss was 6.16 from +-0.05 and 5.87 from +-0.5 (6.93 is
popularity alone)."""
FORGETTING = (0.0, 1.0)
"""Each head pools the history with weights ``days ** -forgetting``, learned from here: all similar, and the latest."""


class Description(tf.Module):  # type: ignore[misc]
    """One side's inputs as one row: embeddings of id and categories, numbers as they are or behind a dense layer."""

    def __init__(
        self,
        inputs: TowerInputs,
        config: TwoTowerConfig,
        seed: int,
        name: str,
        start: TowerWeights | None = None,
    ) -> None:
        super().__init__(name=name)
        seeds = iter(range(seed, seed + 100))
        self.tables = [
            _embedding(len(values), config.id_dim if i == 0 else category_dim(len(values)), next(seeds))
            if start is None
            else _continued(start.tables[name], values, next(seeds))
            for i, (name, values) in enumerate(inputs.values.items())
        ]
        self.image = _dense(config.image_units, "linear", next(seeds)) if inputs.image_size else None
        self._image_size = inputs.image_size

    def __call__(self, ids: tf.Tensor, categories: tf.Tensor, numbers: tf.Tensor) -> tf.Tensor:
        """Rows (batch, width) from ids (batch,), categories (batch, c), numbers (batch, m), the image's last."""
        id_table, *category_tables = self.tables
        parts = [tf.gather(id_table, ids)]
        parts += [tf.gather(table, categories[:, i]) for i, table in enumerate(category_tables)]
        if self.image:
            numbers, image = numbers[:, : -self._image_size], numbers[:, -self._image_size :]
            parts.append(self.image(image))
        return tf.concat([*parts, numbers], axis=1)


class Head(tf.Module):  # type: ignore[misc]
    """Dense layers and the L2 norm."""

    def __init__(self, config: TwoTowerConfig, seed: int, name: str) -> None:
        super().__init__(name=name)
        self.hidden = [_dense(units, "relu", seed + i) for i, units in enumerate(config.hidden)]
        self.output = _dense(config.dim, config.output_activation, seed + len(config.hidden))

    def __call__(self, x: tf.Tensor, product: Product = tf.matmul) -> tf.Tensor:
        """Vectors (batch, dim) of unit length. ``product`` multiplies inputs (n, d) by a layer's kernel (d, units)."""
        for layer in (*self.hidden, self.output):
            if not layer.built:
                layer.build(x.shape)
            x = layer.activation(tf.nn.bias_add(product(x, layer.kernel), layer.bias))
        return tf.math.l2_normalize(x, axis=1, epsilon=1e-9)


class ArticleTower(tf.Module):  # type: ignore[misc]
    """Embeds articles."""

    def __init__(
        self, inputs: TowerInputs, config: TwoTowerConfig, seed: int, start: TowerWeights | None = None
    ) -> None:
        super().__init__(name="article_tower")
        self.description = Description(inputs, config, seed, "article", start)
        self.head = Head(config, seed + 200, "article_head")

    def __call__(
        self, ids: tf.Tensor, categories: tf.Tensor, numbers: tf.Tensor, product: Product = tf.matmul
    ) -> tf.Tensor:
        """Vectors (batch, dim) of unit length."""
        return self.head(self.description(ids, categories, numbers), product)


class CustomerTower(tf.Module):  # type: ignore[misc]
    """Embeds customers by what is known of them and by the articles they bought last."""

    def __init__(
        self,
        inputs: TowerInputs,
        articles: TowerInputs,
        article: Description,
        config: TwoTowerConfig,
        seed: int,
        start: TowerWeights | None = None,
    ) -> None:
        super().__init__(name="customer_tower")
        self.description = Description(inputs, config, seed, "customer", start)
        self.article = article
        self.articles = tuple(map(tf.constant, (articles.ids, articles.categories, articles.numbers)))
        self.forgetting = tf.Variable(FORGETTING, name="forgetting") if config.history_length else None
        self.head = Head(config, seed + 200, "customer_head")

    def __call__(
        self,
        ids: tf.Tensor,
        categories: tf.Tensor,
        numbers: tf.Tensor,
        bought: tf.Tensor,
        days: tf.Tensor,
        history_of: tf.Tensor | None = None,
        sums: Sums = sums_in_graph,
        product: Product = tf.matmul,
    ) -> tf.Tensor:
        """Vectors (batch, dim) of unit length; ``bought`` (n_histories, length) articles or PAD, ``days`` since then.

        ``history_of`` (batch,) says which history is whose; by default each row has its own. ``sums`` adds up what a
        history has, ``product`` is that of the dense layers.
        """
        x = self.description(ids, categories, numbers)
        if self.forgetting is not None:
            history = self._history(bought, days, self.forgetting, sums)
            x = tf.concat([x, history if history_of is None else tf.gather(history, history_of)], axis=1)
        return self.head(x, product)

    def _history(self, bought: tf.Tensor, days: tf.Tensor, forgetting: tf.Tensor, sums: Sums) -> tf.Tensor:
        """Weighted means of the descriptions of what was bought, one a head, and how much there was."""
        there = tf.where(bought != PAD)
        row, n = there[:, 0], tf.shape(bought)[0]
        at = tf.gather_nd(bought, there)
        distinct, position = tf.unique(at)
        described = self.article(*(tf.gather(part, distinct) for part in self.articles))
        age = tf.math.log(tf.maximum(tf.gather_nd(days, there), 1.0))
        means = sums(described, shares_of(tf.exp(-age[:, None] * forgetting), row, n), row, position, n)
        count = tf.math.unsorted_segment_sum(tf.ones_like(age), row, n)[:, None]
        return tf.concat([means, tf.math.log1p(count), tf.minimum(count, 1.0)], axis=1)


class PopularityPrior(tf.Module):  # type: ignore[misc]
    """A bias of each article by how much it sells, so that the vectors need not say what is popular.

    A weighted sum of its popularity features: before each block of purchases in training, as of the cut-off when
    candidates are retrieved.
    """

    def __init__(self) -> None:
        super().__init__(name="popularity_prior")
        shares = N_FEATURES - 1
        self.weight = tf.Variable([[1 / shares]] * shares + [[0.0]], name="weight")

    def __call__(self, features: tf.Tensor) -> tf.Tensor:
        """Logits (n,) from popularity features (n, N_FEATURES)."""
        return tf.matmul(features, self.weight)[:, 0]


class InBatchSoftmax:
    """Softmax over the batch's articles with log-q correction, by TFRS's retrieval task.

    The logit of every column, the positive too, is ``s / tau + bias - log q`` (Yi et al. 2019).
    ``before_temperature`` is design A's ``(s - log q) / tau + bias``. Columns that are the row's own article, or
    another article which the same customer bought, are no negatives and are masked.
    """

    def __init__(self, config: TwoTowerConfig) -> None:
        self._log_q = config.log_q
        self._temperature = config.temperature
        self._task = tfrs.tasks.Retrieval(temperature=config.temperature, remove_accidental_hits=True)

    def __call__(
        self,
        customers: tf.Tensor,
        articles: tf.Tensor,
        probability: tf.Tensor,
        customer_idx: tf.Tensor,
        article_idx: tf.Tensor,
        bias: tf.Tensor | None = None,
    ) -> tf.Tensor:
        """Mean loss of a batch: vectors (n, dim) of the pairs, q (n,), the pairs' ids (n,), the articles' bias (n,).

        With vectors of the first m customers alone, it is what these contribute to the mean over n.
        """
        added = tf.zeros_like(probability) if bias is None else bias * self._temperature
        if self._log_q == "before_temperature":
            added -= tf.math.log(probability)
        m, n = tf.shape(customers)[0], tf.shape(customer_idx)[0]
        other_buyer = tf.not_equal(customer_idx[:m, None], customer_idx[None, :])
        total = self._task(
            tf.concat([customers, tf.ones_like(added)[:m, None]], axis=1),
            tf.concat([articles, added[:, None]], axis=1),
            candidate_sampling_probability=probability if self._log_q == "after_temperature" else None,
            candidate_ids=article_idx,
            score_mask=tf.logical_or(other_buyer, tf.eye(m, n, dtype=tf.bool)),
            compute_metrics=False,
        )
        return total / tf.cast(n, tf.float32)


def category_dim(size: int) -> int:
    """Design A's embedding length for a vocabulary of ``size`` values: 3 * log2(size)."""
    return max(1, round(3 * math.log2(max(size, 2))))


def _embedding(rows: int, dim: int, seed: int) -> tf.Variable:
    initial = tf.random.stateless_uniform((rows, dim), (seed, rows), -INITIAL_SPREAD, INITIAL_SPREAD)
    return tf.Variable(initial, name=f"embedding_{seed}")


def _continued(start: EmbeddingTable, values: Sequence[str], seed: int) -> tf.Variable:
    """A table that goes on from ``start``, as wide as that one, whatever the number of values by now."""
    fresh = _embedding(len(values), start.rows.shape[1], seed)
    fresh.assign(start.carried_over(values, fresh.numpy()))
    return fresh


def _dense(units: int, activation: str, seed: int) -> keras.layers.Dense:
    return keras.layers.Dense(units, activation, kernel_initializer=keras.initializers.GlorotUniform(seed))
