"""A day's file leaves earlier parts of the tables as they are; the tables are those of all files read at once."""

import datetime as dt
import shutil
import types
from pathlib import Path

import pytest

from recsys_core.config import Config
from recsys_core.contracts import orders
from recsys_core.data.config import DataConfig
from recsys_core.store.artifacts import Artifact
from recsys_core.workspace import Workspace
from spark_jobs.jobs.ingest import ingest
from spark_jobs.schemas import kaggle_sources
from tests.spark_jobs.conftest import ARTICLES, CUSTOMERS, make_shop

pytestmark = [pytest.mark.spark, pytest.mark.usefixtures("spark")]
HEADER = "t_dat,customer_id,article_id,price,sales_channel_id\n"
LENIENT = Config(data=DataConfig(max_bad_share=1.0))


@pytest.fixture(autouse=True)
def few_rows_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spark_jobs.tables.PART_ROWS", 2)


def bought(*purchases: str) -> str:
    """Lines of purchases, each given as ``<day of September 2020> <customer> <article>``."""
    lines = [purchase.split() for purchase in purchases]
    return HEADER + "".join(f"2020-09-{day},{who},000000000{article},0.05,2\n" for day, who, article in lines)


FIRST = bought("01 anna 1", "01 anna 1", "02 bert 2", "03 carl 3")
"""Two parts: that of the first day, and that of the two others."""


def run(workspace: Workspace) -> Artifact:
    return ingest(workspace, LENIENT, kaggle_sources())


def linked(tables: Artifact, before: Artifact) -> list[str]:
    """Parts of the transactions that are the very files of the tables before."""
    of_before = {file.stat().st_ino for file in (before.path / "transactions").iterdir()}
    return [file.stem for file in sorted((tables.path / "transactions").iterdir()) if file.stat().st_ino in of_before]


def after_run(root: Path, later: dict[str, str], **first: str) -> tuple[Artifact, Artifact]:
    """The tables of a shop's ``first`` files, and those after ``later`` ones came or took their place.

    The latter are held against those of a workspace that sees all files at once.
    """
    shop = make_shop(root / "day by day", **({"transactions_train": FIRST} | first))
    before = run(shop)
    for name, text in later.items():
        (shop.raw / f"{name}.csv").write_text(text)
    at_once = Workspace(root / "at once")
    shutil.copytree(shop.raw, at_once.raw)
    grown, expected = run(shop), run(at_once)
    assert grown.key == expected.key
    assert grown.record["files"] == expected.record["files"]
    assert grown.summary == expected.summary
    return before, grown


def test_a_new_day_writes_the_part_that_it_belongs_to(tmp_path: Path) -> None:
    before, grown = after_run(tmp_path, {"transactions_04": bought("04 dora 1")})

    assert linked(grown, before) == ["part-00000", "part-00001"]
    assert sorted(file.stem for file in (grown.path / "transactions").iterdir())[2:] == ["part-00002"]


def test_a_day_that_still_fits_the_last_part_is_sorted_into_it(tmp_path: Path) -> None:
    before, grown = after_run(
        tmp_path,
        {"transactions_04": bought("04 anna 1")},
        transactions_train=bought("01 bert 1", "02 bert 2", "03 carl 3"),
    )

    assert linked(grown, before) == ["part-00000"]


def test_purchases_of_unknown_articles_stay_quarantined(tmp_path: Path) -> None:
    before, grown = after_run(
        tmp_path,
        {"transactions_04": bought("04 dora 1", "04 dora 8")},
        transactions_train=FIRST + bought("02 carl 9").removeprefix(HEADER) + "no row\n",
    )

    assert linked(grown, before) == ["part-00000", "part-00001"]
    assert grown.summary["quarantined"] == 3


def test_another_stock_and_other_customers_are_read_anew(tmp_path: Path) -> None:
    stock = "article_id,region,in_stock\n"
    before, grown = after_run(
        tmp_path,
        {"inventory": f"{stock}0000000001,north,1\n0000000009,north,1\n", "customers": CUSTOMERS + "dora,,,,,33,p1\n"},
        inventory=f"{stock}0000000002,north,0\n",
    )

    assert linked(grown, before) == ["part-00000", "part-00001"]


def test_rows_that_two_files_had_in_common_are_still_said(tmp_path: Path) -> None:
    before, grown = after_run(
        tmp_path,
        {"transactions_04": bought("04 dora 1")},
        transactions_02=bought("02 bert 2", "03 bert 1"),
    )

    assert linked(grown, before) != []
    assert grown.summary["equal_rows"] == [{"files": ["transactions_02.csv", "transactions_train.csv"], "rows": 1}]


def test_new_articles_change_no_purchase(tmp_path: Path) -> None:
    more = ARTICLES + "0000000004,4,Skirt,Skirt,Divided\n"
    before, grown = after_run(tmp_path, {"articles": more, "transactions_04": bought("04 dora 4")})

    assert linked(grown, before) == ["part-00000", "part-00001"]


def test_a_file_without_a_good_row_changes_no_part(tmp_path: Path) -> None:
    before, grown = after_run(tmp_path, {"transactions_04": bought("04 dora 9")})

    assert linked(grown, before) == ["part-00000", "part-00001"]
    assert grown.summary["quarantined"] == 1


def test_a_day_of_the_far_future_stays_quarantined(tmp_path: Path) -> None:
    future = FIRST + "2099-01-01,anna,0000000001,0.05,2\n"
    before, grown = after_run(tmp_path, {"transactions_04": bought("04 dora 1")}, transactions_train=future)

    assert linked(grown, before) == ["part-00000", "part-00001"]
    assert grown.summary["quarantined"] == 1


def test_a_damaged_part_is_not_passed_on(tmp_path: Path) -> None:
    shop = make_shop(tmp_path, transactions_train=FIRST)
    part = run(shop).path / "transactions" / "part-00000.parquet"
    (shop.raw / "transactions_04.csv").write_text(bought("04 dora 1"))
    whole = part.read_bytes()
    part.write_bytes(whole[:40] + b"X" + whole[41:])

    grown = run(shop)

    assert (grown.path / "transactions" / part.name).read_bytes() == whole


def test_orders_of_the_storefront_of_a_later_day_are_added(tmp_path: Path) -> None:
    shop = make_shop(tmp_path, transactions_train=FIRST)
    before = run(shop)
    shop.incoming.mkdir()
    header = ",".join(orders.COLUMNS)
    (shop.incoming / "shop_orders_1.csv").write_text(f"{header}\nN1,2020-09-04,dora,0000000001,0.05,2\n")

    grown = run(shop)

    assert linked(grown, before) == ["part-00000", "part-00001"]
    assert grown.summary["rows_per_day"]["2020-09-04"] == 1


@pytest.mark.parametrize(
    "later",
    [
        pytest.param({"transactions_again": bought("03 carl 3")}, id="a file of a day that is there"),
        pytest.param(
            {"transactions_04": bought("04 anna 1"), "transactions_04_b": bought("04 bert 1")},
            id="two files of one day",
        ),
        pytest.param({"articles": ARTICLES.replace("0000000003", "0000000004")}, id="an article is gone"),
        pytest.param({"transactions_train": bought("01 anna 2", "04 anna 1")}, id="a file that changed"),
    ],
)
def test_whatever_else_changes_is_read_whole(tmp_path: Path, later: dict[str, str]) -> None:
    before, grown = after_run(tmp_path, later)

    assert linked(grown, before) == []


def test_a_purchase_of_an_unknown_article_may_be_good_by_now(tmp_path: Path) -> None:
    more = ARTICLES + "0000000009,9,Skirt,Skirt,Divided\n"
    before, grown = after_run(
        tmp_path,
        {"articles": more, "transactions_04": bought("04 dora 1")},
        transactions_train=FIRST + bought("02 carl 9").removeprefix(HEADER),
    )

    assert linked(grown, before) == []
    assert grown.summary["quarantined"] == 0


def test_a_purchase_of_the_future_may_have_come_to_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop = make_shop(tmp_path, transactions_train=FIRST + "2020-09-04,anna,0000000001,0.05,2\n")
    monkeypatch.setattr("spark_jobs.tables.dt", clock_at(dt.date(2020, 9, 3)))
    assert run(shop).summary["quarantined"] == 1
    monkeypatch.undo()
    monkeypatch.setattr("spark_jobs.tables.PART_ROWS", 2)
    (shop.raw / "transactions_05.csv").write_text(bought("05 dora 1"))

    assert run(shop).summary["quarantined"] == 0


def clock_at(day: dt.date) -> types.SimpleNamespace:
    """The module ``datetime`` with another today."""

    class Clock(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> "Clock":
            return cls(day.year, day.month, day.day, tzinfo=tz)

    return types.SimpleNamespace(datetime=Clock, date=dt.date, UTC=dt.UTC)
