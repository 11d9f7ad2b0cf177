"""Calibration of predicted purchase probabilities: reliability by streaming counts, and the expected error.

A ranker that can tell a probability has a method ``probability(score)``. The DNN corrects the prior of its weighted,
thinned examples there: ``logit p = logit p_hat - ln(w1 / w0) + ln(keep rate)``. LightGBM and the blend, whose scores
are no probabilities, are calibrated on the held-out examples (``ranking/calibration.py``). The label window of an
evaluation is one that no ranker has seen.
"""

from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from recsys_core.evaluation.metrics.accuracy import BoolArray

Floats = npt.NDArray[np.floating]
FINE_STEP, FINE_EDGE = 0.1, 20.0
"""Counts are kept by logit, in steps of 0.1 from -20 to 20."""
RELIABILITY_BINS = 12
"""Points of the reliability plot, of about equally many predictions each."""


@runtime_checkable
class Calibrated(Protocol):
    """Ranker whose score can be turned into the probability of a purchase."""

    def probability(self, score: npt.NDArray[np.float32]) -> Floats:
        """(n,) probabilities of purchase in the label window, from scores (n,)."""
        ...


class Reliability:
    """Predictions and outcomes, counted part by part in narrow bins."""

    def __init__(self) -> None:
        n = round(2 * FINE_EDGE / FINE_STEP)
        self._count, self._predicted, self._bought = np.zeros(n), np.zeros(n), np.zeros(n)

    def add(self, probability: Floats, bought: BoolArray) -> None:
        """Probabilities (n,) strictly between 0 and 1 up to rounding, and what happened (n,)."""
        p = np.clip(probability.astype(np.float64), 1e-9, 1 - 1e-9)
        at = np.clip((np.log(p / (1 - p)) + FINE_EDGE) / FINE_STEP, 0, len(self._count) - 1).astype(np.int64)
        n = len(self._count)
        self._count += np.bincount(at, minlength=n)
        self._predicted += np.bincount(at, weights=p, minlength=n)
        self._bought += np.bincount(at, weights=bought, minlength=n)

    def calibration(self) -> dict[str, object] | None:
        """Points of about equal size, and the expected calibration error over them; None without predictions."""
        total = self._count.sum()
        if not total:
            return None
        before = np.cumsum(self._count) - self._count
        group = np.minimum(before * RELIABILITY_BINS / total, RELIABILITY_BINS - 1).astype(np.int64)
        count, predicted, bought = (
            np.bincount(group, x, RELIABILITY_BINS) for x in (self._count, self._predicted, self._bought)
        )
        filled = count > 0
        count, predicted, bought = count[filled], predicted[filled], bought[filled]
        return {
            "pairs": int(total),
            "predicted": float(predicted.sum() / total),
            "bought": float(bought.sum() / total),
            "expected_error": float(np.abs(predicted - bought).sum() / total),
            "points": [
                {"pairs": int(n), "predicted": float(p / n), "bought": float(b / n)}
                for n, p, b in zip(count, predicted, bought, strict=True)
            ],
        }
