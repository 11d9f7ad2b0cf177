"""A shop's first release: it goes live only if nothing trained is, the gate is not asked, and it is never champion."""

from typing import Final

from recsys_core.promotion.gate import Decision
from recsys_core.release import history
from recsys_core.release.hold import bring_live, operating_user
from recsys_core.release.pointer import ReleaseInfo, drop_release, live_or_none, publishing_alone
from recsys_core.release.upload import upload_live
from recsys_core.serving.first_release import is_first
from recsys_core.workspace import Workspace

WHY: Final = "nothing trained was live; the trained release replaces it"
NEVER_CHAMPION: Final = "it is a first release, which nothing was trained for: it may serve, but is never champion"


def bring_first_live(workspace: Workspace, release: ReleaseInfo) -> ReleaseInfo:
    """Bring a first release live if nothing is, or an older first one; else drop it, unless it is itself live.

    Returns the live release. Another process may have published while this one was made.
    """
    live = _bring_first_live(workspace, release)
    upload_live(workspace)
    return live


def _bring_first_live(workspace: Workspace, release: ReleaseInfo) -> ReleaseInfo:
    with publishing_alone(workspace):
        live = live_or_none(workspace)
        if live is None or may_follow(live, release.manifest["cutoff"]):
            bring_live(workspace, release.id, history.FIRST, operating_user(), WHY)
            return release
        if live.id != release.id:
            drop_release(release)
        return live


def may_follow(live: ReleaseInfo, cutoff: str) -> bool:
    """True if a first release as of ``cutoff`` may replace the live one: a first one too, as of an earlier day."""
    return is_first(live.manifest) and str(live.manifest["cutoff"]) < cutoff


def decided_by_hand(release: ReleaseInfo, reason: str) -> Decision:
    """Decision of a person, which names a champion too, unless the release is a first one."""
    first = is_first(release.manifest)
    return Decision("unproven", (reason, NEVER_CHAMPION)) if first else Decision("promote", (reason,))
