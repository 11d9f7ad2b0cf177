"""Secrets of a whole Airflow that runs stages, fails at a Spark job and sends an alert: nothing shows them."""

import datetime as dt
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from scripts.daily_run import DAG, RunError
from scripts.services import start_backend, supervised
from tests.support.airflow_answers import answers
from tests.support.airflow_site import environment, small_site, watch_of
from tests.support.canaries import files_below, leaks, planted, webhook

pytestmark = [pytest.mark.full, pytest.mark.services, pytest.mark.spark, pytest.mark.timeout(900)]
TRACKED = """
from recsys_core.store.artifacts import ArtifactSpec
from recsys_core.tracking import tracked_run
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
