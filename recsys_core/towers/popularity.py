"""Sales of an article before a day, from which the popularity prior forecasts the coming days."""

import numpy as np
import numpy.typing as npt

from recsys_core.features.arrays import Purchases
from recsys_core.features.snapshot import FloatArray

HALF_LIVES = (2.0, 7.0, 30.0)
"""Days after which a sale counts half."""
N_FEATURES = len(HALF_LIVES) + 1


def popularity_features(purchases: Purchases, n_articles: int, days_ago: int) -> FloatArray:
    """(n_articles, N_FEATURES) from the purchases before the day ``days_ago`` (0 is the cut-off).

    Log shares of the decayed sales, less the log of an even share, and closeness of the first sale: 1 for an article
    first sold the day before, towards 0 for what sold long ago or never.
    """
    before = purchases.days_ago > days_ago
    article, age = purchases.article_idx[before], (purchases.days_ago[before] - days_ago).astype(np.float64)
    columns = [_log_share(article, 0.5 ** ((age - 1) / half_life), n_articles) for half_life in HALF_LIVES]
    first = np.zeros(n_articles)
    np.maximum.at(first, article, age)
    columns.append(np.where(first > 0, 7.0 / (6.0 + np.maximum(first, 1)), 0.0))
    return np.stack(columns, axis=1).astype(np.float32)


def _log_share(article: npt.NDArray[np.int32], weight: npt.NDArray[np.float64], n: int) -> npt.NDArray[np.float64]:
    sold = np.bincount(article, weights=weight, minlength=n) + 0.5
    share: npt.NDArray[np.float64] = np.log(sold / sold.sum() * n)
    return share
