"""Retriever of articles that are popular with customers like this one (design B, retrieval 1).

A multinomial logistic model over the most bought articles of late, given the customer's attributes: ``p(article |
customer) = softmax(b + sum over the customer's attribute values of (w + u F'))``, where ``F`` tells each article's
section, product type and so on. A small shop has seen few purchases of an article by an age group, but many of a
section: ``u`` learns from those, and ``w`` what is the article's own. It serves cold-start customers too, whose
attributes are all anybody knows. Customers with equal attributes are one segment, so it is fitted and evaluated on a
few hundred segments, whatever the number of customers. Each basket counts the same, split evenly among its articles:
who buys by the dozen is one customer.

How far back it looks and how strongly it is held to what everybody buys is chosen by the likelihood of the last
days before the cut-off: a large shop knows its week, a small one needs the month.
"""

import logging
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import log_softmax
from threadpoolctl import threadpool_limits

from recsys_core.features.shared_values import postal_codes, usual_channels
from recsys_core.features.snapshot import Codes, FloatArray, IntArray, Snapshot
from recsys_core.retrieval.candidates import PAD, RetrieverCandidates
from recsys_core.retrieval.config import RetrieverConfigs
from recsys_core.store.arrays import load_array, save_arrays
from recsys_core.training import Monitor

ATTRIBUTES = ("age_interval", "club_member_status", "fashion_news_frequency", "channel_habit", "postal_code")
MAX_POSTAL_CODES = 20
"""Largest number of postal codes that are told apart, because each multiplies the segments. Customers of smaller codes
share one value, and only their other attributes tell them apart."""
ARTICLE_ATTRIBUTES = (
    "section_name",
    "department_name",
    "index_group_name",
    "product_type_name",
    "colour_group_name",
)
HALF_LIFE_WINDOWS = 2 / 7
"""Half-life of a purchase's weight, as a share of the days looked at: of a week, two days."""
OWN_PENALTY = 3.0
"""Penalty on an article's own weights, as a multiple of the penalty on the weights that its section shares."""
MAX_HELD_OUT_SHARE = 0.5
"""Largest share of the baskets that is held out, so that at least as many remain to learn from."""
log = logging.getLogger(__name__)
Floats64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class TrainingWindow:
    """Days of purchases that the model is fitted to, and weight of its penalty."""

    days: int
    """Purchases of this many days count, those HALF_LIFE_WINDOWS of them earlier half as much."""
    penalty: float
    """Weight of the L2 penalty on attribute weights, in baskets: a segment must earn its difference."""


class PopularRetriever:
    """Most probable of the lately most bought articles, by the customer's segment; serves new customers, too."""

    name: ClassVar[str] = "popular"
    version: ClassVar[int] = 7

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
    def fit(cls, snapshot: Snapshot, config: RetrieverConfigs, monitor: Monitor | None = None) -> Self:
        settings = config.retrieval
        window = choose_training_window(snapshot, config)
        segment_of, design = customer_segments(snapshot)
        baskets = _Baskets.before(snapshot, 0, window.days)
        pool = baskets.most_bought(settings.popular_pool)
        counts = baskets.by_segment(pool, segment_of, len(design))
        log_p = fit_softmax(design, counts, article_attributes(snapshot, pool), window.penalty)
        return cls(snapshot, pool, log_p, settings.popular_k)

    def save(self, folder: Path) -> None:
        save_arrays(folder, pool=self.pool, log_p=self.log_p)

    @classmethod
    def load(cls, folder: Path, snapshot: Snapshot, config: RetrieverConfigs) -> Self:
        pool, log_p = (np.array(load_array(folder, name)) for name in ("pool", "log_p"))
        return cls(snapshot, pool.astype(np.int32), log_p.astype(np.float32), config.retrieval.popular_k)

    def retrieve(self, customers: IntArray) -> RetrieverCandidates:
        segment = self.segment_of[customers]
        return RetrieverCandidates(self._top[segment], self._score[segment])

    def ranking(self, segments: npt.NDArray[np.integer]) -> IntArray:
        """The whole pool for each segment, best first: (len(segments), pool_size)."""
        return self.pool[np.argsort(-self.log_p[segments], axis=1, kind="stable")]


def choose_training_window(snapshot: Snapshot, config: RetrieverConfigs) -> TrainingWindow:
    """Chooses the configured window under which the baskets of the last days were likeliest.

    It is the first one if nothing can be held out, and the first among equals.
    """
    settings = config.retrieval
    windows = [TrainingWindow(*each) for each in product(settings.popular_days, settings.popular_penalties)]
    shortest, longest = min(settings.popular_days), max(settings.popular_days)
    held_out = _held_out_days(snapshot, longest, shortest)
    if not held_out or len(windows) == 1:
        return windows[0]
    segment_of, design = customer_segments(snapshot)
    pool = _Baskets.before(snapshot, held_out, longest).most_bought(settings.popular_pool)
    last = _Baskets.before(snapshot, 0, held_out, faded=False).by_segment(pool, segment_of, len(design))
    features = article_attributes(snapshot, pool)

    def likelihood(window: TrainingWindow) -> float:
        counts = _Baskets.before(snapshot, held_out, window.days).by_segment(pool, segment_of, len(design))
        return float((last * fit_softmax(design, counts, features, window.penalty)).sum() / max(last.sum(), 1.0))

    found = {window: likelihood(window) for window in windows}
    best = max(windows, key=lambda window: found[window])
    log.info(
        "popular: %d days, penalty %g, by the log-likelihood of the last %d days' baskets (%.4f; others %s)",
        *(best.days, best.penalty, held_out, found[best]),
        ", ".join(f"{found[window]:.4f}" for window in windows if window != best),
    )
    return best


def _held_out_days(snapshot: Snapshot, days: int, most: int) -> int:
    """The last days, ``most`` at most, with no more than MAX_HELD_OUT_SHARE of the baskets of ``days``; 0: none."""
    purchases = snapshot.purchases
    recent = purchases.days_ago <= days
    each = np.bincount(purchases.days_ago[recent], weights=purchases.basket_share[recent], minlength=days + 1)
    share = np.cumsum(each[1:]) / max(each.sum(), 1e-9)
    fits = np.flatnonzero((share > 0) & (share <= MAX_HELD_OUT_SHARE)) + 1
    return int(fits[fits <= most].max(initial=0))


def fit_softmax(design: FloatArray, counts: FloatArray, features: FloatArray, penalty: float) -> FloatArray:
    """Log-probabilities (n_segments, n_classes) of a ridge-penalised multinomial logistic model.

    ``design`` (n_segments, n_indicators) one-hot attribute values; ``counts`` (n_segments, n_classes) weighted
    baskets; ``features`` (n_classes, n_features) what classes have in common; ``penalty`` in baskets, OWN_PENALTY times
    that for a class's own weights. The intercept is not penalised.
    """
    if not counts.size:
        return counts
    n_indicators, n_classes = design.shape[1], counts.shape[1]
    everybody, bought = design, counts.any(axis=1)
    design, counts = design[bought], counts[bought]  # a segment without purchases says nothing
    totals = counts.sum(axis=1, keepdims=True)
    intercept = np.log(counts.sum(axis=0) + 0.5)
    penalties = penalty * np.concatenate([np.full(n_classes, OWN_PENALTY), np.ones(features.shape[1])])

    def log_p_of(design: FloatArray, intercept: Floats64, weights: Floats64) -> Floats64:
        own, shared = weights[:, :n_classes], weights[:, n_classes:]
        log_p: Floats64 = log_softmax(design @ (own + shared @ features.T) + intercept, axis=1)
        return log_p

    def loss(flat: Floats64) -> tuple[float, Floats64]:
        intercept, weights = flat[:n_classes], flat[n_classes:].reshape(n_indicators, -1)
        log_p = log_p_of(design, intercept, weights)
        gap = totals * np.exp(log_p) - counts
        own = design.T @ gap
        gradient = np.concatenate([own, own @ features], axis=1) + penalties * weights
        shrinkage = 0.5 * float((penalties * weights**2).sum())
        value = shrinkage - float((counts * log_p).sum())
        return value, np.concatenate([gap.sum(axis=0), gradient.ravel()])

    start = np.concatenate([intercept, np.zeros(n_indicators * (n_classes + features.shape[1]))])
    # Matrices this small: threads would mostly wait for each other, on busy cores for a hundred times as long.
    with threadpool_limits(1, "blas"):
        best = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 60})
    weights = best.x[n_classes:].reshape(n_indicators, -1)
    return log_p_of(everybody, best.x[:n_classes], weights).astype(np.float32)


def article_attributes(snapshot: Snapshot, pool: IntArray) -> FloatArray:
    """(pool_size, n_values) 1 where an article of the pool has a value of ``ARTICLE_ATTRIBUTES``, else 0.

    Values that all articles share are left out: a shop without departments has none here.
    """
    one_hot = [np.eye(codes.size, dtype=np.float32)[codes.codes[pool]] for codes in _article_codes(snapshot)]
    values = np.concatenate(one_hot, axis=1)
    told: FloatArray = values[:, (values.any(axis=0)) & ~(values.all(axis=0))]
    return told


def _article_codes(snapshot: Snapshot) -> list[Codes]:
    return [snapshot.article_codes(name) for name in ARTICLE_ATTRIBUTES]


def customer_segments(snapshot: Snapshot) -> tuple[IntArray, FloatArray]:
    """Segment of each customer (n_customers + 1,) and each segment's one-hot attributes (n_segments, n_values)."""
    attributes = [_attribute(snapshot, name) for name in ATTRIBUTES]
    stacked = np.stack([codes.codes for codes in attributes], axis=1)
    combinations, segment_of = np.unique(stacked, axis=0, return_inverse=True)
    one_hot = [np.eye(codes.size, dtype=np.float32)[combinations[:, i]] for i, codes in enumerate(attributes)]
    return segment_of.ravel().astype(np.int32), np.concatenate(one_hot, axis=1)


def _attribute(snapshot: Snapshot, name: str) -> Codes:
    if name == "postal_code":
        return postal_codes(snapshot, MAX_POSTAL_CODES)
    return usual_channels(snapshot) if name == "channel_habit" else snapshot.customer_codes(name)


@dataclass(frozen=True)
class _Baskets:
    """Purchases of some days as parts of their baskets, each basket one vote."""

    article: IntArray
    weight: FloatArray
    customer: IntArray
    n_articles: int

    @classmethod
    def before(cls, snapshot: Snapshot, last: int, days: int, faded: bool = True) -> "_Baskets":
        """Baskets of ``days`` before the ``last`` days before the cut-off; ``faded``: the later the more they count."""
        purchases = snapshot.purchases
        inside = (purchases.days_ago > last) & (purchases.days_ago <= last + days)
        age = purchases.days_ago[inside] - 1 - last
        fading = 0.5 ** (age / (HALF_LIFE_WINDOWS * days)) if faded else 1.0
        weight = (purchases.basket_share[inside] * fading).astype(np.float32)
        return cls(purchases.article_idx[inside], weight, purchases.customer_idx[inside], snapshot.n_articles)

    def most_bought(self, n: int) -> IntArray:
        """(at most ``n``,) articles, most bought first."""
        sold = np.bincount(self.article, weights=self.weight, minlength=self.n_articles)
        pool = np.argsort(-sold, kind="stable")[:n].astype(np.int32)
        return pool[sold[pool] > 0]

    def by_segment(self, pool: IntArray, segment_of: IntArray, n_segments: int) -> FloatArray:
        """(n_segments, pool_size) baskets; what is not in the pool is left out."""
        position = np.full(self.n_articles, PAD)
        position[pool] = np.arange(len(pool))
        inside = position[self.article] != PAD
        segment = segment_of[self.customer[inside]].astype(np.int64)
        flat = segment * len(pool) + position[self.article[inside]]
        counts = np.bincount(flat, weights=self.weight[inside], minlength=n_segments * len(pool))
        return counts.reshape(n_segments, len(pool)).astype(np.float32)
