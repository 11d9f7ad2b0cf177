"""A Spark job of a task on a standalone cluster: a real master and a real worker of Spark's own distribution."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.environment import REPOSITORY, java_home
from scripts.ports import HOST
from tests.support.spark_cluster import spark_cluster

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
    with spark_cluster(tmp_path_factory.mktemp("spark"), workers=1) as address:
        yield address


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
