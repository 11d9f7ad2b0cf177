"""History of the live release: a line per flip of the pointer or lifted hold, with time, person and reason."""

import time
from collections.abc import Iterable

from recsys_core.store.json_lines import append_line, read_lines
from recsys_core.workspace import Workspace

PUBLISH, PROMOTE, ROLLBACK, LIFT = "publish", "promote", "rollback", "lift"
FIRST = "first-release"


def note(workspace: Workspace, action: str, release_id: str, by: str = "", why: str = "") -> None:
    """Append one line, before the flip: a flip that was killed is simply done again."""
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    append_line(workspace.history, {"at": at, "action": action, "release": release_id, "by": by, "why": why})


def line_of_releases(workspace: Workspace, existing: Iterable[str]) -> list[str]:
    """Releases as a stack, the live one last: publish puts one on top, rollback takes off what was above.

    Only ``existing`` ones count.
    """
    stack: list[str] = []
    for action, release_id in _events(workspace):
        if action == ROLLBACK and release_id in stack:
            del stack[stack.index(release_id) + 1 :]
        else:
            stack = [other for other in stack if other != release_id] + [release_id]
    kept = set(existing)
    return [release_id for release_id in stack if release_id in kept]


def live_before(workspace: Workspace, release_id: str) -> set[str]:
    """Releases that were live before ``release_id`` last went live."""
    flipped = [release for _, release in _events(workspace)]
    last = max((row for row, release in enumerate(flipped) if release == release_id), default=0)
    return set(flipped[:last])


def _events(workspace: Workspace) -> list[tuple[str, str]]:
    """Action and release of every flip, oldest first."""
    return [(line["action"], line["release"]) for line in read_lines(workspace.history) if line["action"] != LIFT]
