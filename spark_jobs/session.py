"""The Spark session of every job: local by default, a cluster's when spark-submit or ``SPARK_MASTER`` says so."""

import logging
import math
import os
import sys
import tempfile
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
    "spark.sql.shuffle.partitions": "32",
    # Sets and medians of sorted groups need no hash table, which would be sorted anyway once it has 128 groups.
    "spark.sql.execution.useObjectHashAggregateExec": "false",
    # Pruning the parsed columns would hide that a record has too few or too many.
    "spark.sql.optimizer.enableCsvExpressionOptimization": "false",
}


def spark_session(app_name: str, rows: float = math.inf) -> SparkSession:
    """A session for a job that reads ``rows``, as often as it reads them.

    ``SPARK_MASTER`` names the master; without it spark-submit's own is kept, else ``local[*]``. In a local one the
    driver listens on the loopback address alone and takes ``SPARK_DRIVER_MEMORY`` (default 6g; spark-submit reads
    the same variable itself). Python workers run this interpreter.
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
        settings |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    if not submitted:
        settings["spark.driver.memory"] = os.environ.get("SPARK_DRIVER_MEMORY", "6g")
        settings["spark.driver.extraJavaOptions"] = " ".join(java_options(rows))
    for key, value in settings.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session


def java_options(rows: float) -> tuple[str, ...]:
    """Java options of a job that reads so many rows."""
    quiet = f"-Dlog4j2.configurationFile={LOG4J.as_uri()}"
    return (quiet, *SHORT_JOB) if rows <= SHORT_JOB_ROWS else (quiet,)


def _submitted_master() -> str:
    """The master that spark-submit was given; it stands in the running JVM's properties."""
    SparkContext._ensure_initialized()
    return SparkConf().get("spark.master", LOCAL_MASTER) or LOCAL_MASTER
