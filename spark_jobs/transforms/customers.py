"""Customer rows of a snapshot: profile and history."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from recsys_core.contracts import columns as c
from recsys_core.contracts.features import CUSTOMER_PROFILE, CUSTOMER_SNAPSHOT, DIVERSITY_ATTRIBUTES, WINDOWS
from spark_jobs.transforms.purchases import (
    CUTOFF,
    LAST_DAY,
    count_if,
    days_before,
    fraction_in_nano,
    money,
    whole_part,
    within,
)

CHILDREN = "Baby/Children"
ONLINE = 2
ZERO_WITHOUT_HISTORY = (
    *(f"{what}_{w}d" for what in ("articles", "spend") for w in WINDOWS),
    "articles_last",
    "articles_all",
    "spend_all",
    "shopping_days_all",
    "distinct_articles_all",
    *(f"distinct_{name}_all" for name in DIVERSITY_ATTRIBUTES),
)
MEDIAN_WINDOWS = (7, 30, 90)


def customer_profiles(customers: DataFrame) -> DataFrame:
    """CUTOFF + CUSTOMER_PROFILE from the customers table with its CUSTOMER_IDX."""
    news = sf.col("fashion_news_frequency")
    return customers.withColumns(
        {
            "fashion_news_frequency": sf.when(sf.upper(news) == "NONE", "NONE").otherwise(news),
            "age_interval": age_interval(sf.col("age")),
            "age": sf.col("age").cast("float"),
            "fn": sf.coalesce(sf.col("FN"), sf.lit(0.0)).cast("float"),
            "active": sf.coalesce(sf.col("Active"), sf.lit(0.0)).cast("float"),
        }
    ).select(CUTOFF, *CUSTOMER_PROFILE)


def age_interval(age: Column) -> Column:
    """``contracts.columns.age_interval`` as an expression; null is ``unknown``."""
    label = sf.when(age.isNull(), c.age_interval(None)).when(age < c.AGE_EDGES[0], c.age_interval(0))
    for low, high in zip(c.AGE_EDGES, c.AGE_EDGES[1:], strict=False):
        label = label.when(age < high, c.age_interval(low))
    return label.otherwise(c.age_interval(c.AGE_EDGES[-1]))


def customer_history(purchases: DataFrame, articles: DataFrame) -> DataFrame:
    """One row a cut-off and customer who bought before it: CUSTOMER_HISTORY."""
    attributes = articles.select(
        c.ARTICLE_IDX, *DIVERSITY_ATTRIBUTES, (sf.col("index_group_name") == CHILDREN).alias("_children")
    )
    rows = purchases.join(sf.broadcast(attributes), c.ARTICLE_IDX).withColumns(
        {"_whole": whole_part(c.PRICE), "_nano": fraction_in_nano(c.PRICE)}
    )
    month, last, online = within(30), sf.col(LAST_DAY), sf.col(c.CHANNEL) == ONLINE
    return rows.groupBy(CUTOFF, c.CUSTOMER_IDX).agg(
        *(count_if(within(w)).alias(f"articles_{w}d") for w in WINDOWS),
        *(_spend(within(w)).alias(f"spend_{w}d") for w in WINDOWS),
        sf.count("*").cast("int").alias("articles_all"),
        _spend(sf.lit(True)).alias("spend_all"),
        sf.size(sf.collect_set(c.DAY)).alias("shopping_days_all"),
        days_before(sf.max(c.DAY)).alias("days_since_last"),
        days_before(sf.min(c.DAY)).alias("days_since_first"),
        count_if(last).alias("articles_last"),
        *(sf.median(sf.when(within(w), sf.col(c.PRICE))).alias(f"median_price_{w}d") for w in MEDIAN_WINDOWS),
        sf.median(sf.when(last, sf.col(c.PRICE))).alias("median_price_last"),
        sf.median(c.PRICE).alias("median_price_all"),
        sf.min(c.PRICE).alias("min_price_all"),
        sf.max(c.PRICE).alias("max_price_all"),
        (sf.count_if(online) / sf.count("*")).alias("online_share_all"),
        sf.try_divide(sf.count_if(online & month), sf.count_if(month)).alias("online_share_30d"),
        (sf.count_if(online & last) / sf.count_if(last)).alias("online_share_last"),
        (sf.count_if("_children") / sf.count("*")).alias("children_share_all"),
        sf.size(sf.collect_set(c.ARTICLE_IDX)).alias("distinct_articles_all"),
        *(sf.size(sf.collect_set(name)).alias(f"distinct_{name}_all") for name in DIVERSITY_ATTRIBUTES),
    )


def _spend(condition: Column) -> Column:
    """Sum of the prices for which the condition holds; null where it holds for none."""
    return money(*(sf.sum(sf.when(condition, sf.col(name))) for name in ("_whole", "_nano")))


def customer_snapshot(profiles: DataFrame, history: DataFrame) -> DataFrame:
    """CUTOFF + CUSTOMER_SNAPSHOT: every known customer; without a purchase zero counts, null days, prices, shares."""
    joined = profiles.join(history, [CUTOFF, c.CUSTOMER_IDX], "left").fillna(0, list(ZERO_WITHOUT_HISTORY))
    return joined.select(CUTOFF, *CUSTOMER_SNAPSHOT)
