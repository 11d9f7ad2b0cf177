"""DAG files as Airflow reads them, without a database.

The workspace of the tests is a fixed path, so commands compare.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[2]
HOME = Path("/srv/recsys/var")
JOBS = Path("/srv/recsys/spark_jobs/jobs")


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
