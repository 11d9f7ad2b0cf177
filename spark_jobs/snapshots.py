"""One feature snapshot as of a cut-off: tables in, four Parquet folders out."""

import datetime as dt
import logging
from pathlib import Path
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as sf

from recsys_core.contracts import columns as c
from recsys_core.contracts import features as f
from spark_jobs.io import (
    count_rows,
    parts_for,
    read,
    settle,
    shuffle_partitions_for,
    staged_parts,
    write_parts,
)
from spark_jobs.transforms.articles import article_history, article_snapshot
from spark_jobs.transforms.customers import customer_history, customer_profiles, customer_snapshot
from spark_jobs.transforms.preferences import ATTRIBUTE, preferences
from spark_jobs.transforms.purchases import before, index_purchases, known_customers, with_rank

log = logging.getLogger(__name__)


def write_snapshot(spark: SparkSession, tables: Path, folder: Path, cutoff: dt.date) -> dict[str, Any]:
    """Write the snapshot as of ``cutoff`` into ``folder``; returns its counts.

    Raises
    ------
    ValueError
        If nothing was bought before the cut-off.
    """
    bought = before(read(spark, tables / "transactions"), cutoff)
    rows = bought.count()
    if not rows:
        raise ValueError(f"no purchase before {cutoff}: choose a later cut-off")
    spark.conf.set("spark.sql.shuffle.partitions", shuffle_partitions_for(rows))
    known = known_customers(read(spark, tables / "customers"), bought)
    customers = customer_profiles(with_rank(known, c.CUSTOMER_ID, c.CUSTOMER_IDX)).persist()
    articles = with_rank(read(spark, tables / "articles"), c.ARTICLE_ID, c.ARTICLE_IDX)
    try:
        part, parts = _by_customer(customers.count(), rows)
        indexed = index_purchases(bought, customers, articles)
        write_parts(indexed, folder / f.PURCHASES_TABLE, f.PURCHASES_ORDER, part, parts)
        purchases = read(spark, folder / f.PURCHASES_TABLE)
        history = customer_history(purchases, articles, cutoff)
        write_parts(customer_snapshot(customers, history), folder / f.CUSTOMERS, [c.CUSTOMER_IDX])
        sales = article_history(articles, customers, purchases, cutoff).persist()
        write_parts(article_snapshot(sales), folder / f.ARTICLES, [c.ARTICLE_IDX])
        _write_preferences(preferences(purchases, articles, cutoff), folder / f.PREFERENCES, part, parts)
    finally:
        spark.catalog.clearCache()
    return {name: count_rows(folder / name) for name in (f.CUSTOMERS, f.ARTICLES, f.PURCHASES_TABLE)}


def _by_customer(n_customers: int, rows: int) -> tuple[Column, int]:
    """The part of a row by its customer: equal ranges of customer_idx, as many as the purchases need."""
    parts = parts_for(rows)
    return sf.floor(sf.col(c.CUSTOMER_IDX).cast("long") * parts / n_customers), parts


def _write_preferences(table: DataFrame, folder: Path, part: Column, parts: int) -> None:
    """``attribute=<name>/part-NNNNN.parquet``, all attributes in one pass."""
    names = f.PREFERENCE_ATTRIBUTES
    place = sf.col(ATTRIBUTE) * parts + part
    order = [ATTRIBUTE, c.CUSTOMER_IDX, "value"]
    with staged_parts(table, order, place, len(names) * parts, folder.parent) as staged:
        for number, file in staged:
            target = folder / f"attribute={names[number // parts]}"
            target.mkdir(parents=True, exist_ok=True)
            settle(file, target / f"part-{number % parts:05d}.parquet", list(f.PREFERENCE_COLUMNS))
