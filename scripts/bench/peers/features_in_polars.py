"""A feature snapshot's tables by polars: the definitions of ``contracts/features.py`` as expressions."""

from pathlib import Path

import polars as pl

from recsys_core.contracts.columns import KEY_ATTRIBUTES
from recsys_core.contracts.features import DIVERSITY_ATTRIBUTES, SALES_GROUP_WINDOWS, SALES_GROUPS, WINDOWS

AGO, PRICE, ONLINE, LAST = pl.col("days_ago"), pl.col("price"), pl.col("online"), pl.col("on_last_day")
SPANS = {**{f"{w}d": w >= AGO for w in WINDOWS}, "last": LAST, "all": pl.lit(True)}
"""Condition of each span of a customer's history."""
MEDIAN_SPANS = ("7d", "30d", "90d", "last", "all")


def write_snapshot(tables: Path, cutoff: str, folder: Path) -> None:
    """Write customers, articles, purchases, preferences and own history as Parquet, one after the other."""
    purchases, people, items = _purchases(tables, cutoff, folder)
    _sink(purchases, folder / "purchases.parquet")
    bought = pl.scan_parquet(folder / "purchases.parquet")
    described = bought.join(items.lazy(), on="article_idx")
    _sink(_customers(described, people), folder / "customers.parquet")
    _sink(_articles(bought, people, items), folder / "articles.parquet")
    for name in KEY_ATTRIBUTES:
        value = pl.col(name).fill_null("unknown").alias("value")
        counts = [condition.sum().alias(f"count_{span}") for span, condition in SPANS.items() if span != "all"]
        counted = described.group_by("customer_idx", value).agg(*counts, pl.len().alias("count_all"))
        _sink(counted.sort("customer_idx", "value"), folder / f"preferences-{name}.parquet")
    product = pl.when(pl.col("product_code").is_in(["", "unknown"])).then(None).otherwise(pl.col("product_code"))
    for name, item in (("article", pl.col("article_idx")), ("product", product.fill_null(pl.col("article_id")))):
        history = described.group_by("customer_idx", item.alias("item")).agg(
            pl.len().alias("units"),
            AGO.min(),
            LAST.sum().alias("last_day_units"),
            AGO.n_unique().alias("days"),
            AGO.max().alias("days_since_first"),
            *((w >= AGO).sum().alias(f"units_{w}d") for w in (30, 90)),
        )
        _sink(history.sort("customer_idx", "item"), folder / f"history-{name}.parquet")


def _sink(frame: pl.LazyFrame, file: Path) -> None:
    frame.sink_parquet(file, compression="zstd", engine="streaming")


def _purchases(tables: Path, cutoff: str, folder: Path) -> tuple[pl.LazyFrame, pl.DataFrame, pl.DataFrame]:
    day = pl.lit(cutoff).str.to_date()
    bought = pl.scan_parquet(tables / "transactions" / "*.parquet").filter(pl.col("t_dat") < day)
    items = pl.read_parquet(tables / "articles" / "*.parquet").sort("article_id").with_row_index("article_idx")
    buyers = bought.select("customer_id").unique().collect(engine="streaming")["customer_id"]
    people = pl.read_parquet(tables / "customers" / "*.parquet")
    known = people.filter(pl.col("has_profile") | pl.col("customer_id").is_in(buyers.implode()))
    people = known.sort("customer_id").with_row_index("customer_idx")
    rows = (
        bought.join(people.lazy().select("customer_id", "customer_idx"), on="customer_id")
        .join(items.lazy().select("article_id", "article_idx"), on="article_id")
        .select(
            "customer_idx",
            "article_idx",
            (day - pl.col("t_dat")).dt.total_days().cast(pl.Int32).alias("days_ago"),
            "price",
            (pl.col("sales_channel_id") == 2).alias("online"),
        )
    )
    _sink(rows, folder / "bought.parquet")
    rows = pl.scan_parquet(folder / "bought.parquet")
    line = rows.group_by("customer_idx", "days_ago", "article_idx").agg(pl.len().alias("n"))
    basket = line.group_by("customer_idx", "days_ago").agg(pl.len().alias("articles"))
    last = rows.group_by("customer_idx").agg(AGO.min().alias("days_since_last"))
    shared = (
        rows.join(line, on=["customer_idx", "days_ago", "article_idx"])
        .join(basket, on=["customer_idx", "days_ago"])
        .join(last, on="customer_idx")
        .with_columns(
            (1 / (pl.col("articles") * pl.col("n"))).alias("basket_share"),
            (pl.col("days_since_last") == AGO).alias("on_last_day"),
        )
        .drop("n", "articles", "days_since_last")
    )
    return shared, people, items


def _customers(described: pl.LazyFrame, people: pl.DataFrame) -> pl.LazyFrame:
    history = described.group_by("customer_idx").agg(
        *(condition.sum().alias(f"articles_{span}") for span, condition in SPANS.items() if span != "all"),
        pl.len().alias("articles_all"),
        *(PRICE.filter(SPANS[f"{w}d"]).sum().alias(f"spend_{w}d") for w in WINDOWS),
        PRICE.sum().alias("spend_all"),
        AGO.n_unique().alias("shopping_days_all"),
        AGO.min().alias("days_since_last"),
        AGO.max().alias("days_since_first"),
        *(_of(PRICE, span).median().alias(f"median_price_{span}") for span in MEDIAN_SPANS),
        PRICE.min().alias("min_price_all"),
        PRICE.max().alias("max_price_all"),
        *(_of(ONLINE, span).mean().alias(f"online_share_{span}") for span in ("all", "30d", "last")),
        ((pl.col("index_group_name") == "Baby/Children").sum() / pl.len()).alias("children_share_all"),
        pl.col("article_idx").n_unique().alias("distinct_articles_all"),
        *(pl.col(name).drop_nulls().n_unique().alias(f"distinct_{name}_all") for name in DIVERSITY_ATTRIBUTES),
    )
    return people.lazy().join(history, on="customer_idx", how="left").sort("customer_idx")


def _of(column: pl.Expr, span: str) -> pl.Expr:
    return column if span == "all" else column.filter(SPANS[span])


def _articles(bought: pl.LazyFrame, people: pl.DataFrame, items: pl.DataFrame) -> pl.LazyFrame:
    ages = people.lazy().select("customer_idx", "age")
    share, customer = pl.col("basket_share"), pl.col("customer_idx")
    sales = (
        bought.join(ages, on="customer_idx")
        .group_by("article_idx")
        .agg(
            *((w >= AGO).sum().alias(f"sold_{w}d") for w in WINDOWS),
            *(share.filter(w >= AGO).sum().alias(f"votes_{w}d") for w in WINDOWS),
            pl.len().alias("sold_all"),
            share.sum().alias("votes_all"),
            *(customer.filter(w >= AGO).n_unique().alias(f"buyers_{w}d") for w in (7, 30)),
            customer.n_unique().alias("buyers_all"),
            AGO.min().alias("days_since_last_sale"),
            AGO.max().alias("days_since_first_sale"),
            PRICE.filter(AGO.min() == AGO).mean().alias("price_last"),
            *(PRICE.filter(w >= AGO).mean().alias(f"price_mean_{w}d") for w in (7, 30)),
            PRICE.mean().alias("price_mean_all"),
            PRICE.max().alias("price_max_all"),
            *(ONLINE.filter(w >= AGO).mean().alias(f"online_share_{w}d") for w in (7, 30)),
            ONLINE.mean().alias("online_share_all"),
            pl.col("age").mean().alias("buyer_age_mean"),
        )
    )
    pairs = bought.group_by("article_idx", "customer_idx").agg((AGO.min() < AGO.max()).alias("again"))
    again = pairs.group_by("article_idx").agg(pl.col("again").sum().alias("repeat_buyers_all"))
    both = items.lazy().join(sales, on="article_idx", how="left").join(again, on="article_idx", how="left")
    return both.with_columns(
        pl.col(f"sold_{w}d")
        .fill_null(0)
        .sum()
        .over(pl.col(attribute).fill_null("unknown"))
        .alias(f"{prefix}_sold_{w}d")
        for prefix, attribute in SALES_GROUPS.items()
        for w in SALES_GROUP_WINDOWS
    ).sort("article_idx")
