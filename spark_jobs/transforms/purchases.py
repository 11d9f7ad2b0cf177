"""Purchases before a cut-off, with row numbers instead of ids."""

import datetime as dt

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as sf

from recsys_core.contracts import columns as c
from recsys_core.contracts.features import PURCHASES

LAST_DAY = "_last_day"
NANO = 1_000_000_000
EPOCH = dt.date(1970, 1, 1)


def day_number(day: dt.date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def before(transactions: DataFrame, cutoff: dt.date) -> DataFrame:
    """Purchases on days < cutoff. The one place where a snapshot is cut off."""
    return transactions.where(sf.col(c.T_DAT) < sf.lit(cutoff))


def known_customers(customers: DataFrame, bought: DataFrame) -> DataFrame:
    """Customers with a profile or a purchase in ``bought``."""
    buyers = bought.select(c.CUSTOMER_ID).distinct().withColumn("_bought", sf.lit(True))
    joined = customers.join(buyers, c.CUSTOMER_ID, "left")
    return joined.where(sf.col("has_profile") | sf.col("_bought").isNotNull()).drop("_bought")


def with_rank(frame: DataFrame, key: str, name: str) -> DataFrame:
    """The rows with ``name``: the rank of their unique ``key`` from 0 on, as int.

    Sorted in parallel: rows are numbered within each range of keys and shifted by the rows of the ranges before.
    """
    sequence = "_sequence"
    ordered = frame.orderBy(key).withColumn(sequence, sf.monotonically_increasing_id()).persist()
    partition = sf.shiftright(sf.col(sequence), 33)
    sizes = {
        row["p"]: row["n"] for row in ordered.groupBy(partition.alias("p")).agg(sf.count("*").alias("n")).collect()
    }
    starts = [sum(size for other, size in sizes.items() if other < p) for p in range(max(sizes, default=0) + 1)]
    start = sf.element_at(sf.array(*map(sf.lit, starts)), partition.cast("int") + 1)
    place = sf.col(sequence).bitwiseAND((1 << 33) - 1)
    return ordered.withColumn(name, (start + place).cast("int")).drop(sequence)


def index_purchases(bought: DataFrame, customers: DataFrame, articles: DataFrame) -> DataFrame:
    """PURCHASES: ids replaced by the row numbers of the snapshot's customers and articles, with shares of baskets."""
    indexed = bought.join(sf.broadcast(articles.select(c.ARTICLE_ID, c.ARTICLE_IDX)), c.ARTICLE_ID)
    indexed = indexed.join(customers.select(c.CUSTOMER_ID, c.CUSTOMER_IDX), c.CUSTOMER_ID).select(
        c.CUSTOMER_IDX,
        c.ARTICLE_IDX,
        sf.datediff(c.T_DAT, sf.lit(EPOCH)).cast("int").alias(c.DAY),
        c.PRICE,
        sf.col(c.CHANNEL).cast("tinyint").alias(c.CHANNEL),
    )
    return with_basket_share(indexed).select(*PURCHASES)


def with_basket_share(purchases: DataFrame) -> DataFrame:
    """Adds BASKET_SHARE: a customer's day is one basket, of which each distinct article has the same part."""
    basket = Window.partitionBy(c.CUSTOMER_IDX, c.DAY)
    distinct = sf.size(sf.collect_set(c.ARTICLE_IDX).over(basket))
    rows = sf.count("*").over(Window.partitionBy(c.CUSTOMER_IDX, c.DAY, c.ARTICLE_IDX))
    return purchases.withColumn(c.BASKET_SHARE, 1 / (distinct * rows))


def within(window: int, cutoff: dt.date) -> Column:
    """True for a purchase in the last ``window`` days before the cut-off."""
    return sf.col(c.DAY) >= day_number(cutoff) - window


def with_last_day(purchases: DataFrame) -> DataFrame:
    """Adds LAST_DAY: True for purchases of the customer's last shopping day."""
    last = sf.max(c.DAY).over(Window.partitionBy(c.CUSTOMER_IDX))
    return purchases.withColumn(LAST_DAY, sf.col(c.DAY) == last)


def nano(column: str) -> Column:
    """A column as whole billionths: sums of longs do not depend on the order of their terms."""
    return sf.rint(sf.col(column) * NANO).cast("long")


def from_nano(total: Column) -> Column:
    return total.cast("double") / NANO


def count_if(condition: Column) -> Column:
    return sf.count_if(condition).cast("int")


def days_before(cutoff: dt.date, day: Column) -> Column:
    """Days from ``day`` to the cut-off: 1 is the day before it."""
    return (sf.lit(day_number(cutoff)) - day).cast("int")
