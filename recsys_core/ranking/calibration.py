"""Probabilities for rankers whose scores have none of their own: fitted on the held-out examples.

Isotonic regression (Zadrozny and Elkan 2002) where there are enough purchases, else Platt's sigmoid (1999), both from
scikit-learn. Either becomes a few knots, so that scoring needs numpy alone.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from recsys_core.features.snapshot import FloatArray

MIN_ISOTONIC_POSITIVES = 1000
"""Purchases from which on isotonic regression is trusted; with fewer it follows the noise."""
MIN_PROBABILITY = 1e-6
"""Probability of a score below every purchase."""


@dataclass(frozen=True)
class Calibrator:
    """A monotone map from scores to probabilities of purchase, linear in the log-odds between knots."""

    score: tuple[float, ...]
    """Ascending knots."""
    log_odds: tuple[float, ...]
    """At the knots; scores beyond the outer ones get the outer ones' log-odds."""

    @classmethod
    def fit(cls, score: FloatArray, label: npt.NDArray[np.float32], keep_rate: float) -> Self:
        """From scores (n,) of held-out examples and whether each was bought (n,).

        Only ``keep_rate`` of the negatives are among the examples, so each stands for ``1 / keep_rate``.
        """
        bought = label > 0
        weight = np.where(bought, 1.0, 1 / max(keep_rate, 1e-9))
        if bought.all() or not bought.any():
            rate = float(np.average(bought, weights=weight)) if len(bought) else 0.0
            return cls((0.0,), (float(_log_odds(np.array([rate]))[0]),))
        fit = _isotonic if bought.sum() >= MIN_ISOTONIC_POSITIVES else _sigmoid
        knots, log_odds = fit(score.astype(np.float64), bought, weight)
        return cls(tuple(map(float, knots)), tuple(map(float, log_odds)))

    def probability(self, score: FloatArray) -> FloatArray:
        """(n,) probabilities from scores (n,)."""
        log_odds = np.interp(score, self.score, self.log_odds)
        found: FloatArray = (1 / (1 + np.exp(-log_odds))).astype(np.float32)
        return found

    def as_json(self) -> dict[str, list[float]]:
        return {"score": list(self.score), "log_odds": list(self.log_odds)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        return cls(tuple(value["score"]), tuple(value["log_odds"]))


def _isotonic(
    score: npt.NDArray[np.float64], bought: npt.NDArray[np.bool_], weight: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    from sklearn.isotonic import IsotonicRegression

    fitted = IsotonicRegression(y_min=0, y_max=1).fit(score, bought, sample_weight=weight)
    return fitted.X_thresholds_, _log_odds(fitted.y_thresholds_)


def _sigmoid(
    score: npt.NDArray[np.float64], bought: npt.NDArray[np.bool_], weight: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Two knots, since the sigmoid is a line in the log-odds; a slope below zero is taken for none."""
    from sklearn.linear_model import LogisticRegression

    centre, spread = float(np.average(score, weights=weight)), max(float(score.std()), 1e-12)
    fitted = LogisticRegression().fit(((score - centre) / spread)[:, None], bought, sample_weight=weight)
    slope = max(float(fitted.coef_[0, 0]), 0.0)
    knots = np.array([score.min(), score.max()])
    return knots, slope * (knots - centre) / spread + float(fitted.intercept_[0])


def _log_odds(probability: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    p = np.clip(probability, MIN_PROBABILITY, 1 - MIN_PROBABILITY)
    found: npt.NDArray[np.float64] = np.log(p / (1 - p))
    return found
