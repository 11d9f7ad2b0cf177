"""Article rows of a snapshot: sales history and the sales of what is like them."""

import datetime as dt

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as sf

from recsys_core.contracts import columns as c
from recsys_core.contracts.features import ARTICLE_HISTORY, SALES_GROUP_WINDOWS, SALES_GROUPS, WINDOWS
from spark_jobs.transforms.customers import ONLINE
from spark_jobs.transforms.purchases import count_if, days_before, from_nano, nano, within

UNKNOWN = "unknown"
BUYER_WINDOWS = (7, 30)
ZERO_IF_NEVER_SOLD = (
    *(f"sold_{w}d" for w in WINDOWS),
    "sold_all",
    *(f"votes_{w}d" for w in WINDOWS),
    "votes_all",
    *(f"buyers_{w}d" for w in BUYER_WINDOWS),
    "buyers_all",
    "repeat_buyers_all",
)
MILLI = 1000


def article_sales(purchases: DataFrame, customers: DataFrame, cutoff: dt.date) -> DataFrame:
    """One row a sold article: units over windows, prices, channels, its buyers' ages."""
    ages = customers.select(c.CUSTOMER_IDX, sf.rint(sf.col("age") * MILLI).cast("long").alias("_age"))
    rows = purchases.join(ages, c.CUSTOMER_IDX).withColumns({"_nano": nano(c.PRICE), "_vote": nano(c.BASKET_SHARE)})
    online = sf.col(c.CHANNEL) == ONLINE

    def votes(rows_counted: Column) -> Column:
        return from_nano(sf.sum(sf.when(rows_counted, sf.col("_vote")).otherwise(0)))

    def mean_price(window: int) -> Column:
        inside = within(window, cutoff)
        return sf.try_divide(from_nano(sf.sum(sf.when(inside, sf.col("_nano")))), sf.count_if(inside))

    def online_share(window: int) -> Column:
        inside = within(window, cutoff)
        return sf.try_divide(sf.count_if(online & inside), sf.count_if(inside))

    return rows.groupBy(c.ARTICLE_IDX).agg(
        *(count_if(within(w, cutoff)).alias(f"sold_{w}d") for w in WINDOWS),
        sf.count("*").cast("int").alias("sold_all"),
        *(votes(within(w, cutoff)).alias(f"votes_{w}d") for w in WINDOWS),
        votes(sf.lit(True)).alias("votes_all"),
        days_before(cutoff, sf.max(c.DAY)).alias("days_since_last_sale"),
        days_before(cutoff, sf.min(c.DAY)).alias("days_since_first_sale"),
        mean_price(7).alias("price_mean_7d"),
        mean_price(30).alias("price_mean_30d"),
        (from_nano(sf.sum("_nano")) / sf.count("*")).alias("price_mean_all"),
        sf.max(c.PRICE).alias("price_max_all"),
        online_share(7).alias("online_share_7d"),
        online_share(30).alias("online_share_30d"),
        (sf.count_if(online) / sf.count("*")).alias("online_share_all"),
        (sf.try_divide(sf.sum("_age"), sf.count("_age")) / MILLI).alias("buyer_age_mean"),
    )


def last_prices(purchases: DataFrame) -> DataFrame:
    """Mean price of each article's latest day of sale."""
    daily = purchases.groupBy(c.ARTICLE_IDX, c.DAY).agg(
        sf.sum(nano(c.PRICE)).alias("_nano"), sf.count("*").alias("_units")
    )
    latest = daily.groupBy(c.ARTICLE_IDX).agg(sf.max_by(sf.struct("_nano", "_units"), c.DAY).alias("_last"))
    return latest.select(c.ARTICLE_IDX, (from_nano(sf.col("_last._nano")) / sf.col("_last._units")).alias("price_last"))


def article_buyers(purchases: DataFrame, cutoff: dt.date) -> DataFrame:
    """Distinct buyers, and those who bought the article on two days or more."""
    pairs = purchases.groupBy(c.ARTICLE_IDX, c.CUSTOMER_IDX).agg(
        (sf.min(c.DAY) < sf.max(c.DAY)).alias("_again"), sf.max(c.DAY).alias(c.DAY)
    )
    return pairs.groupBy(c.ARTICLE_IDX).agg(
        *(count_if(within(w, cutoff)).alias(f"buyers_{w}d") for w in BUYER_WINDOWS),
        sf.count("*").cast("int").alias("buyers_all"),
        count_if(sf.col("_again")).alias("repeat_buyers_all"),
    )


def article_history(articles: DataFrame, customers: DataFrame, purchases: DataFrame, cutoff: dt.date) -> DataFrame:
    """Every article, sold or not, with its own sales; the input of ``article_snapshot``."""
    joined = articles
    for history in (
        article_sales(purchases, customers, cutoff),
        last_prices(purchases),
        article_buyers(purchases, cutoff),
    ):
        joined = joined.join(history, c.ARTICLE_IDX, "left")
    return joined.fillna(0, list(ZERO_IF_NEVER_SOLD))


def article_snapshot(history: DataFrame) -> DataFrame:
    """ARTICLE_HISTORY + ARTICLE_COLUMNS: adds the units of each article's whole type, colour, department and so on."""
    return history.join(group_sales(history), c.ARTICLE_IDX).select(*ARTICLE_HISTORY, *c.ARTICLE_COLUMNS)


def group_sales(history: DataFrame) -> DataFrame:
    """ARTICLE_IDX and the ``<prefix>_sold_<w>d`` of SALES_GROUPS.

    One row an article and attribute, summed over the attribute's value: one plan for all attributes, where a join for
    each took half of a small snapshot's time.
    """
    values = sf.array(*(sf.coalesce(sf.col(name), sf.lit(UNKNOWN)) for name in SALES_GROUPS.values()))
    sold = [f"sold_{w}d" for w in SALES_GROUP_WINDOWS]
    rows = history.select(c.ARTICLE_IDX, *sold, sf.posexplode(values).alias("_group", "_value"))
    whole = Window.partitionBy("_group", "_value")
    summed = rows.select(c.ARTICLE_IDX, "_group", *(sf.sum(name).over(whole).cast("int").alias(name) for name in sold))
    return summed.groupBy(c.ARTICLE_IDX).agg(
        *(
            sf.max(sf.when(sf.col("_group") == group, sf.col(name))).alias(f"{prefix}_{name}")
            for group, prefix in enumerate(SALES_GROUPS)
            for name in sold
        )
    )
