"""Pods, slots and turns through a real Airflow, whose stages run in a cluster that runs their commands here."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from recsys_core.workspace import Workspace
from scripts import airflow_home
from scripts.airflow_api import AirflowApi
from scripts.environment import REPOSITORY, Site
from scripts.ports import Ports, free_port
from scripts.services import service_list, supervised
from tests.support.kubernetes_cluster import Cluster, connection_to

pytestmark = [pytest.mark.services, pytest.mark.full, pytest.mark.timeout(900)]
PATIENCE = 180
TWO_DAYS = '''
"""
### Two runs at a time that take turns, as those of daily_release do
"""

from airflow.sdk import Param

from recsys_airflow.factory import recsys_dag
from recsys_airflow.operators import RecsysStageOperator
from recsys_airflow.turn import hold_turn

with recsys_dag("daily_release", doc=__doc__, schedule=None, before_each_task=hold_turn) as dag:
    dag.max_active_runs = 2
    light, heavy = RecsysStageOperator(stage="open-day"), RecsysStageOperator(stage="train-ranker")
    [light, heavy] >> RecsysStageOperator(stage="validate")
'''
RECSYS = """#!/bin/sh
case "$1" in
    evaluate) while ! test -e {folder}/evaluated; do sleep 0.1; done ;;
    open-day) sleep 10 ;;
esac
echo '{{"stage": "'"$1"'", "summary": {{"mlflow_run_id": "0123abcd"}}}}'
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with DAGs, a command ``recsys`` and a workspace."""
    folder = tmp_path_factory.mktemp("pods")
    (folder / "dags").mkdir()
    for name in ("evaluate_models", "rules_what_if"):
        (folder / "dags" / f"{name}.py").symlink_to(REPOSITORY / "dags" / f"{name}.py")
    (folder / "dags" / "daily_release.py").write_text(TWO_DAYS)
    (folder / "recsys").write_text(RECSYS.format(folder=folder))
    (folder / "recsys").chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def cluster(folder: Path) -> Iterator[Cluster]:
    with Cluster({"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}, {}).serving() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def api(folder: Path, cluster: Cluster) -> Iterator[AirflowApi]:
    site = Site(Workspace(folder / "var"), Ports(*(free_port() for _ in range(4))))
    with supervised(site) as supervisor:
        supervisor.env = site.environment(os.environ) | {
            "AIRFLOW__CORE__DAGS_FOLDER": str(folder / "dags"),
            "AIRFLOW_CONN_KUBERNETES_DEFAULT": connection_to(cluster),
            "RECSYS_STAGES_RUN_IN": "kubernetes",
            "RECSYS_STAGES_IMAGE": "recsys-airflow:0.1.0",
        }
        airflow_home.prepare(site, supervisor.env)
        for name in ("airflow-api", "airflow-dag-processor", "airflow-scheduler"):
            supervisor.start(service_list(site)[name])
        supervisor.wait()
        api = AirflowApi.of(site)
        until_holds(lambda: {"daily_release", "evaluate_models", "rules_what_if"} <= api.dag_ids())
        yield api


def test_the_pool_of_heavy_tasks_has_one_slot(api: AirflowApi) -> None:
    assert api.get("pools/recsys_heavy")["slots"] == 1


def test_heavy_stages_of_two_dags_never_run_together(api: AirflowApi, cluster: Cluster, folder: Path) -> None:
    evaluation = api.trigger("evaluate_models", {"label_start": "2020-09-16"})
    until_holds(lambda: len(cluster.created) == 1)
    what_if = api.trigger("rules_what_if", {"name": "x", "changes": ["price_band=false"]})
    until_holds(lambda: api.get(f"dags/rules_what_if/dagRuns/{what_if['dag_run_id']}")["state"] == "running")
    time.sleep(10)
    assert len(cluster.created) == 1
    (folder / "evaluated").touch()
    assert ends(api, evaluation) == ends(api, what_if) == "success"
    assert [pod.labels["recsys-stage"] for pod in cluster.created] == ["evaluate", "what-if"]
    assert cluster.pods == {}
    task = f"dags/evaluate_models/dagRuns/{evaluation['dag_run_id']}/taskInstances/evaluate"
    report = {"stage": "evaluate", "summary": {"mlflow_run_id": "0123abcd"}}
    assert api.get(f"{task}/xcomEntries/return_value")["value"] == report
    links = api.get(f"{task}/links")["extra_links"]
    assert links["Release"] is None
    assert links["MLflow run"].endswith("/#/runs/0123abcd")


def test_a_task_that_is_marked_as_failed_takes_its_pod_along(api: AirflowApi, cluster: Cluster, folder: Path) -> None:
    (folder / "evaluated").unlink()
    before = len(cluster.created)
    run = api.trigger("evaluate_models", {"label_start": "2020-09-16"})
    until_holds(lambda: len(cluster.created) > before and bool(cluster.created[-1].process))
    api.end_run(run, "not needed")
    until_holds(lambda: not cluster.pods)
    assert cluster.created[-1].process is not None
    assert cluster.created[-1].process.poll() is not None
    (folder / "evaluated").touch()


def test_runs_that_take_turns_do_not_wait_for_each_others_slot(api: AirflowApi, cluster: Cluster) -> None:
    """The second run's ``train-ranker`` gets the slot while the first run is in ``open-day``, and needs it next."""
    before = len(cluster.created)
    runs = [api.trigger("daily_release", {}) for _ in range(2)]
    assert [ends(api, run) for run in runs] == ["success", "success"]
    made = cluster.created[before:]
    assert [len({pod.labels["run_id"] for pod in pods}) for pods in (made[:3], made[3:])] == [1, 1]
    assert {pod.labels["recsys-stage"] for pod in made[3:]} == {"open-day", "train-ranker", "validate"}


def ends(api: AirflowApi, run: dict[str, Any]) -> str:
    """State of a run that has ended."""
    path = f"dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}"
    until_holds(lambda: api.get(path)["state"] in ("success", "failed"))
    return str(api.get(path)["state"])


def until_holds(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.5)
