"""From parts to a whole, verified release folder; and what becomes of old ones."""

import logging
import shutil
from dataclasses import replace
from pathlib import Path

from recsys_core.contracts.release import LISTS
from recsys_core.release.assemble import ReleaseParts, assemble
from recsys_core.release.pointer import ReleaseInfo, list_releases, making_alone, previous_release, publishing_alone
from recsys_core.release.verify import ReleaseDefectError, verify_release
from recsys_core.serving.hold import held_releases
from recsys_core.serving.lists import open_lists
from recsys_core.store.sync import sync
from recsys_core.workspace import Workspace

log = logging.getLogger(__name__)

KEPT_RELEASES = 3
"""Releases kept, the live one among them; the one before the live one always is."""


def make_release(workspace: Workspace, parts: ReleaseParts) -> ReleaseInfo:
    """Assemble in a draft folder, verify, rename to ``releases/<id>``. The same parts give the same id.

    One process at a time makes a release. A rollback waits only for the rename, not to be called ``publishing_alone``.
    Where an equal release was there, made of other tables, ``data`` in the manifest that is returned is of these parts.

    Raises
    ------
    ReleaseDefectError
        If the result is not fit to go live; nothing is changed then.
    """
    with making_alone(workspace):
        _remove_left_overs(workspace)
        draft = workspace.releases / f".draft-{parts.lists.key}"
        draft.mkdir()
        manifest = assemble(parts, draft)
        verify_release(draft, parts.customers)
        final = workspace.releases / str(manifest["id"])
        is_there = _is_whole(final)
        with publishing_alone(workspace):
            _move_in(draft, final, is_there)
            made = next(release for release in list_releases(workspace) if release.id == final.name)
        if draft.exists():
            shutil.rmtree(draft)
    return replace(made, manifest={**made.manifest, "data": manifest["data"]})


def _remove_left_overs(workspace: Workspace) -> None:
    """Remove drafts of killed runs, which nobody else makes now, and what a killed run had begun to drop."""
    for draft in workspace.releases.glob(".draft-*"):
        shutil.rmtree(draft)
    with publishing_alone(workspace):
        for dropped in workspace.releases.glob(".dropped-*"):
            shutil.rmtree(dropped)


def _is_whole(release: Path) -> bool:
    """True if the folder is there and is a release without defects."""
    if not release.exists():
        return False
    try:
        verify_release(release)
    except (ReleaseDefectError, OSError, ValueError) as defect:
        log.warning("%s is damaged (%s) and made again", release, defect)
        return False
    return True


def _move_in(draft: Path, final: Path, is_whole: bool) -> None:
    """Keep an equal release that is there and whole, unless another process has dropped it since it was read."""
    if final.exists():
        if is_whole:
            return
        final.rename(final.with_name(f".dropped-{final.name}"))
    draft.rename(final)
    sync(final.parent)


def holds_erased(workspace: Workspace, release: ReleaseInfo) -> bool:
    """True if a customer whose data were deleted still has a list in it."""
    erased = workspace.erasures()
    return bool(erased) and any(customer in erased for customer in open_lists(release.path / LISTS).customers())


def too_old(workspace: Workspace, keep: int = KEPT_RELEASES) -> list[ReleaseInfo]:
    """Releases that may go.

    Kept are the newest ``keep``, the live one, those on hold, which somebody may want back, and the one that a rollback
    would bring back. Whatever holds an erased customer's list goes, but the live one, which the next run replaces.
    """
    try:
        way_back = previous_release(workspace)
    except ValueError:  # the live one is the first
        way_back = None
    kept = {release.id for release in list_releases(workspace)[:keep]} | {way_back}
    kept |= {held.release for held in held_releases(workspace)}
    return [
        release
        for release in list_releases(workspace)
        if not release.live and (release.id not in kept or holds_erased(workspace, release))
    ]
