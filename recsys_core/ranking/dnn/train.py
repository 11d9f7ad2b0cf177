"""Trains design A's ranker: weighted binary cross-entropy over hard negatives."""

import logging
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Self

import numpy as np
import numpy.typing as npt
import tensorflow as tf
import tf_keras as keras
from threadpoolctl import threadpool_limits
from tqdm import tqdm

import recsys_core.towers  # noqa: F401 - checks that TensorFlow took Keras 2
from recsys_core.features.pairs import ARTICLE_ID, CUSTOMER_ID
from recsys_core.features.snapshot import FloatArray, IntArray
from recsys_core.ranking.base import Examples
from recsys_core.ranking.config import DnnRankerConfig
from recsys_core.ranking.dnn.forward import BLOCK_ROWS, IMAGE, Weights, dense_input, logits, squash
from recsys_core.ranking.feature_subsets import (
    CATEGORIES,
    ID_EMBEDDINGS,
    IMAGES,
    BoolArray,
    FeatureSubset,
    FirstTraining,
    first_training,
)
from recsys_core.ranking.holdout import map_at_12, split
from recsys_core.training import Monitor

log = logging.getLogger(__name__)
SCALING_ROWS = 200_000
MAX_CACHE_BYTES = 3 << 30
"""Dense inputs up to this size are kept between epochs: to work them out takes twice as long as to learn from them."""
MIN_EXAMPLES = 20
"""An id with fewer has no vector of its own."""


@dataclass(frozen=True)
class Trained:
    """Two sets of weights, named as ``DnnRanker`` reads them."""

    weights: dict[str, FloatArray]
    """Learned from all examples."""
    validation: dict[str, FloatArray]
    """Learned without the held-out ones."""
    held_out: FloatArray
    """Scores of the held-out examples by the validation weights."""


def train_dnn(examples: Examples, config: DnnRankerConfig, monitor: Monitor) -> Trained:
    """Train for as long as serves the held-out examples best, then once more on all.

    Feature subset and epochs are those with the best MAP@12 on the held-out examples; a new network then learns from
    all.
    """
    seen, unseen = split(examples)
    best, report = first_training(
        seen,
        (ID_EMBEDDINGS, IMAGES),
        lambda learned: partial(
            _first_training, _Inputs(learned, unseen), config, monitor if learned is seen else Monitor()
        ),
        beside=(CATEGORIES,),
    )
    epochs, subset = best.size, best.subset
    monitor.metrics({"epochs": epochs, "held_out_map_at_12": best.map_at_12, **report}, epochs)
    *_, (weights, loss, model) = _epochs(_Inputs(examples), config, epochs, subset)
    log.info("%d epochs on all examples, feature subset %s: loss %.4f", epochs, subset.name, loss)
    if monitor.model:
        numbers, codes = dense_input(weights, examples.numbers[:2]), examples.codes[:2]
        monitor.model(model, [with_images(numbers, examples, codes, subset), codes])
    return Trained(weights, best.model, best.held_out)


def _first_training(
    inputs: "_Inputs", config: DnnRankerConfig, monitor: Monitor, subset: FeatureSubset
) -> FirstTraining[dict[str, FloatArray]]:
    unseen = inputs.unseen
    best, epochs, held_out = -1.0, 1, np.zeros(len(unseen), np.float32)
    best_weights: dict[str, FloatArray] = {}
    for epoch, (weights, loss, _) in enumerate(_epochs(inputs, config, config.epochs, subset), start=1):
        score = inputs.of(subset).unseen.score(weights, tuple(unseen.category_names), unseen.codes)
        precision = map_at_12(score, unseen.label, unseen.group)
        monitor.metrics({f"loss{subset.suffix}": loss, f"held_out_map_at_12{subset.suffix}": precision}, epoch)
        if precision > best:
            best, epochs, held_out, best_weights = precision, epoch, score, weights
        elif epoch >= epochs + config.patience:
            break
    return FirstTraining(subset, epochs, best_weights, held_out, best)


def _epochs(
    inputs: "_Inputs", config: DnnRankerConfig, epochs: int, subset: FeatureSubset
) -> Iterator[tuple[dict[str, FloatArray], float, keras.Model]]:
    """Weights, mean loss and the model after each epoch."""
    examples, scaling, rows = inputs.seen, inputs.of(subset).scaling, inputs.of(subset).seen
    keras.utils.set_random_seed(config.seed)
    tf.config.experimental.enable_op_determinism()
    unknown = OutOfVocabulary.of(examples, config, subset)
    model = build_model(examples, config, int(scaling["missing"].sum()), subset)
    optimizer = keras.optimizers.Adam(config.learning_rate)
    optimizer.build(model.trainable_variables)  # variables that come with the first step would have it traced twice
    weight = one_vote_each(examples)
    steps = math.ceil(len(examples.label) / config.batch_size)

    signature = [tf.TensorSpec(part.shape, part.dtype) for part in model.inputs] + 2 * [tf.TensorSpec([None])]

    @tf.function(input_signature=signature)  # type: ignore[untyped-decorator]
    def learn(numbers: tf.Tensor, codes: tf.Tensor, label: tf.Tensor, weight: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = weighted_bce(label, model([numbers, codes], training=True), config.positive_weight, weight)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    for epoch in range(epochs):
        rng = np.random.default_rng([config.seed, epoch])
        order = rng.permutation(len(examples.label))
        losses = []
        for i in tqdm(range(steps), desc=f"ranker epoch {epoch + 1}", mininterval=5):
            at = np.sort(order[i * config.batch_size : (i + 1) * config.batch_size])
            dense = with_images(rows[at], examples, examples.codes[at], subset)
            codes = unknown.hide(examples.codes[at], rng)
            losses.append(float(learn(dense, codes, examples.label[at], weight[at])))
        yield {**scaling, **_weights(model, examples, subset, unknown)}, float(np.mean(losses)), model


@dataclass(frozen=True)
class _Scaled:
    """Dense inputs of examples, scaled by those to learn from."""

    scaling: dict[str, FloatArray]
    seen: "_DenseRows"
    unseen: "_DenseRows"


class _Inputs:
    """Examples to learn from and held-out ones, with the dense inputs of the subset that was asked for last.

    Subsets that differ in ids or images alone have the same ones.
    """

    def __init__(self, seen: Examples, unseen: Examples | None = None) -> None:
        self.seen = seen
        self.unseen = seen.take(np.zeros(len(seen), bool)) if unseen is None else unseen
        self._scaled: dict[bytes, _Scaled] = {}

    def of(self, subset: FeatureSubset) -> _Scaled:
        key = subset.numbers.tobytes()
        if key not in self._scaled:
            scaling = fit_scaling(self.seen.numbers, subset.numbers)
            rows = _DenseRows(scaling, self.seen.numbers), _DenseRows(scaling, self.unseen.numbers)
            self._scaled = {key: _Scaled(scaling, *rows)}
        return self._scaled[key]


class _DenseRows:
    """The dense input of examples: kept up to ``MAX_CACHE_BYTES``, else computed when asked for."""

    def __init__(self, scaling: Weights, numbers: FloatArray) -> None:
        self._scaling = scaling
        self._numbers = numbers
        self._blocks = [slice(i, i + BLOCK_ROWS) for i in range(0, len(numbers), BLOCK_ROWS)]
        width = numbers.shape[1] + int(scaling["missing"].sum())
        self._kept: FloatArray | None = None
        if 0 < len(numbers) * width * np.dtype(np.float32).itemsize <= MAX_CACHE_BYTES:
            self._kept = np.empty((len(numbers), width), np.float32)
            for rows in self._blocks:
                self._kept[rows] = self._made(rows)

    def __getitem__(self, rows: slice | npt.NDArray[np.integer]) -> FloatArray:
        return self._made(rows) if self._kept is None else self._kept[rows]

    def score(self, weights: Weights, categories: tuple[str, ...], codes: IntArray) -> FloatArray:
        """Output of ``forward`` for all rows, (n,)."""
        with threadpool_limits(1, "blas"):  # beside other work, two threads take three times the CPU of one
            parts = [logits(weights, categories, self[rows], codes[rows]) for rows in self._blocks]
        return np.concatenate(parts) if parts else np.empty(0, np.float32)

    def _made(self, rows: slice | npt.NDArray[np.integer]) -> FloatArray:
        return dense_input(self._scaling, self._numbers[rows])


def weighted_bce(label: tf.Tensor, logit: tf.Tensor, positive_weight: float, weight: tf.Tensor) -> tf.Tensor:
    """Mean, by ``weight`` (n,), of ``-w1 y log p - (1 - y) log(1 - p)`` with p = sigmoid(logit), from logits."""
    losses = tf.nn.weighted_cross_entropy_with_logits(label, tf.squeeze(logit, 1), positive_weight)
    return tf.reduce_sum(losses * weight) / tf.reduce_sum(weight)


def one_vote_each(examples: Examples) -> FloatArray:
    """(n,) weights by which a customer who bought ten articles says as much as one who bought one, as in MAP."""
    _, customer = np.unique(examples.group, return_inverse=True)
    hits = np.bincount(customer, examples.label > 0)[customer]
    return (1 / np.maximum(hits, 1)).astype(np.float32)


def fit_scaling(numbers: FloatArray, included: BoolArray) -> dict[str, FloatArray]:
    """Mean, standard deviation and a null flag of each column, after squashing, from evenly spaced rows.

    A column that is not ``included`` is infinitely wide and has no flag: all its values become 0.
    """
    sample = numbers[:: max(1, len(numbers) // SCALING_ROWS)]
    mean, scale, missing = [], [], []
    for column in sample.T:
        known = squash(column[~np.isnan(column)])
        mean.append(known.mean() if len(known) else 0.0)
        scale.append(max(known.std(), 1e-3) if len(known) else 1.0)
        missing.append(len(known) < len(column))
    found = {name: np.array(v, np.float32) for name, v in (("mean", mean), ("scale", scale), ("missing", missing))}
    found["scale"][~included] = np.inf
    found["missing"][~included] = 0
    return found


def with_images(dense: FloatArray, examples: Examples, codes: IntArray, subset: FeatureSubset) -> FloatArray:
    """``dense`` (n, n_dense) with the images of the articles of ``codes`` (n, n_categories) beside, if they count."""
    if not subset.images or examples.images is None:
        return dense
    article = codes[:, examples.category_names.index(ARTICLE_ID)]
    return np.concatenate([dense, examples.images[article]], axis=1)


@dataclass(frozen=True)
class OutOfVocabulary:
    """Trains code 0 of the ids: ids that are rare share it, and others stand in it at random."""

    rare: Mapping[int, BoolArray]
    """Masks (size,) by column, of codes with too few examples for a vector of their own."""
    rates: Mapping[int, float]
    """Share of the examples whose id is hidden, by column."""

    @classmethod
    def of(cls, examples: Examples, config: DnnRankerConfig, subset: FeatureSubset) -> Self:
        rate_of = {CUSTOMER_ID: config.customer_oov_rate, ARTICLE_ID: config.oov_rate}
        names = examples.category_names
        rates = {i: rate_of[name] for i, name in enumerate(names) if name in rate_of and subset.categories[i]}
        counts = {i: np.bincount(examples.codes[:, i], minlength=len(examples.vocabulary[names[i]]) + 1) for i in rates}
        return cls({i: count < MIN_EXAMPLES for i, count in counts.items()}, rates)

    def hide(self, codes: IntArray, rng: np.random.Generator) -> IntArray:
        """``codes`` (n, n_categories) as they are trained on."""
        codes = codes.copy()
        for i, rate in self.rates.items():
            codes[self.rare[i][codes[:, i]] | (rng.random(len(codes)) < rate), i] = 0
        return codes


def build_model(examples: Examples, config: DnnRankerConfig, n_flags: int, subset: FeatureSubset) -> keras.Model:
    """Embeddings of log2(size) and dense layers; numbers arrive standardised. The output is a logit (n, 1).

    The image embeddings stand behind the numbers, and come down to ``image_units`` by a layer of their own.
    """
    n_dense = examples.numbers.shape[1] + n_flags
    n_image = examples.images.shape[1] if subset.images and examples.images is not None else 0
    numbers = keras.Input((n_dense + n_image,), name="numbers")
    codes = keras.Input((len(examples.category_names),), dtype="int32", name="codes")
    parts = [numbers[:, :n_dense]]
    for i in np.flatnonzero(subset.categories).tolist():
        name = examples.category_names[i]
        size = len(examples.vocabulary[name]) + 1
        parts.append(
            keras.layers.Embedding(size, max(1, round(math.log2(size))), name=f"embedding_{name}")(codes[:, i])
        )
    if n_image:
        parts.append(keras.layers.Dense(config.image_units, name=IMAGE)(numbers[:, n_dense:]))
    x = keras.layers.Concatenate()(parts) if len(parts) > 1 else parts[0]
    for i, units in enumerate(config.hidden):
        x = keras.layers.Dense(units, "relu", name=f"dense_{i}")(x)
        x = keras.layers.Dropout(config.dropout)(x)
    return keras.Model([numbers, codes], keras.layers.Dense(1, name=f"dense_{len(config.hidden)}")(x))


def _weights(
    model: keras.Model, examples: Examples, subset: FeatureSubset, unknown: OutOfVocabulary
) -> dict[str, FloatArray]:
    found = {}
    for i in np.flatnonzero(subset.categories).tolist():
        name = f"embedding_{examples.category_names[i]}"
        found[name] = model.get_layer(name).get_weights()[0]
        if i in unknown.rare:
            found[name][unknown.rare[i]] = found[name][0]
    if subset.images and examples.images is not None:
        kernel, bias = model.get_layer(IMAGE).get_weights()
        found[IMAGE] = examples.images @ kernel + bias
    dense = [layer for layer in model.layers if layer.name.startswith("dense_")]
    for i, layer in enumerate(dense):
        found[f"kernel_{i}"], found[f"bias_{i}"] = layer.get_weights()
    return found
