"""The optional feeds: stock by region, and the region of a postal code."""

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recsys_core.config import Config
from recsys_core.pipeline.plan import current_tables
from recsys_core.store.artifacts import Artifact
from recsys_core.workspace import Workspace
from spark_jobs.jobs.ingest import ingest
from spark_jobs.mapping import load_sources
from spark_jobs.schemas import kaggle_sources
from tests.spark_jobs.conftest import make_shop, rows

pytestmark = [pytest.mark.spark, pytest.mark.usefixtures("spark")]

INVENTORY = """article_id,region,in_stock
0000000002,south,true
0000000001,south,0
0000000001,north,1
000000003,north,FALSE
"""
BAD_INVENTORY = """0000000009,north,1
0000000001,,1
12345,north,1
0000000002,north,maybe
0000000001,north,0
"""
REGIONS = "postal_code,region\np2,south\np1,north\n"


def run(workspace: Workspace) -> Artifact:
    return ingest(workspace, Config(), kaggle_sources())


def test_feeds_become_sorted_tables(ingested: Workspace, tmp_path: Path) -> None:
    tables = run(make_shop(tmp_path, ingested, inventory=INVENTORY, regions=REGIONS))

    assert [tuple(row.values()) for row in rows(tables.path / "inventory")] == [
        ("0000000001", "north", True),
        ("0000000001", "south", False),
        ("0000000002", "south", True),
        ("0000000003", "north", False),
    ]
    assert pq.read_schema(tables.path / "inventory/part-00000.parquet").types == [pa.string(), pa.string(), pa.bool_()]
    assert rows(tables.path / "regions") == [
        {"postal_code": "p1", "region": "north"},
        {"postal_code": "p2", "region": "south"},
    ]
    assert (tables.summary["inventory"], tables.summary["regions"]) == (4, 2)
    assert (tables.summary["rows_in"], tables.summary["accepted"]) == (15, 15)


def test_bad_rows_of_feeds_are_quarantined_and_accounted_for(tmp_path: Path) -> None:
    regions = REGIONS + "p3,\np1,south\n"
    tables = run(make_shop(tmp_path, inventory=INVENTORY + BAD_INVENTORY, regions=regions))

    found = [(row["file"], row["line"], row["reason"], row["text"]) for row in rows(tables.path / "quarantine")]
    assert found == [
        ("inventory.csv", 6, "unknown article", "0000000009,north,true"),
        ("inventory.csv", 7, "region is empty", "0000000001,,1"),
        ("inventory.csv", 8, "article_id is not an article id of 10 digits", "12345,north,1"),
        ("inventory.csv", 9, "in_stock is not 0, 1, true or false", "0000000002,north,maybe"),
        ("inventory.csv", 10, "duplicate article_id, region", "0000000001,north,0"),
        ("regions.csv", 4, "region is empty", "p3,"),
        ("regions.csv", 5, "duplicate postal_code", "p1,south"),
    ]
    account = {a["table"]: a for a in json.loads((tables.path / "batches.json").read_text())}["inventory"]
    assert (account["rows_in"], account["accepted"], sum(account["quarantined"].values())) == (9, 4, 5)
    assert (tables.summary["inventory"], tables.summary["regions"], tables.summary["quarantined"]) == (4, 2, 7)


def test_only_the_latest_file_of_a_feed_counts(
    ingested: Workspace, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    newer = "article_id,region,in_stock\n0000000003,north,1\n"
    workspace = make_shop(tmp_path, ingested, inventory=INVENTORY, **{"inventory-2020-09-03": newer})

    with caplog.at_level(logging.INFO):
        tables = run(workspace)

    assert rows(tables.path / "inventory") == [{"article_id": "0000000003", "region": "north", "in_stock": True}]
    assert "not read: inventory.csv: of a feed only the latest counts, inventory-2020-09-03.csv" in caplog.text


def test_without_feeds_the_tables_are_as_ever_and_a_feed_that_goes_leaves_no_trace(
    ingested_shop: Workspace, no_spark: Callable[[], None]
) -> None:
    shop, before = ingested_shop, current_tables(ingested_shop)
    assert sorted(path.name for path in before.path.iterdir() if path.is_dir()) == [
        "articles",
        "customers",
        "quarantine",
        "transactions",
    ]
    (shop.raw / "regions.csv").write_text(REGIONS)
    with_feed = run(shop)
    assert with_feed.content_sha256 != before.content_sha256
    assert not (with_feed.path / "inventory").exists()

    (shop.raw / "regions.csv").unlink()
    no_spark()
    assert run(shop).content_sha256 == before.content_sha256


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("0000000009,north,1", r"inventory\.csv has no valid row of a known article or place"),
        ("0000000001,,1", r"inventory\.csv: 1 of 1 rows are bad.*'region is empty'"),
    ],
    ids=["unknown", "bad"],
)
def test_a_feed_that_says_nothing_does_not_clear_the_shop(tmp_path: Path, row: str, message: str) -> None:
    workspace = make_shop(tmp_path, inventory=f"article_id,region,in_stock\n{row}\n")
    with pytest.raises(ValueError, match=message):
        run(workspace)
    assert not (workspace.root / "tables" / "current").exists()


def test_a_missing_column_of_a_feed_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"regions\.csv: required column 'region' is missing"):
        run(make_shop(tmp_path, regions="postal_code,area\np1,north\n"))


def test_a_mapping_brings_in_a_feed_under_other_names(tmp_path: Path) -> None:
    workspace = make_shop(tmp_path, levels="sku,instock\n0000000001,1\n")
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(
        """
        articles = { source = "articles*" }
        transactions = { source = "transactions*" }
        [inventory]
        source = "levels*"
        columns = { article_id = "sku", in_stock = "instock" }
        constants = { region = "everywhere" }
        """
    )
    tables = ingest(workspace, Config(), load_sources(mapping))
    assert rows(tables.path / "inventory") == [{"article_id": "0000000001", "region": "everywhere", "in_stock": True}]
