"""Preference patterns: what each customer bought by the values of the key attributes."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as sf

from recsys_core.contracts import columns as c
from recsys_core.contracts.features import PREFERENCE_ATTRIBUTES, PREFERENCE_COLUMNS, WINDOWS
from spark_jobs.transforms.articles import UNKNOWN
from spark_jobs.transforms.purchases import CUTOFF, LAST_DAY, count_if, within

ATTRIBUTE = "attribute"
"""Position of the attribute in PREFERENCE_ATTRIBUTES."""
VALUE = "value"
CODE = "_code"
"""Number of an attribute and value, in their order."""


def attribute_values(articles: DataFrame) -> DataFrame:
    """ARTICLE_IDX, ATTRIBUTE, VALUE and CODE: one row an article and key attribute."""
    values = sf.array(*(sf.coalesce(sf.col(name), sf.lit(UNKNOWN)) for name in PREFERENCE_ATTRIBUTES))
    rows = articles.select(c.ARTICLE_IDX, sf.posexplode(values).alias(ATTRIBUTE, VALUE))
    return rows.withColumn(CODE, sf.dense_rank().over(Window.orderBy(ATTRIBUTE, VALUE)))


def preferences(purchases: DataFrame, values: DataFrame) -> DataFrame:
    """CUTOFF + ATTRIBUTE + PREFERENCE_COLUMNS + CODE: one row per cut-off, customer and value bought before.

    ``values`` are the articles' attribute values: a purchase counts for ten of them, so they are counted by their
    numbers, and named at the end.
    """
    codes = values.groupBy(c.ARTICLE_IDX).agg(sf.collect_list(CODE).alias("_codes"))
    names = values.select(CODE, ATTRIBUTE, VALUE).distinct()
    bought = purchases.join(sf.broadcast(codes), c.ARTICLE_IDX).select(
        CUTOFF, c.CUSTOMER_IDX, c.DAY, LAST_DAY, sf.explode("_codes").alias(CODE)
    )
    counted = bought.groupBy(CUTOFF, c.CUSTOMER_IDX, CODE).agg(
        *(count_if(within(w)).alias(f"count_{w}d") for w in WINDOWS),
        count_if(sf.col(LAST_DAY)).alias("count_last"),
        sf.count("*").cast("int").alias("count_all"),
    )
    return counted.join(sf.broadcast(names), CODE).select(CUTOFF, ATTRIBUTE, *PREFERENCE_COLUMNS, CODE)
