"""DAG files as Airflow reads them, without a database.

The workspace of the tests is a fixed path, so commands compare.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts import airflow_home
from scripts.airflow_api import AirflowApi
from scripts.environment import Site
from scripts.services import service_list, supervised
from tests.support.airflow_site import copy_migrated_database, empty_site
from tests.support.canaries import planted

REPOSITORY = Path(__file__).parents[2]
HOME = Path("/srv/recsys/var")
JOBS = Path("/srv/recsys/spark_jobs/jobs")
PATIENCE = 180
DAGS = {"daily_release", "rules_what_if"}
USERS = f"{airflow_home.ADMIN}:admin,reader:viewer,guest:"
"""Users of Airflow with their roles; the guest has none."""


@pytest.fixture(scope="session", autouse=True)
def _airflow_environment(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Before Airflow is imported: a workspace of its own, no examples, our folders."""
    os.environ |= {
        "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
    }


@pytest.fixture(scope="session")
def dags(_airflow_environment: None) -> Iterator[dict[str, Any]]:
    """Every DAG of the repository by id, read with a fixed workspace."""
    from airflow.dag_processing.dagbag import DagBag

    with pytest.MonkeyPatch.context() as patch:
        for name in ("RECSYS_CONFIG", "RECSYS_TASK_RETRIES", "RECSYS_TASK_RETRY_SECONDS", "SPARK_DRIVER_MEMORY"):
            patch.delenv(name, raising=False)
        patch.setenv("RECSYS_WORKSPACE", str(HOME))
        patch.setenv("RECSYS_SPARK_JOBS", str(JOBS))
        patch.setenv("AIRFLOW_CONN_SPARK_DEFAULT", '{"conn_type": "spark", "host": "local[*]"}')
        bag = DagBag(str(REPOSITORY / "dags"))
        assert bag.import_errors == {}
        yield bag.dags


@pytest.fixture(scope="session")
def tasks(dags: dict[str, Any]) -> dict[str, Any]:
    """Every task by ``dag.task``."""
    return {f"{dag.dag_id}.{task.task_id}": task for dag in dags.values() for task in dag.tasks}


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return empty_site(tmp_path_factory.mktemp("airflow"))


def with_secrets(site: Site) -> dict[str, str]:
    """Environment of that Airflow: every variable that may hold a secret holds one."""
    users = {"AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": USERS}
    return site.environment(os.environ | users) | planted()


@pytest.fixture(scope="package")
def api(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AirflowApi]:
    """API server and DAG processor of an Airflow that runs no task, once it has read the DAGs."""
    copy_migrated_database(site, tmp_path_factory)
    with supervised(site) as supervisor:
        supervisor.env = with_secrets(site)
        airflow_home.prepare(site, supervisor.env)
        for name in ("airflow-api", "airflow-dag-processor"):
            supervisor.start(service_list(site)[name])
        supervisor.wait()
        api = AirflowApi.of(site)
        until = time.monotonic() + PATIENCE
        while not api.dag_ids() >= DAGS and time.monotonic() < until:
            time.sleep(1)
        assert api.import_errors() == []
        yield api
