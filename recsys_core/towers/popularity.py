"""Sales of an article before a day, from which the popularity prior forecasts the coming days."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from recsys_core.compiled import compiled
from recsys_core.features.arrays import Purchases
from recsys_core.features.snapshot import FloatArray, IntArray

HALF_LIVES = (2.0, 7.0, 30.0)
"""Days after which a sale counts half."""
N_FEATURES = len(HALF_LIVES) + 1


def popularity_features(purchases: Purchases, n_articles: int, days_ago: int) -> FloatArray:
    """(n_articles, N_FEATURES) from the purchases before the day ``days_ago`` (0 is the cut-off).

    Log shares of the decayed sales, less the log of an even share, and closeness of the first sale: 1 for an article
    first sold the day before, towards 0 for what sold long ago or never.
    """
    return popularity_by_day(purchases, n_articles, [days_ago])[0]


def popularity_by_day(purchases: Purchases, n_articles: int, days: Sequence[int]) -> list[FloatArray]:
    """``popularity_features`` of several days, by one pass over the purchases: each day's sales decay into the next."""
    earliest = max(days)
    decay = 0.5 ** (1 / np.array(HALF_LIVES))
    aged = decay[:, None] ** np.arange(int(purchases.days_ago.max(initial=1)))
    sold, first = np.zeros((n_articles, len(HALF_LIVES))), np.zeros(n_articles, np.int32)
    by_day = np.zeros((earliest + 1, n_articles), np.int32)
    _add_sales(purchases.article_idx, purchases.days_ago, earliest, aged.T.copy(), sold, first, by_day)
    found = {}
    for day in range(earliest, min(days) - 1, -1):
        if day < earliest:
            sold = sold * decay + by_day[day + 1][:, None]
        if day in days:
            found[day] = _features(sold, np.maximum(first - day, 0))
    return [found[day] for day in days]


@compiled
def _add_sales(
    article: IntArray,
    days_ago: IntArray,
    earliest: int,
    aged: npt.NDArray[np.float64],
    sold: npt.NDArray[np.float64],
    first: IntArray,
    by_day: IntArray,
) -> None:
    """Add the decayed sales before the day ``earliest``, the first sale (days ago), and the later sales by day."""
    for i in range(len(article)):
        a, ago = article[i], days_ago[i]
        first[a] = max(first[a], ago)
        if ago <= earliest:
            by_day[ago, a] += 1
        else:
            for window in range(sold.shape[1]):
                sold[a, window] += aged[ago - earliest - 1, window]


def _features(sold: npt.NDArray[np.float64], first: IntArray) -> FloatArray:
    """From the decayed sales (n_articles, n_half_lives), and the days since the first sale, 0 if there was none."""
    smoothed = sold + 0.5
    shares = np.log(smoothed / smoothed.sum(axis=0) * len(sold))
    closeness = np.where(first > 0, 7.0 / (6.0 + np.maximum(first, 1)), 0.0)
    return np.column_stack([shares, closeness]).astype(np.float32)
