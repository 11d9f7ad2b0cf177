"""A workspace of its own with a real Airflow, MLflow and Milvus, for tests that let days pass."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from recsys_core.workspace import Workspace
from scripts.airflow_api import AirflowApi
from scripts.daily_run import RunWatch, wait_for_dags
from scripts.environment import Site
from scripts.ports import Ports, free_port
from scripts.services import start_backend, supervised
from scripts.supervisor import Supervisor
from tests.small_run import SMALL


def small_site(folder: Path) -> Site:
    """An empty workspace with a small configuration."""
    site = Site(Workspace(folder / "var"), Ports(*(free_port() for _ in range(4))))
    site.workspace.root.mkdir()
    (site.workspace.root / "config.toml").write_text(SMALL)
    return site


def environment(site: Site) -> dict[str, str]:
    """Short pauses; a run that takes more than a minute is late."""
    small = {"SPARK_DRIVER_MEMORY": "1g", "RECSYS_TASK_RETRY_SECONDS": "2", "RECSYS_DAILY_DEADLINE_MINUTES": "1"}
    return site.environment(os.environ | small)


@contextlib.contextmanager
def running_services(site: Site, **settings: str) -> Iterator[Supervisor]:
    """Milvus, MLflow and Airflow on ports of their own, with further variables of the environment."""
    with supervised(site) as supervisor:
        supervisor.env = environment(site) | settings
        start_backend(site, supervisor)
        supervisor.wait()
        yield supervisor


def watch_of(site: Site, running: Supervisor) -> RunWatch:
    """A watch over runs, once Airflow has read the DAGs."""
    api = AirflowApi.of(site)
    wait_for_dags(api)
    return RunWatch(api, running.check)
