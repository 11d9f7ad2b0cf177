"""Files that are looked at for the shop's currency; Spark is not needed for it."""

import shutil
from pathlib import Path

import openpyxl
import pytest

from recsys_core.data.mappings import mapping_path
from recsys_core.workspace import Workspace
from spark_jobs.currency import currency_of
from spark_jobs.jobs.ingest import list_files
from spark_jobs.mapping import load_sources
from spark_jobs.schemas import kaggle_sources
from tests.spark_jobs.conftest import make_shop

SAMPLES = Path(__file__).with_name("samples")


def mapped(name: str, folder: Path) -> Workspace:
    workspace = Workspace(folder)
    shutil.copytree(SAMPLES / name, workspace.raw)
    return workspace


@pytest.mark.parametrize(("mapping", "name"), [("shopify_orders", "USD"), ("magento", None), ("online_retail", None)])
def test_the_orders_of_a_shop_system_say_their_currency_if_they_have_a_column_for_it(
    mapping: str, name: str | None, tmp_path: Path
) -> None:
    workspace = mapped(mapping, tmp_path)
    said = currency_of(list_files(workspace, load_sources(mapping_path(mapping)), []), "")
    assert (said.name if said else None) == name


def test_articles_and_customers_are_not_asked(tmp_path: Path) -> None:
    workspace = make_shop(
        tmp_path, articles="article_id,price_eur\n0000000001,5\n", customers="customer_id,currency\na,EUR\n"
    )
    assert currency_of(list_files(workspace, kaggle_sources(), []), "") is None


def test_of_a_large_workbook_the_names_of_the_columns_are_looked_at_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = make_shop(tmp_path)
    (workspace.raw / "transactions_train.csv").unlink()
    book = openpyxl.Workbook()
    book.active.append(["t_dat", "customer_id", "article_id", "price", "price_eur", "currency"])
    book.active.append(["2020-09-01", "anna", "0000000001", 5, 5, "SEK"])
    book.save(workspace.raw / "transactions_train.xlsx")
    for most, name in ((10**6, "SEK"), (0, "EUR")):
        monkeypatch.setattr("spark_jobs.currency.MAX_WORKBOOK_BYTES", most)
        said = currency_of(list_files(workspace, kaggle_sources(), []), "")
        assert said
        assert said.name == name
