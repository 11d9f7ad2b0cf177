"""Shop, MLflow and Airflow on a real PostgreSQL, as a cluster has them."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from scripts.environment import Site
from scripts.services import start_web
from tests.support.airflow_site import environment, running_services, small_site, watch_of
from tests.support.postgresql import add_database, postgresql_server

pytestmark = [pytest.mark.full, pytest.mark.services, pytest.mark.timeout(1800)]
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with postgresql_server() as address:
        yield address


def value(database: str, query: str) -> object:
    with psycopg.connect(database) as connection:
        row = connection.execute(query).fetchone()  # type: ignore[call-overload]  # the queries stand in this file
    assert row is not None
    return row[0]


def test_the_shop_passes_its_tests_on_postgresql(server: str) -> None:
    """The whole suite but what needs a browser; its database is kept to see that it was used."""
    env = {**os.environ, "DATABASE_URL": add_database(server, "shop")}
    command = [sys.executable, "-m", "pytest", "tests/django_site", "-q", "-m", "not browser and not full"]
    command += ["--create-db", "--reuse-db", "-p", "no:cacheprovider"]

    done = subprocess.run(command, env=env, cwd=REPOSITORY, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout[-5000:]
    passed = re.search(r"(\d+) passed", done.stdout.splitlines()[-1])
    assert passed
    assert int(passed[1]) > 1_400
    assert value(f"{server}/test_shop", "SELECT count(*) FROM django_migrations WHERE app = 'orders'") != 0


@pytest.fixture
def site(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    """An empty workspace whose services keep their tables in PostgreSQL."""
    airflow, mlflow = (add_database(server, name).replace("://", "+psycopg://") for name in ("airflow", "mlflow"))
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", airflow)
    monkeypatch.setenv("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC", airflow)
    monkeypatch.setenv("MLFLOW_BACKEND_STORE_URI", mlflow)
    monkeypatch.setenv("DATABASE_URL", add_database(server, "web"))
    return small_site(tmp_path)


@pytest.mark.spark
def test_a_run_of_the_whole_path_keeps_all_its_records_in_postgresql(server: str, site: Site) -> None:
    size = ["--customers", "400", "--articles", "300", "--days", "120", "--no-images"]
    subprocess.run(["recsys", "demo-data", *size], env=environment(site), check=True, capture_output=True)

    with running_services(site) as supervisor:
        watch = watch_of(site, supervisor)
        assert watch.run({"data": str(site.workspace.demo_shop)})["release_of_new_models.publish"] == "success"
        start_web(site, supervisor)
        supervisor.wait()
        page = httpx.get(site.ports.url("web"), trust_env=False)

    assert page.status_code == httpx.codes.OK
    assert page.headers["X-Release-Id"] == site.workspace.live.resolve().name
    assert value(f"{server}/airflow", "SELECT state FROM dag_run WHERE dag_id = 'daily_release'") == "success"
    assert value(f"{server}/mlflow", "SELECT count(*) FROM runs WHERE status = 'FINISHED'") != 0
    assert value(f"{server}/mlflow", "SELECT count(*) FROM model_versions") != 0
    assert value(f"{server}/web", "SELECT count(*) FROM accounts_customerprofile") != 0
    assert [*site.workspace.root.rglob("*.sqlite3"), *site.workspace.root.glob("*/airflow.db")] == []
    assert not (site.workspace.mlflow / "mlflow.db").exists()
