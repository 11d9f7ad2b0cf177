"""Twenty ways in which a shop's data may drift from one day on."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from tests.support.drifting_shop import DailyShop

Drift = Callable[[DailyShop, int], DailyShop]


def _of_purchases(change: Callable[[pd.DataFrame, DailyShop], pd.DataFrame]) -> Drift:
    return lambda shop, day: shop.with_purchases_from(day, lambda bought: change(bought, shop))


def _only(attribute: str, values: int) -> Drift:
    """Nothing but the articles of so many values of an attribute sells."""

    def change(bought: pd.DataFrame, shop: DailyShop) -> pd.DataFrame:
        most = shop.articles[attribute].value_counts().index[:values]
        wanted = np.flatnonzero(shop.articles[attribute].isin(most))
        return bought.assign(article_idx=wanted[bought["article_idx"] % len(wanted)])

    return _of_purchases(change)


def _without(attribute: str) -> Drift:
    """The articles of the most frequent value of an attribute sell no more."""

    def change(bought: pd.DataFrame, shop: DailyShop) -> pd.DataFrame:
        sold = shop.articles[attribute].iloc[bought["article_idx"]].to_numpy()
        return bought[sold != pd.Series(sold).value_counts().index[0]]

    return _of_purchases(change)


def _bought_by(choose: Callable[[DailyShop], pd.Series]) -> Drift:
    """Nobody but some customers buys."""

    def change(bought: pd.DataFrame, shop: DailyShop) -> pd.DataFrame:
        wanted = np.flatnonzero(choose(shop))
        return bought.assign(customer_idx=wanted[bought["customer_idx"] % len(wanted)])

    return _of_purchases(change)


def _customers(**columns: Callable[[pd.DataFrame], object]) -> Drift:
    return lambda shop, _: replace(shop, customers=shop.customers.assign(**columns))


def _articles(**columns: Callable[[pd.DataFrame], object]) -> Drift:
    return lambda shop, _: replace(shop, articles=shop.articles.assign(**columns))


def _half_new(shop: DailyShop, day: int) -> DailyShop:
    """Every second purchase is a new customer's."""
    since = shop.purchases["day"] >= day
    bought = shop.purchases.copy()
    rows = bought.index[since][::2]
    first = len(shop.customers)
    bought.loc[rows, "customer_idx"] = np.arange(first, first + len(rows))
    joined = shop.customers.sample(len(rows), replace=True, random_state=0)
    return replace(shop, purchases=bought, customers=pd.concat([shop.customers, joined], ignore_index=True))


def _concentrated(bought: pd.DataFrame, shop: DailyShop) -> pd.DataFrame:
    """Half of the sales are of five articles, of five departments."""
    five = shop.articles.drop_duplicates("department_name").index[:5].to_numpy()
    half = np.arange(len(bought)) % 2 == 0
    return bought.assign(article_idx=np.where(half, five[np.arange(len(bought)) % 5], bought["article_idx"]))


def _large_baskets(bought: pd.DataFrame, shop: DailyShop) -> pd.DataFrame:
    """A fifth of the customers buys all."""
    return bought.assign(customer_idx=bought["customer_idx"] // 25 * 25)


DRIFTS: dict[str, Drift] = {
    "prices in cents": _of_purchases(lambda bought, _: bought.assign(price=bought["price"] * 100)),
    "a sale at half price": _of_purchases(lambda bought, _: bought.assign(price=bought["price"] / 2)),
    "one price for all": _of_purchases(lambda bought, _: bought.assign(price=bought["price"].median())),
    "no prices": _of_purchases(lambda bought, _: bought.assign(price=0.0)),
    "a department group gone": _without("index_group_name"),
    "one department alone": _only("department_name", 1),
    "colours collapsed to two": _only("colour_group_name", 2),
    "three product types alone": _only("product_type_name", 3),
    "sales concentrated on five articles": _of_purchases(_concentrated),
    "half of the purchases by new customers": _half_new,
    "channels flipped": _of_purchases(lambda bought, _: bought.assign(channel=3 - bought["channel"])),
    "online alone": _of_purchases(lambda bought, _: bought.assign(channel=2)),
    "large baskets": _of_purchases(_large_baskets),
    "the young alone buy": _bought_by(lambda shop: shop.customers["age"] < 35),
    "those who are no club members buy": _bought_by(lambda shop: shop.customers["club_member_status"] == "PRE-CREATE"),
    "all customers older by ten years": _customers(age=lambda customers: customers["age"] + 10),
    "ages unknown": _customers(age=np.nan),
    "the flag of active customers gone": _customers(active=np.float32(0)),
    "colours of another vocabulary": _articles(colour_group_name=lambda articles: "x" + articles["colour_group_name"]),
    "one garment group for all articles": _articles(garment_group_name="Unknown"),
}
"""Each turns a shop into one whose data drifted from a day on."""
