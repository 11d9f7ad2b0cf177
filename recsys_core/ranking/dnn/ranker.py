"""Scores with a trained DNN ranker in plain numpy, so that scoring workers need no TensorFlow.

The forward pass is one matrix product and a few look-ups; a parity test holds it against the Keras model.
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from recsys_core.config import Config
from recsys_core.features.pairs import ARTICLE_ID
from recsys_core.features.snapshot import FloatArray, IntArray
from recsys_core.ranking.base import Examples, load_validation, save_validation
from recsys_core.training import Monitor

CLIP = 5.0
"""Standardised numbers are cut to this many standard deviations."""
IMAGE = "image"
"""Name of the weights that an article's image comes down to."""
BLOCK = 65_536
"""Rows that go through the network at a time; bounds memory."""
Weights = Mapping[str, FloatArray]


class DnnRanker:
    """Weights of a trained model: ``mean, scale, missing`` (n_numbers,), ``embedding_<category>`` (size, dim) of
    the categories that count, ``image`` (n_articles + 1, dim) by code of ``article_id`` if the articles' images do,
    ``kernel_<i>``, ``bias_<i>`` per dense layer."""

    name: ClassVar[str] = "dnn"

    def __init__(
        self,
        weights: Weights,
        numeric_names: tuple[str, ...],
        vocabulary: Mapping[str, Mapping[str, int]],
        log_odds_shift: float = 0.0,
        held_out: FloatArray | None = None,
        validation: "DnnRanker | None" = None,
    ) -> None:
        self.weights = weights
        self.numeric_names = numeric_names
        self.vocabulary = vocabulary
        self.log_odds_shift = log_odds_shift
        """Added to a logit it undoes the weighting and thinning of the examples: -ln(w1/w0) + ln(keep rate)."""
        self.held_out = held_out
        self.validation = validation

    @classmethod
    def fit(cls, examples: Examples, config: Config, monitor: Monitor | None = None) -> Self:
        from recsys_core.ranking.dnn.train import train_dnn

        shift = math.log(max(examples.keep_rate, 1e-9) / config.dnn_ranker.positive_weight)
        made = train_dnn(examples, config.dnn_ranker, monitor or Monitor())
        validation = cls(made.validation, examples.numeric_names, examples.vocabulary, shift)
        return cls(made.weights, examples.numeric_names, examples.vocabulary, shift, made.held_out, validation)

    def score(self, numbers: FloatArray, codes: IntArray) -> FloatArray:
        """Logit of the probability of purchase, (n,)."""
        return forward(self.weights, tuple(self.vocabulary), numbers, codes)

    def probability(self, score: FloatArray) -> FloatArray:
        """Probability that a candidate is bought in the label window, of customers with a hit among theirs, (n,)."""
        found: FloatArray = 1 / (1 + np.exp(-(score + np.float32(self.log_odds_shift))))
        return found

    def save(self, folder: Path) -> None:
        np.savez(folder / "weights.npz", allow_pickle=False, **self.weights)
        if self.held_out is not None:
            np.save(folder / "held_out.npy", self.held_out, allow_pickle=False)
        about = {"numeric_names": self.numeric_names, "log_odds_shift": self.log_odds_shift}
        about |= {"vocabulary": self.vocabulary}
        (folder / "ranker.json").write_text(json.dumps(about, indent=1, ensure_ascii=False))
        save_validation(self, folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        about = json.loads((folder / "ranker.json").read_text())
        with np.load(folder / "weights.npz", allow_pickle=False) as arrays:
            weights = {name: arrays[name] for name in arrays.files}
        aside = folder / "held_out.npy"
        held_out = np.load(aside, allow_pickle=False) if aside.exists() else None
        validation, names = load_validation(cls, folder), tuple(about["numeric_names"])
        return cls(weights, names, about["vocabulary"], about["log_odds_shift"], held_out, validation)


def forward(weights: Weights, categories: tuple[str, ...], numbers: FloatArray, codes: IntArray) -> FloatArray:
    """The network in numpy: logits (n,), block by block."""
    blocks = [slice(i, i + BLOCK) for i in range(0, len(numbers), BLOCK)]
    parts = [logits(weights, categories, dense_input(weights, numbers[rows]), codes[rows]) for rows in blocks]
    return np.concatenate(parts) if parts else np.empty(0, np.float32)


def logits(weights: Weights, categories: tuple[str, ...], dense: FloatArray, codes: IntArray) -> FloatArray:
    """The network behind the dense input: logits (n,)."""
    inputs = [(weights.get(f"embedding_{name}"), i) for i, name in enumerate(categories)]
    if IMAGE in weights:
        inputs.append((weights[IMAGE], categories.index(ARTICLE_ID)))
    x = np.concatenate([dense, *(table[codes[:, i]] for table, i in inputs if table is not None)], axis=1)
    last = sum(name.startswith("kernel_") for name in weights) - 1
    for i in range(last + 1):
        x = x @ weights[f"kernel_{i}"] + weights[f"bias_{i}"]
        if i < last:
            np.maximum(x, 0, out=x)
    return x[:, 0]


def squash(numbers: FloatArray) -> FloatArray:
    """Signed log(1 + |x|): long tails of counts, days and money become comparable; NaN stays."""
    return np.sign(numbers) * np.log1p(np.abs(numbers))


def dense_input(weights: Weights, numbers: FloatArray) -> FloatArray:
    """Standardised numbers, null as the mean, followed by a null flag for each column that has nulls."""
    scaled = (squash(numbers) - weights["mean"]) / weights["scale"]
    flags = np.isnan(numbers[:, weights["missing"] > 0]).astype(np.float32)
    np.clip(scaled, -CLIP, CLIP, out=scaled)
    return np.concatenate([np.nan_to_num(scaled, copy=False), flags], axis=1)
