"""Purchases and profiles part by part of the customers, with row numbers instead of ids; a task reads one part."""

import contextlib
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as sf

from recsys_core.contracts import columns as c
from recsys_core.contracts.features import CUSTOMER_PROFILE
from recsys_core.features.snapshot import EPOCH
from spark_jobs.io import read, staged_parts

MAX_BROADCAST_CUSTOMERS = 3_000_000
"""A table of at most so many ids goes to every task; with more, purchases and customers are shuffled by id."""
PURCHASE_COLUMNS = (c.CUSTOMER_IDX, c.ARTICLE_IDX, c.DAY, c.PRICE, c.CHANNEL)


def day_number(day: dt.date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


@dataclass(frozen=True)
class Staged:
    """Files of every part; customer_idx counts all customers of the tables, known as of a cut-off or not."""

    n_customers: int
    parts: int
    purchases: dict[int, Path]
    """Files by part; a part without purchases has none."""
    profiles: dict[int, Path]

    def purchases_of(self, part: int) -> pa.Table:
        """PURCHASE_COLUMNS of a part, in no order."""
        return _read(self.purchases, part)

    def profiles_of(self, part: int) -> pa.Table:
        """CUSTOMER_PROFILE of a part, sorted."""
        return _read(self.profiles, part)

    def customers_of(self, part: int) -> tuple[int, int]:
        """The first customer of a part, and of the next one."""
        first, end = (-(-self.n_customers * i // self.parts) for i in (part, part + 1))
        return first, end


@contextlib.contextmanager
def staged(spark: SparkSession, tables: Path, before: dt.date, parts: int, beside: Path) -> Iterator[Staged]:
    """Stage what was bought ``before`` a day, and all profiles; the files are deleted at the end."""
    customers = with_rank(read(spark, tables / "customers"), c.CUSTOMER_ID, c.CUSTOMER_IDX).persist()
    n = customers.count()
    articles = with_rank(read(spark, tables / "articles"), c.ARTICLE_ID, c.ARTICLE_IDX)
    part = sf.floor(sf.col(c.CUSTOMER_IDX).cast("long") * parts / n)
    buyers = customers.select(c.CUSTOMER_ID, c.CUSTOMER_IDX)
    if n <= MAX_BROADCAST_CUSTOMERS:
        buyers = sf.broadcast(buyers)
    bought = read(spark, tables / "transactions").where(sf.col(c.T_DAT) < sf.lit(before))
    indexed = bought.join(sf.broadcast(articles.select(c.ARTICLE_ID, c.ARTICLE_IDX)), c.ARTICLE_ID).join(
        buyers, c.CUSTOMER_ID
    )
    purchases = indexed.withColumns(
        {c.DAY: sf.datediff(c.T_DAT, sf.lit(EPOCH)).cast("int"), c.CHANNEL: sf.col(c.CHANNEL).cast("tinyint")}
    )
    profiles = customer_profiles(customers)
    try:
        with (
            staged_parts(profiles, [*CUSTOMER_PROFILE], [c.CUSTOMER_IDX], part, parts, beside) as of_profiles,
            staged_parts(purchases, PURCHASE_COLUMNS, [], part, parts, beside) as of_purchases,
        ):
            yield Staged(n, parts, dict(of_purchases), dict(of_profiles))
    finally:
        spark.catalog.clearCache()


def _read(files: Mapping[int, Path], part: int) -> pa.Table:
    if part in files:
        return pq.read_table(files[part], partitioning=None)
    return pq.read_schema(next(iter(files.values()))).empty_table()


def with_rank(frame: DataFrame, key: str, name: str) -> DataFrame:
    """The rows with ``name``: the rank from 0 on, as int, of their ``key``, which is unique."""
    return frame.withColumn(name, (sf.row_number().over(Window.orderBy(key)) - 1).cast("int"))


def customer_profiles(customers: DataFrame) -> DataFrame:
    """CUSTOMER_PROFILE from the customers table with its CUSTOMER_IDX."""
    news = sf.col("fashion_news_frequency")
    return customers.withColumns(
        {
            "fashion_news_frequency": sf.when(sf.upper(news) == "NONE", "NONE").otherwise(news),
            "age_interval": age_interval(sf.col("age")),
            "age": sf.col("age").cast("float"),
            "fn": sf.coalesce(sf.col("FN"), sf.lit(0.0)).cast("float"),
            "active": sf.coalesce(sf.col("Active"), sf.lit(0.0)).cast("float"),
        }
    ).select(*CUSTOMER_PROFILE)


def age_interval(age: Column) -> Column:
    """``contracts.columns.age_interval`` as an expression; null is ``unknown``."""
    label = sf.when(age.isNull(), c.age_interval(None)).when(age < c.AGE_EDGES[0], c.age_interval(0))
    for low, high in zip(c.AGE_EDGES, c.AGE_EDGES[1:], strict=False):
        label = label.when(age < high, c.age_interval(low))
    return label.otherwise(c.age_interval(c.AGE_EDGES[-1]))
