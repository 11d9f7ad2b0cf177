"""Reuses earlier tables: parts of the transactions that a new day's file does not change are linked instead of read.

A day's file only adds purchases of later days. What was wrong with the other files is known, too.
"""

import bisect
import datetime as dt
import logging
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession

from recsys_core.contracts.columns import ARTICLE_ID
from recsys_core.store.artifacts import (
    Artifact,
    ArtifactSpec,
    ArtifactStore,
    DamagedArtifactError,
    check_digests,
    link_file,
)
from spark_jobs.accounts import ACCOUNTS, read_accounts
from spark_jobs.batches import ERASED, QUARANTINE
from spark_jobs.closed_day import days_of
from spark_jobs.io import read
from spark_jobs.schemas import ARTICLES, FUTURE_DATE, TRANSACTIONS, UNKNOWN_ARTICLE
from spark_jobs.transforms.tables import part_starts

log = logging.getLogger(__name__)
LATE = (UNKNOWN_ARTICLE, FUTURE_DATE)
"""Reasons by which a purchase is quarantined only when the tables are made."""
TAKEN_OVER = (f"{TRANSACTIONS.name}/", f"{ARTICLES.name}/", f"{QUARANTINE}/", ACCOUNTS)
"""Files that new tables take over, or go by; all are read again, because a damaged part must not be passed on."""


@dataclass(frozen=True)
class TablesBefore:
    """Complete tables, and the batches of transactions that they lack."""

    tables: Artifact
    accounts: Mapping[str, dict[str, Any]]
    """Accounts of the files of transactions that are in the tables, by SHA-256."""
    fresh: tuple[Artifact, ...]
    """Of days that come after all days of the tables, no two of them of the same day."""

    @property
    def rows_per_day(self) -> Counter[str]:
        """Purchases by ISO day."""
        return Counter(self.tables.summary["rows_per_day"])

    def late_rows(self, spark: SparkSession) -> DataFrame:
        """Purchases that were quarantined when the tables were made: file, line, reason, text."""
        names = [account["name"] for account in self.accounts.values()]
        rows = read(spark, self.tables.path / QUARANTINE)
        return rows.where(rows["reason"].isin(*LATE) & rows["file"].isin(*names))

    def link_parts(self, folder: Path, starts: Sequence[str], first_day: str | None) -> tuple[int, list[Path]]:
        """Link the parts that end before ``first_day`` of the fresh purchases; their number, and the other files.

        ``starts``: first day of each new part but the first. Days are added at the end, so earlier parts stay as they
        are. Without fresh purchases all parts are linked.
        """
        files = _parts(self.tables)
        linked = len(files) if first_day is None else bisect.bisect_right(starts, first_day)
        for file in files[:linked]:
            link_file(file, folder / file.name)
        log.info("%d of %d parts of the transactions are those of %s", linked, len(files), self.tables.name)
        return linked, files[linked:]


def find_tables_before(
    store: ArtifactStore,
    spec: ArtifactSpec,
    purchases: Sequence[Artifact],
    articles: Path,
    part_rows: int,
    today: dt.date,
) -> TablesBefore | None:
    """The newest tables that lack nothing of ``purchases`` but batches of later days; None if all has to be read.

    Parameters
    ----------
    spec
        Of the new tables.
    purchases
        Their batches of transactions.
    articles
        Their articles, which are written already.
    part_rows
        Purchases in a part of the transactions.
    today
        Purchases of later days are quarantined.
    """
    for tables in store.others(spec):
        known = {key for name, key in tables.record["inputs"].items() if name.rpartition("-")[0] == TRANSACTIONS.name}
        fresh = tuple(batch for batch in purchases if batch.key not in known)
        kept = [batch for batch in purchases if batch.key in known]
        try:
            reason = _differing_files(tables, spec, kept, fresh)
            reason = reason or _differing_rows(tables, kept, articles, part_rows, today)
        except (DamagedArtifactError, OSError, pa.ArrowInvalid) as problem:
            reason = f"it is damaged: {problem}"
        if not reason:
            return TablesBefore(tables, _accounts_of(tables), fresh)
        log.info("%s is not added to: %s", tables.name, reason)
    return None


def _differing_files(
    tables: Artifact, spec: ArtifactSpec, kept: Sequence[Artifact], fresh: Sequence[Artifact]
) -> str | None:
    """Reason why the parts of ``tables`` cannot be kept, by the batches that both have and the ``fresh`` ones."""
    if len(kept) != sum(name.startswith(f"{TRANSACTIONS.name}-") for name in tables.record["inputs"]):
        return "a file of transactions has changed or is gone"
    if tables.record["params"].get(ERASED) != spec.params.get(ERASED):
        return "other customers had their data deleted"
    if not _come_later(fresh, str(tables.summary["last_day"])):
        return "a new file has purchases of a day that another has, or of an earlier one"
    return None


def _differing_rows(
    tables: Artifact, kept: Sequence[Artifact], articles: Path, part_rows: int, today: dt.date
) -> str | None:
    """The same by the rows of ``tables``; its purchases, which are large, are read whole if all else suits.

    Raises
    ------
    DamagedArtifactError
        If a file changed since it was made.
    """
    taken_over = {name: digest for name, digest in tables.record["files"].items() if name.startswith(TAKEN_OVER)}
    purchases = {name: taken_over.pop(name) for name in [*taken_over] if name.startswith(TRANSACTIONS.name)}
    check_digests(tables.path, taken_over, f"remove {tables.path}", at_most=None)
    names = sorted(batch.summary["name"] for batch in kept)
    if names != sorted(account["name"] for account in _accounts_of(tables).values()):
        return "a file of transactions has another name"
    if {*names} & {each["name"] for each in read_accounts(tables.path) if each["table"] != TRANSACTIONS.name}:
        return "a file of transactions holds another table, too"
    if not _would_judge_alike(tables, articles, names, today):
        return "by the articles, or today's date, a purchase may be judged otherwise"
    if not _is_laid_out(tables, part_rows):
        return "they were written in other parts, or by another version of Arrow"
    check_digests(tables.path, purchases, f"remove {tables.path}", at_most=None)
    return None


def _accounts_of(tables: Artifact) -> dict[str, dict[str, Any]]:
    """Accounts of the files of transactions by SHA-256."""
    return {each["sha256"]: each for each in read_accounts(tables.path) if each["table"] == TRANSACTIONS.name}


def _come_later(fresh: Sequence[Artifact], last_day: str) -> bool:
    """Whether all days of ``fresh`` are after ``last_day``, and no two of them hold the same day."""
    days = [day.isoformat() for batch in fresh for day in days_of(batch)]
    return len(days) == len(set(days)) and all(day > last_day for day in days)


def _would_judge_alike(tables: Artifact, articles: Path, names: Collection[str], today: dt.date) -> bool:
    """Whether each purchase of the files ``names`` would be accepted, or quarantined, as it was."""
    late = pads.dataset(tables.path / QUARANTINE, format="parquet").to_table(
        filter=pads.field("reason").isin(LATE) & pads.field("file").isin(names)
    )
    before, now = _ids(tables.path / ARTICLES.name), _ids(articles)
    if not pc.all(pc.is_in(before, value_set=now)).as_py():
        return False
    if UNKNOWN_ARTICLE in late["reason"].to_pylist() and len(before) != len(now):
        return False
    day = today.isoformat()
    future = late.filter(pads.field("reason") == FUTURE_DATE)["text"].to_pylist()
    return all(text[: len(day)] > day for text in future)  # a row's text begins with its day


def _ids(articles: Path) -> pa.Array:
    return pads.dataset(articles, format="parquet").to_table(columns=[ARTICLE_ID])[ARTICLE_ID].combine_chunks()


def _is_laid_out(tables: Artifact, part_rows: int) -> bool:
    """Whether the parts are those that would be written now, by the bytes too."""
    files = _parts(tables)
    wanted = len(part_starts(tables.summary["rows_per_day"], part_rows)) + 1
    return len(files) == wanted and pq.read_metadata(files[0]).created_by.endswith(f" {pa.__version__}")


def _parts(tables: Artifact) -> list[Path]:
    return sorted((tables.path / TRANSACTIONS.name).glob("part-*.parquet"))
