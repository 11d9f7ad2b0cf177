"""Design A's ranker: trained weights that score and are saved. TensorFlow is imported only to train them."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Final, Self

import numpy as np

from recsys_core.features.snapshot import FloatArray, IntArray
from recsys_core.ranking.base import Examples, load_held_out, load_validation, refuse_misfit, save_validation
from recsys_core.ranking.config import RankerConfigs
from recsys_core.ranking.dnn.forward import Weights, forward
from recsys_core.training import Monitor

TABLE: Final = "embedding_"
"""Beginning of the names of embedding tables among the weights; the category's name follows."""


class DnnRanker:
    """Weights of a trained model.

    ``mean, scale, missing`` (n_numbers,), ``embedding_<category>`` (size, dim) of the categories that count, ``image``
    (n_articles + 1, dim) by code of ``article_id`` if the articles' images do, ``kernel_<i>``, ``bias_<i>`` per dense
    layer.
    """

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
    def fit(cls, examples: Examples, config: RankerConfigs, monitor: Monitor | None = None) -> Self:
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
        held_out = load_held_out(folder)
        validation, names = load_validation(cls, folder), tuple(about["numeric_names"])
        refuse_misfit(folder, "weights.npz", *_inputs(weights, names, about["vocabulary"]))
        return cls(weights, names, about["vocabulary"], about["log_odds_shift"], held_out, validation)


def _inputs(
    weights: Weights, names: tuple[str, ...], vocabulary: Mapping[str, Mapping[str, int]]
) -> tuple[list[str], list[str]]:
    """Inputs of a network in words: as names and vocabulary say, and as the weights have room for."""
    tables = {name.removeprefix(TABLE): len(table) for name, table in weights.items() if name.startswith(TABLE)}
    sizes = {name: 1 + max(codes.values(), default=0) for name, codes in vocabulary.items() if name in tables}
    said, found = [f"{len(names)} numbers"], [f"{len(weights['mean'])} numbers"]
    said += [f"{name} of {sizes.get(name, 0)} codes" for name in sorted(tables)]
    return said, found + [f"{name} of {size} codes" for name, size in sorted(tables.items())]
