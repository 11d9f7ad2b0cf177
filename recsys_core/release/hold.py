"""A rollback holds: what it took off the shop stays off until a newer release passes the gate or somebody lifts it."""

import getpass
import json
import os
import time
from collections.abc import Sequence
from dataclasses import asdict, replace

from recsys_core.contracts.release import TABLES_MADE_AT
from recsys_core.release import history
from recsys_core.release.pointer import ReleaseInfo, cutoff_of, go_live, live_id, live_or_none
from recsys_core.serving.hold import HeldRelease, held_releases, hold_path
from recsys_core.store.artifacts import atomic_path, open_artifact
from recsys_core.store.sync import sync
from recsys_core.workspace import Workspace

REMEDY = "`recsys release lift --why ...` ends the hold, `recsys promote --release {release} --force` makes it live"


def operating_user() -> str:
    """Returns the name of the user who runs this process, as far as the machine knows it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user often has no name
        return f"user {os.getuid()}"


def hold_release(workspace: Workspace, release: ReleaseInfo, to: str, by: str, why: str) -> None:
    """Put a release on hold, before the pointer moves to ``to``: until then the entry counts for nothing."""
    entry = HeldRelease(
        release.id,
        to,
        release.manifest["created_at"],
        release.manifest.get("cutoff", ""),
        time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        by,
        why,
    )
    _write(workspace, [*(held for held in held_releases(workspace) if held.release != release.id), entry])


def kept_off(workspace: Workspace, release: ReleaseInfo, passed: bool) -> str | None:
    """Reason why the standing hold keeps a release from going live; None if it does not.

    Only what is newer than everything rolled back from may lift a hold: another release that was not live before,
    made later, of data that reach as far. ``passed`` says whether the gate compared it and let it pass.
    """
    held = held_releases(workspace)
    if not held or release.id == live_id(workspace):
        return None
    if mine := next((entry for entry in held if entry.release == release.id), None):
        return str(mine)
    latest = held[-1]
    was_live = release.id in history.live_before(workspace, latest.to)
    is_later = release.manifest["created_at"] >= max(entry.created_at for entry in held)
    if was_live or not is_later or release.manifest.get("cutoff", "") < max(entry.cutoff for entry in held):
        return f"not newer than {latest.release}, {latest}"
    if not passed:
        return f"the gate has not compared it, and {latest.release} was {latest}"
    return None


def stays_off(workspace: Workspace, release: ReleaseInfo, passed: bool) -> str | None:
    """Reason and remedy if a release does not go live by itself.

    A later day's is live, or one of newer tables, or a rollback holds it.
    """
    if past := behind(workspace, release):
        return past
    held = kept_off(workspace, release, passed)
    return held and f"{held}. {REMEDY.format(release=release.id)}"


def behind(workspace: Workspace, release: ReleaseInfo) -> str | None:
    """Reason and remedy if the live release is of a later day than this one, or as of the same day of newer tables."""
    live = live_or_none(workspace)
    if live is None or live.id == release.id or cutoff_of(live) < cutoff_of(release):
        return None
    if cutoff_of(live) > cutoff_of(release):
        of = "a later day"
    elif _has_older_tables(workspace, release, live):
        of = "newer tables"
    else:
        return None
    return f"{live.id}, of {of}, is live; `recsys promote --release {release.id} --force` makes it live"


def _has_older_tables(workspace: Workspace, release: ReleaseInfo, live: ReleaseInfo) -> bool:
    """True if a release's tables were made before the live one's, and are not the current ones again.

    A corrected file or an erasure came between. A live release whose manifest does not name the time yet stops none.
    """
    mine, theirs = (each.manifest.get("data") or {} for each in (release, live))
    if mine.get("content_sha256") == theirs.get("content_sha256"):
        return False
    if mine.get(TABLES_MADE_AT, "") >= theirs.get(TABLES_MADE_AT, ""):
        return False
    current = open_artifact("tables", replace(workspace, tables_key="").tables)
    return current is None or current.content_sha256 != mine.get("content_sha256")


def bring_live(workspace: Workspace, release_id: str, action: str, by: str, why: str = "") -> None:
    """Move the pointer, and note which holds that lifts."""
    stood = held_releases(workspace)
    go_live(workspace, release_id, action, by, why)
    standing = held_releases(workspace)
    for entry in stood[len(standing) :]:
        history.note(workspace, history.LIFT, entry.release, by, f"{release_id} is live")
    _write(workspace, standing)


def lift_hold(workspace: Workspace, by: str, why: str) -> list[str]:
    """End the hold; returns the ids of the releases that were held.

    Raises
    ------
    ValueError
        If nothing is on hold.
    """
    held = held_releases(workspace)
    if not held:
        raise ValueError(f"nothing is on hold in {workspace.releases}: `recsys release list` shows what there is")
    for entry in held:
        history.note(workspace, history.LIFT, entry.release, by, why)
    _write(workspace, ())
    return [entry.release for entry in held]


def _write(workspace: Workspace, held: Sequence[HeldRelease]) -> None:
    """Write the hold to disk, before the pointer moves."""
    if not held:
        hold_path(workspace).unlink(missing_ok=True)
        return
    with atomic_path(hold_path(workspace)) as fresh:
        fresh.write_text(json.dumps([asdict(entry) for entry in held], indent=1))
    sync(hold_path(workspace).parent)
