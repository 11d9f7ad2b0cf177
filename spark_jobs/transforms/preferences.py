"""Preference patterns: what each customer bought by the values of the key attributes."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from recsys_core.contracts import columns as c
from recsys_core.contracts.features import PREFERENCE_ATTRIBUTES, PREFERENCE_COLUMNS, WINDOWS
from spark_jobs.transforms.articles import UNKNOWN
from spark_jobs.transforms.purchases import CUTOFF, LAST_DAY, count_if, within

ATTRIBUTE = "attribute"
"""Position of the attribute in PREFERENCE_ATTRIBUTES."""


def preferences(purchases: DataFrame, articles: DataFrame) -> DataFrame:
    """CUTOFF + ATTRIBUTE + PREFERENCE_COLUMNS: one row per cut-off, attribute, customer and value bought before."""
    values = sf.array(*(sf.coalesce(sf.col(name), sf.lit(UNKNOWN)) for name in PREFERENCE_ATTRIBUTES))
    attributes = articles.select(c.ARTICLE_IDX, values.alias("_values"))
    exploded = purchases.join(sf.broadcast(attributes), c.ARTICLE_IDX).select(
        CUTOFF, c.CUSTOMER_IDX, c.DAY, LAST_DAY, sf.posexplode("_values").alias(ATTRIBUTE, "value")
    )
    return (
        exploded.groupBy(CUTOFF, c.CUSTOMER_IDX, ATTRIBUTE, "value")
        .agg(
            *(count_if(within(w)).alias(f"count_{w}d") for w in WINDOWS),
            count_if(sf.col(LAST_DAY)).alias("count_last"),
            sf.count("*").cast("int").alias("count_all"),
        )
        .select(CUTOFF, ATTRIBUTE, *PREFERENCE_COLUMNS)
    )
