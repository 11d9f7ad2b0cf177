"""Every shop whose files can be read ends with a release that the storefront serves: raw files in, pages out."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from recsys_core.data.mappings import shipped_mappings
from tests.full.runs import environment, finish, live_release
from tests.small_run import SMALL
from tests.spark_jobs.sample_tables import MAGENTO_KIT, SAMPLES, SHOPIFY_CARDIGAN, olist_id
from tests.support import unusual_shops as unusual
from tests.support.odd_ids import ODD_IDS
from tests.support.storefront_check import Served

pytestmark = [pytest.mark.full, pytest.mark.spark, pytest.mark.timeout(3600)]
REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Shop:
    prices: Mapping[str, str]
    """Prices that a shopper reads, of some articles."""
    names: Mapping[str, str] = field(default_factory=dict)
    write: Callable[[Path], None] | None = None
    """None: the sample of a shipped mapping."""
    mapping: str | None = None
    """Name or text of the mapping; None: that of the shop's own name, or files as H&M's."""
    is_trained: bool = False
    currency: str = "€"


SHOPS = {
    "dunnhumby": Shop({"1004906": "€1.39", "842930": "€2.00"}, {"981760": "Eggs - X-large"}),
    "instacart": Shop({"1": "", "6": ""}, {"6": 'Café "Olé" Crème'}),
    "magento": Shop({"24-MB01": "€34.00", MAGENTO_KIT: "€61.00"}, {"24-UG06": "Quest Lumaflex™ Band"}),
    "olist": Shop({olist_id(8): "€0.85", olist_id(2): "€239.90"}, {olist_id(5): olist_id(5)}),  # one without a name
    "online_retail": Shop({"22138": "€4.95", "15056BL": "€5.95"}, {"85123A": "CREAM HANGING HEART T-LIGHT HOLDER"}),
    "online_retail_ii": Shop({"22350": "€2.10", "79323P": "€5.75"}),
    "retailrocket": Shop({"248676": ""}, {"248676": "Item 248676"}),
    "shopify_orders": Shop({"Gift card": "€50.00", "TORCH-É": "€39.00", SHOPIFY_CARDIGAN: "€189.00"}),
    "woocommerce": Shop({"JACKET": "€1,250.00", "CAP": "€16.50"}, {"TEE-V": "Tee – V-Neck"}),
    "woocommerce_de": Shop({"A-1": "€44.90", "A-5": "€0.35"}, {"A-4": 'Stoff "Leinen" & Co.'}),
    "rupiah": Shop(
        {"0100000000": "Rp 24,999,999.00", "0100000002": "Rp 99,000.00", "0100000003": "Rp 16,500,001.00"},
        write=unusual.rupiah,
        is_trained=True,
        currency="Rp ",
    ),
    "weekly": Shop({"0100000007": "€9.90"}, {"0100000007": "Shirt 7"}, write=unusual.weekly, is_trained=True),
    "one_article": Shop({"0100000000": "€9.90"}, write=unusual.one_article),
    "one_day": Shop({"0100000019": "€9.90"}, write=unusual.one_day),
    "ten_customers": Shop({"0100000011": "€9.90"}, write=unusual.ten_customers),
    "one_customer": Shop({"0100000001": "€9.90"}, write=unusual.one_customer),
    "half_sold_out": Shop({"0100000023": "€9.90"}, write=unusual.half_sold_out, is_trained=True),
    "german": Shop(
        {"A-3": "€1,203.90"},
        {"A-2": "Mütze 2"},
        write=unusual.german,
        mapping="woocommerce_de",
        is_trained=True,
    ),
    "hostile": Shop(
        {article_id: f"€{5 + i}.00" for i, article_id in enumerate(ODD_IDS)},
        {article_id: f"Thing number {i}" for i, article_id in enumerate(ODD_IDS)},
        write=unusual.hostile,
        mapping=unusual.HOSTILE_MAPPING,
        is_trained=True,
    ),
}


def test_every_shipped_mapping_is_taken_to_a_release() -> None:
    assert set(shipped_mappings()) <= set(SHOPS)


@pytest.mark.parametrize("name", SHOPS)
def test_raw_files_become_a_release_that_the_storefront_serves(name: str, tmp_path: Path) -> None:
    shop, workspace = SHOPS[name], tmp_path / "workspace"
    report = finish(workspace, "run", *options(name, shop, tmp_path))
    served = serve(workspace, shop.currency)

    manifest = live_release(workspace)
    assert report["summary"]["release"] == manifest["id"] == served.release
    assert manifest["first_release"] is not shop.is_trained
    assert served.problems == []
    assert {article: served.prices.get(article) for article in shop.prices} == shop.prices
    assert {article: served.names.get(article) for article in shop.names} == shop.names
    assert set(served.names) == articles_of(workspace)
    assert_everybody_is_recommended_what_can_be_bought(served, buyers_of(workspace))


def options(name: str, shop: Shop, folder: Path) -> list[str]:
    """Options of ``recsys run``."""
    (folder / "config.toml").write_text(SMALL)
    files = SAMPLES / name
    mapping = shop.mapping
    if shop.write:
        files = folder / "shop"
        files.mkdir()
        shop.write(files)
    else:
        mapping = name
    if mapping and "\n" in mapping:
        (folder / "mapping.toml").write_text(mapping)
        mapping = str(folder / "mapping.toml")
    given = ["--data", str(files), "--config", str(folder / "config.toml")]
    return [*given, "--mapping", mapping] if mapping else given


def serve(workspace: Path, currency: str) -> Served:
    """Asks the storefront in a process of its own, with the database of the workspace."""
    env = environment(workspace) | {"DJANGO_SETTINGS_MODULE": "config.settings", "CURRENCY": currency}
    env["PYTHONPATH"] = f"{REPOSITORY}:{REPOSITORY / 'django_site'}"
    env.pop("DATABASE_URL", None)
    (workspace / "web").mkdir(exist_ok=True)
    command = [sys.executable, "-m", "tests.support.storefront_check"]
    done = subprocess.run(command, env=env, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return Served(**json.loads(done.stdout.splitlines()[-1]))


def assert_everybody_is_recommended_what_can_be_bought(served: Served, buyers: set[str]) -> None:
    in_stock = set(served.in_stock)
    assert in_stock
    assert buyers <= set(served.lists)
    for customer, shown in served.lists.items():
        assert shown, customer
        assert len(set(shown)) == len(shown), customer
        assert set(shown) <= in_stock, customer
        assert len(set(served.own[customer])) >= min(12, len(in_stock)), customer


def articles_of(workspace: Path) -> set[str]:
    return column(workspace, "articles", "article_id")


def buyers_of(workspace: Path) -> set[str]:
    return column(workspace, "transactions", "customer_id")


def column(workspace: Path, table: str, name: str) -> set[str]:
    folder = workspace / "tables" / "current" / table
    values: list[Any] = pq.read_table(folder, columns=[name], partitioning=None)[name].to_pylist()
    return set(values)
