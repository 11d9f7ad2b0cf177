"""Feature snapshots of a history small enough to count by hand, as of 2020-09-10."""

import datetime as dt
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession
from pyspark.sql import functions as sf

from recsys_core.contracts import columns as c
from recsys_core.contracts import features as f
from recsys_core.features.snapshot import Snapshot
from recsys_core.store.artifacts import file_digests
from recsys_core.testing.snapshot_fixture import CUTOFF as FIXTURE_CUTOFF
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase
from spark_jobs.snapshot.staging import age_interval, with_rank
from spark_jobs.snapshot.write import write_snapshots
from tests.spark_jobs.conftest import rows

pytestmark = pytest.mark.spark

CUTOFF = dt.date(2020, 9, 10)
VEST, ROMPER, LATE, NEVER = 0, 1, 2, 3
ARTICLES = [
    {"article_id": "01", "product_type_name": "Vest top", "colour_group_name": "Black", "product_code": "1"},
    {"article_id": "02", "product_type_name": "Romper", "colour_group_name": "Black", "product_code": "2"},
    {"article_id": "03", "product_type_name": "Vest top", "colour_group_name": None, "product_code": "1"},
    {"article_id": "04", "product_type_name": "Skirt", "colour_group_name": "Red", "product_code": "4"},
]
INDEX_GROUPS = ["Ladieswear", "Baby/Children", "Menswear", "Ladieswear"]
CUSTOMERS = [("anna", 24.0, True), ("bert", None, True), ("carl", None, False), ("dora", None, False)]
BEFORE = [
    ("2020-05-01", "carl", "03", 0.40, 2),
    ("2020-08-01", "anna", "01", 0.05, 2),
    ("2020-09-01", "anna", "02", 0.20, 2),
    ("2020-09-09", "anna", "01", 0.10, 2),
    ("2020-09-09", "anna", "01", 0.30, 1),
    ("2020-09-09", "carl", "01", 0.20, 1),
]
AFTER = [("2020-09-10", "dora", "01", 9.0, 2), ("2020-09-11", "anna", "04", 9.0, 1)]


def write_tables(
    folder: Path,
    purchases: list[tuple[str, str, str, float, int]],
    people_known: Sequence[tuple[str, float | None, bool]] = CUSTOMERS,
) -> Path:
    articles = [
        dict.fromkeys(c.ARTICLE_COLUMNS) | row | {"index_group_name": group}
        for row, group in zip(ARTICLES, INDEX_GROUPS, strict=True)
    ]
    schema = pa.schema([(name, pa.string()) for name in c.ARTICLE_COLUMNS])
    customers = [
        {"customer_id": name, "FN": 1.0 if name == "anna" else None, "Active": None, "club_member_status": None}
        | {"fashion_news_frequency": "None", "age": age, "postal_code": None, "has_profile": known}
        for name, age, known in people_known
    ]
    kinds = [pa.string(), pa.float64(), pa.float64(), *[pa.string()] * 2, pa.float64(), pa.string()]
    people = pa.schema([*zip(c.CUSTOMER_COLUMNS, kinds, strict=True), ("has_profile", pa.bool_())])
    bought = [
        dict(zip(c.TRANSACTION_COLUMNS, (dt.date.fromisoformat(day), *rest), strict=True)) for day, *rest in purchases
    ]
    tables = {
        "articles": pa.Table.from_pylist(articles, schema),
        "customers": pa.Table.from_pylist(customers, people),
        "transactions": pa.Table.from_pylist(bought),
    }
    for name, table in tables.items():
        (folder / name).mkdir(parents=True)
        pq.write_table(table, folder / name / "part-00000.parquet")
    return folder


@pytest.fixture(scope="module")
def snapshot(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("history")
    (root / "snapshot").mkdir()
    made(spark, write_tables(root / "tables", BEFORE + AFTER), {CUTOFF: root / "snapshot"})
    return root / "snapshot"


def made(spark: SparkSession, tables: Path, folders: dict[dt.date, Path]) -> None:
    """Write the snapshots to their end."""
    for _ in write_snapshots(spark, tables, folders):
        pass


def pick(row: dict[str, Any], *names: str) -> list[Any]:
    return [row[name] for name in names]


def windows(row: dict[str, Any], what: str) -> list[Any]:
    return pick(row, *(f"{what}_{w}d" for w in f.WINDOWS))


def test_known_customers_are_those_with_a_profile_or_a_purchase_before(snapshot: Path) -> None:
    found = rows(snapshot / "customers")
    assert [(row["customer_idx"], row["customer_id"]) for row in found] == [(0, "anna"), (1, "bert"), (2, "carl")]


def test_customer_profile(snapshot: Path) -> None:
    anna, bert, carl = rows(snapshot / "customers")
    assert pick(anna, "age", "age_interval", "fn", "active", "has_profile") == [24.0, "20-24", 1.0, 0.0, True]
    assert anna["fashion_news_frequency"] == "NONE"
    assert pick(bert, "age", "age_interval", "fn", "has_profile") == [None, "unknown", 0.0, True]
    assert carl["has_profile"] is False


def test_customer_counts_and_spending_by_window(snapshot: Path) -> None:
    anna, bert, carl = rows(snapshot / "customers")
    assert windows(anna, "articles") == [2, 2, 2, 3, 3, 4]
    assert windows(carl, "articles") == [1] * 6
    assert windows(bert, "articles") == [0] * 6
    assert windows(anna, "spend") == [0.4, 0.4, 0.4, 0.6, 0.6, 0.65]
    assert windows(bert, "spend") == [0.0] * 6
    assert pick(anna, "articles_all", "spend_all", "shopping_days_all", "distinct_articles_all") == [4, 0.65, 3, 2]
    assert pick(carl, "articles_all", "spend_all", "shopping_days_all", "distinct_articles_all") == [2, 0.6, 2, 2]


def test_customer_recency_prices_and_shares(snapshot: Path) -> None:
    anna, bert, carl = rows(snapshot / "customers")
    names = ["days_since_last", "days_since_first", "max_price_all", "online_share_all", "children_share_all"]
    assert pick(anna, *names) == [1, 40, 0.3, 0.75, 0.25]
    assert pick(carl, *names) == [1, 132, 0.4, 0.5, 0.0]
    assert pick(bert, *names) == [None] * 5
    medians = ["median_price_30d", "median_price_all"]
    assert pick(anna, *medians) == pytest.approx([0.2, 0.15])
    assert pick(carl, *medians) == pytest.approx([0.2, 0.3])
    assert pick(bert, *medians, "online_share_30d") == [None] * 3
    assert [anna["online_share_30d"], carl["online_share_30d"]] == [pytest.approx(2 / 3), 0.0]


def test_article_sales_by_window_and_buyers(snapshot: Path) -> None:
    found = rows(snapshot / "articles")
    assert [row["article_id"] for row in found] == ["01", "02", "03", "04"]
    assert windows(found[VEST], "sold") == [3, 3, 3, 3, 3, 4]
    assert windows(found[ROMPER], "sold") == [0, 0, 0, 1, 1, 1]
    assert windows(found[LATE], "sold") == [0] * 6
    assert windows(found[VEST], "votes") == [2, 2, 2, 2, 2, 3]
    counts = ["sold_all", "votes_all", "buyers_all", "repeat_buyers_all"]
    assert [pick(row, *counts) for row in found] == [[4, 3, 2, 1], [1, 1, 1, 0], [1, 1, 1, 0], [0, 0, 0, 0]]


def test_article_days_prices_channels_and_ages(snapshot: Path) -> None:
    found = rows(snapshot / "articles")
    names = ["days_since_last_sale", "days_since_first_sale", "price_last", "price_mean_all", "price_max_all"]
    shares = ["online_share_all", "online_share_30d", "buyer_age_mean"]
    assert pick(found[VEST], *names) == pytest.approx([1, 40, 0.2, 0.1625, 0.3])
    assert pick(found[LATE], *names) == pytest.approx([132, 132, 0.4, 0.4, 0.4])
    assert pick(found[VEST], *shares) == pytest.approx([0.5, 1 / 3, 24.0])
    assert pick(found[LATE], *shares) == [1.0, None, None]
    assert pick(found[NEVER], *names, *shares) == [None] * 8


def test_article_group_sales_count_the_whole_value(snapshot: Path) -> None:
    found = rows(snapshot / "articles")
    groups = ["product_type", "colour_group", "department", "product_code"]
    week = [pick(row, *(f"{group}_sold_7d" for group in groups)) for row in found]
    month = [pick(row, *(f"{group}_sold_30d" for group in groups)) for row in found]
    assert week == [[3, 3, 3, 3], [0, 3, 3, 0], [3, 0, 3, 3], [0, 0, 3, 0]]
    assert month == [[3, 4, 4, 3], [1, 4, 4, 1], [3, 0, 4, 3], [0, 0, 4, 0]]


def test_purchases_stand_by_customer_and_day(snapshot: Path) -> None:
    found = Snapshot(snapshot, "", CUTOFF).purchases
    expected = [
        (0, 0, 40, 0.05, True, 1.0),
        (0, 1, 9, 0.20, True, 1.0),
        (0, 0, 1, 0.10, True, 0.5),
        (0, 0, 1, 0.30, False, 0.5),
        (2, 2, 132, 0.40, True, 1.0),
        (2, 0, 1, 0.20, False, 1.0),
    ]
    columns = (found.customer_idx, found.article_idx, found.days_ago, found.price, found.online, found.basket_share)
    assert [*zip(*(column.tolist() for column in columns), strict=True)] == [pytest.approx(row) for row in expected]
    assert found.start.tolist() == [0, 4, 4, 6, 6]


def test_preferences_count_units_by_value_and_span(snapshot: Path) -> None:
    made = Snapshot(snapshot, "", CUTOFF)
    types, colours = made.preference("product_type_name"), made.preference("colour_group_name")
    assert made.article_codes("product_type_name").values == ("Romper", "Skirt", "Vest top")
    assert (types.start.tolist(), types.value.tolist()) == ([0, 2, 2, 3, 3], [0, 2, 2])
    # Windows of 1, 3, 7, 14, 30 and 90 days, the last shopping day, everything.
    assert types.units.tolist() == [[0, 0, 0, 1, 1, 1, 0, 1], [2, 2, 2, 2, 2, 3, 2, 3], [1, 1, 1, 1, 1, 1, 1, 2]]
    assert made.article_codes("colour_group_name").values == ("Black", "Red", "unknown")
    assert (colours.start.tolist(), colours.value.tolist()) == ([0, 1, 1, 3, 3], [0, 0, 2])
    assert colours.units.tolist() == [[2, 2, 2, 3, 3, 4, 2, 4], [1, 1, 1, 1, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0, 0, 1]]


def test_own_history_counts_units_and_days_by_product(snapshot: Path) -> None:
    made = Snapshot(snapshot, "", CUTOFF)
    found = made.history("product")
    assert made.article_codes("product_code").values == ("1", "2", "4")
    assert (found.start.tolist(), found.item.tolist()) == ([0, 2, 2, 3, 3], [0, 1, 0])
    assert [found.units.tolist(), found.days.tolist()] == [[3, 1, 2], [2, 1, 2]]
    assert [found.days_ago.tolist(), found.days_since_first.tolist()] == [[1, 9, 1], [40, 9, 132]]
    assert [found.last_day_units.tolist(), found.units_30d.tolist()] == [[2, 0, 1], [2, 1, 1]]
    assert found.units_90d.tolist() == [3, 1, 1]


@pytest.mark.parametrize(
    ("table", "contract"),
    [
        ("customers", f.CUSTOMER_SNAPSHOT),
        ("articles", {**f.ARTICLE_HISTORY, **dict.fromkeys(c.ARTICLE_COLUMNS, "string")}),
    ],
)
def test_columns_and_types_are_the_contract_s(snapshot: Path, table: str, contract: dict[str, str]) -> None:
    names = {"float32": "float", "float64": "double"}
    schema = pq.read_schema(snapshot / table / "part-00000.parquet")
    assert [(field.name, str(field.type)) for field in schema] == [(n, names.get(t, t)) for n, t in contract.items()]


def test_parts_of_the_customers_change_no_byte(
    spark: SparkSession, snapshot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three parts, of which one has a customer without a purchase alone; each is a task of a Python worker."""
    monkeypatch.setattr("spark_jobs.io.PART_ROWS", 2)
    (tmp_path / "split").mkdir()
    made(spark, snapshot.parent / "tables", {CUTOFF: tmp_path / "split"})
    assert file_digests(tmp_path / "split") == file_digests(snapshot)


def test_customers_of_many_parts_fill_files_of_one_size(
    spark: SparkSession, snapshot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spark_jobs.snapshot.assemble.PART_ROWS", 2)
    monkeypatch.setattr("spark_jobs.snapshot.assemble.ROW_GROUP_ROWS", 1)
    (tmp_path / "split").mkdir()
    made(spark, snapshot.parent / "tables", {CUTOFF: tmp_path / "split"})
    parts = [tmp_path / "split" / "customers" / f"part-0000{i}.parquet" for i in range(2)]
    assert [pq.read_metadata(part).num_row_groups for part in parts] == [2, 1]
    assert rows(tmp_path / "split" / "customers") == rows(snapshot / "customers")


def test_a_snapshot_holds_nothing_but_its_files(snapshot: Path) -> None:
    found = {str(path.relative_to(snapshot)) for path in snapshot.rglob("*") if path.is_file()}
    assert found == set(file_digests(snapshot))
    assert {path.name for path in snapshot.iterdir()} == {"customers", "articles", "arrays"}


def test_spark_and_the_plain_python_of_the_fixture_agree_on_every_column(
    spark: SparkSession, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Parity: tests of everything that learns read fixture snapshots, production reads Spark's."""
    root = tmp_path_factory.mktemp("parity")
    draw = random.Random(5)
    customers = {name: {"age": age} for name, age, known in CUSTOMERS if known}
    days = sorted(draw.choices(range(1, 120), k=60), reverse=True)
    prices = [0.05, 0.1, 0.25]
    bought = [
        Purchase(draw.choice("abcdefg"), f"0{draw.randint(1, 3)}", day, draw.choice(prices), draw.randint(1, 2))
        for day in days
    ]
    stated = [row | {"index_group_name": group} for row, group in zip(ARTICLES, INDEX_GROUPS, strict=True)]
    shop = FixtureShop(bought, {row["article_id"]: dict.fromkeys(c.ARTICLE_COLUMNS) | row for row in stated}, customers)
    expected = shop.snapshot(root, CUTOFF)
    dated = [((FIXTURE_CUTOFF - dt.timedelta(p.days_ago)).isoformat(), *p[:2], *p[3:]) for p in bought]
    people = [*CUSTOMERS[:2], *((name, None, False) for name in "abcdefg")]
    (root / "snapshot").mkdir()
    made(spark, write_tables(root / "tables", dated, people), {CUTOFF: root / "snapshot"})

    for table in ("customers", "articles"):
        for ours, theirs in zip(rows(root / "snapshot" / table), rows(expected.path / table), strict=True):
            both = {name: (value, theirs[name]) for name, value in ours.items() if name not in STATED}
            different = {name: pair for name, pair in both.items() if pair[0] != pytest.approx(pair[1])}
            assert not different, table
    arrays = sorted(path.relative_to(expected.path) for path in expected.path.rglob("*.npy"))
    assert len(arrays) == 7 + 10 * 3 + 2 * 9
    for name in arrays:
        ours, theirs = np.load(root / "snapshot" / name), np.load(expected.path / name)
        assert (ours.dtype, ours) == (theirs.dtype, pytest.approx(theirs)), name


STATED = ("fn", "fashion_news_frequency", "club_member_status")
"""Profile columns that the two shops' writers fill differently; not computed from purchases."""


def test_rank_numbers_sorted_keys_over_many_partitions(spark: SparkSession) -> None:
    keys = [f"{(i * 7919) % 1000:04d}" for i in range(1000)]
    frame = spark.createDataFrame([(key,) for key in keys], "id string").repartition(7)
    ranked = {row["id"]: row["idx"] for row in with_rank(frame, "id", "idx").collect()}
    assert ranked == {key: i for i, key in enumerate(sorted(keys))}


def test_age_interval_is_the_contract_s(spark: SparkSession) -> None:
    ages = [None, 0.0, 16.0, 19.9, *(e + d for e in c.AGE_EDGES for d in (-0.1, 0.0, 0.1)), 120.0]
    frame = spark.createDataFrame([(age,) for age in ages], "age double")
    found = frame.select(age_interval(sf.col("age"))).collect()
    assert [row[0] for row in found] == [c.age_interval(age) for age in ages]
