"""A feature snapshot's tables by DuckDB: the definitions of ``contracts/features.py`` in SQL."""

from pathlib import Path

import duckdb

from recsys_core.contracts.columns import KEY_ATTRIBUTES
from recsys_core.contracts.features import DIVERSITY_ATTRIBUTES, SALES_GROUP_WINDOWS, SALES_GROUPS, WINDOWS

SPANS = {**{f"{w}d": f"days_ago <= {w}" for w in WINDOWS}, "last": "on_last_day", "all": "true"}
"""Condition of each span of a customer's history."""
MEDIAN_SPANS = ("7d", "30d", "90d", "last", "all")


def write_snapshot(tables: Path, cutoff: str, folder: Path, threads: int, memory: str) -> None:
    """Write customers, articles, purchases, preferences and own history as Parquet."""
    with duckdb.connect(config={"threads": threads, "memory_limit": memory, "temp_directory": str(folder)}) as db:
        db.execute("set preserve_insertion_order = false")
        for name in ("customers", "articles", "transactions"):
            db.execute(f"create view {name} as from read_parquet('{tables / name}/*.parquet')")
        _purchases(db, cutoff)
        queries = {"purchases": "from purchases", "customers": _customers(), "articles": _articles()}
        queries |= {f"preferences-{name}": _preference(name) for name in KEY_ATTRIBUTES}
        queries |= {f"history-{name}": _own_history(item) for name, item in ITEMS.items()}
        for name, query in queries.items():
            db.execute(f"copy ({query}) to '{folder / name}.parquet' (format parquet, compression zstd)")


ITEMS = {"article": "article_idx", "product": "coalesce(nullif(nullif(product_code, ''), 'unknown'), article_id)"}


def _purchases(db: duckdb.DuckDBPyConnection, cutoff: str) -> None:
    db.execute("""create table items as
        select *, (row_number() over (order by article_id) - 1)::int as article_idx from articles""")
    db.execute(f"""create table people as
        select *, (row_number() over (order by customer_id) - 1)::int as customer_idx from customers
        where has_profile or customer_id in (select customer_id from transactions where t_dat < '{cutoff}')""")
    db.execute(f"""create table bought as
        select customer_idx, article_idx, (date '{cutoff}' - t_dat)::int as days_ago, price,
               sales_channel_id = 2 as online
        from transactions join people using (customer_id) join items using (article_id) where t_dat < '{cutoff}'""")
    db.execute("""create table purchases as
        with line as (
            select customer_idx, days_ago, article_idx, count(*) as n from bought group by all
        ), basket as (
            select customer_idx, days_ago, count(*) as articles from line group by all
        ), last as (
            select customer_idx, min(days_ago) as days_since_last from bought group by all
        )
        select bought.*, 1.0::double / (articles * n) as basket_share, days_ago = days_since_last as on_last_day
        from bought join line using (customer_idx, days_ago, article_idx)
        join basket using (customer_idx, days_ago) join last using (customer_idx)""")


def _customers() -> str:
    columns = [
        *(f"count(*) filter ({SPANS[span]})::int as articles_{span}" for span in SPANS),
        *(f"coalesce(sum(price) filter ({SPANS[f'{w}d']}), 0) as spend_{w}d" for w in WINDOWS),
        "sum(price) as spend_all",
        "count(distinct days_ago)::int as shopping_days_all",
        "min(days_ago) as days_since_last, max(days_ago) as days_since_first",
        *(f"median(price) filter ({SPANS[span]}) as median_price_{span}" for span in MEDIAN_SPANS),
        "min(price) as min_price_all, max(price) as max_price_all",
        *(f"avg(online::int) filter ({SPANS[span]}) as online_share_{span}" for span in ("all", "30d", "last")),
        "count(*) filter (index_group_name = 'Baby/Children') / count(*) as children_share_all",
        "count(distinct article_idx)::int as distinct_articles_all",
        *(f"count(distinct {name})::int as distinct_{name}_all" for name in DIVERSITY_ATTRIBUTES),
    ]
    return f"""with history as (
            select customer_idx, {", ".join(columns)} from purchases join items using (article_idx) group by all
        ) from people left join history using (customer_idx) order by customer_idx"""


def _articles() -> str:
    columns = [
        *(f"count(*) filter (days_ago <= {w})::int as sold_{w}d" for w in WINDOWS),
        *(f"sum(basket_share) filter (days_ago <= {w}) as votes_{w}d" for w in WINDOWS),
        "count(*)::int as sold_all, sum(basket_share) as votes_all",
        *(f"count(distinct customer_idx) filter (days_ago <= {w})::int as buyers_{w}d" for w in (7, 30)),
        "min(days_ago) as days_since_last_sale, max(days_ago) as days_since_first_sale",
        *(f"avg(price) filter (days_ago <= {w}) as price_mean_{w}d" for w in (7, 30)),
        "avg(price) as price_mean_all, max(price) as price_max_all",
        *(f"avg(online::int) filter (days_ago <= {w}) as online_share_{w}d" for w in (7, 30)),
        "avg(online::int) as online_share_all, avg(age) as buyer_age_mean",
    ]
    groups = [
        f"""sum(coalesce(sold_{w}d, 0)) over (partition by coalesce({attribute}, 'unknown'))::int
            as {prefix}_sold_{w}d"""
        for prefix, attribute in SALES_GROUPS.items()
        for w in SALES_GROUP_WINDOWS
    ]
    return f"""with sales as (
            select article_idx, {", ".join(columns)} from purchases join people using (customer_idx) group by all
        ), pairs as (
            select article_idx, customer_idx, min(days_ago) < max(days_ago) as again from purchases group by all
        ), buyers as (
            select article_idx, count(*)::int as buyers_all, count(*) filter (again)::int as repeat_buyers_all
            from pairs group by all
        ), latest as (
            select article_idx, avg(price) as price_last from purchases
            join (select article_idx, min(days_ago) as days_ago from purchases group by all)
            using (article_idx, days_ago) group by all
        )
        select *, {", ".join(groups)} from items left join sales using (article_idx)
        left join buyers using (article_idx) left join latest using (article_idx) order by article_idx"""


def _preference(attribute: str) -> str:
    counts = ", ".join(f"count(*) filter ({condition})::int as count_{span}" for span, condition in SPANS.items())
    return f"""select customer_idx, coalesce({attribute}, 'unknown') as value, {counts}
        from purchases join items using (article_idx) group by all order by customer_idx, value"""


def _own_history(item: str) -> str:
    return f"""select customer_idx, {item} as item, count(*)::int as units, min(days_ago) as days_ago,
        count(*) filter (on_last_day)::int as last_day_units, count(distinct days_ago)::int as days,
        max(days_ago) as days_since_first, count(*) filter (days_ago <= 30)::int as units_30d,
        count(*) filter (days_ago <= 90)::int as units_90d
        from purchases join items using (article_idx) group by all order by customer_idx, item"""
