"""Scores with a trained DNN ranker in plain numpy, so that scoring workers need no TensorFlow.

The forward pass is one matrix product and a few look-ups; a parity test holds it against the Keras model.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from recsys_core.config import Config
from recsys_core.features.snapshot import FloatArray, IntArray
from recsys_core.ranking.base import Examples
from recsys_core.training import Monitor

CLIP = 5.0
"""Standardised numbers are cut to this many standard deviations."""
Weights = Mapping[str, FloatArray]


class DnnRanker:
    """Weights of a trained model: ``mean, scale, missing`` (n_numbers,), ``embedding_<category>`` (size, dim),
    ``kernel_<i>``, ``bias_<i>`` per dense layer."""

    name: ClassVar[str] = "dnn"

    def __init__(
        self, weights: Weights, numeric_names: tuple[str, ...], vocabulary: Mapping[str, Mapping[str, int]]
    ) -> None:
        self.weights = weights
        self.numeric_names = numeric_names
        self.vocabulary = vocabulary

    @classmethod
    def fit(cls, examples: Examples, config: Config, monitor: Monitor | None = None) -> Self:
        from recsys_core.ranking.dnn.train import train_dnn

        weights = train_dnn(examples, config.dnn_ranker, monitor or Monitor())
        return cls(weights, examples.numeric_names, examples.vocabulary)

    def score(self, numbers: FloatArray, codes: IntArray) -> FloatArray:
        """Logit of the probability of purchase, (n,)."""
        x = dense_input(self.weights, numbers)
        tables = [self.weights[f"embedding_{name}"] for name in self.vocabulary]
        x = np.concatenate([x, *(table[codes[:, i]] for i, table in enumerate(tables))], axis=1)
        last = sum(name.startswith("kernel_") for name in self.weights) - 1
        for i in range(last + 1):
            x = x @ self.weights[f"kernel_{i}"] + self.weights[f"bias_{i}"]
            if i < last:
                np.maximum(x, 0, out=x)
        return x[:, 0]

    def save(self, folder: Path) -> None:
        np.savez(folder / "weights.npz", allow_pickle=False, **self.weights)
        about = {"numeric_names": self.numeric_names, "vocabulary": self.vocabulary}
        (folder / "ranker.json").write_text(json.dumps(about, indent=1, ensure_ascii=False))

    @classmethod
    def load(cls, folder: Path) -> Self:
        about = json.loads((folder / "ranker.json").read_text())
        with np.load(folder / "weights.npz", allow_pickle=False) as arrays:
            weights = {name: arrays[name] for name in arrays.files}
        return cls(weights, tuple(about["numeric_names"]), about["vocabulary"])


def squash(numbers: FloatArray) -> FloatArray:
    """Signed log(1 + |x|): long tails of counts, days and money become comparable; NaN stays."""
    return np.sign(numbers) * np.log1p(np.abs(numbers))


def dense_input(weights: Weights, numbers: FloatArray) -> FloatArray:
    """Standardised numbers, null as the mean, followed by a null flag for each column that has nulls."""
    scaled = (squash(numbers) - weights["mean"]) / weights["scale"]
    flags = np.isnan(numbers[:, weights["missing"] > 0]).astype(np.float32)
    np.clip(scaled, -CLIP, CLIP, out=scaled)
    return np.concatenate([np.nan_to_num(scaled, copy=False), flags], axis=1)
