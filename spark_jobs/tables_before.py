"""Tables of an earlier run, of which new ones take over what a day's files leave as it is.

A day's file adds purchases of later days alone. So parts of the transactions that end before them are linked, not
read, and what was wrong with the other files is known.
"""

import bisect
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from recsys_core.store.artifacts import Artifact, ArtifactSpec, ArtifactStore, check_files, link_file
from spark_jobs.accounts import read_accounts
from spark_jobs.batches import ERASED, QUARANTINE
from spark_jobs.closed_day import days_of
from spark_jobs.io import read
from spark_jobs.schemas import ARTICLES, FUTURE_DATE, TRANSACTIONS, UNKNOWN_ARTICLE

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TablesBefore:
    """Complete tables, and the batches of transactions that they lack."""

    tables: Artifact
    fresh: tuple[Artifact, ...]
    """Of days that come after all days of the tables, no two of them of the same day."""

    @property
    def rows_per_day(self) -> Counter[str]:
        """Purchases by ISO day."""
        return Counter(self.tables.summary["rows_per_day"])

    @cached_property
    def accounts(self) -> Mapping[str, dict[str, Any]]:
        """Accounts of the files of transactions that are in the tables, by SHA-256."""
        return _accounts_of(self.tables)

    def late_rows(self, spark: SparkSession) -> DataFrame:
        """The quarantined purchases of unknown articles: file, line, reason, text."""
        names = [account["name"] for account in self.accounts.values()]
        rows = read(spark, self.tables.path / QUARANTINE)
        return rows.where((rows["reason"] == UNKNOWN_ARTICLE) & rows["file"].isin(names))

    def link_parts(self, folder: Path, starts: Sequence[str], first_day: str | None) -> tuple[int, list[Path]]:
        """Link the parts that end before ``first_day`` of the fresh purchases; their number, and the other files.

        ``starts``: first day of each new part but the first. Days are added at the end, so earlier parts stay as they
        are. Without fresh purchases all parts are linked.
        """
        files = sorted((self.tables.path / TRANSACTIONS.name).glob("part-*.parquet"))
        linked = len(files) if first_day is None else bisect.bisect_right(starts, first_day)
        for file in files[:linked]:
            link_file(file, folder / file.name)
        log.info("%d of %d parts of the transactions are those of %s", linked, len(files), self.tables.name)
        return linked, files[linked:]


def find_tables_before(store: ArtifactStore, spec: ArtifactSpec, purchases: Sequence[Artifact]) -> TablesBefore | None:
    """The newest tables with all of ``purchases``, the batches of transactions of ``spec``, but those of later days.

    None if there are none: then all is read. Tables do not suit that have other articles, for which other purchases
    may be good, that leave out other customers, that know a file by another name, or that quarantined a purchase
    whose day may have come since.
    """
    for tables in store.others(spec):
        known = set(_keys(tables.record["inputs"], TRANSACTIONS.name))
        fresh = tuple(batch for batch in purchases if batch.key not in known)
        kept = [batch for batch in purchases if batch.key in known]
        if (
            len(kept) == len(known)
            and _keys(tables.record["inputs"], ARTICLES.name) == _keys(spec.inputs, ARTICLES.name)
            and tables.record["params"].get(ERASED) == spec.params.get(ERASED)
            and _are_known(kept, _accounts_of(tables))
            and _come_later(fresh, str(tables.summary["last_day"]))
        ):
            return TablesBefore(check_files(tables, spec.made_by), fresh)
    return None


def _accounts_of(tables: Artifact) -> dict[str, dict[str, Any]]:
    """Accounts of the files of transactions by SHA-256."""
    accounts = read_accounts(tables.path)
    return {account["sha256"]: account for account in accounts if account["table"] == TRANSACTIONS.name}


def _keys(inputs: Mapping[str, str], table: str) -> list[str]:
    """Keys of a table's batches in their order; an input is named ``<table>-<number>``."""
    return [key for name, key in sorted(inputs.items()) if name.rpartition("-")[0] == table]


def _are_known(batches: Sequence[Artifact], accounts: Mapping[str, dict[str, Any]]) -> bool:
    """Whether each has an account by its name, and no purchase in it was of the future."""
    found = [accounts.get(batch.summary["sha256"], {}) for batch in batches]
    names = [batch.summary["name"] for batch in batches]
    return [account.get("name") for account in found] == names and not any(
        FUTURE_DATE in account["quarantined"] for account in found
    )


def _come_later(fresh: Sequence[Artifact], last_day: str) -> bool:
    """Whether all days of ``fresh`` are after ``last_day``, and no two of them hold the same day."""
    days = [day.isoformat() for batch in fresh for day in set(days_of(batch))]
    return len(days) == len(set(days)) and all(day > last_day for day in days)
