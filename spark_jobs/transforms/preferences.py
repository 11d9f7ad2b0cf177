"""Preference patterns: what each customer bought by the values of the key attributes."""

import datetime as dt

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from recsys_core.contracts import columns as c
from recsys_core.contracts.features import PREFERENCE_ATTRIBUTES, PREFERENCE_COLUMNS, WINDOWS
from spark_jobs.transforms.articles import UNKNOWN
from spark_jobs.transforms.purchases import LAST_DAY, count_if, with_last_day, within

ATTRIBUTE = "attribute"
"""Position of the attribute in PREFERENCE_ATTRIBUTES."""


def preferences(purchases: DataFrame, articles: DataFrame, cutoff: dt.date) -> DataFrame:
    """ATTRIBUTE + PREFERENCE_COLUMNS: one row per attribute, customer and bought value."""
    values = sf.array(*(sf.coalesce(sf.col(name), sf.lit(UNKNOWN)) for name in PREFERENCE_ATTRIBUTES))
    attributes = articles.select(c.ARTICLE_IDX, values.alias("_values"))
    # Partitioned by customer first: the grouping below then needs no shuffle of ten rows a purchase.
    rows = with_last_day(purchases.select(c.CUSTOMER_IDX, c.ARTICLE_IDX, c.DAY).repartition(c.CUSTOMER_IDX))
    exploded = rows.join(sf.broadcast(attributes), c.ARTICLE_IDX).select(
        c.CUSTOMER_IDX, c.DAY, LAST_DAY, sf.posexplode("_values").alias(ATTRIBUTE, "value")
    )
    return (
        exploded.groupBy(c.CUSTOMER_IDX, ATTRIBUTE, "value")
        .agg(
            *(count_if(within(w, cutoff)).alias(f"count_{w}d") for w in WINDOWS),
            count_if(sf.col(LAST_DAY)).alias("count_last"),
            sf.count("*").cast("int").alias("count_all"),
        )
        .select(ATTRIBUTE, *PREFERENCE_COLUMNS)
    )
