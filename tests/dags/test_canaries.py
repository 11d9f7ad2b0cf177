"""Secrets of Airflow's environment and of its connections: no log, page, answer, XCom or table shows them."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.airflow_api import AirflowApi
from scripts.environment import REPOSITORY, Site
from tests.dags.conftest import with_secrets
from tests.dags.test_stage_pods import context, operator
from tests.support.airflow_answers import answers
from tests.support.canaries import CLOSED, files_below, leaks, planted, webhook
from tests.support.kubernetes_cluster import Cluster, connection_to

DAG = "clean_up"
STAGE = """#!/bin/sh
echo '{"stage": "index", "token": '${#MILVUS_TOKEN}'}'
"""
"""A stage that reports the length of its secret."""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty one for the stage: other tests write records into Airflow's that no stage could read."""
    return tmp_path_factory.mktemp("canaries")


@pytest.fixture(scope="module")
def run(site: Site, api: AirflowApi, workspace: Path) -> str:
    """Id of a run whose task is a stage; what it said is among the logs of Airflow's workspace."""
    command, env = ["airflow", "dags", "test", DAG], with_secrets(site) | {"RECSYS_WORKSPACE": str(workspace)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    (site.workspace.logs / "dags-test.log").write_text(done.stdout + done.stderr)
    (found,) = api.get(f"dags/{DAG}/dagRuns")["dag_runs"]
    assert found["state"] == "success", done.stderr
    return str(found["dag_run_id"])


@pytest.mark.full
@pytest.mark.services
@pytest.mark.timeout(600)
def test_answers_pages_logs_and_database_hold_no_secret(site: Site, api: AirflowApi, workspace: Path, run: str) -> None:
    said, files = dict(answers(api, DAG, run)), files_below(site.workspace.root) | files_below(workspace)
    assert json.loads(said["clean"])["rendered_fields"]["options"] is not None
    assert json.loads(said["clean: XCom return_value"])["value"]["stage"] == "clean"
    assert b"Running: recsys clean" in files["logs/dags-test.log"]
    assert leaks(said | files) == []


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """A cluster that stages run in, with a secret of its own; Airflow's environment has one in each variable."""
    (tmp_path / "recsys").write_text(STAGE)
    (tmp_path / "recsys").chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    with Cluster({"PATH": path}, {"recsys-milvus": {"MILVUS_TOKEN": planted()["MILVUS_TOKEN"]}}).serving() as cluster:
        stages = {"RUN_IN": "kubernetes", "IMAGE": "recsys-airflow:0.1.0", "SECRETS": "recsys-milvus"}
        given = {f"RECSYS_STAGES_{name}": value for name, value in stages.items()}
        given |= {"AIRFLOW_CONN_KUBERNETES_DEFAULT": connection_to(cluster), "RECSYS_WORKSPACE": str(tmp_path / "var")}
        for name, value in (planted() | given).items():
            monkeypatch.setenv(name, value)
        yield cluster


def test_the_pods_of_all_stages_hold_no_secret(cluster: Cluster, tasks: dict[str, Any]) -> None:
    from kubernetes.client import ApiClient

    from recsys_airflow.operators import RecsysStageOperator
    from recsys_airflow.pod import pod_operator
    from recsys_airflow.settings import Settings

    pods = Settings.from_env().pods
    assert pods is not None
    specs = {}
    for name, task in tasks.items():
        if isinstance(task, RecsysStageOperator):
            pod = pod_operator(task, task.command, pods, heavy=True).build_pod_request_obj()
            specs[name] = json.dumps(ApiClient().sanitize_for_serialization(pod))
    assert {"clean_up.clean", "daily_release.training.train_ranker", "daily_release.first_release.first_release"} <= {
        *specs
    }
    assert all(f"http://{CLOSED}" in spec for spec in specs.values()), "pods know the services' addresses"
    assert leaks(specs) == []


def test_a_stage_in_a_pod_has_the_clusters_secret_and_its_task_shows_none(
    cluster: Cluster, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pushed: dict[str, str] = {}
    task = operator(options={"--cutoff": "2020-09-18"})
    where = context()
    where["ti"].xcom_push = lambda key, value: pushed.update({key: value})

    report = task.execute(where)

    assert report == {"stage": "index", "token": len(planted()["MILVUS_TOKEN"])}
    (pod,) = cluster.created
    said = capsys.readouterr()
    texts = {"pod": json.dumps(pod.manifest), "log": said.out + said.err, "XCom": json.dumps([report, pushed])}
    assert "recsys index" in texts["log"]
    assert leaks(texts | {"pod's log": "\n".join(line for _, line in pod.lines)}) == []


ALERT = """
import logging
logging.basicConfig(level=logging.INFO)
from recsys_airflow.alerts import alert
alert("task_failed", "daily_release", "ingest failed", "its log")
"""


def test_an_alert_that_was_sent_does_not_log_where_to(tmp_path: Path) -> None:
    """In a process of its own, as a task's, since the storefront's settings of logs quieten the client too."""
    with webhook() as (address, received):
        secrets = planted(webhook=address) | {"RECSYS_WORKSPACE": str(tmp_path), "AIRFLOW_HOME": str(tmp_path)}
        secrets["PYTHONPATH"] = os.pathsep.join((str(REPOSITORY), str(REPOSITORY / "plugins")))
        done = subprocess.run(
            [sys.executable, "-c", ALERT], env=os.environ | secrets, capture_output=True, text=True, check=True
        )
    assert received == [{"text": "ingest failed (its log)"}]
    assert "alert: ingest failed" in done.stderr
    assert leaks({"stdout": done.stdout, "stderr": done.stderr} | files_below(tmp_path)) == []
