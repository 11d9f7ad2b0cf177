"""Writes a demo shop's tables in Kaggle's file layout."""

import csv
import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pa_csv
from tqdm import tqdm

from demo_shop.catalogue import Catalogue
from demo_shop.customers import Customers
from demo_shop.purchases import DayOfPurchases
from demo_shop.vocabulary import (
    GARMENT_GROUP_NOS,
    INDEXES,
    MASTER_IDS,
    VALUE_IDS,
    colours,
    load,
)
from recsys_core.contracts.columns import ARTICLE_COLUMNS, CUSTOMER_COLUMNS, TRANSACTION_COLUMNS

ROWS_PER_WRITE: Final = 500_000
PLAIN: Final = pa_csv.WriteOptions(include_header=False, quoting_style="none")


def write_articles(path: Path, catalogue: Catalogue) -> None:
    """``articles.csv``, one row an article, ascending ``article_id``."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(ARTICLE_COLUMNS)
        writer.writerows(_article_rows(catalogue))


def _article_rows(catalogue: Catalogue) -> Iterator[tuple[str | int, ...]]:
    products, palette = catalogue.products, colours()
    appearance_no: dict[str, int] = load("appearances")["number"]
    for i, (article_id, line) in enumerate(zip(catalogue.article_ids, catalogue.lines, strict=True)):
        product = catalogue.product[i]
        colour = palette[catalogue.colour[i]]
        appearance = catalogue.appearances[catalogue.appearance[i]]
        index_name, group_no, group_name = INDEXES[line.index]
        yield (
            *(article_id, article_id[:7], products.names[product]),
            *(line.type.number, line.type.name, line.type.group),
            *(appearance_no[appearance], appearance),
            *(colour.code, colour.name),
            *(VALUE_IDS[colour.value], colour.value),
            *(MASTER_IDS[colour.master], colour.master),
            *(line.department_no, line.department),
            *(line.index, index_name, group_no, group_name),
            *(line.section_no, line.section),
            *(GARMENT_GROUP_NOS[line.garment_group], line.garment_group),
            products.descriptions[product],
        )


def write_customers(path: Path, customers: Customers, bought: npt.NDArray[np.bool_], seed: int) -> int:
    """``customers.csv``, one row a known customer, ascending ``customer_id``; returns the number of rows.

    Some of those who ``bought`` have none; who has not is known by it alone.
    """
    profile = customers.profile
    known = np.flatnonzero(profile.known | ~bought)
    codes = pa.array([postal_code(seed, area) for area in range(int(profile.area.max()) + 1)])
    flag = pa.array(["", "1.0"])
    table = pa.table(
        {
            "customer_id": pa.array(customers.ids).take(pa.array(known)),
            "FN": flag.take(pa.array(profile.fn[known].astype(np.int8))),
            "Active": flag.take(pa.array(profile.active[known].astype(np.int8))),
            "club_member_status": pa.array(profile.club[known].astype(object), pa.string()),
            "fashion_news_frequency": pa.array(profile.news[known].astype(object), pa.string()),
            "age": pa.array([str(age) if age else "" for age in profile.age[known].tolist()], pa.string()),
            "postal_code": codes.take(pa.array(profile.area[known])),
        }
    )
    with path.open("wb") as file:
        file.write((",".join(CUSTOMER_COLUMNS) + "\n").encode())
        pa_csv.write_csv(table.select(CUSTOMER_COLUMNS), file, PLAIN)
    return len(known)


def postal_code(seed: int, area: int) -> str:
    """The hash that stands for a postal code, as in the H&M data."""
    return hashlib.sha256(f"demo postal code {seed}/{area}".encode()).hexdigest()


def write_transactions(
    path: Path,
    days: Iterable[DayOfPurchases],
    catalogue: Catalogue,
    customers: Customers,
    first_day: dt.date,
    total_days: int,
    bought: npt.NDArray[np.bool_],
) -> int:
    """``transactions_train.csv`` in date order; returns the number of rows and marks the customers who ``bought``."""
    customer_ids, article_ids = pa.array(customers.ids), pa.array(catalogue.article_ids)
    rows, waiting, size = 0, list[DayOfPurchases](), 0
    with path.open("wb") as file:
        file.write((",".join(TRANSACTION_COLUMNS) + "\n").encode())
        for day in tqdm(days, total=total_days, desc="purchases", unit="day", disable=None):
            waiting.append(day)
            size += day.size
            rows += day.size
            bought[day.customer] = True
            if size >= ROWS_PER_WRITE or day.day == total_days - 1:
                table = _transaction_table(waiting, customer_ids, article_ids, first_day)
                pa_csv.write_csv(table, file, PLAIN)
                waiting, size = [], 0
    return rows


def _transaction_table(
    days: list[DayOfPurchases], customer_ids: pa.Array, article_ids: pa.Array, first_day: dt.date
) -> pa.Table:
    names = pa.array([(first_day + dt.timedelta(days=day.day)).isoformat() for day in days])
    which = np.repeat(np.arange(len(days)), [day.size for day in days])
    columns = (
        names.take(pa.array(which)),
        customer_ids.take(pa.array(np.concatenate([day.customer for day in days]))),
        article_ids.take(pa.array(np.concatenate([day.article for day in days]))),
        pa.array(np.concatenate([day.price for day in days])),
        pa.array(np.concatenate([day.channel for day in days])),
    )
    return pa.table(dict(zip(TRANSACTION_COLUMNS, columns, strict=True)))
