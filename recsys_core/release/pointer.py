"""The releases of a workspace and the pointer to the live one."""

import contextlib
import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recsys_core.contracts.release import MANIFEST
from recsys_core.release import history
from recsys_core.serving.arrays import read_json
from recsys_core.store.locks import locked
from recsys_core.workspace import Workspace, flip_link, link_target

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReleaseInfo:
    """One release of a workspace."""

    id: str
    path: Path
    live: bool
    manifest: dict[str, Any]


def list_releases(workspace: Workspace) -> list[ReleaseInfo]:
    """All whole releases, newest first."""
    live = live_id(workspace)
    found = [
        ReleaseInfo(path.parent.name, path.parent, path.parent.name == live, read_json(path))
        for path in workspace.releases.glob(f"*/{MANIFEST}")
        if not path.parent.name.startswith(".") and not path.parent.is_symlink()
    ]
    return sorted(found, key=lambda release: (release.manifest["created_at"], release.id), reverse=True)


def live_or_none(workspace: Workspace) -> ReleaseInfo | None:
    """The live release; None if none is, or the pointer names one that is not there."""
    return next((release for release in list_releases(workspace) if release.live), None)


def cutoff_of(release: ReleaseInfo) -> str:
    """The cut-off, YYYY-MM-DD; nothing of a release of before manifests named it."""
    return str(release.manifest.get("cutoff") or "")


def live_id(workspace: Workspace) -> str | None:
    """Id of the live release, or None."""
    return link_target(workspace.live)


@contextlib.contextmanager
def publishing_alone(workspace: Workspace) -> Iterator[None]:
    """No other process adds, drops, holds or flips releases of this workspace meanwhile. Not for long work."""
    with locked(workspace.releases / ".lock"):
        yield


@contextlib.contextmanager
def making_alone(workspace: Workspace) -> Iterator[None]:
    """No other process makes a release of this workspace meanwhile; rollbacks and promotions need not wait.

    Whoever needs ``publishing_alone``, too, enters that one inside.
    """
    with locked(workspace.releases / ".draft.lock"):
        yield


def go_live(workspace: Workspace, release_id: str, action: str = history.PUBLISH, by: str = "", why: str = "") -> None:
    """Point ``releases/live`` at a release, atomically; noted first."""
    if live_id(workspace) == release_id:
        return
    history.note(workspace, action, release_id, by, why)
    flip_link(workspace.live, release_id)
    log.info("%s: release %s is live", action, release_id)


def previous_release(workspace: Workspace) -> str:
    """The release that was live before the present one.

    Raises
    ------
    ValueError
        If there is none.
    """
    line = history.line_of_releases(workspace, [release.id for release in list_releases(workspace)])
    live = live_id(workspace)
    before = line[: line.index(live)] if live in line else line
    if not before:
        raise ValueError(f"no release before {live} in {workspace.releases}: `recsys release list` shows what there is")
    return before[-1]


def drop_release(release: ReleaseInfo) -> None:
    """Remove a release's folder: it vanishes in one rename, then its files go."""
    doomed = release.path.with_name(f".dropped-{release.id}")
    release.path.rename(doomed)
    shutil.rmtree(doomed)
    log.info("release %s dropped", release.id)
