"""All batches joined -> one tables artifact, whatever order the files came in."""

import datetime as dt
import logging
import threading
from collections import Counter
from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from recsys_core.contracts import columns as c
from recsys_core.contracts.artifacts import CLOSED_DAY
from recsys_core.erasure import Erasures
from recsys_core.store.artifacts import Artifact, ArtifactSpec, ArtifactStore, Draft
from spark_jobs.accounts import check_bad_shares, read_accounts, write_quarantine
from spark_jobs.batches import ERASED, QUARANTINE, file_key, of_table, rows_of
from spark_jobs.closed_day import closed_day
from spark_jobs.equal_rows import Pairs, count_equal_rows, described
from spark_jobs.io import PART_ROWS, count_rows, read, write_parts
from spark_jobs.schemas import (
    ARTICLES,
    CONTRACTS,
    CUSTOMERS,
    FEEDS,
    FILE,
    INVENTORY,
    REGIONS,
    TRANSACTIONS,
    TableContract,
)
from spark_jobs.session import spark_session
from spark_jobs.side_by_side import side_by_side
from spark_jobs.tables_before import TablesBefore, find_tables_before
from spark_jobs.transforms import tables as t

log = logging.getLogger(__name__)
TABLES_VERSION = 3
EQUAL_ROWS = "equal_rows"
"""Key of the summary: pairs of transactions files with the rows that both hold; there only if some do."""


def tables_spec(
    batches: Sequence[Artifact],
    erased: Erasures = Erasures(),  # noqa: B008  frozen
    closed: dt.date | None = None,
) -> ArtifactSpec:
    """``batches`` in the order of their files' names: for articles and customers the later file wins.

    ``erased``: the customers whom the batches leave out; who cleans up knows by them which tables are of before.
    ``closed``: the last closed day, if there are purchases of later ones (``closed_day.py``).
    """
    inputs: dict[str, str] = {}
    for contract in CONTRACTS:
        keys = [batch.key for batch in of_table(batches, contract.name)]
        ordered = keys if contract.unique else sorted(keys)
        inputs |= {f"{contract.name}-{i:05d}": key for i, key in enumerate(ordered)}
    params = {ERASED: erased.signature} if erased else {}
    params |= {CLOSED_DAY: closed.isoformat()} if closed else {}
    return ArtifactSpec("tables", TABLES_VERSION, inputs, params, "recsys ingest")


def ensure_tables(
    store: ArtifactStore,
    batches: Sequence[Artifact],
    max_bad_share: float,
    erased: Erasures = Erasures(),  # noqa: B008
) -> Artifact:
    """The tables of these batches, which leave out the ``erased`` customers; built if they never were.

    Raises
    ------
    ValueError
        If more than ``max_bad_share`` of a transactions file is bad, unknown articles among it.

    Notes
    -----
    Purchases dated after today (UTC) are quarantined. Today is no part of the spec: such a row, once its day has
    come, is accepted when the tables are next built, for instance with the next file. Of true data no row is
    concerned, so equal files make equal tables on any day.
    """
    today = dt.datetime.now(dt.UTC).date()
    closed = closed_day(of_table(batches, TRANSACTIONS.name), today)
    spec = tables_spec(batches, erased, closed)
    found = store.find(spec)
    if found is None:
        with store.build(spec) as draft:
            _build(store, spec, draft, batches, max_bad_share, today)
            draft.summary |= {CLOSED_DAY: closed.isoformat()} if closed else {}
        return store.require(spec)
    check_bad_shares(found.path, max_bad_share)
    return found


def _build(
    store: ArtifactStore,
    spec: ArtifactSpec,
    draft: Draft,
    batches: Sequence[Artifact],
    max_bad_share: float,
    today: dt.date,
) -> None:
    """Join the batches; purchases that earlier tables hold come from there."""
    spark = spark_session("ingest", sum(batch.summary["rows_in"] for batch in batches))
    _write_articles(spark, draft.path, batches)
    purchases = of_table(batches, TRANSACTIONS.name)
    before = find_tables_before(store, spec, purchases, draft.path / ARTICLES.name, PART_ROWS, today)
    purchases = purchases if before is None else list(before.fresh)
    accepted = _marked(spark, draft.path, purchases, TRANSACTIONS)
    if accepted is None and before is None:
        raise ValueError("no valid row in any transactions file: the shop needs at least one purchase")
    bought = None if accepted is None else t.mark_future(accepted, today)
    stock = _marked(spark, draft.path, batches, INVENTORY)
    marked = [(rows, contract) for rows, contract in ((bought, TRANSACTIONS), (stock, INVENTORY)) if rows is not None]
    late = [t.late_rows(rows, contract) for rows, contract in marked]

    def write_bad() -> None:
        known, bad = ({}, []) if before is None else (before.accounts, [before.late_rows(spark)])
        write_quarantine(spark, draft.path, batches, late, bad, known)
        check_bad_shares(draft.path, max_bad_share)

    def write_good() -> None:
        each_is_one = all(batch.summary["made"] == batch.summary["accepted"] for batch in purchases)
        each = bought if bought is None or each_is_one else t.repeated(bought)
        draft.summary["rows_per_day"], equal = _write_transactions(spark, each, draft.path, before)
        names = {file_key(batch): batch.summary["name"] for batch in batches}
        known = [] if before is None else before.tables.summary.get(EQUAL_ROWS, [])
        if pairs := [*known, *described(equal, names)]:
            draft.summary[EQUAL_ROWS] = pairs
        _write_customers(spark, draft.path, batches)

    def write_feeds() -> None:
        _write_feeds(spark, draft.path, batches, stock)

    side_by_side([write_bad, write_good, write_feeds])
    accounts = read_accounts(draft.path)
    draft.summary |= _summary(draft.path, accounts, draft.summary["rows_per_day"])
    without = [batch.summary for batch in of_table(batches, TRANSACTIONS.name) if ERASED in batch.summary]
    if without:
        draft.summary[ERASED] = sum(summary[ERASED] for summary in without)
    _check(draft.summary, accounts)


def _ranks(batches: Sequence[Artifact], table: str) -> dict[str, int]:
    """Rank of each file of a table: the row of the higher one wins."""
    return {file_key(batch): rank for rank, batch in enumerate(of_table(batches, table))}


def _write_articles(spark: SparkSession, folder: Path, batches: Sequence[Artifact]) -> None:
    rows = rows_of(spark, batches, ARTICLES.name)
    if rows is None:
        raise ValueError("no valid row in any articles file: the shop needs at least one article")
    write_parts(t.articles_table(rows, _ranks(batches, ARTICLES.name)), folder / ARTICLES.name, [c.ARTICLE_ID])


def _marked(
    spark: SparkSession, folder: Path, batches: Sequence[Artifact], contract: TableContract
) -> DataFrame | None:
    """The table's accepted rows; REASON marks those whose article is unknown."""
    rows = rows_of(spark, batches, contract.name)
    return None if rows is None else t.mark_known(rows, read(spark, folder / ARTICLES.name))


def _write_transactions(
    spark: SparkSession, marked: DataFrame | None, folder: Path, before: TablesBefore | None
) -> tuple[dict[str, int], Pairs]:
    """``transactions/``; returns purchases per ISO day, and those that two files have in common.

    ``marked``: the purchases that the tables of ``before`` lack, None if there are none.
    """
    rows = None if marked is None else t.good_rows(marked, TRANSACTIONS, FILE)
    counts = [] if rows is None else rows.groupBy(c.T_DAT, FILE).count().collect()
    found: Counter[str] = Counter()
    for row in sorted(counts):
        found[row[c.T_DAT].isoformat()] += int(row["count"])
    rows_per_day = found if before is None else before.rows_per_day + found
    if not rows_per_day:
        raise ValueError("no purchase up to today is of an article in the articles file: are both files of one shop?")
    starts = t.part_starts(rows_per_day, PART_ROWS)
    equal: Pairs = Counter()
    adding = threading.Lock()

    def compare(sorted_rows: pa.Table) -> None:
        pairs = count_equal_rows(sorted_rows, TRANSACTIONS.columns)
        with adding:
            equal.update(pairs)

    target = folder / TRANSACTIONS.name
    target.mkdir()
    # The file goes along only where a day stands in two: then some purchases may be the same.
    share_days = len(counts) > len(found)
    inspect, aside = (compare, (FILE,)) if share_days else (None, ())
    linked, others = (0, []) if before is None else before.link_parts(target, starts, min(found, default=None))
    parts = [rows if share_days else rows.drop(FILE)] if rows is not None and found else []
    parts += [spark.read.parquet(*map(str, others))] if others else []
    if parts:
        place, n = t.part_of_day(starts[linked:]), len(starts) + 1 - linked
        together = reduce(DataFrame.unionByName, parts)
        write_parts(together, target, TRANSACTIONS.columns, place, n, inspect, aside, first=linked)
    return dict(rows_per_day), equal


def _write_feeds(spark: SparkSession, folder: Path, batches: Sequence[Artifact], stock: DataFrame | None) -> None:
    """``inventory/`` and ``regions/``, each only if the shop has the feed."""
    known = None if stock is None else t.good_rows(stock, INVENTORY)
    for contract, rows in ((INVENTORY, known), (REGIONS, rows_of(spark, batches, REGIONS.name))):
        files = [batch.summary["name"] for batch in of_table(batches, contract.name)]
        if rows is not None:
            write_parts(rows.select(*contract.columns), folder / contract.name, contract.unique)
        # Taken at its word, a feed without a row would clear the shop.
        if files and not count_rows(folder / contract.name):
            raise ValueError(f"{files[0]} has no valid row of a known article or place: mend it, or take it away")


def _write_customers(spark: SparkSession, folder: Path, batches: Sequence[Artifact]) -> None:
    transactions, rows = read(spark, folder / TRANSACTIONS.name), rows_of(spark, batches, CUSTOMERS.name)
    customers = t.customers_table(rows, transactions, _ranks(batches, CUSTOMERS.name))
    write_parts(customers, folder / CUSTOMERS.name, [c.CUSTOMER_ID])


def _summary(folder: Path, accounts: list[dict[str, Any]], rows_per_day: dict[str, int]) -> dict[str, Any]:
    return {
        "rows_in": sum(account["rows_in"] for account in accounts),
        "accepted": sum(account["accepted"] for account in accounts),
        "quarantined": count_rows(folder / QUARANTINE),
        **{name: count_rows(folder / name) for name in _written(folder)},
        "first_day": min(rows_per_day),
        "last_day": max(rows_per_day),
        "rows_per_day": rows_per_day,
    }


def _written(folder: Path) -> list[str]:
    return [contract.name for contract in CONTRACTS if (folder / contract.name).exists()]


def _check(summary: dict[str, Any], accounts: list[dict[str, Any]]) -> None:
    """Raises RuntimeError if rows were lost or made on the way from the batches to the tables."""
    kept = {contract.name for contract in (TRANSACTIONS, *FEEDS)}
    made = {
        name: sum(account["made"] for account in accounts if account["table"] == name)
        for name in kept & {account["table"] for account in accounts}
    }
    written = {name: summary[name] for name in made}
    if summary["rows_in"] != summary["accepted"] + summary["quarantined"] or written != made:
        raise RuntimeError(
            f"rows do not add up: {summary['rows_in']} in, {summary['accepted']} accepted, {summary['quarantined']} "
            f"quarantined; written {written}, of rows that make {made}. "
            "Nothing was published; this is a defect of the ingest: please report it"
        )
    if summary["quarantined"]:
        reasons = sum((Counter(account["quarantined"]) for account in accounts), Counter[str]())
        log.warning("%d rows quarantined: %s", summary["quarantined"], dict(reasons.most_common(5)))
