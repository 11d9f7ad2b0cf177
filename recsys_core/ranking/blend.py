"""Design A's and design B's rankers together: a weighted sum of their scores.

Either score is divided by its spread within a customer, so the weight means what it says. The weight is the one
with the best MAP@12 on the held-out examples, scored by models that had not seen them.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from recsys_core.features.snapshot import FloatArray, IntArray
from recsys_core.ranking.base import Examples
from recsys_core.ranking.calibration import Calibrator
from recsys_core.ranking.config import RankerConfigs
from recsys_core.ranking.dnn import DnnRanker
from recsys_core.ranking.holdout import held_out_rows, map_at_12
from recsys_core.ranking.lightgbm import LightGbmRanker
from recsys_core.training import Monitor

WEIGHTS = np.linspace(0.3, 0.7, 5)
"""Weights of the DNN to choose from; the booster has the rest. Neither ranker ever gets all, because a single label
window cannot tell which of two good rankers suits the next (docs/experiments.md)."""
FILE = "blend.json"


class BlendRanker:
    """``weight * dnn / dnn_spread + (1 - weight) * lightgbm / lightgbm_spread``."""

    name: ClassVar[str] = "blend"
    held_out: FloatArray | None = None

    def __init__(
        self,
        dnn: DnnRanker,
        lightgbm: LightGbmRanker,
        weight: float,
        spread: tuple[float, float],
        calibrator: Calibrator,
    ) -> None:
        self.dnn = dnn
        self.lightgbm = lightgbm
        self.weight = weight
        self.spread = spread
        """Standard deviations of the DNN's and of the booster's scores within a customer."""
        self.calibrator = calibrator
        self.numeric_names = dnn.numeric_names
        self.vocabulary = dnn.vocabulary

    @classmethod
    def fit(cls, examples: Examples, config: RankerConfigs, monitor: Monitor | None = None) -> Self:
        parts = DnnRanker.fit(examples, config, monitor), LightGbmRanker.fit(examples, config, monitor)
        return cls.of(*parts, examples, monitor)

    @classmethod
    def of(cls, dnn: DnnRanker, lightgbm: LightGbmRanker, examples: Examples, monitor: Monitor | None = None) -> Self:
        """Blend two fitted rankers.

        Raises
        ------
        ValueError
            If a part kept no scores of the held-out examples.
        """
        if dnn.held_out is None or lightgbm.held_out is None:
            raise ValueError("a ranker without held-out scores cannot be blended: train it again")
        rows = held_out_rows(examples)
        label, group = examples.label[rows], examples.group[rows]
        spread = _spread(dnn.held_out, group), _spread(lightgbm.held_out, group)
        mixed = [_mix(dnn.held_out, lightgbm.held_out, weight, spread) for weight in WEIGHTS]
        precision = [map_at_12(score, label, group) for score in mixed]
        best = int(np.argmax(precision))
        tried = {f"held_out_map_at_12_dnn_weight_{w:.1f}": p for w, p in zip(WEIGHTS, precision, strict=True)}
        (monitor or Monitor()).metrics({"dnn_weight": WEIGHTS[best], "held_out_map_at_12": precision[best], **tried}, 0)
        calibrator = Calibrator.fit(mixed[best], label, examples.keep_rate)
        return cls(dnn, lightgbm, float(WEIGHTS[best]), spread, calibrator)

    @property
    def validation(self) -> "BlendRanker | None":
        """The blend of the parts' validation models."""
        if self.dnn.validation is None or self.lightgbm.validation is None:
            return None
        parts = self.dnn.validation, self.lightgbm.validation
        return BlendRanker(*parts, self.weight, self.spread, self.calibrator)

    def score(self, numbers: FloatArray, codes: IntArray) -> FloatArray:
        """Blended scores, (n,), comparable within a customer only."""
        return self.mixed(self.dnn.score(numbers, codes), self.lightgbm.score(numbers, codes))

    def mixed(self, dnn: FloatArray, lightgbm: FloatArray) -> FloatArray:
        """Blended scores (n,) of the parts' scores."""
        return _mix(dnn, lightgbm, self.weight, self.spread)

    def probability(self, score: FloatArray) -> FloatArray:
        """Probability that a candidate is bought in the label window, (n,); right on average over customers."""
        return self.calibrator.probability(score)

    def importance(self) -> Mapping[str, float]:
        """Importance of features to the booster; the DNN does not provide any."""
        return self.lightgbm.importance()

    def save(self, folder: Path) -> None:
        for part in (self.dnn, self.lightgbm):
            (folder / part.name).mkdir()
            part.save(folder / part.name)
        about = {"dnn_weight": self.weight, "spread": self.spread, "calibrator": self.calibrator.as_json()}
        (folder / FILE).write_text(json.dumps(about))

    @classmethod
    def load(cls, folder: Path) -> Self:
        about = json.loads((folder / FILE).read_text())
        dnn, lightgbm = DnnRanker.load(folder / DnnRanker.name), LightGbmRanker.load(folder / LightGbmRanker.name)
        calibrator = Calibrator.from_json(about["calibrator"])
        return cls(dnn, lightgbm, about["dnn_weight"], (about["spread"][0], about["spread"][1]), calibrator)


def _mix(dnn: FloatArray, lightgbm: FloatArray, weight: float, spread: tuple[float, float]) -> FloatArray:
    mixed: FloatArray = (weight / spread[0] * dnn + (1 - weight) / spread[1] * lightgbm).astype(np.float32)
    return mixed


def _spread(score: FloatArray, group: IntArray) -> float:
    """Standard deviation around the customer's own mean."""
    _, customer = np.unique(group, return_inverse=True)
    mean = np.bincount(customer, score) / np.bincount(customer)
    return max(float(np.std(score - mean[customer])), 1e-6)
