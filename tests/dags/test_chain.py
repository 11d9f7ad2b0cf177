"""The whole chain through a real Airflow: scheduler, DAG processor and API server, on a tiny demo shop."""

import json
import logging
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from recsys_core.home import Home
from scripts.airflow_api import AirflowApi
from scripts.chain import CHAIN, ChainError, ChainWatch, wait_for_dags
from scripts.environment import Site
from scripts.ports import Ports, free_port
from scripts.services import start_backend, supervised
from scripts.supervisor import Supervisor

logging.getLogger("httpx").setLevel(logging.WARNING)
pytestmark = [pytest.mark.services, pytest.mark.spark, pytest.mark.timeout(1800)]

SMALL = """
[cutoffs]
train_cutoffs = 2

[two_tower]
dim = 16
id_dim = 16
hidden = [32]
batch_size = 256
epochs = 8

[dnn_ranker]
hidden = [16]
epochs = 1

[lightgbm]
trees = 20

[lists]
length = 12
scored_length = 40
second_ranker = "dnn"

[rules]
season_min_sales = 20
channel_min_sales = 20
purchased = "exclude"
purchased_within_days = 3
one_per_product_code = true
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A home with a tiny shop and a small configuration."""
    site = Site(Home(tmp_path_factory.mktemp("chain") / "var"), Ports(*(free_port() for _ in range(4))))
    site.home.root.mkdir()
    (site.home.root / "config.toml").write_text(SMALL)
    size = ["--customers", "400", "--articles", "300", "--days", "760", "--no-images"]
    subprocess.run(["recsys", "demo-data", *size], env=environment(site), check=True, capture_output=True)
    return site


def environment(site: Site) -> dict[str, str]:
    return site.environment(os.environ | {"SPARK_DRIVER_MEMORY": "1g", "RECSYS_TASK_RETRY_SECONDS": "2"})


@pytest.fixture(scope="module")
def running(site: Site) -> Iterator[Supervisor]:
    """Milvus, MLflow and Airflow on ports of their own."""
    with supervised(site) as supervisor:
        supervisor.env = environment(site)
        start_backend(site, supervisor)
        supervisor.wait()
        yield supervisor


@pytest.fixture(scope="module")
def api(site: Site, running: Supervisor) -> AirflowApi:
    api = AirflowApi.of(site)
    wait_for_dags(api)
    return api


def test_a_failing_stage_ends_the_chain_with_its_last_words(
    api: AirflowApi, running: Supervisor, tmp_path: Path
) -> None:
    (tmp_path / "transactions_train.csv").write_text("t_dat,customer_id\n")
    with pytest.raises(ChainError, match=r"(?s)ingest_purchases\.ingest failed.*article") as caught:
        ChainWatch(api, running.check).run({"data": str(tmp_path)})
    assert len(str(caught.value).splitlines()) < 40


def test_one_trigger_leads_from_raw_files_to_a_live_release(site: Site, api: AirflowApi, running: Supervisor) -> None:
    runs = ChainWatch(api, running.check).run({"data": str(site.home.demo_shop)})
    assert [(run["dag_id"], run["state"]) for run in runs] == [(dag_id, "success") for dag_id in CHAIN]
    assert [run["run_type"] for run in runs] == ["manual", *["asset_triggered"] * 5]
    manifest = json.loads((site.home.live / "manifest.json").read_text())
    assert manifest["id"] == site.home.live.resolve().name
    assert (site.home.live / "recommendations.parquet").stat().st_size > 0


def test_every_rule_acts_on_the_lists_of_the_live_release(site: Site) -> None:
    """In the order of the chain's tests: the release is there."""
    ledger = json.loads((site.home.live / "ledger.json").read_text())
    assert [rule["name"] for rule in ledger["rules"] if not rule["on"]] == []
    dropped = {rule["name"]: sum(ledger["dropped"][rule["name"]].values()) for rule in ledger["rules"]}
    assert len(dropped) == 8
    assert all(dropped.values()), dropped
    manifest = json.loads((site.home.live / "manifest.json").read_text())
    assert manifest["second_ranker"] == "dnn"


def test_a_second_run_finds_everything_and_publishes_the_same_release(
    site: Site, api: AirflowApi, running: Supervisor
) -> None:
    before = _stamps(site.home)
    ChainWatch(api, running.check).run({"data": str(site.home.demo_shop)})
    assert _stamps(site.home) == before


def _stamps(home: Home) -> dict[str, int]:
    """Every artefact by the time its record was written, and the live release."""
    records = {str(file): file.stat().st_mtime_ns for file in sorted(home.root.rglob("artefact.json"))}
    assert len(records) > 8
    return records | {home.live.resolve().name: 0}
