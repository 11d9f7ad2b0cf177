"""The hold that a rollback leaves: which releases were taken off the shop, by whom and why.

``<workspace>/releases/hold.json`` is a list of ``HeldRelease``, the one rolled back from first on top::

    [{"release", "to", "created_at", "cutoff", "at", "by", "why"}, ...]
"""

import json
from dataclasses import dataclass
from pathlib import Path

from recsys_core.serving.arrays import read_json
from recsys_core.workspace import Workspace


@dataclass(frozen=True)
class HeldRelease:
    """A release that a rollback took off the shop."""

    release: str
    to: str
    """The release that went live in its place."""
    created_at: str
    """Time when the held release was made."""
    cutoff: str
    """The held release's data cut-off."""
    at: str
    by: str
    why: str

    def __str__(self) -> str:
        return f"rolled back at {self.at} by {self.by}: {self.why or 'no reason given'}"


def hold_path(workspace: Workspace) -> Path:
    """File of the standing hold; absent where none stands."""
    return workspace.hold


def held_releases(workspace: Workspace) -> tuple[HeldRelease, ...]:
    """The releases on hold, in the order in which they were rolled back from; empty where no hold stands.

    An entry counts only while the shop is where its rollback, or a later one, took it: one that was killed before it
    moved the pointer holds nothing, and a release that went live since has lifted what came before.

    Raises
    ------
    ValueError
        If the file cannot be read; names it and the remedy.
    """
    try:
        live = workspace.live.readlink().name
        noted = [HeldRelease(**entry) for entry in read_json(hold_path(workspace))]
    except FileNotFoundError:
        return ()
    except (json.JSONDecodeError, TypeError) as error:
        raise ValueError(
            f"{hold_path(workspace)} is damaged ({error}): remove it, and roll back again to hold"
        ) from None
    standing = max((place for place, entry in enumerate(noted, start=1) if entry.to == live), default=0)
    return tuple(noted[:standing])
