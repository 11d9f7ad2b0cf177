"""Accounts of raw files: how many rows each had, how many were accepted, and which are quarantined, for what reason."""

import json
import shutil
from collections.abc import Mapping, Sequence
from functools import partial, reduce
from pathlib import Path
from typing import Any, Final

import pyarrow.dataset as pads
from pyspark.sql import DataFrame, SparkSession

from recsys_core.store.artifacts import Artifact, write_json
from spark_jobs.batches import (
    DAYS,
    QUARANTINE,
    check_bad_share,
    file_key,
    is_own,
    most_first,
    of_table,
    rows_lie_in,
    rows_of,
)
from spark_jobs.io import read, write_parts
from spark_jobs.schemas import CONTRACTS, FILE, QUANTITY, REASON, TRANSACTIONS
from spark_jobs.transforms import tables as t

ACCOUNTS: Final = "batches.json"


def write_quarantine(
    spark: SparkSession,
    folder: Path,
    batches: Sequence[Artifact],
    late: Sequence[DataFrame],
    bad: Sequence[DataFrame],
    known: Mapping[str, dict[str, Any]],
) -> None:
    """``quarantine/`` and ``batches.json``.

    ``late``: rows that only the other tables show to be bad. ``bad``: quarantined rows taken over from earlier tables;
    ``known``: the accounts of the files they came from, by SHA-256.
    """
    staging = folder / ".late"
    every = [*bad]
    if late:
        reduce(DataFrame.unionByName, late).write.parquet(str(staging))
    counts = _count_late(staging)
    if late:
        every.append(t.quarantine(read(spark, staging), _names([b for b in batches if file_key(b) in counts])))
    # Spark looks each row's name up one by one: only files with bad rows are among the names.
    with_bad = [batch for batch in batches if batch.summary["quarantined"]]
    for contract in CONTRACTS:
        rows = rows_of(spark, with_bad, contract.name, QUARANTINE)
        if rows is not None:
            every.append(t.quarantine(rows, _names(of_table(with_bad, contract.name))))
    write_parts(reduce(DataFrame.unionByName, every), folder / QUARANTINE, ["file", "line", "reason", "text"])
    write_json(folder / ACCOUNTS, _accounts(counts, batches, known))
    shutil.rmtree(staging, ignore_errors=True)


def _names(batches: Sequence[Artifact]) -> dict[str, str]:
    """Name of each batch's file by its key."""
    return {file_key(batch): batch.summary["name"] for batch in batches}


def read_accounts(folder: Path) -> list[dict[str, Any]]:
    """The accounts of all files of the tables in a folder."""
    accounts: list[dict[str, Any]] = json.loads((folder / ACCOUNTS).read_text())
    return accounts


def _count_late(late: Path) -> dict[str, list[dict[str, Any]]]:
    """Rows and purchases by reason in the folder ``late``, by file."""
    counts: dict[str, list[dict[str, Any]]] = {}
    if late.exists():
        bad = pads.dataset(late, format="parquet").to_table(columns=[FILE, REASON, QUANTITY])
        for row in bad.group_by([FILE, REASON]).aggregate([([], "count_all"), (QUANTITY, "sum")]).to_pylist():
            counts.setdefault(row[FILE], []).append(row)
    return counts


def _accounts(
    late: Mapping[str, Sequence[Mapping[str, Any]]], batches: Sequence[Artifact], known: Mapping[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    """Per file: rows in, accepted, quarantined by reason, the ``late`` rows among the quarantined.

    ``known``: accounts of files of transactions by SHA-256, whose rows are not in ``late``.
    """
    accounts = []
    for batch in batches:
        account = {name: value for name, value in batch.summary.items() if name != DAYS}
        late_of_it = late.get(file_key(batch), [])
        reasons = {n[REASON]: n["count_all"] for n in late_of_it}
        account["accepted"] -= sum(reasons.values())
        account["made"] -= sum(n[f"{QUANTITY}_sum"] for n in late_of_it)
        account["quarantined"] = most_first({**account["quarantined"], **reasons})
        is_known = account["table"] == TRANSACTIONS.name and account["sha256"] in known
        accounts.append(known[account["sha256"]] if is_known else account)
    return sorted(accounts, key=lambda a: (a["table"], a["name"], a["sha256"]))


def check_bad_shares(folder: Path, max_bad_share: float) -> None:
    """Hold the share of bad rows of the shop's purchases against the limit.

    A feed may well speak of articles that are no longer sold, and of our own orders the receipt says what is wrong.
    """
    for account in read_accounts(folder):
        if account["table"] == TRANSACTIONS.name and not is_own(account["name"]):
            quarantine = folder / QUARANTINE
            first_line = partial(_first_line, quarantine, account["name"])
            check_bad_share(account, first_line, rows_lie_in(quarantine), max_bad_share)


def _first_line(quarantine: Path, file: str, reason: str) -> int:
    wanted = (pads.field("file") == file) & (pads.field("reason") == reason)
    # The quarantine is sorted by file and line.
    first = pads.dataset(quarantine, format="parquet").scanner(columns=["line"], filter=wanted).head(1)
    return int(first["line"][0].as_py())
