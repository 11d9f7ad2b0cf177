"""Feature snapshots as of cut-offs: tables in, a folder of tables and arrays a cut-off out.

Spark gives the purchases row numbers and brings those of a part of the customers together, once for all cut-offs
(``staging.py``). Then each part is a task: it sorts its purchases, and counts what was bought before each cut-off
(``part.py``). Then each file of a snapshot is a task, which joins the pieces of all parts (``assemble.py``).
"""

import datetime as dt
import logging
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from pyspark.sql import SparkSession

from recsys_core.contracts import features as f
from spark_jobs.io import count_rows, parts_for, rows_before, shuffle_partitions_for
from spark_jobs.snapshot.assemble import FILES, AssembleTask, read_articles
from spark_jobs.snapshot.codes import ArticleCodes
from spark_jobs.snapshot.part import PartTask
from spark_jobs.snapshot.staging import EPOCH, staged
from spark_jobs.tasks import run_tasks

log = logging.getLogger(__name__)
Counts = dict[str, int]
"""Rows by table."""


def write_snapshots(spark: SparkSession, tables: Path, folders: Mapping[dt.date, Path]) -> dict[dt.date, Counts]:
    """Write the snapshot as of each cut-off into its folder; returns their counts.

    Raises
    ------
    ValueError
        If nothing was bought before a cut-off.
    """
    rows = {cutoff: rows_before(tables / "transactions", cutoff) for cutoff in sorted(folders)}
    for cutoff, count in rows.items():
        if not count:
            raise ValueError(f"no purchase before {cutoff}: choose a later cut-off")
    last = max(folders)
    spark.conf.set("spark.sql.shuffle.partitions", shuffle_partitions_for(rows[last]))
    parts = parts_for(rows[last])
    work = Path(tempfile.mkdtemp(prefix=".work-", dir=folders[last]))
    targets = [((cutoff - EPOCH).days, folders[cutoff]) for cutoff in rows]
    ArticleCodes.of(read_articles(tables / "articles")).save(work / "codes")
    with staged(spark, tables, last, parts, work) as files:
        log.info("%d purchases of %d customers in %d parts", rows[last], files.n_customers, parts)
        task = PartTask(files, work / "codes", [cutoff for cutoff, _ in targets], work / "pieces")
        workers = spark if parts > 1 else None  # which start slower than a single part is counted
        run_tasks(workers, task, parts)
    log.info("counted as of %s", ", ".join(map(str, rows)))
    run_tasks(workers, AssembleTask(tables / "articles", work / "pieces", parts, targets), len(targets) * len(FILES))
    shutil.rmtree(work)
    return {cutoff: _counts(folders[cutoff], rows[cutoff]) for cutoff in rows}


def _counts(folder: Path, purchases: int) -> Counts:
    return {name: count_rows(folder / name) for name in (f.CUSTOMERS, f.ARTICLES)} | {"purchases": purchases}
