"""Feature snapshots as of cut-offs: tables in, a folder of tables and arrays a cut-off out.

Spark gives the purchases row numbers and brings those of a part of the customers together, once for all cut-offs
(``staging.py``). Then each part is a task: it sorts its purchases, and counts what was bought before each cut-off
(``part.py``). Then each file of a snapshot is a task, which joins the partial results of all parts (``assemble.py``).
"""

import datetime as dt
import logging
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from pyspark.sql import SparkSession

from recsys_core.contracts import features as f
from spark_jobs.io import count_rows, parts_for, rows_before, shuffle_partitions_for
from spark_jobs.snapshot.assemble import FILES, AssembleTask, read_articles
from spark_jobs.snapshot.codes import ArticleCodes
from spark_jobs.snapshot.part import PartTask
from spark_jobs.snapshot.staging import day_number, staged
from spark_jobs.tasks import run_tasks

log = logging.getLogger(__name__)
Counts = dict[str, int]
"""Rows by table."""


MAX_ROWS_TOGETHER: Final = 100_000_000
"""Most purchases before their cut-offs of snapshots counted together; they take 10 GB of disk for a while."""


def write_snapshots(
    spark: SparkSession, tables: Path, folders: Mapping[dt.date, Path]
) -> Iterator[tuple[dt.date, Counts]]:
    """Write the snapshot as of each cut-off into its folder; yields each once it is complete, the latest first.

    Raises
    ------
    ValueError
        If nothing was bought before a cut-off.
    """
    rows = {cutoff: rows_before(tables / "transactions", cutoff) for cutoff in sorted(folders, reverse=True)}
    for cutoff, count in rows.items():
        if not count:
            raise ValueError(f"no purchase before {cutoff}: choose a later cut-off")
    latest, earliest = max(folders), min(folders)
    parts = parts_for(rows[latest])
    workers = spark if parts > 1 else None  # which take longer to start than to count a single part
    spark.conf.set("spark.sql.shuffle.partitions", shuffle_partitions_for(rows[latest]))
    work = Path(tempfile.mkdtemp(prefix=".work-", dir=folders[earliest]))  # which is complete last
    ArticleCodes.of(read_articles(tables / "articles")).save(work / "codes")
    with staged(spark, tables, latest, parts, work) as files:
        log.info("%d purchases of %d customers in %d parts", rows[latest], files.n_customers, parts)
        for together in _counted_together(rows):
            targets = [(day_number(cutoff), folders[cutoff]) for cutoff in together]
            run_tasks(workers, PartTask(files, work / "codes", [day for day, _ in targets], work / "partials"), parts)
            log.info("counted as of %s", ", ".join(map(str, together)))
            assemble = AssembleTask(tables / "articles", work / "partials", parts, targets)
            run_tasks(workers, assemble, len(targets) * len(FILES))
            shutil.rmtree(work / "partials")
            yield from ((cutoff, _counts(folders[cutoff], rows[cutoff])) for cutoff in together if cutoff != earliest)
    shutil.rmtree(work)
    yield earliest, _counts(folders[earliest], rows[earliest])


def _counted_together(rows: Mapping[dt.date, int]) -> list[list[dt.date]]:
    """The cut-offs in groups with at most MAX_ROWS_TOGETHER rows, or of one."""
    groups: list[list[dt.date]] = []
    room = 0
    for cutoff, count in rows.items():
        if not groups or count > room:
            groups.append([])
            room = MAX_ROWS_TOGETHER
        groups[-1].append(cutoff)
        room -= count
    return groups


def _counts(folder: Path, purchases: int) -> Counts:
    return {name: count_rows(folder / name) for name in (f.CUSTOMERS, f.ARTICLES)} | {"purchases": purchases}
