"""Customer columns of a pair: attributes and history (design B: customer attributes, statistics of transactions)."""

from collections.abc import Iterator

import numpy as np

from recsys_core.contracts.features import DIVERSITY_ATTRIBUTES, WINDOWS
from recsys_core.features.feature import Feature, Floats, window_of
from recsys_core.features.snapshot import IntArray, Snapshot

COLUMNS = {
    "age": ("age", "years"),
    "fn": ("is sent fashion news", "0/1"),
    "active": ("is active for communication", "0/1"),
    **{f"articles_{w}d": ("articles bought", "units") for w in WINDOWS},
    "articles_last": ("articles bought on the last shopping day", "units"),
    "articles_all": ("articles bought", "units"),
    **{f"spend_{w}d": ("money spent", "price") for w in WINDOWS},
    "spend_all": ("money spent", "price"),
    "shopping_days_all": ("days with a purchase", "days"),
    "days_since_last": ("days since the last purchase", "days"),
    "days_since_first": ("days since the first purchase", "days"),
    **{f"median_price_{span}": ("median price paid", "price") for span in ("7d", "30d", "90d", "last", "all")},
    "min_price_all": ("lowest price paid", "price"),
    "max_price_all": ("highest price paid", "price"),
    **{f"online_share_{span}": ("share of purchases made online", "share") for span in ("30d", "last", "all")},
    "children_share_all": ("share of purchases that are children's wear", "share"),
    "distinct_articles_all": ("different articles bought", "articles"),
    **{f"distinct_{name}_all": (f"different values of {name} bought", "values") for name in DIVERSITY_ATTRIBUTES},
}
"""Column of the snapshot -> meaning, unit."""

FEATURES = (
    *(Feature(f"customer_{name}", "customer", text, window_of(name), unit) for name, (text, unit) in COLUMNS.items()),
    Feature("customer_articles_per_shopping_day", "customer", "articles bought a shopping day", "all", "units"),
    Feature("customer_repeat_share", "customer", "share of purchases that repeat an earlier one", "all", "share"),
    Feature("customer_trend_7d_30d", "customer", "articles a day in the week over the month", "7d", "ratio"),
    Feature("customer_trend_30d_90d", "customer", "articles a day in the month over three months", "30d", "ratio"),
    Feature("customer_trend_90d_all", "customer", "articles a day in three months over all", "90d", "ratio"),
)


def columns(snapshot: Snapshot, customers: IntArray) -> Iterator[Floats]:
    """Values of ``FEATURES``, each (len(customers),), null as NaN."""
    column = {name: snapshot.customer(name)[customers] for name in COLUMNS}
    yield from column.values()
    bought = column["articles_all"]
    yield bought / np.maximum(column["shopping_days_all"], 1)
    yield 1 - column["distinct_articles_all"] / np.maximum(bought, 1)
    yield _trend(column["articles_7d"] / 7, column["articles_30d"] / 30)
    yield _trend(column["articles_30d"] / 30, column["articles_90d"] / 90)
    yield _trend(
        column["articles_90d"] / 90, bought / np.nan_to_num(np.maximum(column["days_since_first"], 90), nan=90.0)
    )


def _trend(short: Floats, long: Floats) -> Floats:
    """Ratio of two daily rates, drawn to 1 where there is little of either."""
    ratio: Floats = (short + 0.05) / (long + 0.05)
    return ratio
