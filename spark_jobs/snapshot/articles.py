"""Article rows of a snapshot: sales history and the sales of what is like them.

Parts of the customers are counted apart, as sums of whole numbers. The sums of all parts give the table.
"""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from recsys_core.compiled import compiled
from recsys_core.contracts import columns as c
from recsys_core.contracts.features import ARTICLE_HISTORY, SALES_GROUP_WINDOWS, SALES_GROUPS, WINDOWS
from recsys_core.features.arrays import History
from recsys_core.features.snapshot import UNKNOWN
from spark_jobs.snapshot.histories import Bytes, Doubles, Histories, Ints, Longs
from spark_jobs.snapshot.money import fraction_in_nano, from_nano, money, nano, share, whole_part

N_SPANS = len(WINDOWS) + 1
"""The windows and the whole history."""
UNITS, VOTES, WHOLE, NANOS, ONLINE = range(5)
"""Sums by span: units, shares of baskets in billionths, money in whole units and in billionths, units online."""
BUYER_WINDOWS = (7, 30)
NEVER = 2**31 - 1
MILLI = 1000


@dataclass(frozen=True)
class Sales:
    """Sales by article of some customers before a cut-off; sums of several parts make those of all customers."""

    article: Ints
    """(n,) ascending; those with a sale, or all."""
    by_span: Longs
    """(n, 5, N_SPANS)."""
    ages: Longs
    """(n, 2): purchases whose buyer's age is known: sum of the ages, in thousandths of a year, and number."""
    buyers: Longs
    """(n, 4): different customers in each of BUYER_WINDOWS and ever, and those who bought on two days or more."""
    days: Ints
    """(n, 2): days before the cut-off of the latest and of the first sale; NEVER and 0 if never sold."""
    latest: Longs
    """(n, 3): whole units and billionths of money, and units, on the latest day of sale."""
    highest: Doubles
    """(n,) highest price."""

    @classmethod
    def none(cls, n_articles: int) -> Self:
        """All articles without a sale."""
        return cls(
            article=np.arange(n_articles, dtype=np.int32),
            by_span=np.zeros((n_articles, 5, N_SPANS), np.int64),
            ages=np.zeros((n_articles, 2), np.int64),
            buyers=np.zeros((n_articles, len(BUYER_WINDOWS) + 2), np.int64),
            days=np.tile(np.array([NEVER, 0], np.int32), (n_articles, 1)),
            latest=np.zeros((n_articles, 3), np.int64),
            highest=np.full(n_articles, -np.inf),
        )

    @classmethod
    def of(cls, histories: Histories, age: Longs, of_article: History, n_articles: int) -> Self:
        """Count the purchases of some customers; ``age`` (n_customers,) in thousandths of a year, -1 if unknown."""
        all_articles = cls.none(n_articles)
        add_purchases(
            histories.article,
            histories.window,
            histories.days_ago,
            np.stack(
                [
                    np.ones(len(histories.article), np.int64),
                    nano(histories.basket_share),
                    whole_part(histories.price),
                    fraction_in_nano(histories.price),
                    histories.online.astype(np.int64),
                ]
            ),
            histories.price,
            age[histories.customer],
            (all_articles.by_span, all_articles.ages, all_articles.days, all_articles.latest, all_articles.highest),
        )
        recent = [of_article.days_ago <= w for w in BUYER_WINDOWS]
        for i, counted in enumerate([*recent, of_article.days > 0, of_article.days > 1]):
            all_articles.buyers[:, i] = np.bincount(of_article.item[counted], minlength=n_articles)
        sold = np.flatnonzero(all_articles.by_span[:, UNITS, -1])
        return cls(*(getattr(all_articles, field.name)[sold] for field in fields(cls)))

    def add(self, part: "Sales") -> None:
        """Add the sales of a part of the customers to those of all articles."""
        at = part.article
        self.by_span[at] += part.by_span
        self.ages[at] += part.ages
        self.buyers[at] += part.buyers
        ours, theirs = self.days[at, 0], part.days[:, 0]
        later, same = theirs < ours, theirs == ours
        self.latest[at[later]] = part.latest[later]
        self.latest[at[same]] += part.latest[same]
        self.days[at, 0] = np.minimum(ours, theirs)
        self.days[at, 1] = np.maximum(self.days[at, 1], part.days[:, 1])
        self.highest[at] = np.maximum(self.highest[at], part.highest)


@compiled
def add_purchases(
    article: Ints,
    window: Bytes,
    days_ago: Ints,
    values: Longs,
    price: Doubles,
    age: Longs,
    into: tuple[Longs, Longs, Ints, Longs, Doubles],
) -> None:
    """Add purchases (n,) with their ``values`` (5, n) to the arrays of ``Sales`` of all articles."""
    by_span, ages, days, latest, highest = into
    for row in range(len(article)):
        a, ago = article[row], days_ago[row]
        for i in range(5):
            by_span[a, i, window[row]] += values[i, row]
        if age[row] >= 0:
            ages[a, 0] += age[row]
            ages[a, 1] += 1
        if ago < days[a, 0]:
            days[a, 0] = ago
            latest[a, :] = 0
        if ago == days[a, 0]:
            latest[a, 0] += values[2, row]
            latest[a, 1] += values[3, row]
            latest[a, 2] += 1
        days[a, 1] = max(days[a, 1], ago)
        highest[a] = max(highest[a], price[row])
    for a in range(len(by_span)):
        for i in range(5):
            for span in range(1, by_span.shape[2]):
                by_span[a, i, span] += by_span[a, i, span - 1]


def article_table(articles: pa.Table, sales: Sales) -> pa.Table:
    """ARTICLE_HISTORY + ARTICLE_COLUMNS of all articles, sorted by article_id, by the sales to all customers."""
    spans = [*(f"{w}d" for w in WINDOWS), "all"]
    by_kind = (dict(zip(spans, sums.T, strict=True)) for sums in np.moveaxis(sales.by_span, 1, 0))
    units, votes, whole, nanos, online = by_kind
    sold = units["all"] > 0
    buyers = [f"buyers_{w}d" for w in BUYER_WINDOWS]

    def mean_price(span: str) -> Doubles:
        return np.where(units[span] > 0, money(whole[span], nanos[span]) / np.maximum(units[span], 1), np.nan)

    def if_sold(values: npt.NDArray[np.generic]) -> Doubles:
        return np.where(sold, values, np.nan)

    columns = {
        "article_idx": np.arange(len(sold)),
        **{f"sold_{span}": units[span] for span in spans},
        **{f"votes_{span}": from_nano(votes[span]) for span in spans},
        **dict(zip([*buyers, "buyers_all", "repeat_buyers_all"], sales.buyers.T, strict=True)),
        "days_since_last_sale": if_sold(sales.days[:, 0]),
        "days_since_first_sale": if_sold(sales.days[:, 1]),
        "price_last": if_sold(money(sales.latest[:, 0], sales.latest[:, 1]) / np.maximum(sales.latest[:, 2], 1)),
        **{f"price_mean_{span}": mean_price(span) for span in ("7d", "30d", "all")},
        "price_max_all": if_sold(sales.highest),
        **{f"online_share_{span}": share(online[span], units[span]) for span in ("7d", "30d", "all")},
        "buyer_age_mean": share(sales.ages[:, 0], sales.ages[:, 1]) / MILLI,
        **_group_sales(articles, units),
    }
    kinds = {name: pa.type_for_alias(kind) for name, kind in ARTICLE_HISTORY.items()}
    made = {name: pa.array(columns[name], from_pandas=True).cast(kind) for name, kind in kinds.items()}
    return pa.table({**made, **{name: articles[name].combine_chunks() for name in c.ARTICLE_COLUMNS}})


def _group_sales(articles: pa.Table, units: dict[str, Longs]) -> dict[str, Longs]:
    """``<prefix>_sold_<w>d``: units of each article's whole product type, and so on, by SALES_GROUPS."""
    sums = {}
    for prefix, attribute in SALES_GROUPS.items():
        value = pc.fill_null(articles[attribute], UNKNOWN).combine_chunks().dictionary_encode().indices.to_numpy()
        for w in SALES_GROUP_WINDOWS:
            of_value = np.zeros(int(value.max(initial=0)) + 1, np.int64)
            np.add.at(of_value, value, units[f"{w}d"])
            sums[f"{prefix}_sold_{w}d"] = of_value[value]
    return sums
