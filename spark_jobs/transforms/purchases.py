"""Purchases before each cut-off, with row numbers instead of ids."""

import datetime as dt
from collections.abc import Iterable, Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as sf

from recsys_core.contracts import columns as c
from recsys_core.contracts.features import PURCHASES, PURCHASES_ORDER

CUTOFF = "cutoff"
"""Cut-off (days since 1970-01-01) of the snapshot that a row belongs to."""
LAST_DAY = "_last_day"
"""True for purchases of the customer's last shopping day before the cut-off."""
AGE = "_age"
"""Age of the buyer in thousandths of a year, null if unknown."""
NANO = 1_000_000_000
MILLI = 1000
EPOCH = dt.date(1970, 1, 1)
LONG_AGO = -(2**31)
"""Day number before every cut-off."""


def day_number(day: dt.date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def as_of(frame: DataFrame, day: Column, cutoffs: Iterable[dt.date]) -> DataFrame:
    """The rows once for each cut-off after their ``day``, as CUTOFF. The one place where a snapshot is cut off."""
    each = sf.explode(sf.array(*(sf.lit(day_number(cutoff)) for cutoff in cutoffs)))
    return frame.withColumn(CUTOFF, each).where(day < sf.col(CUTOFF))


def number_of(date: str | Column) -> Column:
    """A date column as days since 1970-01-01."""
    return sf.datediff(date, sf.lit(EPOCH)).cast("int")


def known_customers(customers: DataFrame, bought: DataFrame, cutoffs: Iterable[dt.date]) -> DataFrame:
    """The customers with a profile or a purchase before each cut-off."""
    first = bought.groupBy(c.CUSTOMER_ID).agg(number_of(sf.min(c.T_DAT)).alias("_first"))
    known_from = sf.when(sf.col("has_profile"), LONG_AGO).otherwise(sf.col("_first"))
    return as_of(customers.join(first, c.CUSTOMER_ID, "left"), known_from, cutoffs).drop("_first")


def with_rank(frame: DataFrame, key: str, name: str, within: Sequence[str] = ()) -> DataFrame:
    """The rows with ``name``: the rank from 0 on, as int, of their ``key``, unique ``within`` these columns."""
    ordered = Window.partitionBy(*within).orderBy(key)
    return frame.withColumn(name, (sf.row_number().over(ordered) - 1).cast("int"))


def index_purchases(
    bought: DataFrame, customers: DataFrame, articles: DataFrame, cutoffs: Iterable[dt.date]
) -> DataFrame:
    """CUTOFF + PURCHASES + LAST_DAY + AGE: ids replaced by the row numbers of each snapshot.

    Rows of one snapshot and customer lie together, in the order of PURCHASES_ORDER.
    """
    buyers = customers.select(
        CUTOFF, c.CUSTOMER_ID, c.CUSTOMER_IDX, sf.rint(sf.col("age") * MILLI).cast("int").alias(AGE)
    )
    sold = bought.join(sf.broadcast(articles.select(c.ARTICLE_ID, c.ARTICLE_IDX)), c.ARTICLE_ID).select(
        c.CUSTOMER_ID,
        c.ARTICLE_IDX,
        number_of(c.T_DAT).alias(c.DAY),
        c.PRICE,
        sf.col(c.CHANNEL).cast("tinyint").alias(c.CHANNEL),
    )
    indexed = as_of(sold, sf.col(c.DAY), cutoffs).join(buyers, [CUTOFF, c.CUSTOMER_ID])
    # Sorted once: the windows and the groups by customer that follow need no other order, and no other shuffle.
    ordered = indexed.repartition(CUTOFF, c.CUSTOMER_IDX).sortWithinPartitions(CUTOFF, *PURCHASES_ORDER)
    return with_last_day(with_basket_share(ordered)).select(CUTOFF, *PURCHASES, LAST_DAY, AGE)


def with_basket_share(purchases: DataFrame) -> DataFrame:
    """Adds BASKET_SHARE: a customer's day is one basket, of which each distinct article has the same part."""
    basket = Window.partitionBy(CUTOFF, c.CUSTOMER_IDX, c.DAY)
    distinct = sf.size(sf.collect_set(c.ARTICLE_IDX).over(basket))
    rows = sf.count("*").over(Window.partitionBy(CUTOFF, c.CUSTOMER_IDX, c.DAY, c.ARTICLE_IDX))
    return purchases.withColumn(c.BASKET_SHARE, 1 / (distinct * rows))


def with_last_day(purchases: DataFrame) -> DataFrame:
    """Adds LAST_DAY."""
    last = sf.max(c.DAY).over(Window.partitionBy(CUTOFF, c.CUSTOMER_IDX))
    return purchases.withColumn(LAST_DAY, sf.col(c.DAY) == last)


def within(window: int) -> Column:
    """True for a purchase in the last ``window`` days before the cut-off."""
    return sf.col(c.DAY) >= sf.col(CUTOFF) - window


def nano(column: str) -> Column:
    """A column of small numbers as whole billionths: sums of longs do not depend on the order of their terms."""
    return sf.rint(sf.col(column) * NANO).cast("long")


def from_nano(total: Column) -> Column:
    return total.cast("double") / NANO


def whole_part(column: str) -> Column:
    """The whole units of an amount of money, of any currency, as a long (``schemas.MAX_PRICE`` bounds their sums)."""
    return sf.floor(column).cast("long")


def fraction_in_nano(column: str) -> Column:
    """The rest of an amount of money in billionths."""
    return sf.rint((sf.col(column) - sf.floor(column)) * NANO).cast("long")


def money(whole: Column, nanos: Column) -> Column:
    """The amount of which these are the sums of whole units and of billionths, as a double."""
    return whole.cast("double") + from_nano(nanos)


def count_if(condition: Column) -> Column:
    return sf.count_if(condition).cast("int")


def days_before(day: Column) -> Column:
    """Days from ``day`` to the cut-off: 1 is the day before it."""
    return (sf.col(CUTOFF) - day).cast("int")
