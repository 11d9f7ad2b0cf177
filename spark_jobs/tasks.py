"""Runs a Python function for the numbers 0 .. n - 1 as the tasks of one Spark job."""

from collections.abc import Callable, Iterator

import pyarrow as pa
from pyspark.sql import SparkSession

Work = Callable[[int], None]
"""A task: does the work of a number, and leaves its results in files."""


def run_tasks(spark: SparkSession | None, work: Work, n: int) -> None:
    """Call ``work`` for each number, one task of Spark each; without Spark all are called here.

    Tasks may run on other machines, and one that failed runs again there: each writes files of its own.
    """
    if spark is None:
        for number in range(n):
            work(number)
        return

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch["id"].to_pylist():
                work(number)
            yield batch

    spark.range(0, n, 1, n).mapInArrow(run, "id long").collect()
