"""The Spark session of every job: local by default, a cluster's when spark-submit or ``SPARK_MASTER`` says so."""

import logging
import math
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from pyspark import SparkConf, SparkContext
from pyspark.sql import SparkSession

from recsys_core.contracts.java import SHORT_JOB, SHORT_JOB_ROWS

LOCAL_MASTER = "local[*]"
LOG4J = Path(__file__).with_name("log4j2.json")

SETTINGS = {
    "spark.api.mode": "classic",
    "spark.ui.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.adaptive.enabled": "true",
    # Sets and medians of sorted groups need no hash table, which would be sorted anyway once it has 128 groups.
    "spark.sql.execution.useObjectHashAggregateExec": "false",
    # Pruning the parsed columns would hide that a record has too few or too many.
    "spark.sql.optimizer.enableCsvExpressionOptimization": "false",
}

LOCAL = {"spark.sql.shuffle.partitions": "32"}
CLUSTER = {"spark.sql.shuffle.partitions": "200"}
"""Adaptive execution joins those that turn out small."""
CONTAINERS = {"spark.executor.cores": "2", "spark.executor.memory": "2g", "spark.executor.memoryOverhead": "4g"}
"""Two tasks of a snapshot or of scores need up to 4 GB in Python, beside Java. An executor of Kubernetes or YARN that
takes more than its container has is killed; a standalone worker does not count Python's memory."""


def spark_session(app_name: str, rows: float = math.inf) -> SparkSession:
    """A session for a job that reads ``rows``, as often as it reads them.

    ``SPARK_MASTER`` names the master; without it spark-submit's own is kept, else ``local[*]``. In a local one the
    driver listens on the loopback address alone and takes ``SPARK_DRIVER_MEMORY`` (default 6g; spark-submit reads
    the same variable itself). On a cluster, defaults for executors hold unless spark-submit or ``spark-defaults.conf``
    says otherwise. Python workers run this interpreter.
    """
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    logging.getLogger("py4j").setLevel(logging.WARNING)
    builder = SparkSession.builder.appName(app_name)
    settings = SETTINGS | {
        "spark.sql.warehouse.dir": str(Path(tempfile.gettempdir(), "spark-warehouse")),
        "spark.ui.showConsoleProgress": str(sys.stderr.isatty()).lower(),
    }
    submitted = "PYSPARK_GATEWAY_PORT" in os.environ
    master = os.environ.get("SPARK_MASTER") or (_submitted_master() if submitted else LOCAL_MASTER)
    settings["spark.master"] = master
    if master.startswith("local"):
        settings |= LOCAL | {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    if not submitted:
        settings["spark.driver.memory"] = os.environ.get("SPARK_DRIVER_MEMORY", "6g")
        settings["spark.driver.extraJavaOptions"] = " ".join(java_options(rows))
    if not master.startswith("local"):
        settings |= cluster_defaults(master, _given(settings))
    for key, value in settings.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def java_options(rows: float) -> tuple[str, ...]:
    """Java options of a job that reads so many rows."""
    quiet = f"-Dlog4j2.configurationFile={LOG4J.as_uri()}"
    return (quiet, *SHORT_JOB) if rows <= SHORT_JOB_ROWS else (quiet,)


def cluster_defaults(master: str, given: Mapping[str, str]) -> dict[str, str]:
    """Settings for a cluster's master, without those that the user has given."""
    defaults = CLUSTER | (CONTAINERS if master.startswith(("k8s", "yarn")) else {})
    return {key: value for key, value in defaults.items() if key not in given}


def _submitted_master() -> str:
    return _given({}).get("spark.master", LOCAL_MASTER)


def _given(settings: Mapping[str, str]) -> dict[str, str]:
    """Settings of spark-submit and ``spark-defaults.conf``, by the properties of Java; it starts with ``settings``."""
    SparkContext._ensure_initialized(conf=SparkConf(loadDefaults=False).setAll(list(settings.items())))
    return {key: value for key, value in SparkConf().getAll() if settings.get(key) != value}
