"""All batches joined -> one tables artifact, whatever order the files came in."""

import datetime as dt
import json
import logging
import shutil
import threading
from collections import Counter
from collections.abc import Sequence
from functools import partial, reduce
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as pads
from pyspark.sql import DataFrame, SparkSession

from recsys_core.contracts import columns as c
from recsys_core.contracts.artifacts import CLOSED_DAY
from recsys_core.erasure import Erasures
from recsys_core.store.artifacts import Artifact, ArtifactSpec, ArtifactStore, Draft, write_json
from spark_jobs.batches import (
    ERASED,
    QUARANTINE,
    ROWS,
    check_bad_share,
    file_key,
    is_own,
    most_first,
    show_row,
)
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
    QUANTITY,
    REASON,
    REGIONS,
    TRANSACTIONS,
    TableContract,
)
from spark_jobs.session import spark_session
from spark_jobs.side_by_side import side_by_side
from spark_jobs.transforms import tables as t

log = logging.getLogger(__name__)
TABLES_VERSION = 3
ACCOUNTS = "batches.json"
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
        keys = [batch.key for batch in _of(batches, contract.name)]
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
    closed = closed_day(_of(batches, TRANSACTIONS.name), dt.datetime.now(dt.UTC).date())
    spec = tables_spec(batches, erased, closed)
    found = store.find(spec)
    if found is None:
        with store.build(spec) as draft:
            _build(draft, batches, max_bad_share)
            draft.summary |= {CLOSED_DAY: closed.isoformat()} if closed else {}
        return store.require(spec)
    _check_bad_shares(found.path, max_bad_share)
    return found


def _of(batches: Sequence[Artifact], table: str) -> list[Artifact]:
    return [batch for batch in batches if batch.summary["table"] == table]


def _build(draft: Draft, batches: Sequence[Artifact], max_bad_share: float) -> None:
    spark = spark_session("ingest", sum(batch.summary["rows_in"] for batch in batches))
    rank = {file_key(batch): i for i, batch in enumerate(batches)}
    _write_articles(spark, draft.path, batches, rank)
    accepted = _marked(spark, draft.path, batches, TRANSACTIONS)
    if accepted is None:
        raise ValueError("no valid row in any transactions file: the shop needs at least one purchase")
    bought = t.mark_future(accepted, dt.datetime.now(dt.UTC).date())
    each_is_one = all(batch.summary["made"] == batch.summary["accepted"] for batch in _of(batches, TRANSACTIONS.name))
    each_purchase = bought if each_is_one else t.repeated(bought)
    stock = _marked(spark, draft.path, batches, INVENTORY)
    late = [t.late_rows(bought, TRANSACTIONS)]
    late += [] if stock is None else [t.late_rows(stock, INVENTORY)]

    def write_bad() -> None:
        _write_quarantine(spark, draft.path, batches, reduce(DataFrame.unionByName, late))
        _check_bad_shares(draft.path, max_bad_share)

    def write_good() -> None:
        draft.summary["rows_per_day"], equal = _write_transactions(each_purchase, draft.path)
        if equal:
            draft.summary[EQUAL_ROWS] = described(equal, {file_key(batch): batch.summary["name"] for batch in batches})
        _write_customers(spark, draft.path, batches, rank)

    def write_feeds() -> None:
        _write_feeds(spark, draft.path, batches, stock)

    side_by_side([write_bad, write_good, write_feeds])
    accounts = _read_accounts(draft.path)
    draft.summary |= _summary(draft.path, accounts, draft.summary["rows_per_day"])
    purchases = [batch.summary for batch in _of(batches, TRANSACTIONS.name) if ERASED in batch.summary]
    if purchases:
        draft.summary[ERASED] = sum(summary[ERASED] for summary in purchases)
    _check(draft.summary, accounts)


def _rows_of(spark: SparkSession, batches: Sequence[Artifact], table: str, kind: str = ROWS) -> DataFrame | None:
    folders = [b.path / kind for b in _of(batches, table) if any((b.path / kind).glob("*.parquet"))]
    return read(spark, *folders) if folders else None


def _write_articles(spark: SparkSession, folder: Path, batches: Sequence[Artifact], rank: dict[str, int]) -> None:
    rows = _rows_of(spark, batches, ARTICLES.name)
    if rows is None:
        raise ValueError("no valid row in any articles file: the shop needs at least one article")
    write_parts(t.articles_table(rows, rank), folder / ARTICLES.name, [c.ARTICLE_ID])


def _marked(
    spark: SparkSession, folder: Path, batches: Sequence[Artifact], contract: TableContract
) -> DataFrame | None:
    """The table's accepted rows; REASON marks those whose article is unknown."""
    rows = _rows_of(spark, batches, contract.name)
    return None if rows is None else t.mark_known(rows, read(spark, folder / ARTICLES.name))


def _write_transactions(marked: DataFrame, folder: Path) -> tuple[dict[str, int], Pairs]:
    """``transactions/``; returns purchases per ISO day, and those that two files have in common."""
    transactions = t.good_rows(marked, TRANSACTIONS, FILE)
    counts = transactions.groupBy(c.T_DAT, FILE).count().collect()
    rows_per_day: Counter[str] = Counter()
    for row in sorted(counts):
        rows_per_day[row[c.T_DAT].isoformat()] += int(row["count"])
    if not rows_per_day:
        raise ValueError("no purchase up to today is of an article in the articles file: are both files of one shop?")
    part, parts = t.part_of_day(rows_per_day, PART_ROWS)
    equal: Pairs = Counter()
    adding = threading.Lock()

    def compare(sorted_rows: pa.Table) -> None:
        found = count_equal_rows(sorted_rows, TRANSACTIONS.columns)
        with adding:
            equal.update(found)

    # The file goes along only where a day stands in two: then some purchases may be the same.
    share_days = len(counts) > len(rows_per_day)
    inspect, aside = (compare, (FILE,)) if share_days else (None, ())
    rows = transactions if share_days else transactions.drop(FILE)
    write_parts(rows, folder / TRANSACTIONS.name, TRANSACTIONS.columns, part, parts, inspect, aside)
    return dict(rows_per_day), equal


def _write_feeds(spark: SparkSession, folder: Path, batches: Sequence[Artifact], stock: DataFrame | None) -> None:
    """``inventory/`` and ``regions/``, each only if the shop has the feed."""
    known = None if stock is None else t.good_rows(stock, INVENTORY)
    for contract, rows in ((INVENTORY, known), (REGIONS, _rows_of(spark, batches, REGIONS.name))):
        files = [batch.summary["name"] for batch in _of(batches, contract.name)]
        if rows is not None:
            write_parts(rows.select(*contract.columns), folder / contract.name, contract.unique)
        # Taken at its word, a feed without a row would clear the shop.
        if files and not count_rows(folder / contract.name):
            raise ValueError(f"{files[0]} has no valid row of a known article or place: mend it, or take it away")


def _write_quarantine(spark: SparkSession, folder: Path, batches: Sequence[Artifact], late: DataFrame) -> None:
    """``quarantine/`` and ``batches.json``.

    ``late``: rows that only the other tables show to be bad.
    """
    staging = folder / ".late"
    late.write.parquet(str(staging))
    found = (_rows_of(spark, batches, contract.name, QUARANTINE) for contract in CONTRACTS)
    names = {file_key(batch): batch.summary["name"] for batch in batches}
    bad = [t.quarantine(rows, names) for rows in (read(spark, staging), *found) if rows is not None]
    write_parts(reduce(DataFrame.unionByName, bad), folder / QUARANTINE, ["file", "line", "reason", "text"])
    write_json(folder / ACCOUNTS, _accounts(staging, batches))
    shutil.rmtree(staging)


def _write_customers(spark: SparkSession, folder: Path, batches: Sequence[Artifact], rank: dict[str, int]) -> None:
    transactions = read(spark, folder / TRANSACTIONS.name)
    customers = t.customers_table(_rows_of(spark, batches, CUSTOMERS.name), transactions, rank)
    write_parts(customers, folder / CUSTOMERS.name, [c.CUSTOMER_ID])


def _accounts(late: Path, batches: Sequence[Artifact]) -> list[dict[str, Any]]:
    """Per file: rows in, accepted, quarantined by reason, the rows in the folder ``late`` among the quarantined."""
    bad = pads.dataset(late, format="parquet").to_table(columns=[FILE, REASON, QUANTITY])
    counts = bad.group_by([FILE, REASON]).aggregate([([], "count_all"), (QUANTITY, "sum")]).to_pylist()
    accounts = []
    for batch in batches:
        account = dict(batch.summary)
        late_of_it = [n for n in counts if n[FILE] == file_key(batch)]
        reasons = {n[REASON]: n["count_all"] for n in late_of_it}
        account["accepted"] -= sum(reasons.values())
        account["made"] -= sum(n[f"{QUANTITY}_sum"] for n in late_of_it)
        account["quarantined"] = most_first({**account["quarantined"], **reasons})
        accounts.append(account)
    return sorted(accounts, key=lambda a: (a["table"], a["name"], a["sha256"]))


def _read_accounts(folder: Path) -> list[dict[str, Any]]:
    accounts: list[dict[str, Any]] = json.loads((folder / ACCOUNTS).read_text())
    return accounts


def _check_bad_shares(folder: Path, max_bad_share: float) -> None:
    """Hold the share of bad rows of the shop's purchases against the limit.

    A feed may well speak of articles that are no longer sold, and of our own orders the receipt says what is wrong.
    """
    for account in _read_accounts(folder):
        if account["table"] == TRANSACTIONS.name and not is_own(account["name"]):
            check_bad_share(account, partial(_example, folder / QUARANTINE, account["name"]), max_bad_share)


def _example(quarantine: Path, file: str, reason: str) -> str:
    wanted = (pads.field("file") == file) & (pads.field("reason") == reason)
    # The quarantine is sorted by file and line.
    first = pads.dataset(quarantine, format="parquet").scanner(filter=wanted).head(1).to_pylist()[0]
    return show_row(first["line"], first["text"])


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
