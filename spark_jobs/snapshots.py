"""Feature snapshots as of cut-offs: tables in, four Parquet folders a cut-off out.

All snapshots of a call come from one set of plans, whose rows are tagged with their cut-off: the cost of a plan (its
analysis, its generated code and the compilation of that) is the same for one cut-off as for many.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from pathlib import Path

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as sf

from recsys_core.contracts import columns as c
from recsys_core.contracts import features as f
from spark_jobs.io import count_rows, parts_for, read, rows_before, settle, shuffle_partitions_for, staged_parts
from spark_jobs.side_by_side import side_by_side
from spark_jobs.transforms.articles import article_history, article_snapshot
from spark_jobs.transforms.customers import customer_history, customer_profiles, customer_snapshot
from spark_jobs.transforms.preferences import ATTRIBUTE, CODE, attribute_values, preferences
from spark_jobs.transforms.purchases import CUTOFF, day_number, index_purchases, known_customers, with_rank

Counts = dict[str, int]
"""Rows by table."""


@dataclass(frozen=True)
class Target:
    """Folder and cut-off of one snapshot."""

    cutoff: dt.date
    folder: Path
    rows: int
    """Purchases before the cut-off."""

    @property
    def parts(self) -> int:
        """Files of a table that grows with the purchases."""
        return parts_for(self.rows)


def write_snapshots(spark: SparkSession, tables: Path, folders: Mapping[dt.date, Path]) -> dict[dt.date, Counts]:
    """Write the snapshot as of each cut-off into its folder; returns their counts.

    Raises
    ------
    ValueError
        If nothing was bought before a cut-off.
    """
    transactions = tables / "transactions"
    targets = [Target(day, folder, rows_before(transactions, day)) for day, folder in sorted(folders.items())]
    for target in targets:
        if not target.rows:
            raise ValueError(f"no purchase before {target.cutoff}: choose a later cut-off")
    spark.conf.set("spark.sql.shuffle.partitions", shuffle_partitions_for(sum(target.rows for target in targets)))
    bought = read(spark, transactions).where(sf.col(c.T_DAT) < sf.lit(max(folders)))
    known = known_customers(read(spark, tables / "customers"), bought, folders)
    customers = customer_profiles(with_rank(known, c.CUSTOMER_ID, c.CUSTOMER_IDX, [CUTOFF])).persist()
    articles = with_rank(read(spark, tables / "articles"), c.ARTICLE_ID, c.ARTICLE_IDX).persist()
    # On disk: the memory is for the groups and sorts of those who read it.
    purchases = index_purchases(bought, customers, articles, folders).persist(StorageLevel.DISK_ONLY)
    try:
        part = _part_by_customer(customers, targets)
        profiles = customer_snapshot(customers, customer_history(purchases, articles))
        sales = article_snapshot(article_history(articles, purchases, folders).persist())
        values = attribute_values(articles).persist()
        sales_columns = [*f.ARTICLE_HISTORY, *c.ARTICLE_COLUMNS]
        files = partial(_files, targets)
        side_by_side(
            [
                partial(_write_preferences, preferences(purchases, values), targets, part),
                partial(_write, sales, sales_columns, [c.ARTICLE_IDX], files(f.ARTICLES)),
                partial(_write, profiles, f.CUSTOMER_SNAPSHOT, [c.CUSTOMER_IDX], files(f.CUSTOMERS)),
                partial(_write, purchases, f.PURCHASES, f.PURCHASES_ORDER, files(f.PURCHASES_TABLE, parted=True), part),
            ]
        )
    finally:
        spark.catalog.clearCache()
    return {target.cutoff: _counts(target.folder) for target in targets}


def _counts(folder: Path) -> Counts:
    return {name: count_rows(folder / name) for name in (f.CUSTOMERS, f.ARTICLES, f.PURCHASES_TABLE)}


Files = dict[dt.date, list[Path]]
"""The files of a table by cut-off, in the order of their parts."""


def _files(targets: Iterable[Target], table: str, parted: bool = False) -> Files:
    """``table/part-NNNNN.parquet`` of each snapshot: one, or as many as its purchases need."""
    return {
        target.cutoff: [target.folder / table / f"part-{i:05d}.parquet" for i in range(target.parts if parted else 1)]
        for target in targets
    }


def _part_by_customer(customers: DataFrame, targets: Iterable[Target]) -> Column:
    """The part of a row by its customer: equal ranges of customer_idx, as many as the snapshot's purchases need."""
    counts = {row[CUTOFF]: row["count"] for row in customers.groupBy(CUTOFF).count().collect()}
    index = sf.col(c.CUSTOMER_IDX).cast("long")
    return _by_cutoff({t.cutoff: sf.floor(index * t.parts / counts[day_number(t.cutoff)]) for t in targets})


def _by_cutoff(values: Mapping[dt.date, Column]) -> Column:
    """The value that belongs to a row's cut-off."""
    (_, value), *others = values.items()
    for cutoff, other in others:
        value = sf.when(sf.col(CUTOFF) == day_number(cutoff), other).otherwise(value)
    return value


def _write_preferences(table: DataFrame, targets: Iterable[Target], part: Column) -> None:
    """``attribute=<name>/part-NNNNN.parquet`` of each snapshot, all attributes in one pass."""
    names = [f"{f.PREFERENCES}/attribute={name}" for name in f.PREFERENCE_ATTRIBUTES]
    by_name = [_files(targets, name, parted=True) for name in names]
    files = {t.cutoff: [file for each in by_name for file in each[t.cutoff]] for t in targets}
    place = sf.col(ATTRIBUTE) * _by_cutoff({t.cutoff: sf.lit(t.parts) for t in targets}) + part
    _write(table, f.PREFERENCE_COLUMNS, [c.CUSTOMER_IDX, CODE], files, place)


def _write(
    table: DataFrame, columns: Iterable[str], order: Sequence[str], files: Files, part: Column | None = None
) -> None:
    """Write the rows of each cut-off into its files; ``part`` says which of them, where there are several."""
    paths = [path for of_cutoff in files.values() for path in of_cutoff]
    firsts = accumulate((len(of_cutoff) for of_cutoff in files.values()), initial=0)
    first = _by_cutoff({cutoff: sf.lit(number) for cutoff, number in zip(files, firsts, strict=False)})
    place = first if part is None else first + part
    beside = paths[0].parents[1]
    beside.mkdir(exist_ok=True)
    with staged_parts(table, [*columns], order, place, len(paths), beside) as staged:
        for number, file in staged:
            paths[number].parent.mkdir(parents=True, exist_ok=True)
            settle(file, paths[number])
