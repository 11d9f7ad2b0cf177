"""The session's settings, alone and under spark-submit."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from recsys_core.contracts.java import SHORT_JOB, SHORT_JOB_ROWS
from spark_jobs.session import CLUSTER, CONTAINERS, SETTINGS, cluster_defaults, java_options

REPOSITORY = Path(__file__).parents[2]
SCRIPT = """
from spark_jobs.session import spark_session
session = spark_session("probe")
keys = ("spark.master", "spark.driver.host", "spark.app.name", "spark.sql.session.timeZone")
print("RESULT", *(session.conf.get(key) for key in keys))
session.stop()
"""


@pytest.mark.spark
def test_the_session_is_local_loopback_utc_and_has_no_page(spark: SparkSession) -> None:
    conf = spark.conf
    assert conf.get("spark.driver.host") == "127.0.0.1"
    assert conf.get("spark.sql.session.timeZone") == "UTC"
    assert conf.get("spark.sql.adaptive.enabled") == "true"
    assert conf.get("spark.sql.execution.arrow.pyspark.enabled") == "true"
    assert spark.sparkContext.uiWebUrl is None


@pytest.mark.full
@pytest.mark.spark
def test_spark_submit_s_own_master_is_kept(tmp_path: Path) -> None:
    script = tmp_path / "probe.py"
    script.write_text(SCRIPT)
    scripts = Path(sys.executable).parent
    environment = os.environ | {
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(REPOSITORY),
        "PYSPARK_PYTHON": sys.executable,
    }
    environment.pop("SPARK_MASTER", None)
    command = [str(scripts / "spark-submit"), "--master", "local[1]", "--driver-memory", "1g", str(script)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert "RESULT local[1] 127.0.0.1 probe UTC" in done.stdout, done.stderr[-2000:]


def test_only_a_short_job_does_without_java_s_second_compiler() -> None:
    assert set(SHORT_JOB) <= set(java_options(SHORT_JOB_ROWS))
    assert not set(SHORT_JOB) & set(java_options(SHORT_JOB_ROWS + 1))


@pytest.mark.parametrize(("master", "expected"), [("spark://a:7077", CLUSTER), ("yarn", CLUSTER | CONTAINERS)])
def test_executors_have_defaults_by_the_kind_of_cluster(master: str, expected: dict[str, str]) -> None:
    assert cluster_defaults(master, {}) == expected


def test_what_the_user_gives_is_kept() -> None:
    given = {"spark.executor.memory": "8g", "spark.sql.shuffle.partitions": "1000"}
    assert set(cluster_defaults("k8s://https://a", given)) == set(CONTAINERS) - {"spark.executor.memory"}
    assert not SETTINGS.keys() & (CLUSTER | CONTAINERS).keys()  # those hold whatever the user gives
