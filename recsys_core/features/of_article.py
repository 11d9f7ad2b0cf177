"""Article columns of a pair: sales history of the article and of what is like it (design B: statistics of articles).

Sales are log shares of all sales of their window and ranks among what sold in it, never counts: busy and quiet
weeks, large and small shops, last February and this September then look alike to a ranker that learns from several
cut-offs.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from recsys_core.contracts.features import SALES_GROUP_WINDOWS, SALES_GROUPS, WINDOWS
from recsys_core.features.feature import Feature, Floats, window_of
from recsys_core.features.snapshot import FloatArray, Snapshot

SPANS = (*(f"{w}d" for w in WINDOWS), "all")
TRENDS = (("1d", "3d"), ("1d", "7d"), ("3d", "14d"), ("7d", "30d"), ("30d", "90d"), ("7d", "all"))
COLUMNS = {
    "days_since_last_sale": ("days since the last sale", "days"),
    "days_since_first_sale": ("days since the first sale", "days"),
    "price_last": ("price of the latest day of sale", "price"),
    "price_mean_7d": ("mean price", "price"),
    "price_mean_30d": ("mean price", "price"),
    "price_mean_all": ("mean price", "price"),
    "price_max_all": ("highest price", "price"),
    **{f"online_share_{span}": ("share of sales made online", "share") for span in ("7d", "30d", "all")},
    "buyer_age_mean": ("mean age of its buyers", "years"),
}
SMOOTHING = 1e-5
"""Added to shares before a ratio of two is taken: about one sale of a big shop's week."""

FEATURES = (
    *(Feature(f"article_{name}", "article", text, window_of(name), unit) for name, (text, unit) in COLUMNS.items()),
    *(Feature(f"article_sold_{s}_log_share", "article", "log share of all sales", s, "log") for s in SPANS),
    *(Feature(f"article_sold_{s}_log_rank", "article", "log rank by sales", s, "log") for s in SPANS),
    *(
        Feature(f"article_trend_{a}_{b}", "article", f"log of its share of sales in {a} over that in {b}", a, "log")
        for a, b in TRENDS
    ),
    *(
        Feature(f"article_{group}_sold_{w}d_log_share", "article", f"log share of sales of its {group}", f"{w}d", "log")
        for group in SALES_GROUPS
        for w in SALES_GROUP_WINDOWS
    ),
    *(
        Feature(f"article_share_of_{group}_{w}d", "article", f"log of its share of its {group}'s sales", f"{w}d", "log")
        for group in SALES_GROUPS
        for w in SALES_GROUP_WINDOWS
    ),
    Feature("article_units_per_buyer_7d", "article", "units a buyer", "7d", "units"),
    Feature("article_units_per_buyer_all", "article", "units a buyer", "all", "units"),
    Feature("article_repeat_buyer_share", "article", "share of buyers who bought it on two days", "all", "share"),
    Feature("article_discount", "article", "latest price over the highest", "all", "ratio"),
    Feature("article_price_trend", "article", "mean price of the week over the month's", "7d", "ratio"),
    Feature("article_number_quantile", "article", "share of sales with a lower article number", "7d", "share"),
    Feature("article_price_quantile", "article", "share of sales with a lower price", "7d", "share"),
)


def table(snapshot: Snapshot) -> Iterator[Floats]:
    """Values of ``FEATURES`` for all articles, each (n_articles,), null as NaN."""
    article = snapshot.article
    for name in COLUMNS:
        yield article(name)
    sold = {span: article(f"sold_{span}") for span in SPANS}
    for values in sold.values():
        yield log_share(values)
    for values in sold.values():
        yield np.log(rank_from_top(values)).astype(np.float32)
    share = {span: values / max(values.sum(), 1) for span, values in sold.items()}
    for a, b in TRENDS:
        yield np.log((share[a] + SMOOTHING) / (share[b] + SMOOTHING))
    groups = [(f"{group}_sold_{w}d", sold[f"{w}d"]) for group in SALES_GROUPS for w in SALES_GROUP_WINDOWS]
    for name, own in groups:
        yield np.log((article(name) + 0.5) / (own.sum() + 1)).astype(np.float32)
    for name, own in groups:
        yield np.log((own + 0.5) / (article(name) + 5)).astype(np.float32)
    yield sold["7d"] / np.maximum(article("buyers_7d"), 1)
    yield sold["all"] / np.maximum(article("buyers_all"), 1)
    yield article("repeat_buyers_all") / (article("buyers_all") + 5)
    yield article("price_last") / np.maximum(article("price_max_all"), 1e-9)
    yield article("price_mean_7d") / np.maximum(article("price_mean_30d"), 1e-9)
    yield sales_quantile(np.arange(snapshot.n_articles, dtype=np.float32), sold["7d"])
    yield sales_quantile(article("price_last"), sold["7d"])


def log_share(sold: FloatArray) -> FloatArray:
    """log((sold + 0.5) / (total + 1))."""
    share: FloatArray = np.log((sold + 0.5) / (sold.sum() + 1)).astype(np.float32)
    return share


def rank_from_top(sold: FloatArray) -> NDArray[np.int64]:
    """1 for what sold most; what sold as much has the same rank, (n_articles,)."""
    return np.searchsorted(np.sort(-sold), -sold) + 1


def sales_quantile(value: FloatArray, sold: FloatArray) -> FloatArray:
    """Share of sales of articles with a lower ``value``, (n_articles,); NaN stays NaN. Ties share one quantile."""
    known = np.flatnonzero(~np.isnan(value))
    order = known[np.argsort(value[known], kind="stable")]
    below = np.concatenate([[0.0], np.cumsum(sold[order])])
    first = np.searchsorted(value[order], value[order], side="left")
    out = np.full(len(value), np.nan, np.float32)
    out[order] = below[first] / max(float(sold.sum()), 1.0)
    return out
