"""Secrets of Airflow's environment and of its connections: no log, page, answer, XCom or table shows them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.airflow_api import AirflowApi
from scripts.environment import REPOSITORY, Site
from tests.dags.conftest import with_secrets
from tests.support.airflow_answers import answers
from tests.support.canaries import files_below, leaks, planted, webhook

DAG = "clean_up"


@pytest.fixture(scope="module")
def run(site: Site, api: AirflowApi) -> str:
    """Id of a run whose task is a stage; what it said is among the workspace's logs."""
    command = ["airflow", "dags", "test", DAG]
    done = subprocess.run(command, env=with_secrets(site), capture_output=True, text=True, check=False)
    (site.workspace.logs / "dags-test.log").write_text(done.stdout + done.stderr)
    (found,) = api.get(f"dags/{DAG}/dagRuns")["dag_runs"]
    assert found["state"] == "success", done.stderr
    return str(found["dag_run_id"])


@pytest.mark.full
@pytest.mark.services
@pytest.mark.timeout(600)
def test_answers_pages_logs_and_database_hold_no_secret(site: Site, api: AirflowApi, run: str) -> None:
    said, files = dict(answers(api, DAG, run)), files_below(site.workspace.root)
    assert json.loads(said["clean"])["rendered_fields"]["options"] is not None
    assert json.loads(said["clean: XCom return_value"])["value"]["stage"] == "clean"
    assert b"Running: recsys clean" in files["logs/dags-test.log"]
    assert leaks(said | files) == []


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
