"""Ingest: what becomes a table, what goes to quarantine, what stops the run."""

import argparse
import datetime as dt
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

from recsys_core.config import Config
from recsys_core.data.config import DataConfig
from recsys_core.pipeline.plan import current_tables
from recsys_core.store.artifacts import Artifact
from recsys_core.workspace import Workspace
from spark_jobs.batches import check_account
from spark_jobs.jobs.ingest import ingest, ingest_named
from spark_jobs.schemas import kaggle_sources
from tests.spark_jobs.conftest import ARTICLES, CUSTOMERS, TRANSACTIONS, make_shop, rows

pytestmark = [pytest.mark.spark, pytest.mark.usefixtures("spark")]


def run(workspace: Workspace, config: Config | None = None) -> Artifact:
    return ingest(workspace, config or Config(), kaggle_sources())


def reasons(tables: Artifact) -> list[tuple[str, int, str]]:
    return [(r["file"], r["line"], r["reason"]) for r in rows(tables.path / "quarantine")]  # type: ignore[misc]


def test_good_rows_become_sorted_typed_tables(ingested: Workspace) -> None:
    tables = current_tables(ingested)
    anna = {"t_dat": dt.date(2020, 9, 1), "customer_id": "anna", "article_id": "0000000001"}
    bought = rows(tables.path / "transactions")
    assert bought[0] == bought[1] == {**anna, "price": 0.05, "sales_channel_id": 2}
    assert [row["customer_id"] for row in bought] == ["anna", "anna", "anna", "carl"]
    assert pq.read_schema(tables.path / "transactions/part-00000.parquet").types == [
        pa.date32(),
        pa.string(),
        pa.string(),
        pa.float64(),
        pa.int32(),
    ]
    articles = rows(tables.path / "articles")
    assert [row["prod_name"] for row in articles] == ["Strap top", "Romper, striped", "Jeans"]
    assert len(articles[0]) == 25
    assert articles[0]["detail_desc"] is None


def test_a_buyer_without_profile_becomes_a_customer(ingested: Workspace) -> None:
    customers = rows(current_tables(ingested).path / "customers")
    assert [(row["customer_id"], row["age"], row["has_profile"]) for row in customers] == [
        ("anna", 24.0, True),
        ("bert", None, True),
        ("carl", None, False),
    ]


def test_summary_counts_every_row_and_day(ingested: Workspace) -> None:
    assert current_tables(ingested).summary == {
        "rows_in": 9,
        "accepted": 9,
        "quarantined": 0,
        "articles": 3,
        "customers": 3,
        "transactions": 4,
        "first_day": "2020-09-01",
        "last_day": "2020-09-02",
        "rows_per_day": {"2020-09-01": 2, "2020-09-02": 2},
    }
    assert not Path((ingested.root / "tables" / "current").readlink()).is_absolute()


def test_each_bad_row_is_quarantined_with_its_reason_and_nothing_else_is_lost(tmp_path: Path) -> None:
    purchases = """2020-02-30,anna,0000000001,0.05,2
2020-09-03,"anna,0000000001,0.05,2
2020-09-03,,0000000001,0.05,2
2020-09-03,anna,12345,0.05,2
2020-09-03,anna,0000000001,-1,2
2020-09-03,anna,0000000001,NaN,2
2020-09-03,anna,0000000001,0.05,3
2020-09-03,anna,0000000001,0.05
2020-09-03,anna,0000000009,0.05,2
2020-09-03,anna,0000000003,0.07,1
"""
    articles = (
        '0000000004,4,"Two\nlines",Skirt,Divided\n0000000001,1,Again,Vest top,Ladieswear\n000000005,,Nine digits,,\n'
    )
    customers = "dora,1.0,1.0,ACTIVE,NONE,121,p3\n"
    tables = run(
        make_shop(
            tmp_path,
            articles=ARTICLES + articles,
            customers=CUSTOMERS + customers,
            transactions_train=TRANSACTIONS + purchases,
        )
    )
    file = "transactions_train.csv"
    assert reasons(tables) == [
        ("articles.csv", 7, "duplicate article_id"),
        (file, 6, "t_dat is not a date"),
        (file, 7, "unclosed quote"),
        (file, 8, "customer_id is empty"),
        (file, 9, "article_id is not an article id of 10 digits"),
        (file, 10, "price is not a number >= 0"),
        (file, 11, "price is not a number >= 0"),
        (file, 13, "wrong number of columns"),
        (file, 14, "unknown article"),
    ]
    assert rows(tables.path / "quarantine")[2]["text"] == '2020-09-03,"anna,0000000001,0.05,2'
    assert tables.summary["transactions"] == 6
    assert (tables.summary["rows_in"], tables.summary["quarantined"]) == (23, 9)
    assert {row["customer_id"]: row["age"] for row in rows(tables.path / "customers")}["dora"] is None
    found = {row["article_id"]: row for row in rows(tables.path / "articles")}
    assert found["0000000004"]["prod_name"] == "Two\nlines"
    assert found["0000000005"]["product_code"] == "0000000"
    assert found["0000000001"]["prod_name"] == "Strap top"
    accounts = {a["table"]: a for a in json.loads((tables.path / "batches.json").read_text())}
    assert accounts["transactions"]["rows_in"] == 14
    assert accounts["transactions"]["accepted"] == 6
    assert accounts["transactions"]["notes"] == {
        "sales_channel_id is not 1 or 2: taken for absent": {"count": 1, "line": 12, "value": "3"}
    }
    assert accounts["transactions"]["quarantined"]["unknown article"] == 1


def test_a_missing_column_is_named_with_its_file_and_what_was_found(tmp_path: Path) -> None:
    workspace = make_shop(tmp_path, transactions_train=TRANSACTIONS.replace("price", "cost"))
    with pytest.raises(
        ValueError, match=r"transactions_train\.csv: required column 'price' is missing.*found: t_dat.*cost"
    ):
        run(workspace)


def test_too_many_bad_rows_stop_the_run_and_are_named_by_their_lines(tmp_path: Path) -> None:
    bad = "someday,anna,0000000001,0.05,2\n" * 11
    workspace = make_shop(tmp_path, transactions_train=TRANSACTIONS + bad)
    with pytest.raises(
        ValueError, match=r"11 of 15 rows are bad.*t_dat is not a date' 11 times, first in line 6\. The rows are in \S"
    ) as stopped:
        run(workspace)
    assert "anna" not in str(stopped.value)
    quarantine = str(stopped.value).split("rows are in ")[1].split(". Mend")[0]
    assert {row["_text"] for row in rows(Path(quarantine))} == {bad.splitlines()[0]}
    assert not (workspace.root / "tables" / "current").exists()
    lenient = Config(data=DataConfig(max_bad_share=0.9))
    assert run(workspace, lenient).summary["quarantined"] == 11
    with pytest.raises(ValueError, match=r"11 of 15 rows are bad.*first in line 6\. The rows are in"):
        run(workspace)


def test_rows_that_do_not_add_up_stop_the_run() -> None:
    with pytest.raises(RuntimeError, match="5 rows were framed but 3 accepted \\+ 1 quarantined"):
        check_account({"name": "a.csv", "rows_in": 5, "accepted": 3, "quarantined": {"unclosed quote": 1}})


def test_a_second_run_changes_nothing_and_starts_no_spark(
    ingested_shop: Workspace, no_spark: Callable[[], None]
) -> None:
    first = current_tables(ingested_shop)
    no_spark()
    assert run(ingested_shop).key == first.key


def test_folder_and_mapping_are_those_of_last_time_once_their_tables_are_current(shop: Workspace) -> None:
    workspace, mapping = Workspace(shop.root / "workspace"), shop.root / "mapping.toml"
    mapping.write_text('[transactions]\nsource = "transactions_train"\n[articles]\nsource = "articles"\n')
    named = argparse.Namespace(data=shop.raw, mapping=str(mapping))
    tables = ingest_named(workspace, Config(), named)
    assert (workspace.raw.resolve(), workspace.mapping.resolve()) == (shop.raw, mapping)

    again = ingest_named(workspace, Config(), argparse.Namespace(data=None, mapping=None))
    assert again.key == tables.key
    ingest_named(workspace, Config(), argparse.Namespace(data=shop.raw, mapping=None))
    assert not workspace.mapping.is_symlink()


def test_who_had_the_own_data_deleted_is_forgotten(ingested_shop: Workspace) -> None:
    before = current_tables(ingested_shop)
    ingested_shop.erase("anna")
    tables = run(ingested_shop)
    assert {row["customer_id"] for row in rows(tables.path / "transactions")} == {"carl"}
    assert [row["customer_id"] for row in rows(tables.path / "customers")] == ["bert", "carl"]
    assert (tables.summary["transactions"], tables.summary["erased"]) == (1, 3)
    assert tables.content_sha256 != before.content_sha256
    assert run(ingested_shop).key == tables.key


MONDAY = "t_dat,customer_id,article_id,price,sales_channel_id\n2020-09-07,bert,0000000003,0.1,1\n"
TUESDAY = "t_dat,customer_id,article_id,price,sales_channel_id\n2020-09-08,anna,0000000001,0.04,2\n"


def test_increments_late_twice_or_replayed_make_the_same_tables(ingested: Workspace, tmp_path: Path) -> None:
    in_order = make_shop(tmp_path / "a", ingested, transactions_2020_09_07=MONDAY, transactions_2020_09_08=TUESDAY)
    expected = run(in_order)

    late = make_shop(tmp_path / "b", ingested, transactions_2020_09_08=TUESDAY)
    before = run(late)
    assert before.content_sha256 != expected.content_sha256
    (late.raw / "transactions_2020_09_07.csv").write_text(MONDAY)
    late.incoming.mkdir()
    (late.incoming / "transactions_2020_09_08_again.csv").write_text(TUESDAY)
    after = run(late)

    assert after.content_sha256 == expected.content_sha256
    assert after.summary["transactions"] == 6


def test_an_unknown_article_is_healed_when_it_arrives(ingested: Workspace, tmp_path: Path) -> None:
    workspace = make_shop(tmp_path, ingested, articles="".join(ARTICLES.splitlines(keepends=True)[:3]))
    tables = run(workspace)
    assert reasons(tables) == [("transactions_train.csv", 5, "unknown article")]
    assert rows(tables.path / "quarantine")[0]["text"] == "2020-09-02,carl,0000000003,0.1,2"
    assert [row["customer_id"] for row in rows(tables.path / "customers")] == ["anna", "bert"]
    (workspace.raw / "articles.csv").write_text(ARTICLES)
    healed = run(workspace)
    assert reasons(healed) == []
    assert healed.summary["transactions"] == 4


def test_too_many_purchases_of_unknown_articles_stop_the_run(tmp_path: Path) -> None:
    workspace = make_shop(tmp_path, transactions_train=TRANSACTIONS + "2020-09-03,anna,0000000009,0.05,2\n" * 11)
    lenient = Config(data=DataConfig(max_bad_share=0.9))
    message = (
        r"transactions_train\.csv: 11 of 15 rows are bad \(73\.33%; data\.max_bad_share allows 0\.10%\).*"
        r"'unknown article' 11 times, first in line 6\. The rows are in \S+/tables/\S+/quarantine\. "
        r"Deliver the articles file again, or raise data\.max_bad_share"
    )
    with pytest.raises(ValueError, match=message):
        run(workspace)
    assert not (workspace.root / "tables" / "current").exists()
    assert run(workspace, lenient).summary["quarantined"] == 11
    with pytest.raises(ValueError, match=message):
        run(workspace)


UNKNOWN = "2020-09-03,anna,0000000009,0.05,2\n"


def test_a_file_that_takes_the_name_of_another_is_accounted_for_on_its_own(shop: Workspace) -> None:
    path = shop.raw / "transactions_train.csv"
    path.write_text(TRANSACTIONS + UNKNOWN)
    run(shop)
    path.rename(shop.raw / "transactions_old.csv")
    path.write_text(MONDAY + UNKNOWN * 2)
    (shop.raw / "articles.csv").rename(shop.raw / "articles_0.csv")
    (shop.raw / "articles.csv").write_text("article_id,prod_name\n0000000001,First\n0000000007,New\n")

    tables = run(shop)

    assert reasons(tables) == [
        ("transactions_old.csv", 6, "unknown article"),
        ("transactions_train.csv", 3, "unknown article"),
        ("transactions_train.csv", 4, "unknown article"),
    ]
    accounts = json.loads((tables.path / "batches.json").read_text())
    assert [(a["name"], a["rows_in"], a["accepted"]) for a in accounts if a["table"] == "transactions"] == [
        ("transactions_old.csv", 5, 4),
        ("transactions_train.csv", 3, 1),
    ]
    assert rows(tables.path / "articles")[0]["prod_name"] == "Strap top"


def test_a_purchase_after_today_is_quarantined_and_is_no_cutoff(ingested: Workspace, tmp_path: Path) -> None:
    today = dt.datetime.now(dt.UTC).date()
    days = [today.isoformat(), "2099-01-01", "9999-12-31"]
    purchases = "".join(f"{day},anna,0000000001,0.05,2\n" for day in days)
    tables = run(make_shop(tmp_path, ingested, transactions_train=TRANSACTIONS + purchases))
    file = "transactions_train.csv"
    assert reasons(tables) == [(file, 7, "date in the future"), (file, 8, "date in the future")]
    assert rows(tables.path / "quarantine")[1]["text"] == "9999-12-31,anna,0000000001,0.05,2"
    assert tables.summary["last_day"] == today.isoformat()
    assert (tables.summary["rows_in"], tables.summary["transactions"]) == (12, 5)


def test_the_later_file_wins_for_an_article_that_two_files_hold(shop: Workspace) -> None:
    (shop.raw / "articles_2.csv").write_text("article_id,prod_name\n0000000001,New name\n0000000007,New\n")
    assert [row["prod_name"] for row in rows(run(shop).path / "articles")] == [
        "New name",
        "Romper, striped",
        "Jeans",
        "New",
    ]


def test_gzip_and_typed_parquet_make_the_same_tables(ingested: Workspace, tmp_path: Path) -> None:
    expected = current_tables(ingested)
    other = make_shop(tmp_path / "other")
    (other.raw / "articles.csv.gz").write_bytes(gzip.compress(ARTICLES.encode()))
    typed = pacsv.read_csv(ingested.raw / "transactions_train.csv")
    assert typed.schema.field("article_id").type == pa.int64()
    padded = typed.set_column(2, "article_id", pa.array([f"{i:010d}" for i in typed["article_id"].to_pylist()]))
    pq.write_table(padded, other.raw / "transactions_train.parquet")
    for name in ("articles.csv", "transactions_train.csv"):
        (other.raw / name).unlink()
    found = run(other)
    for table in ("articles", "customers", "transactions"):
        assert (
            found.record["files"][f"{table}/part-00000.parquet"]
            == expected.record["files"][f"{table}/part-00000.parquet"]
        )


def test_parquet_with_times_in_nanoseconds_makes_the_same_tables(ingested: Workspace, shop: Workspace) -> None:
    expected = current_tables(ingested)
    path = shop.raw / "transactions_train.csv"
    typed = pacsv.read_csv(path, convert_options=pacsv.ConvertOptions(column_types={"article_id": pa.string()}))
    nanoseconds = typed.set_column(0, "t_dat", typed["t_dat"].cast(pa.timestamp("ns")))
    # Two row groups, and a part of a microsecond that no coarser unit can hold.
    nanoseconds = nanoseconds.set_column(0, "t_dat", pc.add(nanoseconds["t_dat"], pa.scalar(1, pa.duration("ns"))))
    pq.write_table(nanoseconds, path.with_suffix(".parquet"), row_group_size=3)
    path.unlink()
    found = run(shop)
    assert rows(found.path / "transactions") == rows(expected.path / "transactions")
    assert not list((shop.root / "batches").glob("*/.frames"))


def test_one_file_in_two_formats_is_refused(shop: Workspace) -> None:
    (shop.raw / "transactions_train.csv.gz").write_bytes(gzip.compress(TRANSACTIONS.encode()))
    with pytest.raises(ValueError, match="one file in two formats"):
        run(shop)


def test_parts_end_at_days_and_hold_the_same_rows(
    ingested: Workspace, shop: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = rows(current_tables(ingested).path / "transactions")
    monkeypatch.setattr("spark_jobs.tables.PART_ROWS", 2)
    parted = run(shop).path / "transactions"
    assert [len(rows(path)) for path in sorted(parted.iterdir())] == [2, 2]
    assert rows(parted) == whole


def test_the_report_says_what_was_read_and_what_does_not_meet(ingested: Workspace, tmp_path: Path) -> None:
    workspace = make_shop(tmp_path, ingested, customers="customer_id,age\nA-1,30\nA-2,300\n")
    (workspace.raw / "articles.csv").write_text(ARTICLES.replace("prod_name", "title"))
    (workspace.raw / "sales.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    (workspace.raw / "images").mkdir()
    (workspace.raw / "images" / "0000000002.PNG").write_bytes(b"an image")
    (workspace.raw / "images" / "0000000009.jpg").write_bytes(b"an image")
    run(workspace)
    facts = json.loads(workspace.ingest_report.with_suffix(".json").read_text())
    assert (facts["buyers"], facts["buyers_with_profile"], facts["customers"]) == (2, 0, 4)
    assert (facts["articles"], facts["articles_with_name"], facts["articles_with_image"]) == (3, 0, 1)
    assert facts["price"] == {"min": 0.02, "median": 0.05, "max": 0.1}
    assert [note["text"] for note in facts["noted"]] == ["age is not an age from 0 to 120: taken for absent"]
    assert facts["not_read"] == [
        "sales.xls: an old Excel workbook: save it as .xlsx or as CSV",
        "images: no such article: 1",
    ]
    profiles, names = facts["warnings"]
    assert profiles.startswith("2 of 2 buyers have no profile")
    assert facts["example_ids"] == "'anna' bought, 'A-1' has a profile"
    assert names.startswith("3 of 3 articles have no name")
    page = workspace.ingest_report.read_text()
    assert "2 of 2 buyers have no profile" in page
    assert "&#39;anna&#39; bought, &#39;A-1&#39; has a profile" in page
    assert "<title>2020-09-01: 2</title>" in page
    assert facts["equal"] == []
    assert facts["currency"]["name"] == ""
    assert "Unknown: no file and no setting names a currency; no price is above 1" in page


HEADER = "t_dat,customer_id,article_id,price,sales_channel_id\n"


def facts_of(workspace: Workspace) -> dict[str, Any]:
    return dict(json.loads(workspace.ingest_report.with_suffix(".json").read_text()))


def test_purchases_that_two_files_hold_are_counted_in_both_and_said(ingested: Workspace, tmp_path: Path) -> None:
    first = [f"2020-09-{day:02d},c{day},0000000001,0.05,2\n" for day in range(1, 31)]
    # The last 24 days in another order and spelling, among them one line twice, and 3 purchases of its own.
    second = [row.replace("0.05", "5e-2") for row in reversed(first[6:])]
    second += [second[0], "2020-09-30,c30,0000000002,0.05,2\n", "2020-10-01,c1,0000000001,0.05,2\n"]
    twice = ["2020-10-02,dora,0000000003,0.1,1\n"] * 25
    workspace = make_shop(
        tmp_path,
        ingested,
        transactions_train=HEADER + "".join([*first, *twice]),
        transactions_autumn=HEADER + "".join(second),
        transactions_other=HEADER + "2020-10-02,emil,0000000003,0.1,1\n",
    )
    tables = run(workspace)
    assert tables.summary["transactions"] == 30 + 25 + 27 + 1
    files = ["transactions_autumn.csv", "transactions_train.csv"]
    assert tables.summary["equal_rows"] == [{"files": files, "rows": 24}]
    assert set(rows(tables.path / "transactions")[0]) == set(HEADER.strip().split(","))
    facts = facts_of(workspace)
    assert facts["equal"] == [{"file": files[0], "other": files[1], "rows": 24, "of": 27}]
    (said,) = (warning for warning in facts["warnings"] if "equal" in warning)
    assert said.startswith(
        "24 of 27 purchases in transactions_autumn.csv equal purchases in transactions_train.csv (day,"
    )
    assert "take all but one out of the folder" in said
    assert "Equal purchases of two files" in workspace.ingest_report.read_text()


def test_a_file_with_the_bytes_of_another_is_read_once_and_said(shop: Workspace) -> None:
    (shop.raw / "transactions_train_2.csv").write_text(TRANSACTIONS)
    tables = run(shop)
    assert tables.summary["transactions"] == 4
    assert "equal_rows" not in tables.summary
    assert facts_of(shop)["not_read"] == [
        "transactions_train_2.csv: it has the same bytes as transactions_train.csv, which is read once"
    ]


def test_the_report_guesses_the_currency_by_what_the_files_say(
    ingested: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    priced = TRANSACTIONS.replace("channel_id\n", "channel_id,Currency\n").replace(",2\n", ",2,SEK\n")
    workspace = make_shop(tmp_path, ingested, transactions_train=priced.replace(",1\n", ",1,SEK\n"))
    monkeypatch.setenv("CURRENCY", "kr")
    run(workspace)
    reason = "column Currency of transactions_train.csv says so in 4 of the first rows"
    assert facts_of(workspace)["currency"] == {"name": "SEK", "reason": reason, "several": False}
    assert f"Probably <b>SEK</b>: {reason}." in workspace.ingest_report.read_text()
