"""What is popular with customers like this one (design B, retrieval 1).

A multinomial logistic model over the most bought articles of the last week, given the customer's attributes:
``p(article | customer) = softmax(b + sum of one weight vector per attribute value)``. It serves newcomers too,
whose attributes are all anybody knows. Customers with equal attributes are one segment, so it is fitted and
evaluated on a few hundred segments, whatever the number of customers. Each basket counts the same, split evenly
among its articles: who buys by the dozen is one customer.
"""

from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import log_softmax

from recsys_core.config import Config
from recsys_core.features.snapshot import Codes, FloatArray, IntArray, Snapshot
from recsys_core.retrieval.base import load_array, save_arrays
from recsys_core.retrieval.candidates import PAD, LaneCandidates
from recsys_core.training import Monitor

ATTRIBUTES = ("age_interval", "club_member_status", "fashion_news_frequency", "channel_habit")
RIDGE = 10.0
"""Weight of the L2 penalty on attribute weights, in baskets: a segment must earn its difference."""
HALF_LIFE_DAYS = 2.0
"""A purchase of two days ago counts half of one of yesterday (after one day of grace)."""


class PopularRetriever:
    name: ClassVar[str] = "popular"

    def __init__(self, snapshot: Snapshot, pool: IntArray, log_p: FloatArray, k: int) -> None:
        self.pool = pool
        """(pool_size,) article_idx, most bought first."""
        self.log_p = log_p
        """(n_segments, pool_size) log-probability of buying each pool article."""
        self.segment_of = customer_segments(snapshot)[0]
        """(n_customers + 1,)"""
        order = np.argsort(-log_p, axis=1, kind="stable")[:, :k]
        self._top = np.full((len(log_p), k), PAD, np.int32)
        self._top[:, : order.shape[1]] = pool[order]
        self._score = np.zeros((len(log_p), k), np.float32)
        self._score[:, : order.shape[1]] = np.exp(np.take_along_axis(log_p, order, axis=1))

    @classmethod
    def fit(cls, snapshot: Snapshot, config: Config, monitor: Monitor | None = None) -> Self:
        settings = config.retrieval
        article, weight, customer = _recent_purchases(snapshot, settings.popular_days)
        sold = np.bincount(article, weights=weight, minlength=snapshot.n_articles)
        pool = np.argsort(-sold, kind="stable")[: settings.popular_pool].astype(np.int32)
        pool = pool[sold[pool] > 0]
        segment_of, design = customer_segments(snapshot)
        counts = _segment_counts(pool, article, weight, segment_of[customer], snapshot.n_articles, len(design))
        return cls(snapshot, pool, fit_softmax(design, counts), settings.popular_k)

    def save(self, folder: Path) -> None:
        save_arrays(folder, pool=self.pool, log_p=self.log_p)

    @classmethod
    def load(cls, folder: Path, snapshot: Snapshot, config: Config) -> Self:
        pool, log_p = (np.array(load_array(folder, name)) for name in ("pool", "log_p"))
        return cls(snapshot, pool.astype(np.int32), log_p.astype(np.float32), config.retrieval.popular_k)

    def retrieve(self, customers: IntArray) -> LaneCandidates:
        segment = self.segment_of[customers]
        return LaneCandidates(self._top[segment], self._score[segment])

    def ranking(self, segments: npt.NDArray[np.integer]) -> IntArray:
        """The whole pool for each segment, best first: (len(segments), pool_size)."""
        return self.pool[np.argsort(-self.log_p[segments], axis=1, kind="stable")]


def fit_softmax(design: FloatArray, counts: FloatArray) -> FloatArray:
    """Log-probabilities (n_segments, n_classes) of a ridge-penalised multinomial logistic model.

    ``design`` (n_segments, n_indicators) one-hot attribute values; ``counts`` (n_segments, n_classes) weighted
    baskets. The intercept is not penalised.
    """
    if not counts.size:
        return counts
    n_indicators, n_classes = design.shape[1], counts.shape[1]
    totals = counts.sum(axis=1, keepdims=True)
    intercept = np.log(counts.sum(axis=0) + 0.5)

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        weights = flat.reshape(n_indicators + 1, n_classes)
        log_p = log_softmax(design @ weights[:-1] + weights[-1], axis=1)
        gap = totals * np.exp(log_p) - counts
        gradient = np.vstack([design.T @ gap + RIDGE * weights[:-1], gap.sum(axis=0, keepdims=True)])
        penalty = 0.5 * RIDGE * float((weights[:-1] ** 2).sum())
        return penalty - float((counts * log_p).sum()), gradient.ravel()

    start = np.vstack([np.zeros((n_indicators, n_classes)), intercept]).ravel()
    best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 60})
    weights = best.x.reshape(n_indicators + 1, n_classes)
    log_p: FloatArray = log_softmax(design @ weights[:-1] + weights[-1], axis=1).astype(np.float32)
    return log_p


def customer_segments(snapshot: Snapshot) -> tuple[IntArray, FloatArray]:
    """Segment of each customer (n_customers + 1,) and each segment's one-hot attributes (n_segments, n_values)."""
    attributes = [_attribute(snapshot, name) for name in ATTRIBUTES]
    stacked = np.stack([codes.codes for codes in attributes], axis=1)
    combinations, segment_of = np.unique(stacked, axis=0, return_inverse=True)
    one_hot = [np.eye(codes.size, dtype=np.float32)[combinations[:, i]] for i, codes in enumerate(attributes)]
    return segment_of.ravel().astype(np.int32), np.concatenate(one_hot, axis=1)


def _attribute(snapshot: Snapshot, name: str) -> Codes:
    if name != "channel_habit":
        return snapshot.customer_codes(name)
    share = snapshot.customer("online_share_all")
    codes = np.select([np.isnan(share), share <= 0.1, share < 0.9], [0, 1, 2], 3)
    return Codes(codes.astype(np.int32), ("unknown", "store", "both", "online"))


def _recent_purchases(snapshot: Snapshot, days: int) -> tuple[IntArray, FloatArray, IntArray]:
    purchases = snapshot.purchases
    recent = purchases.days_ago <= days
    weight = purchases.basket_share[recent] * 0.5 ** ((purchases.days_ago[recent] - 1) / HALF_LIFE_DAYS)
    return purchases.article_idx[recent], weight.astype(np.float32), purchases.customer_idx[recent]


def _segment_counts(
    pool: IntArray, article: IntArray, weight: FloatArray, segment: IntArray, n_articles: int, n_segments: int
) -> FloatArray:
    """Weighted baskets (n_segments, pool_size)."""
    position = np.full(n_articles, PAD)
    position[pool] = np.arange(len(pool))
    inside = position[article] != PAD
    flat = segment[inside].astype(np.int64) * len(pool) + position[article[inside]]
    counts = np.bincount(flat, weights=weight[inside], minlength=n_segments * len(pool))
    return counts.reshape(n_segments, len(pool)).astype(np.float32)
