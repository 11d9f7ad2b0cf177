"""Changes of the live release, by the gate or by hand: promote, roll back, lift a hold, drop old releases."""

import logging
from collections.abc import Collection

from recsys_core.config import load_config
from recsys_core.index.config import IndexConfig
from recsys_core.promotion.evaluation_records import read_decisions
from recsys_core.promotion.gate import Decision, load_gate
from recsys_core.promotion.guard import guard_report
from recsys_core.promotion.judging import NEVER_CHAMPION, HeldBackError, decided_by_hand, judge, keep_decision
from recsys_core.promotion.list_health import ReleaseLists
from recsys_core.release import history
from recsys_core.release.hold import bring_live, hold_release, lift_hold, operating_user, stays_off
from recsys_core.release.pointer import (
    ReleaseInfo,
    drop_release,
    list_releases,
    live_or_none,
    previous_release,
    publishing_alone,
)
from recsys_core.release.publish import too_old
from recsys_core.release.upload import upload_live
from recsys_core.release.verify import verify_release
from recsys_core.serving.first_release import is_first
from recsys_core.serving.hold import held_releases
from recsys_core.workspace import Workspace

log = logging.getLogger(__name__)
GATE = "gate"


def promote(
    workspace: Workspace, release_id: str | None = None, force: bool = False, reason: str = "", by: str = ""
) -> tuple[ReleaseInfo, Decision]:
    """Ask the gate again about a release, by default the last one it judged.

    It becomes live and champion if it passes, or by ``force``, which also overrules a hold; a first release by force
    becomes live alone. If it is older than the live one, the live one is held from then on.

    Raises
    ------
    ValueError
        If there is no such release; names those that there are.
    HeldBackError
        If the release does not pass, or a rollback holds it.
    """
    by = by or operating_user()
    with publishing_alone(workspace):
        judged = [line["release"] for line in read_decisions(workspace)]
        release = find_release(workspace, release_id or (judged[-1] if judged else ""))
        verify_release(release.path)
        decision = decided_by_hand(release, reason or "by hand") if force else _judge_again(workspace, release)
        if decision.verdict != "promote" and not force:
            keep_decision(workspace, release, decision, GATE, release.live)
            raise HeldBackError(f"release {release.id} stays as it is: {'; '.join(decision.reasons)}")
        live = next((one for one in list_releases(workspace) if one.live), release)
        if live.manifest["created_at"] > release.manifest["created_at"]:
            hold_release(workspace, live, release.id, by, reason)
        bring_live(workspace, release.id, history.PROMOTE, by, reason)
        keep_decision(workspace, release, decision, "force" if force else GATE, True)
        _tidy_milvus(workspace, load_config(workspace).index)
        promoted = live_release(workspace)
    upload_live(workspace)
    return promoted, decision


def _judge_again(workspace: Workspace, release: ReleaseInfo) -> Decision:
    """Decision of the gate on a release, "held" if a rollback holds it, "stopped" if the guard stops it."""
    if is_first(release.manifest):
        return Decision("unproven", (f"{NEVER_CHAMPION}; --force makes it live",))
    gate, lists = load_gate(workspace), ReleaseLists(release)
    decision = judge(workspace, release, gate, lists=lists)
    held = stays_off(workspace, release, decision.verdict == "promote") if decision.verdict != "refuse" else None
    if held:
        return Decision("held", (held,))
    health = guard_report(gate.guard, release, live_or_none(workspace), lists)
    return Decision("stopped", health.stops) if health and health.stops and decision.verdict == "promote" else decision


def rollback(workspace: Workspace, to: str | None = None, by: str = "", why: str = "") -> ReleaseInfo:
    """Point ``releases/live`` at release ``to``, by default the one that was live before, and hold the one it leaves.

    To go to a held release lifts its hold, and the hold of those rolled back from after it.

    Raises
    ------
    ValueError
        If there is no such release; names those that there are.
    ReleaseDefectError
        If its files were changed since it was published.
    """
    by = by or operating_user()
    with publishing_alone(workspace):
        release = find_release(workspace, to or previous_release(workspace))
        verify_release(release.path)
        is_held = release.id in {held.release for held in held_releases(workspace)}
        live = next((one for one in list_releases(workspace) if one.live), release)
        if live.id != release.id and not is_held:
            hold_release(workspace, live, release.id, by, why)
        bring_live(workspace, release.id, history.ROLLBACK, by, why)
        keep_decision(
            workspace, release, decided_by_hand(release, why or "rolled back by hand"), history.ROLLBACK, True
        )
        _tidy_milvus(workspace, load_config(workspace).index)
        back = live_release(workspace)
    upload_live(workspace)
    return back


def lift(workspace: Workspace, why: str, by: str = "") -> list[str]:
    """End the hold of a rollback, so that the next ``publish`` goes live again; returns what was held.

    Raises
    ------
    ValueError
        If nothing is on hold.
    """
    with publishing_alone(workspace):
        lifted = lift_hold(workspace, by or operating_user(), why)
    upload_live(workspace)
    return lifted


def find_release(workspace: Workspace, release_id: str) -> ReleaseInfo:
    """The release of this id.

    Raises
    ------
    ValueError
        If there is no such release; names those that there are.
    """
    releases = {release.id: release for release in list_releases(workspace)}
    if release_id not in releases:
        raise ValueError(
            f"no release {release_id!r} in {workspace.releases}: there are {', '.join(releases) or 'none'}"
        )
    return releases[release_id]


def live_release(workspace: Workspace) -> ReleaseInfo:
    """The release that the pointer names."""
    return next(release for release in list_releases(workspace) if release.live)


def drop_old(workspace: Workspace, config: IndexConfig, keep: int) -> None:
    """Drop releases beyond ``keep``. Their collections go first, because only the releases know the names."""
    doomed = too_old(workspace, keep)
    kept = [release for release in list_releases(workspace) if release.id not in {old.id for old in doomed}]
    unused = {name for release in doomed for name in _collections(release)}
    if _tidy_milvus(workspace, config, unused - {name for release in kept for name in _collections(release)}):
        for release in doomed:
            drop_release(release)


def drop_collections_of(workspace: Workspace, config: IndexConfig, indexes: Collection[str]) -> bool:
    """Drop the collections of indexes, by key, that no release names; False if Milvus fails.

    Those of other workspaces on the same server stay.
    """
    from recsys_core.index.collection import collection_name  # it imports Milvus's client, which is slow
    from recsys_core.index.contents import ARTICLES, IMAGES

    with publishing_alone(workspace):
        named = {name for release in list_releases(workspace) for name in _collections(release)}
        unused = {collection_name(key, of) for key in indexes for of in (ARTICLES, IMAGES)} - named
        return _tidy_milvus(workspace, config, unused)


def _tidy_milvus(workspace: Workspace, config: IndexConfig, unused: Collection[str] = ()) -> bool:
    """Points the alias at the live collection and drops unused ones; False if Milvus fails.

    The shop goes by its manifest, so this may wait.
    """
    live = live_or_none(workspace)
    if not (live and _collections(live)) and not unused:
        return True
    from pymilvus import MilvusException  # half of the start of the command, which moves the pointer without it

    from recsys_core.index.collection import drop_collections, point_alias
    from recsys_core.index.server import MilvusUnreachableError, milvus_client

    try:
        with milvus_client(workspace, config) as client:
            if live and live.manifest.get("milvus"):
                point_alias(client, live.manifest["milvus"]["collections"]["articles"])
            drop_collections(client, set(unused))
    except (MilvusUnreachableError, MilvusException) as error:
        log.warning("Milvus was not tidied (%s): the next `recsys publish` or `recsys clean` does it again", error)
        return False
    return True


def _collections(release: ReleaseInfo) -> list[str]:
    """Names of the release's collections: of its articles, and of their images if it has such vectors."""
    images = release.manifest.get("images") or {}
    said = (release.manifest.get("milvus") or {}, images.get("milvus") or {})
    return [name for milvus in said for name in milvus.get("collections", {}).values()]
