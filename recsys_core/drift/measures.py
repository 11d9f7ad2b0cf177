"""Effect sizes of the movement of one column between two samples.

Not p-values: with thousands of rows any movement is significant. The definitions are evidently's, which draws the
report, so that both say the same.
"""

from collections import Counter
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import jensenshannon
from scipy.stats import wasserstein_distance

Values = npt.NDArray[Any]
"""float64 (n,) of numbers, NaN where unknown; object (n,) of categories, all known."""
MIN_SPREAD: Final = 0.001
MAX_CATEGORIES: Final = 30
OTHER: Final = "(other)"
CATEGORY_NOISE, NUMBER_NOISE = 2.0, 3.0
"""Two samples of the same distribution are seldom so many times further apart than is to be expected. Categories: twice
the expected distance. Numbers: three standard errors of the difference of two means."""
WASSERSTEIN: Final = "wasserstein"
JENSEN_SHANNON: Final = "jensenshannon"


def is_number(values: Values) -> bool:
    """True for a column of numbers."""
    return values.dtype.kind == "f"


def measure_of(values: Values) -> str:
    """Name of the measure, as evidently calls it."""
    return WASSERSTEIN if is_number(values) else JENSEN_SHANNON


def known(values: Values) -> Values:
    """The values without those that are unknown."""
    return values[np.isfinite(values)] if is_number(values) else values


def distance(before: Values, now: Values) -> float:
    """Normed Wasserstein distance of numbers, Jensen-Shannon distance of categories; neither sample is empty."""
    if is_number(before):
        return float(wasserstein_distance(before, now) / max(float(np.std(before)), MIN_SPREAD))
    counts = Counter(before.tolist()), Counter(now.tolist())
    names = sorted(counts[0].keys() | counts[1].keys())
    then, later = ([count[name] for name in names] for count in counts)
    return float(jensenshannon(then, later))


def noise(before: Values, independent_before: int, independent_now: int) -> float:
    """Distance that samples of the same distribution seldom reach, by their numbers of independent rows.

    Jensen-Shannon: the expected squared distance of samples of n and m rows over k categories is about
    (k - 1)(1/n + 1/m) / 8. Wasserstein: the standard error is the square root of 1/n + 1/m standard deviations.
    """
    smaller = 1 / max(independent_before, 1) + 1 / max(independent_now, 1)
    if is_number(before):
        return NUMBER_NOISE * float(np.sqrt(smaller))
    freedom = max(len(set(before.tolist())) - 1, 1)
    return CATEGORY_NOISE * float(np.sqrt(freedom * smaller / 8))


def shortened(before: Values, now: Values) -> tuple[Values, Values]:
    """Categories beyond the ``MAX_CATEGORIES`` most frequent of both samples as one; numbers as they are."""
    if is_number(before):
        return before, now
    shares = {name: n / len(before) for name, n in Counter(before.tolist()).items()}
    for name, n in Counter(now.tolist()).items():
        shares[name] = shares.get(name, 0.0) + n / len(now)
    if len(shares) <= MAX_CATEGORIES:
        return before, now
    kept = sorted(shares, key=lambda name: (-shares[name], name))[:MAX_CATEGORIES]
    return _only(before, kept), _only(now, kept)


def _only(values: Values, kept: list[str]) -> Values:
    return np.where(np.isin(values.astype(str), kept), values, OTHER)
