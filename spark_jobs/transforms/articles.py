"""Article rows of a snapshot: sales history and the sales of what is like them."""

import datetime as dt
from collections.abc import Iterable

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as sf

from recsys_core.contracts import columns as c
from recsys_core.contracts.features import ARTICLE_HISTORY, SALES_GROUP_WINDOWS, SALES_GROUPS, WINDOWS
from spark_jobs.transforms.customers import ONLINE
from spark_jobs.transforms.purchases import (
    AGE,
    CUTOFF,
    LONG_AGO,
    MILLI,
    as_of,
    count_if,
    day_number,
    days_before,
    fraction_in_nano,
    from_nano,
    money,
    nano,
    whole_part,
    within,
)

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


def daily_sales(purchases: DataFrame) -> DataFrame:
    """One row an article and day of sale: units, sums and the highest price. No cut-off changes it."""
    online = sf.col(c.CHANNEL) == ONLINE
    return purchases.groupBy(c.ARTICLE_IDX, c.DAY).agg(
        sf.count("*").alias("_units"),
        sf.count_if(online).alias("_online"),
        sf.sum(whole_part(c.PRICE)).alias("_whole"),
        sf.sum(fraction_in_nano(c.PRICE)).alias("_nano"),
        sf.sum(nano(c.BASKET_SHARE)).alias("_vote"),
        sf.max(c.PRICE).alias("_highest"),
        sf.sum(AGE).alias("_ages"),
        sf.count(AGE).alias("_aged"),
    )


def article_sales(days: DataFrame) -> DataFrame:
    """One row a cut-off and article sold before it: units over windows, prices, channels, its buyers' ages.

    ``days``: CUTOFF with the daily sales before it.
    """

    def total(name: str, window: int | None = None) -> Column:
        return sf.sum(name if window is None else sf.when(within(window), sf.col(name)))

    def revenue(window: int | None = None) -> Column:
        return money(total("_whole", window), total("_nano", window))

    def mean_price(window: int) -> Column:
        return sf.try_divide(revenue(window), total("_units", window))

    def online_share(window: int) -> Column:
        return sf.try_divide(total("_online", window), total("_units", window))

    last_whole, last_nano, last_units = (sf.max_by(name, c.DAY) for name in ("_whole", "_nano", "_units"))
    return days.groupBy(CUTOFF, c.ARTICLE_IDX).agg(
        *(total("_units", w).cast("int").alias(f"sold_{w}d") for w in WINDOWS),
        total("_units").cast("int").alias("sold_all"),
        *(from_nano(total("_vote", w)).alias(f"votes_{w}d") for w in WINDOWS),
        from_nano(total("_vote")).alias("votes_all"),
        days_before(sf.max(c.DAY)).alias("days_since_last_sale"),
        days_before(sf.min(c.DAY)).alias("days_since_first_sale"),
        # Mean price of the latest day of sale.
        (money(last_whole, last_nano) / last_units).alias("price_last"),
        mean_price(7).alias("price_mean_7d"),
        mean_price(30).alias("price_mean_30d"),
        (revenue() / total("_units")).alias("price_mean_all"),
        sf.max("_highest").alias("price_max_all"),
        online_share(7).alias("online_share_7d"),
        online_share(30).alias("online_share_30d"),
        (total("_online") / total("_units")).alias("online_share_all"),
        (sf.try_divide(total("_ages"), total("_aged")) / MILLI).alias("buyer_age_mean"),
    )


def article_buyers(purchases: DataFrame) -> DataFrame:
    """Distinct buyers, and those who bought the article on two days or more."""
    pairs = purchases.groupBy(CUTOFF, c.CUSTOMER_IDX, c.ARTICLE_IDX).agg(
        (sf.min(c.DAY) < sf.max(c.DAY)).alias("_again"), sf.max(c.DAY).alias(c.DAY)
    )
    return pairs.groupBy(CUTOFF, c.ARTICLE_IDX).agg(
        *(count_if(within(w)).alias(f"buyers_{w}d") for w in BUYER_WINDOWS),
        sf.count("*").cast("int").alias("buyers_all"),
        count_if(sf.col("_again")).alias("repeat_buyers_all"),
    )


def article_history(articles: DataFrame, purchases: DataFrame, cutoffs: Iterable[dt.date]) -> DataFrame:
    """Every article, sold or not, with its own sales before each cut-off; the input of ``article_snapshot``."""
    days = [day_number(cutoff) for cutoff in cutoffs]
    # The purchases as of the last cut-off are those of all.
    daily = daily_sales(purchases.where(sf.col(CUTOFF) == max(days)))
    joined = as_of(articles, sf.lit(LONG_AGO), cutoffs)
    for history in (article_sales(as_of(daily, sf.col(c.DAY), cutoffs)), article_buyers(purchases)):
        joined = joined.join(history, [CUTOFF, c.ARTICLE_IDX], "left")
    return joined.fillna(0, list(ZERO_IF_NEVER_SOLD))


def article_snapshot(history: DataFrame) -> DataFrame:
    """CUTOFF + ARTICLE_HISTORY + ARTICLE_COLUMNS: adds the units of each article's whole type, colour and so on."""
    complete = history.join(group_sales(history), [CUTOFF, c.ARTICLE_IDX])
    return complete.select(CUTOFF, *ARTICLE_HISTORY, *c.ARTICLE_COLUMNS)


def group_sales(history: DataFrame) -> DataFrame:
    """CUTOFF, ARTICLE_IDX and the ``<prefix>_sold_<w>d`` of SALES_GROUPS.

    One row an article and attribute, summed over the attribute's value: one plan for all attributes, where a join for
    each took half of a small snapshot's time.
    """
    values = sf.array(*(sf.coalesce(sf.col(name), sf.lit(UNKNOWN)) for name in SALES_GROUPS.values()))
    sold = [f"sold_{w}d" for w in SALES_GROUP_WINDOWS]
    rows = history.select(CUTOFF, c.ARTICLE_IDX, *sold, sf.posexplode(values).alias("_group", "_value"))
    whole = Window.partitionBy(CUTOFF, "_group", "_value")
    sums = (sf.sum(name).over(whole).cast("int").alias(name) for name in sold)
    summed = rows.select(CUTOFF, c.ARTICLE_IDX, "_group", *sums)
    return summed.groupBy(CUTOFF, c.ARTICLE_IDX).agg(
        *(
            sf.max(sf.when(sf.col("_group") == group, sf.col(name))).alias(f"{prefix}_{name}")
            for group, prefix in enumerate(SALES_GROUPS)
            for name in sold
        )
    )
