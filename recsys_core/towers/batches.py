"""Batches that the two towers learn from: which purchases, in which order, and what the towers see of them."""

import numpy as np
import tensorflow as tf

from recsys_core.features.snapshot import FloatArray, IntArray, Snapshot
from recsys_core.towers.config import TwoTowerConfig
from recsys_core.towers.history import Moments, Positions, last_purchases
from recsys_core.towers.inputs import TrainingPairs

MIN_STEPS_PER_EPOCH = 50
"""Least number of steps in an epoch of a training from nothing, unless batches would get smaller than
``MIN_BATCH_SIZE``."""
MIN_BATCH_SIZE = 64


class Batches:
    """Batches of about ``size`` training pairs of a snapshot, each batch of one block."""

    def __init__(self, snapshot: Snapshot, pairs: TrainingPairs, config: TwoTowerConfig, size: int) -> None:
        self.pairs = pairs
        self.size = size
        self._snapshot = snapshot
        self._config = config

    def in_order(self, rng: np.random.Generator) -> list[np.ndarray]:
        """All pairs, in batches of random order."""
        batches: list[np.ndarray] = []
        for block in range(len(self.pairs.popularity)):
            inside = rng.permutation(np.flatnonzero(self.pairs.block == block))
            if len(inside):
                batches += np.array_split(inside, max(1, round(len(inside) / self.size)))
        return [batches[i] for i in rng.permutation(len(batches))]

    def tensors(self, at: np.ndarray, rng: np.random.Generator, part: slice = slice(None)) -> tuple[tf.Tensor, ...]:
        """The pairs ``at``: each customer's moment, history and article once, and which of them a pair is made of.

        A basket's purchases share a customer's moment, so the towers have much less to embed than there are pairs. Only
        ``part`` of the batch is made, with the random draws that it has in the whole.
        """
        pairs = self.pairs
        known = rng.random((2, len(at))) >= np.array([[self._config.customer_oov_rate], [self._config.oov_rate]])
        at, known = at[part], known[:, part]
        customer, article, moments = pairs.customer_idx[at], pairs.article_idx[at], pairs.moments[at]
        history, history_of = distinct(moments.end, customer)
        row, customer_of = distinct(moments.end, customer, known[0])
        column, article_of = distinct(article, known[1])
        customers = (customer[row], known[0][row], pairs.numbers[at[row]])
        histories = (*self.history(moments[history]), history_of[row])
        articles = (article[column], known[1][column])
        popularity = pairs.popularity[pairs.block[at[0]], article]
        columns = (customer_of, article_of, pairs.article_probability[at], popularity)
        return tuple(map(tf.constant, (*customers, *histories, *articles, *columns)))

    def history(self, moments: Moments) -> tuple[IntArray, FloatArray]:
        """Last purchases before each of the moments (n,): articles (n, length), days since then (n, length)."""
        return last_purchases(self._snapshot.purchases, moments, self._config.history_length)


def fitting_batch_size(n_pairs: int, largest: int) -> int:
    """``largest``, or less in a small shop: an epoch of few steps never gets away from popularity."""
    return min(largest, max(MIN_BATCH_SIZE, n_pairs // MIN_STEPS_PER_EPOCH), n_pairs)


def fitting_epochs(n_pairs: int, config: TwoTowerConfig, most: int) -> int:
    """``most``, or as few as see ``max_seen`` pairs in all, but at least one if any is wanted."""
    return min(most, max(1, config.max_seen // n_pairs))


def distinct(*keys: np.ndarray) -> tuple[Positions, IntArray]:
    """The first row of each combination of ``keys`` (n,), and (n,) which of them stands in each row."""
    _, first, of = np.unique(np.stack(keys), axis=1, return_index=True, return_inverse=True)
    return first, of.ravel().astype(np.int32)
