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
from spark_jobs.batches import QUARANTINE, check_bad_share, file_key, is_own, most_first, rows_of, show_row
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
    frames = []
    if late:
        reduce(DataFrame.unionByName, late).write.parquet(str(staging))
        frames.append(read(spark, staging))
    found = (rows_of(spark, batches, contract.name, QUARANTINE) for contract in CONTRACTS)
    frames += [rows for rows in found if rows is not None]
    names = {file_key(batch): batch.summary["name"] for batch in batches}
    every = [*(t.quarantine(rows, names) for rows in frames), *bad]
    write_parts(reduce(DataFrame.unionByName, every), folder / QUARANTINE, ["file", "line", "reason", "text"])
    write_json(folder / ACCOUNTS, _accounts(staging, batches, known))
    shutil.rmtree(staging, ignore_errors=True)


def read_accounts(folder: Path) -> list[dict[str, Any]]:
    """The accounts of all files of the tables in a folder."""
    accounts: list[dict[str, Any]] = json.loads((folder / ACCOUNTS).read_text())
    return accounts


def _accounts(late: Path, batches: Sequence[Artifact], known: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Per file: rows in, accepted, quarantined by reason, the rows in the folder ``late`` among the quarantined.

    ``known``: accounts of files of transactions by SHA-256, whose rows are not in ``late``.
    """
    counts = []
    if late.exists():
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
        is_known = account["table"] == TRANSACTIONS.name and account["sha256"] in known
        accounts.append(known[account["sha256"]] if is_known else account)
    return sorted(accounts, key=lambda a: (a["table"], a["name"], a["sha256"]))


def check_bad_shares(folder: Path, max_bad_share: float) -> None:
    """Hold the share of bad rows of the shop's purchases against the limit.

    A feed may well speak of articles that are no longer sold, and of our own orders the receipt says what is wrong.
    """
    for account in read_accounts(folder):
        if account["table"] == TRANSACTIONS.name and not is_own(account["name"]):
            check_bad_share(account, partial(_example, folder / QUARANTINE, account["name"]), max_bad_share)


def _example(quarantine: Path, file: str, reason: str) -> str:
    wanted = (pads.field("file") == file) & (pads.field("reason") == reason)
    # The quarantine is sorted by file and line.
    first = pads.dataset(quarantine, format="parquet").scanner(filter=wanted).head(1).to_pylist()[0]
    return show_row(first["line"], first["text"])
