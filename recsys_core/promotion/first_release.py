"""A shop's first release: it goes live only if nothing trained is, and the gate is not asked."""

import logging
from dataclasses import replace
from typing import Final

from recsys_core.index.config import IndexConfig
from recsys_core.promotion.going_live import drop_old
from recsys_core.release import history
from recsys_core.release.hold import bring_live, kept_off, operating_user
from recsys_core.release.pointer import ReleaseInfo, drop_release, live_or_none, publishing_alone
from recsys_core.release.publish import KEPT_RELEASES
from recsys_core.release.upload import upload_live
from recsys_core.serving.first_release import is_first
from recsys_core.workspace import Workspace, link_target

log = logging.getLogger(__name__)
WHY: Final = "nothing trained was live; the trained release replaces it"


def bring_first_live(workspace: Workspace, release: ReleaseInfo, index: IndexConfig) -> ReleaseInfo:
    """Bring a first release live if nothing is, or a first one that it may follow; else drop it, unless it is live.

    Once it is live, old releases are dropped as after ``publish``. One that a rollback took off the shop stays off and
    is kept. Returns the live release. Another process may have published while this one was made.
    """
    live = _bring_first_live(workspace, release, index)
    upload_live(workspace)
    return live


def _bring_first_live(workspace: Workspace, release: ReleaseInfo, index: IndexConfig) -> ReleaseInfo:
    with publishing_alone(workspace):
        live = live_or_none(workspace)
        if live and live.id == release.id:
            return live
        if live and not may_follow(workspace, live, release.manifest["cutoff"], release.manifest["data"]["tables"]):
            drop_release(release)
            return live
        if live and (held := kept_off(workspace, release, passed=True)):
            log.warning("release %s is made but not live: %s", release.id, held)
            return live
        bring_live(workspace, release.id, history.FIRST, operating_user(), WHY)
        drop_old(workspace, index, KEPT_RELEASES)
        return release


def may_follow(workspace: Workspace, live: ReleaseInfo, cutoff: str, tables: str) -> bool:
    """True if a first release of these tables may replace the live one: a first one too, as of an earlier day.

    Or as of the same day, if the live one was made from other tables than the current ones: a file was corrected since,
    or a customer's data were deleted.
    """
    if not is_first(live.manifest):
        return False
    last = str(live.manifest["cutoff"])
    return last < cutoff or (last == cutoff and live.manifest["data"]["tables"] != tables == _current_tables(workspace))


def _current_tables(workspace: Workspace) -> str | None:
    """Key of the latest tables, also where the workspace holds on to others."""
    return link_target(replace(workspace, tables_key="").tables)
