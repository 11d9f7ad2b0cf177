"""State of the platform, from the records of its workspace."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from recsys_core import records
from recsys_core.records import Alert, Decision, Move
from recsys_core.release.history import LIFT
from recsys_core.release.pointer import ReleaseInfo, list_releases
from recsys_core.serving.first_release import is_first
from recsys_core.serving.hold import HeldRelease, held_releases
from recsys_core.workspace import Workspace

SHOWN: Final = 30
"""Rows of a table: a month of days."""
Line = TypeVar("Line")


@dataclass(frozen=True)
class State:
    """Releases with the decisions about them, and alerts."""

    releases: list[ReleaseInfo]
    """Those that are kept, the newest first."""
    held: tuple[HeldRelease, ...]
    challenger: str
    """Key of models that the gate has not decided about; empty if there are none."""
    moves: list[Move]
    """The latest first, as decisions and alerts."""
    decisions: list[Decision]
    alerts: list[Alert]

    @classmethod
    def read(cls, workspace: Workspace) -> "State":
        return cls(
            releases=list_releases(workspace),
            held=held_releases(workspace),
            challenger=workspace.challenger.readlink().name if workspace.challenger.is_symlink() else "",
            moves=latest(records.moves(workspace)),
            decisions=latest(records.decisions(workspace)),
            alerts=latest(records.alerts(workspace)),
        )

    @property
    def live(self) -> ReleaseInfo | None:
        return next((release for release in self.releases if release.live), None)

    @property
    def is_first_release(self) -> bool:
        return self.live is not None and is_first(self.live.manifest)

    @property
    def last_move(self) -> Move | None:
        """The move by which the live release went live; a lifted hold is none."""
        return next((move for move in self.moves if move.action != LIFT), None)

    @property
    def others(self) -> list[ReleaseInfo]:
        """Releases that are not live."""
        return [release for release in self.releases if not release.live]

    def age(self, now: dt.datetime) -> dt.timedelta | None:
        """Time since the live release was made."""
        return now - dt.datetime.fromisoformat(self.live.manifest["created_at"]) if self.live else None


def latest(lines: Sequence[Line], shown: int = SHOWN) -> list[Line]:
    """The last of records, the latest first."""
    return list(lines[-shown:])[::-1]


def collections_of(manifest: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Milvus collections of a release: what it holds, and its name."""
    images = manifest.get("images") or {}
    said = (manifest.get("milvus") or {}, images.get("milvus") or {})
    return [item for milvus in said for item in milvus.get("collections", {}).items()]


def in_words(age: dt.timedelta) -> str:
    """An age in its largest unit.

    >>> [in_words(dt.timedelta(hours=hours)) for hours in (0.5, 30, 72)]
    ['30 minutes', '30.0 hours', '3 days']
    """
    hours = age.total_seconds() / 3600
    if hours < 1:
        return f"{hours * 60:.0f} minutes"
    return f"{hours:.1f} hours" if hours < 48 else f"{hours / 24:.0f} days"
