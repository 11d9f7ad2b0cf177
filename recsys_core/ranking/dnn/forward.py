"""The forward pass of design A's ranker in plain numpy, so that scoring workers need no TensorFlow.

It is one matrix product and a few look-ups; a parity test holds it against the Keras model.
"""

from collections.abc import Mapping

import numpy as np

from recsys_core.features.pairs import ARTICLE_ID
from recsys_core.features.snapshot import FloatArray, IntArray

MAX_STANDARD_DEVIATIONS = 5.0
"""Standardised numbers are cut to this many standard deviations."""
IMAGE = "image"
"""Name of the weights that an article's image comes down to."""
BLOCK_ROWS = 1024
"""Rows that go through the network at a time. So few stay in the processor's caches, and take two thirds of the time
that they take by the ten thousand."""
Weights = Mapping[str, FloatArray]


def forward(weights: Weights, categories: tuple[str, ...], numbers: FloatArray, codes: IntArray) -> FloatArray:
    """The network in numpy: logits (n,), block by block."""
    blocks = [slice(i, i + BLOCK_ROWS) for i in range(0, len(numbers), BLOCK_ROWS)]
    parts = [logits(weights, categories, dense_input(weights, numbers[rows]), codes[rows]) for rows in blocks]
    return np.concatenate(parts) if parts else np.empty(0, np.float32)


def logits(weights: Weights, categories: tuple[str, ...], dense: FloatArray, codes: IntArray) -> FloatArray:
    """The network behind the dense input: logits (n,)."""
    inputs = [(weights.get(f"embedding_{name}"), i) for i, name in enumerate(categories)]
    if IMAGE in weights:
        inputs.append((weights[IMAGE], categories.index(ARTICLE_ID)))
    x = np.concatenate([dense, *(table[codes[:, i]] for table, i in inputs if table is not None)], axis=1)
    return layers_behind(weights, x @ weights["kernel_0"] + weights["bias_0"])


def layers_behind(weights: Weights, x: FloatArray) -> FloatArray:
    """The layers behind the first one, whose sums are ``x`` (n, units); overwrites it. Logits (n,)."""
    for i in range(1, sum(name.startswith("kernel_") for name in weights)):
        np.maximum(x, 0, out=x)
        x = x @ weights[f"kernel_{i}"] + weights[f"bias_{i}"]
    return x[:, 0]


def squash(numbers: FloatArray) -> FloatArray:
    """Signed log(1 + |x|): long tails of counts, days and money become comparable; NaN stays."""
    squashed: FloatArray = np.abs(numbers)
    np.log1p(squashed, out=squashed)
    return np.copysign(squashed, numbers, out=squashed)


def dense_input(weights: Weights, numbers: FloatArray) -> FloatArray:
    """Standardised numbers, null as the mean, followed by a null flag for each column that has nulls."""
    scaled = squash(numbers)
    scaled -= weights["mean"]
    scaled /= weights["scale"]
    null = np.isnan(scaled)
    np.clip(scaled, -MAX_STANDARD_DEVIATIONS, MAX_STANDARD_DEVIATIONS, out=scaled)
    np.copyto(scaled, 0, where=null)
    return np.concatenate([scaled, null[:, weights["missing"] > 0].astype(np.float32)], axis=1)
