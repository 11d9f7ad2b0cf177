"""``recsys mapping``: list, show, new and check, the trial of a mapping on the first rows."""

import gzip
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession
from typer.testing import CliRunner

from recsys_core.cli import app
from recsys_core.config import Config
from recsys_core.data.heads import copy_head
from recsys_core.errors import JobError
from recsys_core.pipeline import spark_job
from recsys_core.workspace import Workspace
from spark_jobs.jobs import check_mapping

SAMPLES = Path(__file__).with_name("samples")


@pytest.fixture
def recsys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spark: SparkSession) -> CliRunner:
    """The command line, whose job runs in this process and so in the tests' session."""

    def run_here(job: str, workspace: Workspace, config: Config, options: Mapping[str, Any]) -> None:
        assert job == "check_mapping"
        given = [part for name, value in options.items() if value is not None for part in (name, str(value))]
        file = tmp_path / "config.json"
        file.write_text(config.model_dump_json())
        argv = ["check", "--workspace", str(workspace.root), "--config", str(file), *given]
        monkeypatch.setattr(sys, "argv", argv)
        try:
            check_mapping.main()
        except ValueError as error:
            raise JobError(str(error)) from None

    monkeypatch.setattr(spark_job, "run_spark_job", run_here)
    monkeypatch.setenv("RECSYS_WORKSPACE", str(tmp_path / "workspace"))
    return CliRunner()


def test_shipped_mappings_are_listed_and_shown() -> None:
    listed = CliRunner().invoke(app, ["mapping", "list"]).stdout
    assert "olist " in listed
    assert "shopify_orders     Shopify: orders as exported in the admin" in listed
    shown = CliRunner().invoke(app, ["mapping", "show", "olist"])
    assert shown.exit_code == 0
    assert "customer_unique_id AS customer_id" in shown.stdout


def test_a_first_mapping_is_printed_or_written(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "sales.csv").write_text("day,who,sku,paid\n2020-01-02,a,X,2.5\n2020-01-03,b,X,2.5\n")
    (folder / "old.xls").write_bytes(b"\xd0\xcf\x11\xe0")
    printed = CliRunner().invoke(app, ["mapping", "new", str(folder)])
    assert 'customer_id = "who"' in printed.stdout
    assert "# Not looked at: old.xls" in printed.stdout
    out = tmp_path / "mapping.toml"
    said = CliRunner().invoke(app, ["mapping", "new", str(folder), "--out", str(out)])
    assert out.read_text() == printed.stdout
    assert f"recsys mapping check {folder} --mapping {out}" in said.stdout


@pytest.mark.spark
def test_a_trial_says_per_file_how_it_is_read_and_ends_with_0(recsys: CliRunner) -> None:
    ended = recsys.invoke(app, ["mapping", "check", str(SAMPLES / "retailrocket"), "--mapping", "retailrocket"])
    assert ended.exit_code == 0, ended.stdout
    assert (
        "transactions from events.csv (utf-8, separated by ,): 39 rows, 20 accepted, 18 left out, 1 quarantined\n"
        "  quarantined: t_dat is not a date, 1 times, for example line 40: 'soon,951259,transaction,248676,4016'\n"
    ) in ended.stdout
    assert "20 purchases of 6 customers and 5 articles, from 2015-06-02 to 2015-06-10. The first:" in ended.stdout
    assert "  2015-06-02  992329  248676  1\n" in ended.stdout
    assert "Nothing would stop an ingest, by the first 10000 rows of each file." in ended.stdout


@pytest.mark.full
@pytest.mark.spark
def test_a_guessed_mapping_passes_its_trial(recsys: CliRunner, tmp_path: Path) -> None:
    folder, out = tmp_path / "data", tmp_path / "guessed.toml"
    folder.mkdir()
    shutil.copy(SAMPLES / "woocommerce_de" / "bestellungen.csv", folder)
    assert recsys.invoke(app, ["mapping", "new", str(folder), "--guess", "--out", str(out)]).exit_code == 0
    ended = recsys.invoke(app, ["mapping", "check", str(folder), "--mapping", str(out)])
    assert ended.exit_code == 0, ended.stdout
    assert "quarantined: article_id is empty, 1 times" in ended.stdout  # a line without SKU
    assert "quarantined: quantity is not a number, 1 times" in ended.stdout
    assert "quarantined: price is not a number >= 0, 3 times" in ended.stdout
    assert "quarantined: t_dat is not a date, 3 times" in ended.stdout  # nothing is filled down
    assert "10 purchases of 5 customers and 4 articles, from 2023-12-24 to 2024-01-07" in ended.stdout
    assert "  2023-12-25  k2  A-2  1249\n" in ended.stdout
    assert "  2023-12-25  k2  A-3  9.95  3 times\n" in ended.stdout
    assert "  2024-01-01  K3  A-2  49  2 times\n" in ended.stdout


MAPPING = """
[articles]
source = "goods"
[transactions]
source = "lines"
[transactions.constants]
price = "1"
"""


@pytest.mark.spark
def test_a_trial_reads_the_first_rows_alone_and_says_what_would_stop_an_ingest(
    recsys: CliRunner, tmp_path: Path
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "goods.csv").write_text("article_id\nA\nB\n")
    bad = "soon,c1,A\n" * 3
    (folder / "lines.csv").write_text(f"t_dat,customer_id,article_id\n2020-01-02,c1,Z\n{bad}2020-01-04,c1,A\n")
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(MAPPING)
    ended = recsys.invoke(app, ["mapping", "check", str(folder), "--mapping", str(mapping), "--rows", "4"])
    assert ended.exit_code == 1
    assert "transactions from lines.csv (utf-8, separated by ,): 4 rows, 1 accepted, 0 left out, 3 q" in ended.stdout
    assert "quarantined: t_dat is not a date, 3 times, for example line 3: 'soon,c1,A'" in ended.stdout
    assert "  2020-01-02  c1  Z  1\n" in ended.stdout
    assert (
        "1 of their lines are of articles that the first rows of the articles do not hold, such as 'Z'" in ended.stdout
    )
    assert "This would stop an ingest: lines.csv: 3 of 4 rows are bad (75.00%" in ended.stdout

    mapping.write_text(MAPPING.replace('"lines"', '"orders"'))
    ended = recsys.invoke(app, ["mapping", "check", str(folder), "--mapping", str(mapping)])
    assert ended.exit_code == 1
    assert "This would stop an ingest: no transactions file in" in ended.stdout
    assert "expected orders as .csv.gz" in ended.stdout


def test_heads_of_files_keep_their_format(tmp_path: Path) -> None:
    packed, wide, open_quote = (tmp_path / name for name in ("a.csv.gz", "b.csv", "c.csv"))
    packed.write_bytes(gzip.compress(b"x\n1\n2\n3\n"))
    wide.write_text("x\nä\nö\n", encoding="utf-16")
    open_quote.write_text('x\n"1\n2"\n3\n')
    for path, text, encoding in (
        (packed, "x\n1\n", "utf-8"),
        (wide, "x\nä\n", "utf-16"),
        (open_quote, 'x\n"1\n2"\n', "utf-8"),
    ):
        copy_head(path, tmp_path / f"head-{path.name}", 1)
        assert (tmp_path / f"head-{path.name}").read_text(encoding=encoding) == text
    table = pa.table({"x": [1, 2, 3]})
    pq.write_table(table, tmp_path / "d.parquet")
    copy_head(tmp_path / "d.parquet", tmp_path / "head.parquet", 2)
    assert pq.read_table(tmp_path / "head.parquet").equals(table.slice(0, 2))
    copy_head(SAMPLES / "online_retail_ii" / "online_retail_II.xlsx", tmp_path / "head.xlsx", 1)
    assert (tmp_path / "head.xlsx").read_text().splitlines()[1].startswith("489434,85048,")


@pytest.mark.spark
def test_of_a_query_it_says_how_many_rows_went_in_and_came_out(recsys: CliRunner) -> None:
    """One line of ``order_products__prior`` is of an order that is not there."""
    ended = recsys.invoke(app, ["mapping", "check", str(SAMPLES / "instacart"), "--mapping", "instacart"])
    assert (
        "22 rows by a query over 18 of order_products__prior.csv, 5 of order_products__train.csv, 14 of orders.csv, "
        "22 accepted, 0 left out, 0 quarantined" in ended.stdout
    )
