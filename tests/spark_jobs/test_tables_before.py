"""A day's file leaves earlier parts of the tables as they are; the tables are those of all files read at once."""

import datetime as dt
import shutil
import types
from pathlib import Path

import pytest

from recsys_core.config import Config
from recsys_core.contracts import orders
from recsys_core.data.config import DataConfig
from recsys_core.pipeline.plan import current_tables
from recsys_core.store.artifacts import Artifact
from recsys_core.workspace import Workspace
from spark_jobs.jobs.ingest import ingest
from spark_jobs.schemas import kaggle_sources
from tests.spark_jobs.conftest import ARTICLES, CUSTOMERS, make_shop
from tests.support.copied_workspace import copied_workspace

pytestmark = [pytest.mark.spark, pytest.mark.usefixtures("spark")]
HEADER = "t_dat,customer_id,article_id,price,sales_channel_id\n"
LENIENT = Config(data=DataConfig(max_bad_share=1.0))
FEW_ROWS_A_PART = "spark_jobs.tables.PART_ROWS", 2


@pytest.fixture(autouse=True)
def few_rows_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(*FEW_ROWS_A_PART)


def bought(*purchases: str) -> str:
    """Lines of purchases, each given as ``<day of September 2020> <customer> <article>``."""
    lines = [purchase.split() for purchase in purchases]
    return HEADER + "".join(f"2020-09-{day},{who},000000000{article},0.05,2\n" for day, who, article in lines)


FIRST = bought("01 anna 1", "01 anna 1", "02 bert 2", "03 carl 3")
"""Two parts: that of the first day, and that of the two others."""


def run(workspace: Workspace) -> Artifact:
    return ingest(workspace, LENIENT, kaggle_sources())


@pytest.fixture(scope="module")
def first_run(ingested: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A shop of the purchases ``FIRST`` with its tables, which no test changes."""
    workspace = make_shop(tmp_path_factory.mktemp("first"), ingested, transactions_train=FIRST)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(*FEW_ROWS_A_PART)
        run(workspace)
    return workspace


def linked(tables: Artifact, before: Artifact) -> list[str]:
    """Parts of the transactions that are the very files of the tables before."""
    of_before = {file.stat().st_ino for file in (before.path / "transactions").iterdir()}
    return [file.stem for file in sorted((tables.path / "transactions").iterdir()) if file.stat().st_ino in of_before]


def after_run(root: Path, known: Workspace, later: dict[str, str], **first: str) -> tuple[Artifact, Artifact]:
    """The tables of a shop's ``first`` files, and those after ``later`` ones came or took their place.

    The latter are held against those of a workspace that sees all files at once, and reads each itself.
    """
    shop = make_shop(root / "day by day", known, **first)
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


def test_a_new_day_writes_the_part_that_it_belongs_to(ingested: Workspace, tmp_path: Path) -> None:
    """Beside it: purchases of unknown articles, rows that two files have in common, another stock, other customers."""
    stock = "article_id,region,in_stock\n"
    before, grown = after_run(
        tmp_path,
        ingested,
        {
            "transactions_04": bought("04 dora 1", "04 dora 8"),
            "inventory": f"{stock}0000000001,north,1\n0000000009,north,1\n",
            "customers": CUSTOMERS + "dora,,,,,33,p1\n",
        },
        transactions_train=FIRST + bought("02 carl 9").removeprefix(HEADER) + "no row\n",
        transactions_02=bought("02 bert 2"),
        inventory=f"{stock}0000000002,north,0\n",
    )

    assert linked(grown, before) == ["part-00000", "part-00001"]
    assert len(list((grown.path / "transactions").iterdir())) == 3
    assert grown.summary["quarantined"] == 4
    assert grown.summary["equal_rows"] == [{"files": ["transactions_02.csv", "transactions_train.csv"], "rows": 1}]


def test_a_day_that_still_fits_the_last_part_is_sorted_into_it(ingested: Workspace, tmp_path: Path) -> None:
    """Beside it: new articles, and a purchase of the far future, which stays quarantined."""
    before, grown = after_run(
        tmp_path,
        ingested,
        {"transactions_04": bought("04 anna 4"), "articles": ARTICLES + "0000000004,4,Skirt,Skirt,Divided\n"},
        transactions_train=bought("01 bert 1", "02 bert 2", "03 carl 3") + "2099-01-01,anna,0000000001,0.05,2\n",
    )

    assert linked(grown, before) == ["part-00000"]
    assert grown.summary["quarantined"] == 1


def test_files_are_added_one_after_the_other(first_run: Workspace, tmp_path: Path) -> None:
    """One without a good row, orders of the storefront, and one after a part was damaged, which is not passed on."""
    shop = copied_workspace(first_run, tmp_path)
    first = current_tables(shop)
    parts = ["part-00000", "part-00001"]

    (shop.raw / "transactions_04.csv").write_text(bought("04 dora 9"))
    second = run(shop)
    assert linked(second, first) == parts
    assert second.summary["quarantined"] == 1

    shop.incoming.mkdir()
    header = ",".join(orders.COLUMNS)
    (shop.incoming / "shop_orders_1.csv").write_text(f"{header}\nN1,2020-09-05,dora,0000000001,0.05,2\n")
    third = run(shop)
    assert linked(third, second) == parts
    assert third.summary["rows_per_day"]["2020-09-05"] == 1

    part = third.path / "transactions" / "part-00000.parquet"
    whole = part.read_bytes()
    part.write_bytes(whole[:40] + b"X" + whole[41:])
    (shop.raw / "transactions_06.csv").write_text(bought("06 dora 1"))
    assert (run(shop).path / "transactions" / part.name).read_bytes() == whole


def test_whatever_else_changes_is_read_whole(first_run: Workspace, tmp_path: Path) -> None:
    shop = copied_workspace(first_run, tmp_path)
    tables = [current_tables(shop)]

    def is_read_whole_after(**files: str) -> bool:
        for name, text in files.items():
            (shop.raw / f"{name}.csv").write_text(text)
        tables.append(run(shop))
        return not any(linked(tables[-1], before) for before in tables[:-1])

    assert is_read_whole_after(transactions_again=bought("03 carl 3")), "a file of a day that is there"
    assert is_read_whole_after(transactions_04=bought("04 anna 1"), transactions_04_b=bought("04 bert 1")), "one day"
    assert is_read_whole_after(articles=ARTICLES.replace("0000000003", "0000000004")), "an article is gone"
    assert is_read_whole_after(transactions_train=bought("01 anna 2", "02 bert 2")), "a file has changed"


def test_what_was_quarantined_for_now_is_taken_in_later(
    ingested: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    future, unknown = "2020-09-04,anna,0000000001,0.05,2\n", "2020-09-02,carl,0000000009,0.05,2\n"
    shop = make_shop(tmp_path, ingested, transactions_train=FIRST + future + unknown)
    with monkeypatch.context() as earlier:
        earlier.setattr("spark_jobs.tables.dt", clock_at(dt.date(2020, 9, 3)))
        assert run(shop).summary["quarantined"] == 2

    (shop.raw / "transactions_05.csv").write_text(bought("05 dora 1"))
    assert run(shop).summary["quarantined"] == 1  # its day has come

    (shop.raw / "articles.csv").write_text(ARTICLES + "0000000009,9,Skirt,Skirt,Divided\n")
    assert run(shop).summary["quarantined"] == 0


def clock_at(day: dt.date) -> types.SimpleNamespace:
    """The module ``datetime`` with another today."""

    class Clock(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> "Clock":
            return cls(day.year, day.month, day.day, tzinfo=tz)

    return types.SimpleNamespace(datetime=Clock, date=dt.date, UTC=dt.UTC)
