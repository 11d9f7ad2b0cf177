"""The two towers' inputs, taken from a snapshot: id codes, categorical codes, numbers (design A, table 1).

Training inputs are as of each purchase: a customer's 30-day numbers and history count the days before it only.
Id code 0 is the out-of-vocabulary bucket; ids that were never trained on stand in it.
"""

import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recsys_core.features.arrays import Purchases
from recsys_core.features.images import ImageEmbeddings
from recsys_core.features.snapshot import Codes, FloatArray, IntArray, Snapshot
from recsys_core.towers.config import TwoTowerConfig
from recsys_core.towers.history import Moments, before_purchases, first_of_day, first_within
from recsys_core.towers.popularity import popularity_by_day
from recsys_core.towers.weights import SHARED, Scaling, TowerWeights

log = logging.getLogger(__name__)
CUSTOMER_CATEGORIES = ("club_member_status", "fashion_news_frequency", "age_interval", "postal_code")
ARTICLE_CATEGORIES = (
    "product_type_name",
    "product_group_name",
    "colour_group_name",
    "department_name",
    "section_name",
)
MAX_POSTAL_CODES = 20_000
"""Postal codes beyond the most frequent ones share one code."""
WINDOW_DAYS = 30
BATCHES_PER_BLOCK = 4
PAIRS_TO_BUILD_BY = 64


@dataclass(frozen=True)
class TowerInputs:
    """One side's inputs, a row an entity."""

    ids: IntArray
    """(n,) id codes, 0 = out of vocabulary."""
    categories: IntArray
    """(n, n_categories)"""
    numbers: FloatArray
    """(n, n_numbers), standardised; an image embedding stands last."""
    values: Mapping[str, tuple[str, ...]]
    """Outside id or value by code, of the ids and then of each category; empty where several share a code."""
    image_size: int = 0
    """Number of columns at the end that hold the image embedding; 0 without images."""


@dataclass(frozen=True)
class TrainingPairs:
    """Purchases to learn from, in blocks of days: every batch is drawn from one block."""

    customer_idx: IntArray
    article_idx: IntArray
    numbers: FloatArray
    """(n, n_numbers) the customer's numbers just before the purchase, standardised."""
    moments: Moments
    """End of each pair's history."""
    block: IntArray
    """(n,) 0 is the latest block."""
    article_probability: FloatArray
    """(n,) share of the block's pairs that are this pair's article: its chance to stand in a batch (q)."""
    popularity: FloatArray
    """(n_blocks, n_articles, N_FEATURES) as of each block's first day."""

    def __len__(self) -> int:
        return len(self.customer_idx)


@dataclass(frozen=True)
class Inputs:
    """Inputs of a model of the two towers."""

    customers: TowerInputs
    """n_customers + 1 rows."""
    articles: TowerInputs
    """n_articles rows."""
    pairs: TrainingPairs
    scaling: Scaling


def tower_inputs(snapshot: Snapshot, config: TwoTowerConfig, images: ImageEmbeddings | None = None) -> Inputs:
    """Inputs of a model that is trained on the snapshot; its numbers are standardised over the training pairs."""
    chosen = _chosen_purchases(snapshot.purchases, config)
    before = _squash(numbers_before_purchase(snapshot.purchases, chosen))
    mean, scale = _scaling(before)
    logs = np.log(_known_prices(snapshot))
    price = (float(logs.mean()), max(float(logs.std()), 1e-3)) if len(logs) else (0.0, 1.0)
    scaling = Scaling((tuple(mean.tolist()), tuple(scale.tolist())), price)
    customers, articles = (side[chosen] for side in (snapshot.purchases.customer_idx, snapshot.purchases.article_idx))
    known = np.unique(customers), np.unique(articles)
    return _inputs(snapshot, config, images, chosen, before, scaling, *known)


def inputs_by(
    weights: TowerWeights, snapshot: Snapshot, config: TwoTowerConfig, images: ImageEmbeddings | None = None
) -> Inputs:
    """Inputs of a model with these weights, which learns nothing: ids and standardisation are those of its training.

    The pairs are a few, to make the model by.
    """
    chosen = _chosen_purchases(snapshot.purchases, config)[-PAIRS_TO_BUILD_BY:]
    customers = snapshot.customer_rows(weights.tables["customer_id"].keys)
    articles = snapshot.article_rows(weights.tables["article_id"].keys)
    known = np.unique(customers[customers < snapshot.n_customers]), np.unique(articles[articles >= 0])
    before = _squash(numbers_before_purchase(snapshot.purchases, chosen))
    return _inputs(snapshot, config, images, chosen, before, weights.scaling, *known)


def _inputs(
    snapshot: Snapshot,
    config: TwoTowerConfig,
    images: ImageEmbeddings | None,
    chosen: npt.NDArray[np.int64],
    before: FloatArray,
    scaling: Scaling,
    customers: IntArray,
    articles: IntArray,
) -> Inputs:
    """Inputs with the ``chosen`` purchases as pairs, and id codes of the rows ``customers`` and ``articles``."""
    purchases, (mean, scale) = snapshot.purchases, np.array(scaling.customers, np.float32)
    raw = np.stack([snapshot.customer(c) for c in ("spend_30d", "articles_30d", "days_since_last")], axis=1)
    pairs = _in_blocks(
        snapshot,
        config,
        purchases.customer_idx[chosen],
        purchases.article_idx[chosen],
        (before - mean) / scale,
        before_purchases(purchases, chosen),
    )
    return Inputs(
        _customer_side(snapshot, customers, (_squash(raw) - mean) / scale),
        _article_side(snapshot, articles, scaling, config, images),
        pairs,
        scaling,
    )


def pairs_since(snapshot: Snapshot, config: TwoTowerConfig, pairs: TrainingPairs, day: dt.date) -> TrainingPairs:
    """Those of the pairs that were bought on ``day`` or later, in blocks of their own; there must be some."""
    at = np.flatnonzero(pairs.moments.days_ago <= (snapshot.cutoff - day).days)
    return _in_blocks(
        snapshot, config, pairs.customer_idx[at], pairs.article_idx[at], pairs.numbers[at], pairs.moments[at]
    )


def _in_blocks(
    snapshot: Snapshot,
    config: TwoTowerConfig,
    customer_idx: IntArray,
    article_idx: IntArray,
    numbers: FloatArray,
    moments: Moments,
) -> TrainingPairs:
    """The pairs, with their blocks of days, the articles' shares of them, and the popularity before them."""
    block, first_days = day_blocks(moments.days_ago, BATCHES_PER_BLOCK * config.batch_size)
    popularity = popularity_by_day(snapshot.purchases, snapshot.n_articles, first_days)
    frequency = _frequency(article_idx, block)
    return TrainingPairs(customer_idx, article_idx, numbers, moments, block, frequency, np.stack(popularity))


def day_blocks(days_ago: IntArray, smallest: int) -> tuple[IntArray, list[int]]:
    """Block of each purchase, 0 the latest, and the first day of each block (days ago).

    A block is as many days as hold ``smallest`` purchases: a day of a large shop, a week of a small one. So the
    articles of a batch were on sale at the same time, and their popularity is that before it, as it will be in a list.
    """
    held = np.bincount(days_ago - 1)
    left = held[::-1].cumsum()[::-1]
    block_of, block, inside = np.zeros(len(held), np.int32), 0, 0
    for i in range(len(held)):
        if inside >= smallest and left[i] >= smallest:
            block, inside = block + 1, 0
        block_of[i] = block
        inside += held[i]
    first_days = [int(np.flatnonzero(block_of == b)[-1]) + 1 for b in range(block + 1)]
    return block_of[days_ago - 1], first_days


def numbers_before_purchase(purchases: Purchases, chosen: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Of each chosen purchase: spend and articles of the 30 days before its day, and days since the last one.

    Shape (len(chosen), 3); same units as ``spend_30d, articles_30d, days_since_last`` of a snapshot. Days are NaN where
    there was no purchase before.
    """
    today = first_of_day(purchases)[chosen]
    window = first_within(purchases.start, purchases.days_ago, WINDOW_DAYS)[chosen]
    spent = np.concatenate([[0.0], np.cumsum(purchases.price, dtype=np.float64)])
    has_last = today > purchases.start[purchases.customer_idx[chosen]]
    since = np.where(has_last, purchases.days_ago[np.maximum(today - 1, 0)] - purchases.days_ago[chosen], np.nan)
    return np.stack([spent[today] - spent[window], (today - window).astype(np.float64), since], axis=1)


def _chosen_purchases(purchases: Purchases, config: TwoTowerConfig) -> npt.NDArray[np.int64]:
    """Positions of the latest purchases within ``train_days``, at most ``max_purchases``."""
    chosen = np.flatnonzero(purchases.days_ago <= config.train_days)
    if len(chosen) > config.max_purchases:
        latest = np.argsort(purchases.days_ago[chosen], kind="stable")[: config.max_purchases]
        chosen = np.sort(chosen[latest])
    if len(chosen) < 2:
        raise ValueError(
            f"{len(chosen)} purchases in the {config.train_days} days before the cut-off: too few to train"
        )
    return chosen


def _squash(numbers: npt.NDArray[np.floating]) -> FloatArray:
    """Long tails to logs; days since last to closeness in (0, 1], 0 when there was none."""
    spend, articles, since = numbers.T.astype(np.float64)
    closeness = np.where(np.isnan(since), 0.0, 1.0 / np.maximum(since, 1.0))
    return np.stack(
        [np.log1p(100 * np.nan_to_num(spend)), np.log1p(np.nan_to_num(articles)), closeness], axis=1
    ).astype(np.float32)


def _scaling(numbers: FloatArray) -> tuple[FloatArray, FloatArray]:
    return numbers.mean(axis=0), np.maximum(numbers.std(axis=0), 1e-3)


def _frequency(article_idx: IntArray, block: IntArray) -> FloatArray:
    n_articles = int(article_idx.max(initial=0)) + 1
    pair = block.astype(np.int64) * n_articles + article_idx
    share: FloatArray = (np.bincount(pair)[pair] / np.bincount(block)[block]).astype(np.float32)
    return share


def _customer_side(snapshot: Snapshot, trained: IntArray, numbers: FloatArray) -> TowerInputs:
    columns = [snapshot.customer_codes(name) for name in CUSTOMER_CATEGORIES[:-1]]
    columns.append(_frequent(snapshot.customer_codes("postal_code")))
    ids = _id_codes(trained, np.append(snapshot.customer_ids, SHARED))
    return _side(ids, "customer_id", columns, CUSTOMER_CATEGORIES, numbers)


def _article_side(
    snapshot: Snapshot,
    trained: IntArray,
    scaling: Scaling,
    config: TwoTowerConfig,
    images: ImageEmbeddings | None,
) -> TowerInputs:
    names = (*ARTICLE_CATEGORIES, *config.more_article_attributes)
    ids = _id_codes(trained, snapshot.article_ids)
    numbers = _standard_log(snapshot.article("price_mean_all"), *scaling.price)[:, None]
    if images is None:
        log.info("two-tower: no image embeddings, so the articles are known by their attributes alone")
    else:
        present = images.present[:, None].astype(np.float32)
        numbers = np.concatenate([numbers, present, images.vectors], axis=1)
    image_size = 0 if images is None else images.vectors.shape[1]
    columns = [snapshot.article_codes(name) for name in names]
    return _side(ids, "article_id", columns, names, numbers, image_size)


def _side(
    ids: Codes,
    id_name: str,
    columns: Sequence[Codes],
    names: Sequence[str],
    numbers: FloatArray,
    image_size: int = 0,
) -> TowerInputs:
    values = {id_name: ids.values} | {name: column.values for name, column in zip(names, columns, strict=True)}
    return TowerInputs(ids.codes, np.stack([column.codes for column in columns], axis=1), numbers, values, image_size)


def _known_prices(snapshot: Snapshot) -> FloatArray:
    prices = snapshot.article("price_mean_all")
    known: FloatArray = prices[np.isfinite(prices) & (prices > 0)]
    return known


def _standard_log(values: FloatArray, mean: float, scale: float) -> FloatArray:
    """Standardised logs; unknown is 0."""
    known = np.isfinite(values) & (values > 0)
    standard = np.zeros(len(values), np.float32)
    standard[known] = (np.log(values[known]) - np.float32(mean)) / scale
    return standard


def _id_codes(trained: IntArray, ids: npt.NDArray[np.object_]) -> Codes:
    """Codes 1.. for the ids of ``trained`` rows, which ascend, 0 for all others."""
    codes = np.zeros(len(ids), np.int32)
    codes[trained] = np.arange(1, len(trained) + 1)
    return Codes(codes, (SHARED, *ids[trained].tolist()))


def _frequent(column: Codes) -> Codes:
    """The most frequent codes renumbered from 1; the rest, and codes seen once, share 0."""
    counts = np.bincount(column.codes)
    order = np.argsort(-counts, kind="stable")[:MAX_POSTAL_CODES]
    order = order[counts[order] > 1]
    renumbered = np.zeros(len(counts), np.int32)
    renumbered[order] = np.arange(1, len(order) + 1)
    return Codes(renumbered[column.codes], (SHARED, *(column.values[code] for code in order)))
