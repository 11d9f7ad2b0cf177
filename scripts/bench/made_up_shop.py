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
from recsys_core.contracts.columns import AGE_INTERVALS, ARTICLE_COLUMNS, KEY_ATTRIBUTES, PRODUCT_CODE
from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.store.arrays import save_arrays
from spark_jobs.snapshot.histories import Histories, basket_shares
from spark_jobs.snapshot.items import own_history, preference
from spark_jobs.snapshot.part import purchases_of
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
    histories = bought.histories(customers)
    _save(folder, "purchases", purchases_of(histories))
    _write(folder / contract.CUSTOMERS, _customers(rng, bought, customers), contract.CUSTOMER_SNAPSHOT)
    attributes = _attributes(rng, articles if for_ranking else 1, articles)
    kinds = contract.ARTICLE_HISTORY | dict.fromkeys(ARTICLE_COLUMNS, "string")
    _write(folder / contract.ARTICLES, _articles(rng, bought, articles) | attributes, kinds)
    snapshot = Snapshot(folder, "", CUTOFF)
    if for_ranking:
        for name in KEY_ATTRIBUTES:
            values = snapshot.article_codes(name)
            _save(folder, f"preferences/{name}", preference(histories, values.codes, values.size))
        products = snapshot.article_codes(PRODUCT_CODE)
        for item, code, n in (("article", np.arange(articles), articles), ("product", products.codes, products.size)):
            _save(folder, f"history/{item}", own_history(histories, code.astype(np.int32), n))
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

    def histories(self, customers: int) -> Histories:
        article, days_ago = self.article.astype(np.int32), self.days_ago.astype(np.int32)
        return Histories(
            start=np.searchsorted(self.customer, np.arange(customers + 1)),
            article=article,
            days_ago=days_ago,
            price=np.full(len(article), 0.02),
            online=article % 2 == 1,
            basket_share=basket_shares(self.customer, days_ago, article),
        )


def _save(folder: Path, name: str, arrays: Any) -> None:
    """Write arrays by customer, with an empty row for the unknown one."""
    columns = vars(arrays) | {"start": np.append(arrays.start, arrays.start[-1])}
    save_arrays(folder / contract.ARRAYS / name, **columns)


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
