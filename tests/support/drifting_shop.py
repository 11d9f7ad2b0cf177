"""A shop day by day, as snapshots of the columns that the drift report reads, made from arrays at once."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from recsys_core.contracts import features as contract
from recsys_core.contracts.columns import age_interval
from recsys_core.features.arrays import Purchases
from recsys_core.features.snapshot import Snapshot
from recsys_core.store.arrays import save_arrays

FIRST_DAY = dt.date(2020, 1, 6)
ATTRIBUTES = {
    "index_group_name": 5,
    "department_name": 24,
    "product_type_name": 16,
    "garment_group_name": 12,
    "colour_group_name": 12,
    "graphical_appearance_name": 8,
}
"""Attributes of the articles, with their number of values."""
PER_DAY = 220
HALF_YEAR = 182.0


@dataclass(frozen=True)
class DailyShop:
    """All that was ever bought; ``day`` counts from ``FIRST_DAY``."""

    customers: pd.DataFrame
    articles: pd.DataFrame
    purchases: pd.DataFrame

    def with_purchases_from(self, day: int, change: Callable[[pd.DataFrame], pd.DataFrame]) -> "DailyShop":
        """The shop whose purchases from a day on are changed."""
        since = self.purchases["day"] >= day
        changed = change(self.purchases[since].copy())
        return replace(self, purchases=pd.concat([self.purchases[~since], changed], ignore_index=True))

    def snapshot(self, folder: Path, day: int) -> Snapshot:
        """The snapshot as of a day, in a folder of its own."""
        cutoff = FIRST_DAY + dt.timedelta(days=day)
        path = folder / f"cutoff={cutoff}" / "0123456789abcdef"
        write_tables(self, path, day, cutoff)
        return Snapshot(path, path.name, cutoff)


def write_tables(shop: DailyShop, path: Path, day: int, cutoff: dt.date) -> None:
    """Customers, articles and purchases, with what was bought before the day."""
    past = shop.purchases[shop.purchases["day"] < day].sort_values(["customer_idx", "day", "article_idx"])
    customers, articles = shop.customers.copy(), shop.articles.copy()
    by_customer, by_article = past.groupby("customer_idx"), past.groupby("article_idx")
    online = (past["channel"] == 2).astype(float)
    customers["median_price_all"] = by_customer["price"].median()
    customers["online_share_all"] = online.groupby(past["customer_idx"]).mean()
    customers["children_share_all"] = (past["article_idx"] % 5 == 0).groupby(past["customer_idx"]).mean()
    articles["price_mean_all"] = by_article["price"].mean()
    articles["sold_all"] = by_article.size().reindex(articles.index, fill_value=0).astype(np.int32)
    articles["buyer_age_mean"] = past["customer_idx"].map(shop.customers["age"]).groupby(past["article_idx"]).mean()
    interval = {age: age_interval(age) for age in range(120)}
    customers["age_interval"] = customers["age"].round().map(interval).fillna(age_interval(None))
    customers["customer_id"] = [f"c{i:06d}" for i in customers.index]
    articles["article_id"] = [f"a{i:05d}" for i in articles.index]
    customer = past["customer_idx"].to_numpy(np.int32)
    bought = Purchases(
        customer_idx=customer,
        article_idx=past["article_idx"].to_numpy(np.int32),
        days_ago=(day - past["day"]).to_numpy(np.int32),
        price=past["price"].to_numpy(np.float32),
        basket_share=np.ones(len(past), np.float32),
        online=(past["channel"] == 2).to_numpy(),
        start=np.searchsorted(customer, np.arange(len(customers) + 2)),
    )
    save_arrays(path / contract.ARRAYS / "purchases", **vars(bought))
    for name, table in ((contract.CUSTOMERS, customers), (contract.ARTICLES, articles)):
        (path / name).mkdir(parents=True)
        pq.write_table(pa.Table.from_pandas(table, preserve_index=False), path / name / "part-00000.parquet")


def usual_shop(days: int, seed: int = 0, per_day: int = PER_DAY, n_articles: int = 400) -> DailyShop:
    """Weekends sell more; departments come and go with the season; articles are new, then fade; customers join."""
    rng = np.random.default_rng(seed)
    n_customers = 15 * per_day
    articles = pd.DataFrame({name: _values(rng, name, size, n_articles) for name, size in ATTRIBUTES.items()})
    launched = rng.integers(-200, days, n_articles)
    base_price = 10 ** rng.normal(-1.6, 0.25, n_articles)
    appeal = rng.exponential(1.0, n_articles)
    group = articles["index_group_name"].str[-2:].astype(int).to_numpy()
    joined = np.where(rng.random(n_customers) < 0.6, -1, rng.integers(0, days, n_customers))
    customers = pd.DataFrame(
        {
            "age": np.where(rng.random(n_customers) < 0.05, np.nan, rng.gamma(9, 4, n_customers) + 14),
            "club_member_status": rng.choice(["ACTIVE", "PRE-CREATE"], n_customers, p=[0.9, 0.1]),
            "fashion_news_frequency": rng.choice(["NONE", "Regularly"], n_customers, p=[0.65, 0.35]),
            "fn": (rng.random(n_customers) < 0.35).astype(np.float32),
            "active": (rng.random(n_customers) < 0.33).astype(np.float32),
            "has_profile": True,
        }
    )
    buys_online = rng.random(n_customers)
    sold = []
    for day in range(days):
        n = rng.poisson(per_day * (1.5 if (FIRST_DAY + dt.timedelta(days=day)).weekday() >= 5 else 0.8))
        age = day - launched
        season = 1 + 0.4 * np.sin(2 * np.pi * (day / (2 * HALF_YEAR) + group / 5))
        weight = np.where(age >= 0, appeal * season * (0.3 + np.exp(-np.maximum(age, 0) / 60)), 0.0)
        article = rng.choice(n_articles, n, p=weight / weight.sum())
        known = np.flatnonzero(joined < day)
        fresh = np.flatnonzero(joined == day)
        customer = rng.choice(known, n)
        where = rng.choice(n, min(len(fresh), n), replace=False)
        customer[where] = fresh[: len(where)]
        basket = rng.random(n) < 0.35  # bought together with the one before
        customer[1:][basket[1:]] = customer[:-1][basket[1:]]
        reduced = np.where(rng.random(n) < 0.1, 0.7, 1.0)
        channel = np.where(rng.random(n) < 0.4 + 0.5 * buys_online[customer], 2, 1)
        price = base_price[article] * reduced
        sold.append(
            pd.DataFrame(
                {"customer_idx": customer, "article_idx": article, "day": day, "price": price, "channel": channel}
            )
        )
    return DailyShop(customers, articles, pd.concat(sold, ignore_index=True))


def _values(rng: np.random.Generator, name: str, size: int, n: int) -> list[str]:
    shares = rng.dirichlet(np.full(size, 2.0))
    return [f"{name[:4]}{code:02d}" for code in rng.choice(size, n, p=shares)]
