"""A Spark job of a task on a standalone cluster: a real master and a real worker of Spark's own distribution."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pyspark
import pytest

from scripts.environment import REPOSITORY, java_home
from scripts.ports import HOST, free_port

pytestmark = [pytest.mark.services, pytest.mark.spark, pytest.mark.full, pytest.mark.timeout(240)]
JOB = """
import sys
from pathlib import Path
from spark_jobs.session import spark_session

spark = spark_session("sum")
total = spark.range(100, numPartitions=2).rdd.map(lambda row: row.id).sum()
master, executors = spark.sparkContext.master, spark.sparkContext._jsc.sc().getExecutorMemoryStatus().size()
Path(sys.argv[-1]).write_text(f"{master} {executors} {total}")
"""


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a master with one worker of one core."""
    folder, port, page = tmp_path_factory.mktemp("spark"), free_port(), free_port()
    address = f"spark://{HOST}:{port}"
    with contextlib.ExitStack() as running:
        started = ["Master", "--host", HOST, "--port", str(port), "--webui-port", str(page)]
        running.enter_context(spark_process(folder, started))
        wait_for(page, workers=0)
        worker = ["Worker", "--host", HOST, "--webui-port", "0", "--cores", "1", "--memory", "1g"]
        running.enter_context(spark_process(folder, [*worker, "--work-dir", str(folder / "work"), address]))
        wait_for(page, workers=1)
        yield address


@contextlib.contextmanager
def spark_process(folder: Path, words: list[str]) -> Iterator[None]:
    """A part of a standalone cluster, until the end of the block."""
    spark_class = Path(pyspark.__file__).parent / "bin" / "spark-class"
    env = os.environ | {"JAVA_HOME": java_home() or "", "SPARK_LOCAL_IP": HOST}
    command = [spark_class, f"org.apache.spark.deploy.{words[0].lower()}.{words[0]}", *words[1:]]
    with (folder / f"{words[0]}.log").open("w") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


def wait_for(page: int, workers: int) -> None:
    """Until the master's page shows so many workers."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with contextlib.suppress(httpx.HTTPError, ValueError):  # a page that is not there yet is no JSON
            state = httpx.get(f"http://{HOST}:{page}/json/", trust_env=False).json()
            if state["aliveworkers"] == workers:
                return
        time.sleep(0.2)
    raise AssertionError(f"the master has no {workers} workers")


def test_a_job_runs_on_the_cluster_that_the_connection_names(
    master: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recsys_airflow.operators import RecsysSparkOperator

    host, _, port = master.rpartition(":")
    monkeypatch.setenv(
        "AIRFLOW_CONN_SPARK_DEFAULT", json.dumps({"conn_type": "spark", "host": host, "port": int(port)})
    )
    jobs = tmp_path / "jobs"
    jobs.mkdir()
    (jobs / "sum.py").write_text(JOB)
    (tmp_path / "log4j2.json").symlink_to(REPOSITORY / "spark_jobs" / "log4j2.json")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("RECSYS_SPARK_JOBS", str(jobs))
    monkeypatch.setenv("SPARK_DRIVER_MEMORY", "512m")
    monkeypatch.setenv("SPARK_LOCAL_IP", HOST)
    monkeypatch.setenv("JAVA_HOME", java_home() or "")
    monkeypatch.delenv("SPARK_MASTER", raising=False)  # of the tests of Spark's jobs
    RecsysSparkOperator(job="sum", options={"--to": str(tmp_path / "sum.txt")}).execute({})
    assert (tmp_path / "sum.txt").read_text() == f"{master} 2 4950"
