"""A workspace of its own with a real Airflow, MLflow and Milvus, for tests that let days pass."""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from recsys_core.workspace import Workspace
from scripts import airflow_home
from scripts.airflow_api import AirflowApi
from scripts.daily_run import RunWatch, wait_for_dags
from scripts.environment import Site
from scripts.ports import Ports, free_port
from scripts.services import start_backend, supervised
from scripts.supervisor import Supervisor
from tests.small_run import SMALL
from tests.support.made_once import made_once


def empty_site(folder: Path) -> Site:
    """A workspace that is not there yet, and free ports."""
    return Site(Workspace(folder / "var"), Ports(*(free_port() for _ in range(4))))


def small_site(folder: Path) -> Site:
    """An empty workspace with a small configuration."""
    site = empty_site(folder)
    site.workspace.root.mkdir()
    (site.workspace.root / "config.toml").write_text(SMALL)
    return site


def copy_migrated_database(site: Site, factory: pytest.TempPathFactory) -> None:
    """Let a workspace begin with the database of the session; to make one, Airflow takes a quarter of a minute."""

    def make(folder: Path) -> None:
        first = empty_site(folder)
        airflow_home.prepare(first, first.environment())

    migrated = empty_site(made_once(factory, "migrated-airflow", make)).airflow
    site.airflow.mkdir(parents=True)
    with (
        contextlib.closing(sqlite3.connect(migrated / "airflow.db")) as made,
        contextlib.closing(sqlite3.connect(site.airflow / "airflow.db")) as own,
    ):
        made.backup(own)
    for stamp in migrated.glob(".migrated-*"):
        shutil.copy(stamp, site.airflow)


def environment(site: Site) -> dict[str, str]:
    """Short pauses before a retry; a run that takes more than a minute is late; a scheduler that looks less often.

    Each look takes time of a core, which other tests want meanwhile.
    """
    small = {"SPARK_DRIVER_MEMORY": "1g", "RECSYS_TASK_RETRY_SECONDS": "2", "RECSYS_DAILY_DEADLINE_MINUTES": "1"}
    small["AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME"] = "1.5"
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
