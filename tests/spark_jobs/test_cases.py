"""Files that shops have, each with the right result: the folders of ``cases/``, in shapes of public bug reports."""

import datetime as dt
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from recsys_core.config import Config
from recsys_core.workspace import Workspace
from spark_jobs.jobs.ingest import ingest
from spark_jobs.mapping import load_sources
from spark_jobs.schemas import kaggle_sources
from tests.spark_jobs.conftest import rows

CASES = Path(__file__).with_name("cases")
Purchase = tuple[str, str, str, float]
"""Day, customer, article, price."""

TOP, BRA = "0108775015", "0110065001"
USUAL: list[Purchase] = [
    ("2020-09-01", "aa", TOP, 0.02),
    ("2020-09-02", "bb", BRA, 0.03),
    ("2020-09-02", "bb", BRA, 0.03),
]
TWELVE = [("2020-09-03", f"c{i}", BRA, 0.03) for i in range(12)]
RETAIL: list[Purchase] = [
    ("2010-12-01", "17001", "85123A", 2.55),
    ("2010-12-01", "17002", "15056BL", 5.95),
    ("2010-12-01", "17002", "71053", 3.39),
    ("2010-12-01", "17003", "10002", 0.85),
    ("2010-12-01", "17003", "15056bl", 5.95),
]


@dataclass(frozen=True)
class Read:
    """Tables and report that ingest makes of a case."""

    bought: Sequence[Purchase] = tuple(USUAL)
    names: Mapping[str, str | None] = field(default_factory=dict)
    """Names of articles, where they matter."""
    bad: Mapping[str, int] = field(default_factory=dict)
    """Quarantined rows by reason."""
    noted: Mapping[str, int] = field(default_factory=dict)
    ages: Mapping[str, float | None] = field(default_factory=dict)
    not_read: Sequence[str] = ()
    attention: str = ""


NO_AGE = "age is not an age from 0 to 120: taken for absent"
NO_CHANNEL = "sales_channel_id is not 1 or 2: taken for absent"
BRIEF = {
    "ages": Read(noted={NO_AGE: 4}, ages={"aa": 0, "bb": None, "cc": None, "dd": None, "ee": None, "ff": 49.5}),
    "backslash": Read(names={TOP: 'Top "V"', BRA: 'Bra "soft" cups'}),
    "channels": Read(
        bought=[*USUAL, *(("2020-09-03", customer, BRA, 0.1) for customer in "xyz")], noted={NO_CHANNEL: 2}
    ),
    "float_article": Read(bought=[*USUAL, *TWELVE]),
    "float_customers": Read(
        bought=[("2020-09-01", "17850", TOP, 0.02), ("2020-09-02", "13047", BRA, 0.03)],
        ages={"17850": 30, "13047": 40},
    ),
    "nan_words": Read(ages={"aa": None, "bb": None, "cc": None}),
    "or_dirty": Read(
        bought=[
            ("2010-12-01", "17001", "22752", 2.55),
            ("2010-12-02", "17002", "10002", 0.85),
            ("2010-12-02", "17002", "22752", 2.55),
            ("2010-12-02", "17003", "22752", 2.55),
            ("2010-12-03", "17004", "22752", 2.55),
        ]
    ),
    "prices": Read(
        bought=[*USUAL, ("2020-09-03", "p2", BRA, 2.5), ("2020-09-03", "p6", BRA, 0.0)],
        bad={"price is not a number >= 0": 8, "price is larger than 1e10": 1},
    ),
    "rr_epoch": Read(
        bought=[("2015-06-02", "992329", "248676", 1.0), ("2015-06-02", "992330", "355908", 1.0)],
        attention="2 of 2 articles have no name",
    ),
    "sample_beside": Read(
        not_read=[
            "transactions_train_sample.csv: its name says that it holds some rows of transactions_train.csv once more"
        ]
    ),
    "utf16": Read(names={TOP: "Strap top"}),
}
SOON = ("backslash", "channels", "float_customers", "prices", "sample_beside")
"""Cases of ``make test``; all are in the long tests."""
OTHERS = {
    "cr_only": Read(names={TOP: "Strap top", BRA: "Bra"}),
    "descs": Read(
        names={
            TOP: 'Strap "V" top',
            BRA: '5" heel "x"',
            "0110065002": 'it said "hi", ok',
            "0110065003": '5" heel',
            "0110065004": "\u202bשמלה 👗|a;b",
        }
    ),
    "dup_articles": Read(names={TOP: "Strap top"}, bad={"duplicate article_id": 1}),
    "dup_unused": Read(names={TOP: "Strap top"}),
    "empty_customers": Read(not_read=["customers.csv: it has no rows"]),
    "excel_tail": Read(names={TOP: "Strap top", BRA: "Bra"}),
    "gz_members": Read(names={"0110065009": "Second member"}),
    "header_only_customers": Read(not_read=["customers.csv: it has no rows"]),
    "latin1_few": Read(names={BRA: "Déshabillé"}),
    "old_date": Read(bad={"t_dat is before 1990-01-01": 2}),
    "or_cp1252": Read(bought=RETAIL),
    "or_fmt_us": Read(bought=RETAIL),
    "or_utf16": Read(bought=RETAIL),
    "pandas_dates": Read(bought=[*USUAL, *TWELVE]),
    "pandas_index": Read(names={TOP: "Strap top"}),
    "pandas_index_tx": Read(),
    "parquet_folder": Read(),
    "parquet_kaggle": Read(bought=[("2020-09-01", "9223372036854775813", TOP, 0.02), ("2020-09-02", "7", BRA, 0.03)]),
    "sep_hint": Read(names={TOP: "Strap top"}),
    "upper_suffix": Read(names={TOP: "Strap top"}),
    "woo_de_nomap": Read(bought=[("2020-09-01", "aa", TOP, 0.02)], bad={"unknown article": 2}),
    "zip_inside": Read(names={TOP: "Strap top"}),
    "zip_named": Read(names={TOP: "Strap top"}),
}

REFUSED = {
    "empty_file": r"articles\.csv has no header: expected column names in its first line",
    "header_only_tx": r"transactions_train\.csv has a header but no rows: the shop needs its transactions",
    "or_bad_enc": r"\[articles\] encoding = 'ansi-1252': .* is no encoding: expected utf-8, cp1252",
    "or_const_typo": r"\[transactions\] constants\.sales_channel_id = 2: .*string",
    "or_fmt_YYYY": r"\[transactions\] date_format = 'YYYY-MM-DD': .*write 'yyyy-MM-dd'",
    "or_fmt_py": r"\[transactions\] date_format = '%Y-%m-%d': .*write 'yyyy-MM-dd'",
    "or_mm_lower": r"\[transactions\] date_format = 'dd/mm/yyyy': .*write 'dd/MM/yyyy'",
    "or_missing_col": r"online_retail\.csv has no column 'Description', which the mapping names: "
    r"\[articles\.columns\] prod_name = 'Description'\. Columns found: InvoiceNo, StockCode, Desc, Quantity",
    "or_sep_tab": r"\[articles\] separator = 'tab': .*one character",
    "parquet_half": r"customers\.parquet: column 'age' has the Parquet type halffloat.*write it as double",
    "parquet_not": r"articles\.parquet is called \.parquet but holds text: rename it",
    "rr_expr": r"events\.csv has no column 'to_date\(.*which the mapping names: \[transactions\.columns\] t_dat",
    "rr_noprice": r"events\.csv: required column 'price' is missing; columns found: timestamp, visitorid, event",
}
"""Cases that no row of is read, with the message. They end before Spark has work."""


def shop_of(case: str, folder: Path) -> Workspace:
    workspace = Workspace(folder / "workspace")
    shutil.copytree(CASES / case, workspace.raw)
    return workspace


def run(workspace: Workspace) -> Path:
    mapping = workspace.raw / "mapping.toml"
    sources = load_sources(mapping) if mapping.exists() else kaggle_sources()
    return ingest(workspace, Config(), sources).path


def check(case: str, folder: Path) -> None:
    expected, workspace = (BRIEF | OTHERS)[case], shop_of(case, folder)
    tables = run(workspace)
    facts = json.loads(workspace.ingest_report.with_suffix(".json").read_text())
    bought = [(str(r["t_dat"]), r["customer_id"], r["article_id"], r["price"]) for r in rows(tables / "transactions")]
    names = {row["article_id"]: row["prod_name"] for row in rows(tables / "articles")}
    ages = {row["customer_id"]: row["age"] for row in rows(tables / "customers")}
    reasons: dict[str, int] = {}
    for row in rows(tables / "quarantine"):
        reasons[str(row["reason"])] = reasons.get(str(row["reason"]), 0) + 1
    assert bought == sorted(expected.bought)
    assert names == names | dict(expected.names)
    assert ages == ages | dict(expected.ages)
    assert reasons == expected.bad
    assert {note["text"]: note["count"] for note in facts["noted"]} == expected.noted
    assert [note for note in facts["not_read"] if not note.startswith("mapping.toml")] == list(expected.not_read)
    assert not expected.attention or expected.attention in facts["warnings"][0]


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
@pytest.mark.parametrize("case", SOON)
def test_a_case_is_read_right(case: str, tmp_path: Path) -> None:
    check(case, tmp_path)


@pytest.mark.full
@pytest.mark.spark
@pytest.mark.usefixtures("spark")
@pytest.mark.parametrize("case", [case for case in (*BRIEF, *OTHERS) if case not in SOON])
def test_another_case_is_read_right(case: str, tmp_path: Path) -> None:
    check(case, tmp_path)


@pytest.mark.parametrize("case", REFUSED)
def test_a_case_is_refused_with_what_to_do(case: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=REFUSED[case]) as refused:
        run(shop_of(case, tmp_path))
    assert "Exception" not in str(refused.value)


@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_a_condition_on_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\[articles\] where = .*`Customer` cannot be resolved.*columns: InvoiceNo"):
        run(shop_of("or_bad_where", tmp_path))


@pytest.mark.full
@pytest.mark.spark
@pytest.mark.usefixtures("spark")
def test_every_odd_id_becomes_an_article_of_its_own(tmp_path: Path) -> None:
    tables = run(shop_of("odd_ids", tmp_path))
    articles = rows(tables / "articles")
    assert len(articles) == len({row["prod_name"] for row in articles}) == 36
    assert {row["product_code"] for row in articles} == {row["article_id"] for row in articles}
    assert {"..", "10", "0010"} <= {str(row["article_id"]) for row in articles}
    assert len(rows(tables / "transactions")) == 1500


@pytest.mark.full
@pytest.mark.spark
@pytest.mark.usefixtures("spark")
@pytest.mark.parametrize(
    ("case", "purchases", "days"),
    [("one_article", 60, 29), ("ten_customers", 80, 49), ("one_day", 200, 1), ("old_date_shop", 600, 60)],
)
def test_tiny_shops_are_read(case: str, purchases: int, days: int, tmp_path: Path) -> None:
    bought = rows(run(shop_of(case, tmp_path)) / "transactions")
    assert len(bought) == purchases
    assert len({row["t_dat"] for row in bought}) == days
    assert min(str(row["t_dat"]) for row in bought) > dt.date(2020, 1, 1).isoformat()
