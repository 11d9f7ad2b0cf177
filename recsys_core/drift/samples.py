"""Columns of a feature snapshot that are compared with those of an earlier one.

Three tables, each a sample that is the same each time: the customers, the articles, and the purchases of the last seven
days, a whole week, so that weekdays weigh the same. Features that count days or purchases since the beginning are left
out: they move by themselves. Prices are compared by their logarithm.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from recsys_core.drift.measures import Values
from recsys_core.features.arrays import Purchases
from recsys_core.features.snapshot import Snapshot

WEEK: Final = 7
NEW_ARTICLE_DAYS: Final = 28
ATTRIBUTES: Final = (
    "index_group_name",
    "department_name",
    "product_type_name",
    "garment_group_name",
    "colour_group_name",
    "graphical_appearance_name",
)
CUSTOMER_CATEGORIES: Final = ("club_member_status", "fashion_news_frequency")
CUSTOMER_FLAGS: Final = ("fn", "active", "has_profile")
CUSTOMERS, ARTICLES, SOLD = "customers", "articles", "sold"
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Sample:
    """Columns of a table, in the rows that were drawn."""

    columns: Mapping[str, Values]
    rows: int
    """Number of rows that were drawn."""
    independent: int
    """Number of rows that do not depend on each other: of purchases, the number of baskets among them."""


def samples_of(snapshot: Snapshot, max_rows: int) -> dict[str, Sample]:
    """The three tables of a snapshot."""
    return {
        CUSTOMERS: customers_of(snapshot, max_rows),
        ARTICLES: articles_of(snapshot, max_rows),
        SOLD: Sales(snapshot, max_rows).week(0),
    }


def customers_of(snapshot: Snapshot, max_rows: int) -> Sample:
    """Attributes of the customers, and what is typical of their purchases."""
    rows = _drawn(np.arange(snapshot.n_customers), max_rows)
    codes = {name: snapshot.customer_codes(name) for name in CUSTOMER_CATEGORIES}
    found: dict[str, Values] = {name: _named(each.codes[rows], each.values) for name, each in codes.items()}
    found |= {name: _flag(snapshot.customer(name)[rows]) for name in CUSTOMER_FLAGS}
    found["age"] = snapshot.customer("age")[rows].astype(np.float64)
    found["age_known"] = _is_known(found["age"])
    found["median_price"] = _log(snapshot.customer("median_price_all")[rows])
    for name in ("online_share", "children_share"):
        found[name] = snapshot.customer(f"{name}_all")[rows].astype(np.float64)
    return Sample(found, len(rows), len(rows))


def articles_of(snapshot: Snapshot, max_rows: int) -> Sample:
    """Attributes of the catalogue's articles, their prices and their buyers' ages."""
    rows = _drawn(np.arange(snapshot.n_articles), max_rows)
    codes = {name: snapshot.article_codes(name) for name in ATTRIBUTES}
    found: dict[str, Values] = {name: _named(each.codes[rows], each.values) for name, each in codes.items()}
    found["mean_price"] = _log(snapshot.article("price_mean_all")[rows])
    found["buyer_age"] = snapshot.article("buyer_age_mean")[rows].astype(np.float64)
    return Sample(found, len(rows), len(rows))


class Sales:
    """The purchases of whole weeks before a snapshot's cut-off."""

    def __init__(self, snapshot: Snapshot, max_rows: int) -> None:
        self.snapshot = snapshot
        self.max_rows = max_rows
        bought = snapshot.purchases
        self.first_sold = np.zeros(snapshot.n_articles, np.int32)
        """(n_articles,) days ago of the first sale; 0 if there was none."""
        np.maximum.at(self.first_sold, bought.article_idx, bought.days_ago)

    def week(self, ended: int) -> Sample:
        """Purchases of the seven days that ended ``ended`` days before the cut-off; 0: the last ones."""
        bought = self.snapshot.purchases
        sold = np.flatnonzero((bought.days_ago > ended) & (bought.days_ago <= ended + WEEK))
        units = np.bincount(bought.article_idx[sold], minlength=self.snapshot.n_articles)
        rows = _drawn(sold, self.max_rows)
        article, customer = bought.article_idx[rows], bought.customer_idx[rows]
        codes = {name: self.snapshot.article_codes(name) for name in ATTRIBUTES}
        found: dict[str, Values] = {name: _named(each.codes[article], each.values) for name, each in codes.items()}
        found["price"] = _log(bought.price[rows])
        found["price_known"] = _is_known(found["price"])
        found["channel"] = np.where(bought.online[rows], "online", "shop").astype(object)
        for name in ("age_interval", *CUSTOMER_CATEGORIES):
            code = self.snapshot.customer_codes(name)
            found[f"buyer_{name}"] = _named(code.codes[customer], code.values)
        since_first = bought.days_ago[bought.start[customer]] - ended
        found["buyer"] = np.where(since_first <= WEEK, "new", "known").astype(object)
        of_article = self.first_sold[article] - ended
        found["article"] = np.where(of_article <= NEW_ARTICLE_DAYS, "new", "known").astype(object)
        found["popularity"] = np.log10(units[article] * max((units > 0).sum(), 1) / max(len(sold), 1))
        basket, sizes = _baskets(bought, sold)
        found["basket_size"] = np.log10(sizes[basket[np.searchsorted(sold, rows)]].astype(np.float64))
        baskets = min(len(sizes), len(rows))
        return Sample(found, len(rows), baskets)


def _baskets(bought: Purchases, sold: Rows) -> tuple[Rows, Rows]:
    """Basket of each purchase (n,), and number of purchases in each: what a customer bought on a day."""
    customer, day = bought.customer_idx[sold], bought.days_ago[sold]
    begins = np.ones(len(sold), bool)
    begins[1:] = (np.diff(customer) != 0) | (np.diff(day) != 0)
    basket = np.cumsum(begins) - 1
    return basket, np.bincount(basket, minlength=1)


def _drawn(rows: Rows, most: int) -> Rows:
    """At most ``most`` of the rows, ascending; the same each time."""
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(0).choice(rows, most, replace=False))


def _named(codes: npt.NDArray[np.int32], values: tuple[str, ...]) -> Values:
    return np.array(values, object)[codes]


def _flag(values: npt.NDArray[np.float32]) -> Values:
    return np.where(values > 0, "yes", "no").astype(object)


def _log(prices: npt.NDArray[np.float32]) -> Values:
    """Decimal logarithm; NaN where there is no price."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(prices > 0, np.log10(prices.astype(np.float64)), np.nan)


def _is_known(values: Values) -> Values:
    return np.where(np.isfinite(values), "yes", "no").astype(object)
