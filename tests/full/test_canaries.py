"""Secrets of a whole Airflow that runs stages, fails at a Spark job and sends an alert, and of MLflow with logins."""

import datetime as dt
import json
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from scripts.daily_run import DAG, RunError
from scripts.services import start_backend, supervised
from tests.support.airflow_answers import answers
from tests.support.airflow_site import environment, small_site, watch_of
from tests.support.canaries import canary, files_below, leaks, planted, webhook
from tests.support.postgresql import add_database, postgresql_server

pytestmark = [pytest.mark.full, pytest.mark.services, pytest.mark.spark, pytest.mark.timeout(900)]
TRACKED = """
from recsys_core.store.artifacts import ArtifactSpec
from recsys_core.tracking.runs import tracked_run
from recsys_core.workspace import Workspace
with tracked_run(Workspace.from_env(), ArtifactSpec("rankers/dnn", 1, {}, {"epochs": 3}), "digest", "training") as run:
    run.log({"loss": 0.5})
"""


def test_a_failing_run_its_alert_and_a_record_of_training_hold_no_secret(tmp_path: Path) -> None:
    site = small_site(tmp_path)
    root, ports = site.workspace.root, site.ports
    with supervised(site) as supervisor, webhook() as (address, received):
        secrets = planted(f"127.0.0.1:{ports.milvus}", f"127.0.0.1:{ports.mlflow}", address)
        supervisor.env = environment(site) | secrets
        start_backend(site, supervisor)
        supervisor.wait()
        watch = watch_of(site, supervisor)
        (site.workspace.raw).symlink_to(tmp_path)
        with pytest.raises(RunError, match="ingest"):
            watch.run({}, dt.date(2020, 9, 20))
        (run,) = watch.api.get(f"dags/{DAG}/dagRuns")["dag_runs"]
        cleaned = watch.api.trigger("clean_up", {})
        while watch.api.get(f"dags/clean_up/dagRuns/{cleaned['dag_run_id']}")["state"] not in ("success", "failed"):
            supervisor.check()
            time.sleep(1)
        tracked = subprocess.run(
            [sys.executable, "-c", TRACKED], env=supervisor.env, capture_output=True, text=True, check=True
        )
        said = {"training": tracked.stdout + tracked.stderr, "alerts": json.dumps(received)}
        said |= dict(answers(watch.api, DAG, str(run["dag_run_id"])))
        said |= {f"clean_up {what}": text for what, text in answers(watch.api, "clean_up", cleaned["dag_run_id"])}

    assert "View run training at: http://127.0.0.1" in said["training"]
    assert "spark-submit" in said["ingest: log 1"].lower()
    assert json.loads(said["clean_up clean"])["state"] == "success"
    assert [DAG in message["text"] for message in received] == [True]
    assert leaks(said | files_below(root)) == []


PASSWORDS = ("MLFLOW_AUTH_ADMIN_PASSWORD", "MLFLOW_FLASK_SERVER_SECRET_KEY", "MLFLOW_TRACKING_PASSWORD", "DATABASE_URL")
ADMIN = ("admin", canary("MLFLOW_AUTH_ADMIN_PASSWORD"))
FAILING = TRACKED + "    raise ValueError('the ranker is worse')\n"
SETTINGS = "*.ini"
"""The file that MLflow reads the address of its database from; only its user can open it."""


@pytest.fixture
def mlflow(tmp_path: Path) -> Iterator[Any]:
    """MLflow as the chart starts it, on a PostgreSQL, with a canary for each of its secrets, and a login for jobs."""
    from tests.support.mlflow_server import mlflow_server

    secrets = {name: canary(name) for name in PASSWORDS[:2]}
    with postgresql_server() as address:
        add_database(address, "mlflow")
        with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
            connection.execute(f"CREATE ROLE mlflow SUPERUSER LOGIN PASSWORD '{canary('DATABASE_URL')}'")
        host = address.rpartition("@")[2]
        database = f"postgresql+psycopg://mlflow:{canary('DATABASE_URL')}@{host}/mlflow"
        (tmp_path / "mlflow").mkdir()
        with mlflow_server(tmp_path / "mlflow", database, secrets) as running:
            user = {"username": "pipeline", "password": canary("MLFLOW_TRACKING_PASSWORD")}
            made = httpx.post(f"{running.url}/api/2.0/mlflow/users/create", json=user, auth=ADMIN, trust_env=False)
            made.raise_for_status()
            yield running


def jobs_of(server: Any, workspace: Path) -> dict[str, str]:
    """Outputs of trainings: one that ends well, one that fails, one with a wrong password."""
    env = {**server.environment, "MLFLOW_TRACKING_URI": server.url, "MLFLOW_TRACKING_USERNAME": "pipeline"}
    env = {name: value for name, value in env.items() if name not in PASSWORDS} | {"RECSYS_WORKSPACE": str(workspace)}
    right = env | {"MLFLOW_TRACKING_PASSWORD": canary("MLFLOW_TRACKING_PASSWORD")}
    wrong = env | {"MLFLOW_TRACKING_PASSWORD": f"not {canary('MLFLOW_TRACKING_PASSWORD')}"}
    said = {}
    for name, script, its in (("good", TRACKED, right), ("failing", FAILING, right), ("refused", TRACKED, wrong)):
        done = subprocess.run([sys.executable, "-c", script], env=its, capture_output=True, text=True, check=False)
        assert (done.returncode == 0) == (name == "good"), done.stderr
        said[name] = done.stdout + done.stderr
    return said


def asked(server: Any) -> dict[str, str]:
    """Answers to the administrator, to the pipeline, to a stranger and to a wrong password."""
    api = "api/2.0/mlflow"
    paths = ["", "health", "api/3.0/mlflow/server-info", f"{api}/experiments/search?max_results=5", "signup"]
    paths += [f"{api}/users/get?username={name}" for name in ("admin", "pipeline", "nobody")]
    paths += [f"{api}/registered-models/search", f"{api}/runs/get?run_id=none", "ajax-api/2.0/mlflow/users/list"]
    said = {}
    logins = {"admin": ADMIN, "pipeline": ("pipeline", canary("MLFLOW_TRACKING_PASSWORD")), "stranger": None}
    for who, login in (logins | {"wrong": ("admin", "guessed")}).items():
        with httpx.Client(base_url=server.url, auth=login, trust_env=False, timeout=30) as client:
            answers = {path: client.get(f"/{path}") for path in paths}
            found = {"experiment_ids": ["1"], "max_results": 10}
            answers["runs"] = client.post(f"/{api}/runs/search", json=found)
            said |= {f"{who} {path}": f"{each.headers}{each.text}" for path, each in answers.items()}
    return said


def test_mlflow_with_logins_shows_no_secret(mlflow: Any, tmp_path: Path) -> None:
    said = jobs_of(mlflow, tmp_path / "var")
    answered = asked(mlflow)
    files = files_below(tmp_path)
    settings = {str(path.relative_to(tmp_path)) for path in mlflow.folder.glob(SETTINGS)}

    assert "FINISHED" in answered["admin runs"]
    assert "FAILED" in answered["pipeline runs"]
    assert "pipeline" in answered["admin api/2.0/mlflow/users/get?username=pipeline"]
    assert "not authenticated" in answered["stranger runs"].lower()
    assert files["mlflow/server.log"]
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in settings] == [0o600]
    shown = {name: content for name, content in files.items() if name not in settings}
    assert leaks(said | answered | shown, PASSWORDS) == []
