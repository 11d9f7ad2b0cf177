"""Records of the workspace for those who operate it: live release, last ingest, decisions, moves, alerts.

The storefront's metrics and the console of Airflow show them, so this module imports nothing heavy.

A file is parsed again only after it has changed, so asking often costs little. In a file of lines, those that do not
fit are left out, as after a run that was killed; any other file that does not fit is a ``ValueError``.
"""

import datetime as dt
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import AwareDatetime, BaseModel, ValidationError

from recsys_core.contracts.release import MANIFEST
from recsys_core.store.json_lines import read_lines
from recsys_core.workspace import Workspace


class LiveRelease(BaseModel):
    """The manifest of the live release, as far as those who operate it look at it."""

    id: str
    created_at: AwareDatetime
    cutoff: dt.date | None = None
    models_as_of: dt.date | None = None
    """Cut-off of the models' training; None if nothing was trained."""
    first_release: bool | None = None
    rows: dict[str, int] = {}


class FileOfIngest(BaseModel):
    """Rows of one file that the tables were made from."""

    table: str
    accepted: int
    quarantined: int
    left_out: int


class Ingest(BaseModel):
    """The report of the last ingest."""

    files: list[FileOfIngest]
    rows_per_day: dict[dt.date, int]


class Health(BaseModel):
    """The guard's figures of a release's lists."""

    now: dict[str, Any]
    """Figures of the lists (``recsys_core/promotion/list_health.py``)."""
    changed: float | None = None
    """Share of lists that changed wholly since the live release; None if there was none to compare with."""
    repriced: float | None = None


class Decision(BaseModel):
    """A decision about a release."""

    at: AwareDatetime
    verdict: str
    release: str = ""
    cutoff: str = ""
    by: str = ""
    live: bool = False
    reasons: list[str] = []
    validation: dict[str, Any] | None = None
    """Summary of its models' validation."""
    health: Health | None = None


class Move(BaseModel):
    """A move of the pointer to the live release, or a lifted hold."""

    at: AwareDatetime
    action: str
    release: str
    by: str = ""
    why: str = ""


class AliasMove(BaseModel):
    """A move of the alias of a training's models."""

    at: AwareDatetime
    alias: str
    models: str = ""
    """Their key; empty: nobody has it now."""
    runs: list[str] = []
    """The models' runs in MLflow."""
    release: str = ""
    by: str = ""
    why: str = ""


class Alert(BaseModel):
    """An alert of Airflow's runs."""

    at: AwareDatetime
    kind: str
    dag: str = ""
    text: str = ""
    where: str = ""


class Fetch(BaseModel):
    """The last try to fetch the live release from an object store (``recsys_core/store/release_fetch.py``)."""

    tried_at: AwareDatetime
    fetched_at: AwareDatetime | None = None
    """Last time when this pod had the release that the store's pointer names."""
    problem: str = ""


Record = TypeVar("Record", bound=BaseModel)


def live_release(workspace: Workspace) -> LiveRelease | None:
    """None if nothing is live, or if the folder that the pointer names is gone."""
    return _record(workspace.live / MANIFEST, LiveRelease)


def last_ingest(workspace: Workspace) -> Ingest | None:
    """None before the first one."""
    return _record(_ingest_file(workspace), Ingest)


def last_ingest_at(workspace: Workspace) -> float:
    """Time of the last ingest that came to its end, in seconds since 1970."""
    return _ingest_file(workspace).stat().st_mtime


def decisions(workspace: Workspace) -> list[Decision]:
    """Oldest first."""
    return _lines(workspace.decisions, Decision)


def moves(workspace: Workspace) -> list[Move]:
    """Oldest first."""
    return _lines(workspace.history, Move)


def alias_moves(workspace: Workspace) -> list[AliasMove]:
    """Oldest first."""
    return _lines(workspace.aliases, AliasMove)


def alerts(workspace: Workspace) -> list[Alert]:
    """Oldest first."""
    return _lines(workspace.alerts, Alert)


def last_fetch(workspace: Workspace) -> Fetch | None:
    """None where no process fetches releases."""
    return _record(workspace.fetch_record, Fetch)


def _ingest_file(workspace: Workspace) -> Path:
    return workspace.ingest_report.with_suffix(".json")


def _record(file: Path, kind: type[Record]) -> Record | None:
    """The record that a file is, if it is there."""
    found: Record | None = _parsed(file, kind, _of_file)
    return found


def _lines(file: Path, kind: type[Record]) -> list[Record]:
    """The records that a file holds, one a line; none if it is not there."""
    return _parsed(file, kind, _of_lines) or []


def _of_file(file: Path, kind: type[Record]) -> Record:
    return kind.model_validate_json(file.read_bytes())


def _of_lines(file: Path, kind: type[Record]) -> list[Record]:
    found = []
    for line in read_lines(file):
        try:
            found.append(kind.model_validate(line))
        except ValidationError:  # of another version
            continue
    return found


def _parsed(file: Path, kind: type[Record], parse: Callable[[Path, type[Record]], Any]) -> Any:
    try:
        stat = file.stat()
    except FileNotFoundError:
        return None
    return _parsed_once(file, kind, parse, (stat.st_ino, stat.st_mtime_ns, stat.st_size))


@lru_cache(maxsize=16)
def _parsed_once(
    file: Path, kind: type[Record], parse: Callable[[Path, type[Record]], Any], version: tuple[int, ...]
) -> Any:
    """Content of a file, once for each ``version`` of it."""
    return parse(file, kind)
