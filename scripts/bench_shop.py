"""A made-up snapshot of a shop of any size, for the benchmarks of what learns from purchases and scores by them.

Articles belong to styles, and a customer buys mostly of three; so there is something to learn, and what was held out
tells who learned it. Other columns are random numbers of the right kind.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from recsys_core.contracts import features as contract
from recsys_core.contracts.columns import AGE_INTERVALS, ARTICLE_COLUMNS, KEY_ATTRIBUTES
from recsys_core.features.arrays import write_purchases
from recsys_core.features.snapshot import EPOCH, IntArray, Snapshot
from tests.support.release_fixture import CUTOFF

DAYS: Final = 90
HELD_OUT: Final = 3
"""Articles of each customer that are kept apart."""
STYLE_ARTICLES: Final = 150
STYLES_OF_A_CUSTOMER: Final = 3
OWN_STYLE_SHARE: Final = 0.85
VALUES: Final = {"product_code": 3, "product_type_name": 800, "department_name": 400, "section_name": 2000}
"""Articles that share a value of an attribute, on average; of all others ``COMMON``."""
COMMON: Final = 5000
Columns = Mapping[str, npt.NDArray[Any] | pa.Array]


@dataclass(frozen=True)
class Shop:
    """A snapshot, and what its customers bought besides."""

    snapshot: Snapshot
    held_out: IntArray
    """(n_customers, HELD_OUT) articles; some were bought before, too."""


def make_shop(folder: Path, customers: int, articles: int, purchases: int, for_ranking: bool = False) -> Shop:
    """Write a snapshot into ``folder``, with about so many purchases.

    ``for_ranking``: with attributes by which articles differ, and with all that the features of pairs are made from.
    """
    print(f"making up {purchases:,} purchases of {customers:,} customers and {articles:,} articles", file=sys.stderr)
    rng = np.random.default_rng(0)
    bought = _Bought.draw(rng, customers, articles, purchases)
    _write(folder / contract.PURCHASES_TABLE, bought.table(), contract.PURCHASES)
    _write(folder / contract.CUSTOMERS, _customers(rng, bought, customers), contract.CUSTOMER_SNAPSHOT)
    attributes = _attributes(rng, articles if for_ranking else 1, articles)
    kinds = contract.ARTICLE_HISTORY | dict.fromkeys(ARTICLE_COLUMNS, "string")
    _write(folder / contract.ARTICLES, _articles(rng, bought, articles) | attributes, kinds)
    snapshot = Snapshot(folder, "", CUTOFF)
    if for_ranking:
        for name in KEY_ATTRIBUTES:
            rows = _preferences(bought, snapshot.article_codes(name).codes, snapshot.article_codes(name).values)
            _write(folder / contract.PREFERENCES / f"attribute={name}", rows, contract.PREFERENCE_COLUMNS)
        Snapshot.complete(folder, CUTOFF)
    else:
        write_purchases(snapshot)
    return Shop(snapshot, bought.held_out)


@dataclass(frozen=True)
class _Bought:
    """Purchases in the order of a snapshot, none of them twice."""

    customer: npt.NDArray[np.int64]
    days_ago: npt.NDArray[np.int64]
    article: npt.NDArray[np.int64]
    held_out: IntArray

    @classmethod
    def draw(cls, rng: np.random.Generator, customers: int, articles: int, purchases: int) -> "_Bought":
        each = max(1, purchases // customers)
        article = _tastes(rng, customers, articles, each + HELD_OUT)
        bought = article[:, HELD_OUT:].ravel()
        customer = np.repeat(np.arange(customers), each)
        days_ago = rng.integers(1, DAYS + 1, (customers, max(1, each // 3)))  # a basket holds about three articles
        days_ago = np.take_along_axis(days_ago, rng.integers(0, days_ago.shape[1], (customers, each)), 1).ravel()
        keys = np.unique((customer * (DAYS + 1) + DAYS - days_ago) * articles + bought)
        basket, bought = np.divmod(keys, articles)
        customer, day = np.divmod(basket, DAYS + 1)
        return cls(customer, DAYS - day, bought, article[:, :HELD_OUT].astype(np.int32))

    def table(self) -> Columns:
        _, basket, size = np.unique(self.customer * (DAYS + 1) + self.days_ago, return_inverse=True, return_counts=True)
        n = len(self.customer)
        return {
            "customer_idx": self.customer,
            "article_idx": self.article,
            "day": (CUTOFF - EPOCH).days - self.days_ago,
            "price": np.full(n, 0.02),
            "sales_channel_id": 1 + self.article % 2,
            "basket_share": 1 / size[basket],
        }


def _tastes(rng: np.random.Generator, customers: int, articles: int, each: int) -> npt.NDArray[np.int64]:
    """(customers, each) articles, mostly of a customer's own styles, the first of a style most often."""
    size = min(STYLE_ARTICLES, articles)
    styles = articles // size
    own = rng.integers(0, styles, (customers, STYLES_OF_A_CUSTOMER))
    style = np.take_along_axis(own, rng.integers(0, STYLES_OF_A_CUSTOMER, (customers, each)), 1)
    style = np.where(rng.random(style.shape) < OWN_STYLE_SHARE, style, rng.integers(0, styles, style.shape))
    share = 1 / np.arange(1, size + 1)
    rank = np.searchsorted(np.cumsum(share / share.sum())[:-1], rng.random(style.shape))
    return style * size + rank


def _customers(rng: np.random.Generator, bought: _Bought, n: int) -> Columns:
    columns = _random(rng, contract.CUSTOMER_SNAPSHOT, n)
    last, first = np.full(n, DAYS + 1), np.zeros(n, np.int64)
    np.minimum.at(last, bought.customer, bought.days_ago)
    np.maximum.at(first, bought.customer, bought.days_ago)
    counts = {
        f"articles_{w}d": np.bincount(bought.customer, bought.days_ago <= w, minlength=n) for w in contract.WINDOWS
    }
    return columns | {
        "customer_id": pa.array([f"{i:064x}" for i in range(n)]),
        "club_member_status": _choice(rng, ("ACTIVE", "PRE-CREATE", "LEFT CLUB"), n),
        "fashion_news_frequency": _choice(rng, ("NONE", "Regularly", "Monthly"), n),
        "age_interval": _choice(rng, AGE_INTERVALS, n),
        "postal_code": _choice(rng, [f"{i:08x}" for i in range(200)], n),
        "has_profile": np.ones(n, bool),
        **counts,
        "articles_all": np.bincount(bought.customer, minlength=n),
        "days_since_last": last,
        "days_since_first": first,
    }


def _articles(rng: np.random.Generator, bought: _Bought, n: int) -> Columns:
    columns = _random(rng, contract.ARTICLE_HISTORY, n)
    last = np.full(n, DAYS + 1)
    np.minimum.at(last, bought.article, bought.days_ago)
    sold = {f"sold_{w}d": np.bincount(bought.article, bought.days_ago <= w, minlength=n) for w in contract.WINDOWS}
    return columns | sold | {"days_since_last_sale": pa.array(last, mask=last > DAYS)}


def _attributes(rng: np.random.Generator, different: int, n: int) -> Columns:
    """Kaggle's columns: as many values as fit ``different`` articles."""
    named = {name: max(1, different // VALUES.get(name, COMMON)) for name in ARTICLE_COLUMNS}
    columns = {name: _choice(rng, [f"{name} {i}" for i in range(size)], n) for name, size in named.items()}
    return columns | {"article_id": pa.array([f"{10**8 + i:010d}" for i in range(n)])}


def _preferences(bought: _Bought, code: IntArray, values: tuple[str, ...]) -> Columns:
    """Units by customer and value, as ``contracts.features.PREFERENCE_COLUMNS`` names them."""
    keys, row = np.unique(bought.customer * len(values) + code[bought.article], return_inverse=True)
    customer, value = np.divmod(keys, len(values))
    last = np.full(customer[-1] + 1, DAYS + 1)
    np.minimum.at(last, bought.customer, bought.days_ago)
    inside = {f"{w}d": bought.days_ago <= w for w in contract.WINDOWS}
    inside |= {"last": bought.days_ago == last[bought.customer], "all": np.ones(len(row), bool)}
    counts = {f"count_{span}": np.bincount(row, inside[span], len(keys)) for span in contract.SPANS}
    return {"customer_idx": customer, "value": pa.array(values).take(pa.array(value)), **counts}


def _random(rng: np.random.Generator, kinds: Mapping[str, str], n: int) -> dict[str, npt.NDArray[Any] | pa.Array]:
    """Numbers of the right kind for the columns that hold numbers; an index counts up."""

    def columns() -> Iterator[tuple[str, npt.NDArray[Any]]]:
        for name, kind in kinds.items():
            if kind.startswith("int"):
                yield name, np.arange(n) if name.endswith("_idx") else rng.integers(0, 40, n)
            elif kind.startswith("float"):
                yield name, rng.random(n)

    return dict(columns())


def _choice(rng: np.random.Generator, values: Any, n: int) -> pa.Array:
    return pa.array(values).take(pa.array(rng.integers(0, len(values), n)))


def _write(folder: Path, columns: Columns, kinds: Mapping[str, str]) -> None:
    schema = pa.schema([(name, pa.type_for_alias(kind)) for name, kind in kinds.items()])
    arrays = [pa.array(columns[field.name]).cast(field.type, safe=False) for field in schema]
    folder.mkdir(parents=True)
    pq.write_table(pa.table(arrays, schema=schema), folder / "part-00000.parquet")
