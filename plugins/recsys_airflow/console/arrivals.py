"""Arrivals of files, from the records that each ingest leaves: rows, what was wrong with them, how late they came."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import pyarrow.dataset as pads
import pyarrow.parquet as pq

from recsys_core.contracts.columns import T_DAT
from recsys_core.store.artifacts import RECORD
from recsys_core.workspace import Workspace

MAX_FILES: Final = 100
MAX_ROWS: Final = 50
MAX_TEXT: Final = 300
"""Characters of a quarantined row that are shown."""


@dataclass(frozen=True)
class Arrival:
    """A file, when an ingest first read it."""

    at: str
    file_key: str
    """Key of the file: an ingest that leaves out erased customers reads it once more."""
    name: str
    table: str
    rows: int
    accepted: int
    left_out: int
    quarantined: Mapping[str, int]
    """Rows by reason."""
    first_day: dt.date | None
    last_day: dt.date | None
    """Days of its purchases; None for another table."""
    late_by: int = 0
    """Days from its first purchase to the day that was awaited when it came: the one after all purchases then known."""

    @property
    def bad(self) -> int:
        return sum(self.quarantined.values())


@dataclass(frozen=True)
class BadRow:
    """A quarantined row."""

    file: str
    line: int
    reason: str
    text: str


@dataclass(frozen=True)
class Quarantine:
    """Quarantined rows of the current tables."""

    total: int
    rows: list[BadRow]
    """The first of them, by file and line."""

    @classmethod
    def read(cls, workspace: Workspace) -> "Quarantine":
        folder = workspace.tables / "quarantine"
        if not folder.is_dir():
            return cls(0, [])
        rows = pads.dataset(folder, format="parquet")
        first = rows.scanner(columns=["file", "line", "reason", "text"]).head(MAX_ROWS)
        return cls(rows.count_rows(), [_cut(row) for row in first.to_pylist()])


def _cut(row: Mapping[str, Any]) -> BadRow:
    text = row["text"] or ""
    return BadRow(row["file"], row["line"], row["reason"], text if len(text) <= MAX_TEXT else f"{text[:MAX_TEXT]} ...")


def read_arrivals(workspace: Workspace) -> list[Arrival]:
    """The latest arrivals, the latest first."""
    found = map(_read, (workspace.root / "batches").glob(f"[!.]*/{RECORD}"))
    first = {arrival.file_key: arrival for arrival in sorted(found, key=lambda arrival: arrival.at, reverse=True)}
    made = sorted(first.values(), key=lambda arrival: arrival.at)
    return list(_with_lateness(made, _ingests(workspace)))[: -MAX_FILES - 1 : -1]


def _ingests(workspace: Workspace) -> list[str]:
    """Times at which an ingest had made its tables, ascending."""
    found = (json.loads(file.read_text())["created_at"] for file in (workspace.root / "tables").glob(f"[!.]*/{RECORD}"))
    return sorted(set(found))


def _with_lateness(arrivals: list[Arrival], ingests: list[str]) -> Iterator[Arrival]:
    """Files of one ingest do not make each other late."""
    known: dt.date | None = None
    coming: dt.date | None = None
    ended = ""
    for arrival in arrivals:
        if arrival.at > ended:
            known, ended = coming, next((at for at in ingests if at >= arrival.at), arrival.at)
        late = (known - arrival.first_day).days + 1 if known and arrival.first_day else 0
        coming = max(filter(None, (coming, arrival.last_day)), default=None)
        yield replace(arrival, late_by=max(late, 0))


@lru_cache(maxsize=10_000)
def _read(record: Path) -> Arrival:
    """An arrival; a batch never changes."""
    batch = json.loads(record.read_text())
    made = batch["summary"]
    days = _days(record.parent / "rows") if made["table"] == "transactions" else ()
    return Arrival(
        at=batch["created_at"],
        file_key=str(made.get("file_key", batch["key"])),
        name=made["name"],
        table=made["table"],
        rows=made["rows_in"] + made["left_out"],
        accepted=made["accepted"],
        left_out=made["left_out"],
        quarantined=made["quarantined"],
        first_day=min(days, default=None),
        last_day=max(days, default=None),
    )


def _days(rows: Path) -> tuple[dt.date, ...]:
    """The first and the last day of each part, from its statistics."""
    found: list[dt.date] = []
    for part in sorted(rows.glob("*.parquet")):
        about = pq.read_metadata(part)
        if T_DAT not in about.schema.names:
            continue
        column = about.schema.names.index(T_DAT)
        said = (about.row_group(group).column(column).statistics for group in range(about.num_row_groups))
        found += [day for s in said if s is not None and s.has_min_max for day in (s.min, s.max)]
    return tuple(found)


def by_day(arrivals: list[Arrival]) -> dict[str, dict[str, float]]:
    """Accepted and quarantined rows by day of arrival, the earliest first."""
    days: dict[str, dict[str, float]] = {}
    for arrival in reversed(arrivals):
        day = days.setdefault(arrival.at[:10], {"accepted": 0, "quarantined": 0, "left out": 0})
        day["accepted"] += arrival.accepted
        day["quarantined"] += arrival.bad
        day["left out"] += arrival.left_out
    return days
