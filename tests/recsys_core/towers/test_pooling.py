"""Weighted sums of histories: by hand, and the compiled ones beside TensorFlow's own."""

import numpy as np
import pytest
import tensorflow as tf

from recsys_core.towers.pooling import Sums, compiled_sums, shares_of, sums_in_graph

DESCRIBED = tf.constant([[1.0, 10.0], [3.0, 30.0], [5.0, 50.0]])
ROW, POSITION = tf.constant([0, 0, 2], tf.int64), tf.constant([0, 1, 2])
WEIGHTS = tf.constant([[1.0, 3.0], [1.0, 1.0], [0.5, 2.0]])


def test_shares_add_up_to_one_in_each_history() -> None:
    assert shares_of(WEIGHTS, ROW, tf.constant(3)).numpy().tolist() == [[0.5, 0.75], [0.5, 0.25], [1, 1]]


@pytest.mark.parametrize("sums", [sums_in_graph, compiled_sums])
def test_heads_stand_side_by_side_and_are_zero_without_a_purchase(sums: Sums) -> None:
    found = sums(DESCRIBED, shares_of(WEIGHTS, ROW, tf.constant(3)), ROW, POSITION, tf.constant(3))
    assert found.numpy().tolist() == [[2, 20, 1.5, 15], [0, 0, 0, 0], [5, 50, 5, 50]]


@pytest.mark.parametrize("width", [3, 150])
def test_compiled_sums_and_gradients_are_tensorflow_s(width: int) -> None:
    rng = np.random.default_rng(1)
    described, shares = (tf.Variable(rng.random(shape), dtype=tf.float32) for shape in ((20, width), (60, 2)))
    row = tf.constant(np.sort(rng.integers(0, 9, 60)))
    position, wanted = tf.constant(rng.integers(0, 20, 60)), tf.constant(rng.random((9, 2 * width)), tf.float32)

    def computed(sums: Sums) -> list[np.ndarray]:
        with tf.GradientTape() as tape:
            found = sums(described, shares, row, position, tf.constant(9))
            loss = tf.reduce_sum(found * wanted)
        gradients = map(tf.convert_to_tensor, tape.gradient(loss, [described, shares]))
        return [found.numpy(), *(gradient.numpy() for gradient in gradients)]

    for found, expected in zip(computed(compiled_sums), computed(sums_in_graph), strict=True):
        np.testing.assert_allclose(found, expected, rtol=2e-5, atol=1e-6)
