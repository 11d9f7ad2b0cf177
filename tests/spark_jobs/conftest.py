"""One Spark session for all tests, and a tiny shop on disk."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from recsys_core.config import Config
from recsys_core.workspace import Workspace
from spark_jobs.jobs.ingest import ingest
from spark_jobs.schemas import kaggle_sources
from spark_jobs.session import spark_session
from tests.support.copied_workspace import copied_workspace

ARTICLES = """article_id,product_code,prod_name,product_type_name,index_group_name
0000000001,1,Strap top,Vest top,Ladieswear
0000000002,2,"Romper, striped",Romper,Baby/Children
0000000003,3,Jeans,Trousers,Menswear
"""
CUSTOMERS = """customer_id,FN,Active,club_member_status,fashion_news_frequency,age,postal_code
anna,1.0,1.0,ACTIVE,Regularly,24.0,p1
bert,,,ACTIVE,None,,p2
"""
TRANSACTIONS = """t_dat,customer_id,article_id,price,sales_channel_id
2020-09-02,anna,0000000002,0.02,1
2020-09-01,anna,0000000001,0.05,2
2020-09-01,anna,0000000001,0.05,2
2020-09-02,carl,0000000003,0.1,2
"""
UNCOMPILED = {"spark.sql.codegen.wholeStage": "false", "spark.sql.codegen.factoryMode": "NO_CODEGEN"}
"""Plans of some rows are interpreted: to compile them takes much longer than to run them."""


@pytest.fixture(scope="session")
def spark() -> Iterator[SparkSession]:
    os.environ.setdefault("SPARK_MASTER", "local[2]")
    os.environ.setdefault("SPARK_DRIVER_MEMORY", "1g")
    session = spark_session("tests")
    for setting, value in UNCOMPILED.items():
        session.conf.set(setting, value)
    yield session
    session.stop()


@pytest.fixture(scope="session")
def ingested(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The default shop with its tables, which no test changes."""
    workspace = make_shop(tmp_path_factory.mktemp("ingested"))
    ingest(workspace, Config(), kaggle_sources())
    return workspace


@pytest.fixture
def ingested_shop(ingested: Workspace, tmp_path: Path) -> Workspace:
    """The same in a workspace of its own, as a run of ingest leaves it."""
    return copied_workspace(ingested, tmp_path)


@pytest.fixture
def shop(ingested: Workspace, tmp_path: Path) -> Workspace:
    """A workspace whose raw folder holds three articles, two known customers and four purchases; without tables."""
    return make_shop(tmp_path, ingested)


def make_shop(root: Path, known: Workspace | None = None, **files: str) -> Workspace:
    """The default shop with the given files changed or added.

    What another workspace has read, ``known``, is not read again: batches are found by the bytes of their files.
    """
    workspace = Workspace(root)
    workspace.raw.mkdir(parents=True)
    default = {"articles": ARTICLES, "customers": CUSTOMERS, "transactions_train": TRANSACTIONS}
    for name, text in (default | files).items():
        (workspace.raw / f"{name}.csv").write_text(text)
    if known:
        shutil.copytree(known.root / "batches", workspace.root / "batches")
    return workspace


def rows(folder: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = pq.read_table(folder, partitioning=None).to_pylist()
    return found


@pytest.fixture
def no_spark(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Call it, and from then on a job that asks for a session fails."""

    def forbid() -> None:
        def refuse(*_: object) -> SparkSession:
            raise AssertionError("Spark was started for nothing")

        for module in ("batches", "tables", "jobs.ingest", "jobs.features"):
            monkeypatch.setattr(f"spark_jobs.{module}.spark_session", refuse)

    return forbid
