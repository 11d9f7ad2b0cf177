"""Batches -> tables: latest row of each article and customer, purchases of known articles, buyers made known."""

import datetime as dt
from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as sf

from recsys_core.contracts import columns as c
from spark_jobs.schemas import (
    ARTICLES,
    CUSTOMERS,
    FILE,
    FUTURE_DATE,
    LINE,
    QUANTITY,
    REASON,
    TEXT,
    UNKNOWN_ARTICLE,
    TableContract,
)


def latest_rows(rows: DataFrame, unique: str, rank_of_batch: dict[str, int]) -> DataFrame:
    """One row an id: where several batches hold it, the one of the highest rank."""
    newest = sf.row_number().over(Window.partitionBy(unique).orderBy(_by_batch(rank_of_batch).desc(), LINE))
    return rows.withColumn("_newest", newest).where("_newest = 1").drop("_newest")


def _by_batch(values: Mapping[str, int] | Mapping[str, str]) -> Column:
    return sf.create_map(*(sf.lit(x) for pair in values.items() for x in pair))[sf.col(FILE)]


def articles_table(rows: DataFrame, rank_of_batch: dict[str, int]) -> DataFrame:
    return latest_rows(rows, c.ARTICLE_ID, rank_of_batch).select(*ARTICLES.columns)


def mark_known(rows: DataFrame, articles: DataFrame) -> DataFrame:
    """Purchases, or stock, with a REASON where the article does not stand in the articles table."""
    known = articles.select(c.ARTICLE_ID, sf.lit(True).alias("_known"))
    reason = sf.when(sf.col("_known").isNull(), UNKNOWN_ARTICLE)
    return rows.join(sf.broadcast(known), c.ARTICLE_ID, "left").withColumn(REASON, reason).drop("_known")


def mark_future(purchases: DataFrame, today: dt.date) -> DataFrame:
    """A REASON for purchases after ``today`` too: one of them would become the cut-off of everything."""
    future = sf.when(sf.col(c.T_DAT) > sf.lit(today), FUTURE_DATE)
    return purchases.withColumn(REASON, sf.coalesce(REASON, future))


def good_rows(marked: DataFrame, contract: TableContract, *beside: str) -> DataFrame:
    """The table of the rows without a REASON, with the columns ``beside`` it."""
    return marked.where(sf.col(REASON).isNull()).select(*contract.columns, *beside)


def repeated(rows: DataFrame) -> DataFrame:
    """Each row as often as its QUANTITY says."""
    return rows.withColumn(QUANTITY, sf.explode(sf.sequence(sf.lit(1), sf.col(QUANTITY))))


def late_rows(marked: DataFrame, contract: TableContract) -> DataFrame:
    """FILE, LINE, REASON, TEXT, QUANTITY of the rows with a REASON; their text is written anew from the values."""
    text = sf.concat_ws(",", *(sf.col(name).cast("string") for name in contract.columns))
    quantity = sf.col(QUANTITY) if contract.counted else sf.lit(1).alias(QUANTITY)
    return marked.where(sf.col(REASON).isNotNull()).select(FILE, LINE, REASON, text.alias(TEXT), quantity)


def quarantine(bad: DataFrame, file_of_batch: Mapping[str, str]) -> DataFrame:
    """file, line, reason, text; ``file_of_batch``: names of the files that have bad rows, none without a row."""
    named = bad.withColumn(FILE, _by_batch(file_of_batch)) if file_of_batch else bad
    return named.select(*(sf.col(name).alias(name[1:]) for name in (FILE, LINE, REASON, TEXT)))


def customers_table(rows: DataFrame | None, transactions: DataFrame, rank_of_batch: dict[str, int]) -> DataFrame:
    """Every customer with a profile, then every other buyer with nulls and ``has_profile`` false."""
    buyers = transactions.select(c.CUSTOMER_ID).distinct()
    if rows is None:
        return _without_profile(buyers)
    profiles = latest_rows(rows, c.CUSTOMER_ID, rank_of_batch).select(
        *CUSTOMERS.columns, sf.lit(True).alias("has_profile")
    )
    return profiles.unionByName(_without_profile(buyers.join(profiles, c.CUSTOMER_ID, "left_anti")))


def _without_profile(buyers: DataFrame) -> DataFrame:
    types = {"number": "double", "age": "double"}
    nulls = [
        sf.lit(None).cast(types.get(kind, "string")).alias(name)
        for name, kind in CUSTOMERS.kinds.items()
        if name != c.CUSTOMER_ID
    ]
    return buyers.select(c.CUSTOMER_ID, *nulls, sf.lit(False).alias("has_profile"))


def part_starts(rows_per_day: Mapping[str, int], part_rows: int) -> list[str]:
    """First day of each part but the first: parts are of consecutive ISO days of about ``part_rows`` rows.

    Days that are added at the end leave the earlier parts as they are.
    """
    starts: list[str] = []
    filled = 0
    for day, rows in sorted(rows_per_day.items()):
        if filled and filled + rows > part_rows:
            starts.append(day)
            filled = 0
        filled += rows
    return starts


def part_of_day(starts: Sequence[str]) -> Column:
    """The part that a row's day belongs to."""
    part = sf.lit(0)
    for start in starts:
        part = part + (sf.col(c.T_DAT) >= sf.lit(start).cast("date")).cast("int")
    return part
