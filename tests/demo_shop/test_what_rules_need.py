"""The shop of `make demo` holds what every business rule of both designs needs to act."""

import inspect
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from demo_shop import generate
from recsys_core.cli.path import demo_data
from recsys_core.config import Config, load_config
from recsys_core.workspace import Workspace

MAX_ROWS = 181_000
"""More purchases would make the demo slower than it was with 220 days."""


@dataclass(frozen=True)
class Files:
    purchases: pd.DataFrame
    """With ``ago``, 1 on the last day, and the article's columns."""
    inventory: pd.DataFrame
    """In stock, (article_id, region)."""
    regions: pd.DataFrame
    customers: pd.DataFrame
    config: Config


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Files that ``recsys demo-data`` makes by default, without images."""
    workspace = Workspace(tmp_path_factory.mktemp("demo"))
    given = inspect.signature(demo_data).parameters
    size = {name: given[name].default for name in ("customers", "articles", "days", "seed")}
    generate(workspace.demo_shop, **size, images=False)
    workspace.point_raw_at(workspace.demo_shop)
    tables = {
        name: _read(workspace.demo_shop / f"{name}.csv") for name in ("articles", "inventory", "regions", "customers")
    }
    purchases = _read(workspace.demo_shop / "transactions_train.csv").astype({"price": float})
    days = pd.to_datetime(purchases["t_dat"])
    purchases["ago"] = (days.max() - days).dt.days + 1
    stocked = tables["inventory"].pivot(index="article_id", columns="region", values="in_stock") == "1"
    return Files(
        purchases.merge(tables["articles"], on="article_id"),
        stocked,
        tables["regions"],
        tables["customers"],
        load_config(workspace),
    )


def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def test_two_years_of_no_more_purchases_than_the_demo_can_afford(shop: Files) -> None:
    assert shop.purchases["ago"].max() == 730
    assert 100_000 < len(shop.purchases) <= MAX_ROWS
    assert (shop.purchases["ago"] <= 7).sum() > 3500  # a label window is not thinner for it


def test_swimwear_is_out_of_season_on_the_last_day_and_hardly_bought_any_more(shop: Files) -> None:
    rules = shop.config.rules
    purchases = shop.purchases
    near = (((purchases["ago"] + 182) % 365 - 182).abs() <= rules.season_days).to_numpy()
    kinds = purchases["product_type_name"]
    share = kinds[near].value_counts() / (near.mean() * kinds.value_counts())
    judged = kinds.value_counts() >= rules.season_min_sales
    out = set(share[judged & (share < rules.season_min_share)].index)
    assert {"Bikini top", "Swimwear bottom"} <= out
    last_week = purchases["ago"] <= 7
    assert kinds[last_week].isin(out).mean() < 0.005, "what the rule drops is hardly wanted"
    assert kinds[purchases["ago"].between(31, 60)].isin(out).any(), "it is still retrieved"


def test_stock_differs_by_region_and_some_of_it_is_sold_out(shop: Files) -> None:
    lately = shop.inventory.loc[shop.purchases.loc[shop.purchases["ago"] <= 7, "article_id"].unique()]
    assert (~lately.any(axis=1)).sum() > 20
    assert (lately.any(axis=1) & ~lately.all(axis=1)).mean() > 0.3
    assert lately.any(axis=1).mean() > 0.9, "most of what sells can be bought"
    placed = shop.customers["postal_code"].isin(shop.regions["postal_code"])
    assert 0.9 < placed.mean() < 0.95, "of one large postal code the region is not known"
    assert set(shop.regions["region"]) == set(shop.inventory.columns)


def test_some_articles_sell_in_one_channel_alone(shop: Files) -> None:
    by_article = shop.purchases.groupby("article_id")["sales_channel_id"]
    judged = by_article.size() >= shop.config.rules.channel_min_sales
    alone = by_article.first()[judged & (by_article.nunique() == 1)]
    assert set(alone) == {"1", "2"}
    assert 0.55 < (shop.purchases["sales_channel_id"] == "2").mean() < 0.8


def test_some_articles_are_far_dearer_and_cheaper_than_what_some_customers_buy(shop: Files) -> None:
    rules = shop.config.rules
    prices = shop.purchases.groupby("customer_id")["price"].agg(["min", "max", "size"])
    judged = prices[prices["size"] >= rules.min_purchases_to_judge]
    lately = shop.purchases.loc[shop.purchases["ago"] <= 7, "price"]
    assert (judged["max"] * rules.price_band < lately.max()).mean() > 0.2
    assert (judged["min"] * rules.price_floor > lately.min()).mean() > 0.05


def test_children_are_dressed_by_some_and_not_by_most(shop: Files) -> None:
    (group,) = shop.config.rules.only_if_bought
    for_children = shop.purchases["index_group_name"] == group
    parents = shop.purchases.loc[for_children, "customer_id"].nunique() / shop.purchases["customer_id"].nunique()
    assert 0.05 < parents < 0.6


def test_colours_of_a_product_sell_side_by_side_and_the_shop_shows_one(shop: Files) -> None:
    lately = shop.purchases[shop.purchases["ago"] <= 30]
    assert (lately.groupby("product_code")["article_id"].nunique() > 1).sum() > 100
    assert shop.config.rules.one_per_product_code


def test_what_was_bought_in_the_last_days_is_not_offered_again(shop: Files) -> None:
    assert (shop.config.rules.purchased, shop.config.rules.purchased_within_days) == ("exclude", 3)


def test_the_experiment_compares_two_models(shop: Files) -> None:
    assert (shop.config.ranker, shop.config.lists.second_ranker) == ("blend", "dnn")
