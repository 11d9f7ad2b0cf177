"""Weighted sums of what customers bought: the customer tower's view of a history."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from recsys_core.compiled import compiled, in_blocks

Floats = npt.NDArray[np.float32]
Positions = npt.NDArray[np.int32]
Sums = Callable[[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor], Any]
MIN_COLUMNS = 64
"""Columns that are worth a thread."""


def shares_of(weights: tf.Tensor, row: tf.Tensor, n: tf.Tensor) -> tf.Tensor:
    """``weights`` (n_entries, heads) divided by their sum over the entries of the same row."""
    total = tf.math.unsorted_segment_sum(weights, row, n)
    return weights / tf.gather(tf.maximum(total, 1e-6), row)


def sums_in_graph(
    described: tf.Tensor, shares: tf.Tensor, row: tf.Tensor, position: tf.Tensor, n: tf.Tensor
) -> tf.Tensor:
    """Sum of what each history names, (n, heads * width), by TensorFlow alone; a saved model has these operations.

    Entry e says that history ``row[e]``, ascending, has ``described[position[e]]`` (m, width), with ``shares[e]``
    (n_entries, heads) by head. An array of (n_entries, width) is written for each head.
    """
    named = tf.gather(described, position)
    heads = [shares[:, head : head + 1] * named for head in range(shares.shape[1])]
    return tf.concat([tf.math.unsorted_segment_sum(head, row, n) for head in heads], axis=1)


def fastest_sums() -> Sums:
    """``sums_in_graph`` on a GPU. On CPU the same by a compiled loop, which needs no such arrays."""
    return sums_in_graph if tf.config.list_physical_devices("GPU") else compiled_sums


@tf.custom_gradient  # type: ignore[untyped-decorator]
def compiled_sums(
    described: tf.Tensor, shares: tf.Tensor, row: tf.Tensor, position: tf.Tensor, n: tf.Tensor
) -> tuple[tf.Tensor, Any]:
    """``sums_in_graph`` by a compiled loop over the entries, for training: it lives in this process alone."""
    heads, width = shares.shape[1], described.shape[1]
    row, position = tf.cast(row, tf.int32), tf.cast(position, tf.int32)
    sums = tf.numpy_function(add_entries, [described, shares, row, position, n], tf.float32, stateful=False)
    sums.set_shape((None, heads * width))

    def gradient(of_sums: tf.Tensor) -> tuple[Any, ...]:
        inputs = [tf.convert_to_tensor(of_sums), described, shares, row, position]
        of_described, of_shares = tf.numpy_function(entry_gradients, inputs, [tf.float32, tf.float32], stateful=False)
        of_described.set_shape(described.shape)
        of_shares.set_shape(shares.shape)
        return of_described, of_shares, None, None, None

    return sums, gradient


def add_entries(described: Floats, shares: Floats, row: Positions, position: Positions, n: np.integer[Any]) -> Floats:
    """``sums_in_graph`` of arrays, (n, heads * width)."""
    width = described.shape[1]
    sums = np.zeros((int(n), shares.shape[1] * width), np.float32)
    in_blocks(lambda first, end: _add(described, shares, row, position, sums, first, end), width, size=_columns(width))
    return sums


def entry_gradients(
    of_sums: Floats, described: Floats, shares: Floats, row: Positions, position: Positions
) -> tuple[Floats, Floats]:
    """Gradients of ``described`` and ``shares`` by that of ``add_entries``."""
    width = described.shape[1]
    size = _columns(width)
    of_described = np.zeros_like(described)
    parts = np.zeros((-(-width // size), *shares.shape), np.float32)
    in_blocks(
        lambda first, end: _add_gradients(
            of_sums, described, shares, row, position, of_described, parts[first // size], first, end
        ),
        width,
        size=size,
    )
    return of_described, parts.sum(axis=0)


def _columns(width: int) -> int:
    """Columns of a block: half of them whatever the cores, so that sums do not depend on the machine."""
    return max(MIN_COLUMNS, -(-width // 2))


@compiled
def _add_times(into: Floats, share: float, values: Floats) -> None:
    for i in range(len(values)):
        into[i] += share * values[i]


def _dot_of(a: Floats, b: Floats) -> np.float32:
    total = np.float32(0)
    for i in range(len(a)):
        total += a[i] * b[i]
    return total


_dot = compiled(_dot_of, fastmath={"reassoc", "contract"})


@compiled
def _add(
    described: Floats, shares: Floats, row: Positions, position: Positions, sums: Floats, first: int, end: int
) -> None:
    """Add the columns ``first`` .. ``end``."""
    width = described.shape[1]
    for entry in range(len(row)):
        named = described[position[entry], first:end]
        for head in range(shares.shape[1]):
            start = head * width
            _add_times(sums[row[entry], start + first : start + end], shares[entry, head], named)


@compiled
def _add_gradients(
    of_sums: Floats,
    described: Floats,
    shares: Floats,
    row: Positions,
    position: Positions,
    of_described: Floats,
    of_shares: Floats,
    first: int,
    end: int,
) -> None:
    """Add what the columns ``first`` .. ``end`` give."""
    width = described.shape[1]
    for entry in range(len(row)):
        named, into = described[position[entry], first:end], of_described[position[entry], first:end]
        for head in range(shares.shape[1]):
            start = head * width
            given = of_sums[row[entry], start + first : start + end]
            _add_times(into, shares[entry, head], given)
            of_shares[entry, head] = _dot(given, named)
