"""Trains design A's ranker: weighted binary cross-entropy over hard negatives."""

import math

import numpy as np
import tensorflow as tf
import tf_keras as keras
from tqdm import tqdm

import recsys_core.towers  # noqa: F401 - checks that TensorFlow took Keras 2
from recsys_core.config import DnnRankerConfig
from recsys_core.features.snapshot import FloatArray
from recsys_core.ranking.base import Examples
from recsys_core.ranking.dnn.ranker import dense_input, squash
from recsys_core.training import Monitor


def train_dnn(examples: Examples, config: DnnRankerConfig, monitor: Monitor) -> dict[str, FloatArray]:
    """The trained weights, named as ``DnnRanker`` reads them."""
    keras.utils.set_random_seed(config.seed)
    tf.config.experimental.enable_op_determinism()
    scaling = fit_scaling(examples.numbers)
    model = build_model(examples, config)
    optimizer = keras.optimizers.Adam(config.learning_rate)
    dense = dense_input(scaling, examples.numbers)
    steps = math.ceil(len(examples.label) / config.batch_size)

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    def learn(numbers: tf.Tensor, codes: tf.Tensor, label: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = weighted_bce(label, model([numbers, codes], training=True), config.positive_weight)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    for epoch in range(config.epochs):
        order = np.random.default_rng([config.seed, epoch]).permutation(len(examples.label))
        losses = []
        for i in tqdm(range(steps), desc=f"ranker epoch {epoch + 1}", mininterval=5):
            at = order[i * config.batch_size : (i + 1) * config.batch_size]
            losses.append(float(learn(dense[at], examples.codes[at], examples.label[at])))
        monitor.metrics({"loss": float(np.mean(losses))}, epoch + 1)
    if monitor.model:
        monitor.model(model, [dense[:2], examples.codes[:2]])
    return {**scaling, **_weights(model, examples)}


def weighted_bce(label: tf.Tensor, logit: tf.Tensor, positive_weight: float) -> tf.Tensor:
    """Mean of ``-w1 y log p - (1 - y) log(1 - p)`` with p = sigmoid(logit), computed from logits."""
    losses = tf.nn.weighted_cross_entropy_with_logits(label, tf.squeeze(logit, 1), positive_weight)
    return tf.reduce_mean(losses)


def fit_scaling(numbers: FloatArray) -> dict[str, FloatArray]:
    """Mean, standard deviation and a null flag of each column, after squashing."""
    mean, scale, missing = [], [], []
    for column in numbers.T:
        known = squash(column[~np.isnan(column)])
        mean.append(known.mean() if len(known) else 0.0)
        scale.append(max(known.std(), 1e-3) if len(known) else 1.0)
        missing.append(len(known) < len(column))
    return {name: np.array(v, np.float32) for name, v in (("mean", mean), ("scale", scale), ("missing", missing))}


def build_model(examples: Examples, config: DnnRankerConfig) -> keras.Model:
    """Embeddings of log2(size) and dense layers; numbers arrive standardised. The output is a logit (n, 1)."""
    n_dense = examples.numbers.shape[1] + int(fit_scaling(examples.numbers)["missing"].sum())
    numbers = keras.Input((n_dense,), name="numbers")
    codes = keras.Input((len(examples.category_names),), dtype="int32", name="codes")
    parts = [numbers]
    for i, name in enumerate(examples.category_names):
        size = len(examples.vocabulary[name]) + 1
        parts.append(
            keras.layers.Embedding(size, max(1, round(math.log2(size))), name=f"embedding_{name}")(codes[:, i])
        )
    x = keras.layers.Concatenate()(parts)
    for i, units in enumerate(config.hidden):
        x = keras.layers.Dense(units, "relu", name=f"dense_{i}")(x)
        x = keras.layers.Dropout(config.dropout)(x)
    return keras.Model([numbers, codes], keras.layers.Dense(1, name=f"dense_{len(config.hidden)}")(x))


def _weights(model: keras.Model, examples: Examples) -> dict[str, FloatArray]:
    found = {}
    for name in examples.category_names:
        found[f"embedding_{name}"] = model.get_layer(f"embedding_{name}").get_weights()[0]
    dense = [layer for layer in model.layers if layer.name.startswith("dense_")]
    for i, layer in enumerate(dense):
        found[f"kernel_{i}"], found[f"bias_{i}"] = layer.get_weights()
    return found
