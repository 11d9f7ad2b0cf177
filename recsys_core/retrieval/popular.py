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

    def __init__(self, segment_of: IntArray, pool: IntArray, log_p: FloatArray, k: int) -> None:
        self.pool = pool
        """(pool_size,) article_idx, most bought first."""
        self.log_p = log_p
        """(n_segments, pool_size) log-probability of buying each pool article."""
        self.segment_of = segment_of
        """(n_customers + 1,)"""
        order = np.argsort(-log_p, axis=1, kind="stable")[:, :k]
        self._top = np.full((len(log_p), k), PAD, np.int32)
        self._top[:, : order.shape[1]] = pool[order]
        self._score = np.zeros((len(log_p), k), np.float32)
        self._score[:, : order.shape[1]] = np.exp(np.take_along_axis(log_p, order, axis=1))

    @classmethod
    def fit(cls, snapshot: Snapshot, config: RetrieverConfigs, monitor: Monitor | None = None) -> Self:
        settings, segments = config.retrieval, customer_segments(snapshot)
        window = choose_training_window(snapshot, config, segments)
        baskets = _Purchases.of_last(snapshot, window.days).baskets(0, window.days)
        pool = baskets.most_bought(settings.popular_pool)
        counts = baskets.by_segment(pool, segments)
        log_p = fit_softmax(segments.attributes, counts, article_attributes(snapshot, pool), window.penalty)
        return cls(segments.of_customer, pool, log_p, settings.popular_k)

    def save(self, folder: Path) -> None:
        save_arrays(folder, pool=self.pool, log_p=self.log_p)

    @classmethod
    def load(cls, folder: Path, snapshot: Snapshot, config: RetrieverConfigs) -> Self:
        pool, log_p = (np.array(load_array(folder, name)) for name in ("pool", "log_p"))
        segment_of = customer_segments(snapshot).of_customer
        return cls(segment_of, pool.astype(np.int32), log_p.astype(np.float32), config.retrieval.popular_k)

    def retrieve(self, customers: IntArray) -> RetrieverCandidates:
        segment = self.segment_of[customers]
        return RetrieverCandidates(self._top[segment], self._score[segment])

    def ranking(self, segments: npt.NDArray[np.integer]) -> IntArray:
        """The whole pool for each segment, best first: (len(segments), pool_size)."""
        return self.pool[np.argsort(-self.log_p[segments], axis=1, kind="stable")]


def choose_training_window(snapshot: Snapshot, config: RetrieverConfigs, segments: "Segments") -> TrainingWindow:
    """Chooses the configured window under which the baskets of the last days were likeliest.

    It is the first one if nothing can be held out, and the first among equals.
    """
    settings = config.retrieval
    windows = [TrainingWindow(*each) for each in product(settings.popular_days, settings.popular_penalties)]
    shortest, longest = min(settings.popular_days), max(settings.popular_days)
    purchases = _Purchases.of_last(snapshot, shortest + longest)
    held_out = purchases.held_out_days(longest, shortest)
    if not held_out or len(windows) == 1:
        return windows[0]
    pool = purchases.baskets(held_out, longest).most_bought(settings.popular_pool)
    last = purchases.baskets(0, held_out, faded=False).by_segment(pool, segments)
    features = article_attributes(snapshot, pool)

    def likelihood(window: TrainingWindow) -> float:
        counts = purchases.baskets(held_out, window.days).by_segment(pool, segments)
        log_p = fit_softmax(segments.attributes, counts, features, window.penalty)
        return float((last * log_p).sum() / max(last.sum(), 1.0))

    found = {window: likelihood(window) for window in windows}
    best = max(windows, key=lambda window: found[window])
    log.info(
        "popular: %d days, penalty %g, by the log-likelihood of the last %d days' baskets (%.4f; others %s)",
        *(best.days, best.penalty, held_out, found[best]),
        ", ".join(f"{found[window]:.4f}" for window in windows if window != best),
    )
    return best


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


@dataclass(frozen=True)
class Segments:
    """Customers with equal attributes."""

    of_customer: IntArray
    """(n_customers + 1,) segment of each customer."""
    attributes: FloatArray
    """(n_segments, n_values) one-hot values of each segment."""


def customer_segments(snapshot: Snapshot) -> Segments:
    """The segments that a snapshot's customers, the unknown one among them, belong to."""
    attributes = [_attribute(snapshot, name) for name in ATTRIBUTES]
    sizes = tuple(codes.size for codes in attributes)
    combination = np.ravel_multi_index([codes.codes for codes in attributes], sizes)
    present, segment_of = np.unique(combination, return_inverse=True)
    codes = np.unravel_index(present, sizes)
    one_hot = [np.eye(size, dtype=np.float32)[code] for size, code in zip(sizes, codes, strict=True)]
    return Segments(segment_of.astype(np.int32), np.concatenate(one_hot, axis=1))


def _attribute(snapshot: Snapshot, name: str) -> Codes:
    if name == "postal_code":
        return postal_codes(snapshot, MAX_POSTAL_CODES)
    return usual_channels(snapshot) if name == "channel_habit" else snapshot.customer_codes(name)


@dataclass(frozen=True)
class _Purchases:
    """The purchases of the last days, each as a part of its basket."""

    article: IntArray
    customer: IntArray
    days_ago: IntArray
    basket_share: FloatArray
    n_articles: int

    @classmethod
    def of_last(cls, snapshot: Snapshot, days: int) -> "_Purchases":
        purchases = snapshot.purchases
        at = np.flatnonzero(purchases.days_ago <= days)
        return cls(
            purchases.article_idx[at],
            purchases.customer_idx[at],
            purchases.days_ago[at],
            purchases.basket_share[at],
            snapshot.n_articles,
        )

    def held_out_days(self, days: int, most: int) -> int:
        """The last days, ``most`` at most, with at most MAX_HELD_OUT_SHARE of the baskets of ``days``; 0: none."""
        recent = self.days_ago <= days
        each = np.bincount(self.days_ago[recent], weights=self.basket_share[recent], minlength=days + 1)
        share = np.cumsum(each[1:]) / max(each.sum(), 1e-9)
        fits = np.flatnonzero((share > 0) & (share <= MAX_HELD_OUT_SHARE)) + 1
        return int(fits[fits <= most].max(initial=0))

    def baskets(self, last: int, days: int, faded: bool = True) -> "_Baskets":
        """Baskets of ``days`` before the ``last`` days before the cut-off; ``faded``: the later the more they count."""
        inside = (self.days_ago > last) & (self.days_ago <= last + days)
        age = self.days_ago[inside] - 1 - last
        fading = 0.5 ** (age / (HALF_LIFE_WINDOWS * days)) if faded else 1.0
        weight = (self.basket_share[inside] * fading).astype(np.float32)
        return _Baskets(self.article[inside], weight, self.customer[inside], self.n_articles)


@dataclass(frozen=True)
class _Baskets:
    """Purchases of some days as parts of their baskets, each basket one vote."""

    article: IntArray
    weight: FloatArray
    customer: IntArray
    n_articles: int

    def most_bought(self, n: int) -> IntArray:
        """(at most ``n``,) articles, most bought first."""
        sold = np.bincount(self.article, weights=self.weight, minlength=self.n_articles)
        pool = np.argsort(-sold, kind="stable")[:n].astype(np.int32)
        return pool[sold[pool] > 0]

    def by_segment(self, pool: IntArray, segments: Segments) -> FloatArray:
        """(n_segments, pool_size) baskets; what is not in the pool is left out."""
        position = np.full(self.n_articles, PAD)
        position[pool] = np.arange(len(pool))
        inside = position[self.article] != PAD
        n_segments = len(segments.attributes)
        segment = segments.of_customer[self.customer[inside]].astype(np.int64)
        flat = segment * len(pool) + position[self.article[inside]]
        counts = np.bincount(flat, weights=self.weight[inside], minlength=n_segments * len(pool))
        return counts.reshape(n_segments, len(pool)).astype(np.float32)
