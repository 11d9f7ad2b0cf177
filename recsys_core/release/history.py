"""History of the live release: a line per flip of the pointer or lifted hold, with time, person and reason."""

import json
import os
import time
from collections.abc import Iterable
from pathlib import Path

from recsys_core.workspace import Workspace

PUBLISH, PROMOTE, ROLLBACK, LIFT = "publish", "promote", "rollback", "lift"
FIRST = "first-release"


def history_path(workspace: Workspace) -> Path:
    """File of the pointer's moves, a JSON object a line."""
    return workspace.releases / "history.jsonl"


def note(workspace: Workspace, action: str, release_id: str, by: str = "", why: str = "") -> None:
    """Append one line, before the flip: a flip that was killed is simply done again."""
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    line = json.dumps({"at": at, "action": action, "release": release_id, "by": by, "why": why})
    with history_path(workspace).open("a") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())


def line_of_releases(workspace: Workspace, existing: Iterable[str]) -> list[str]:
    """Releases as a stack, the live one last: publish puts one on top, rollback takes off what was above.

    Only ``existing`` ones count.
    """
    stack: list[str] = []
    for action, release_id in _events(history_path(workspace)):
        if action == ROLLBACK and release_id in stack:
            del stack[stack.index(release_id) + 1 :]
        else:
            stack = [other for other in stack if other != release_id] + [release_id]
    kept = set(existing)
    return [release_id for release_id in stack if release_id in kept]


def live_before(workspace: Workspace, release_id: str) -> set[str]:
    """Releases that were live before ``release_id`` last went live."""
    flipped = [release for _, release in _events(history_path(workspace))]
    last = max((row for row, release in enumerate(flipped) if release == release_id), default=0)
    return set(flipped[:last])


def _events(path: Path) -> list[tuple[str, str]]:
    """Action and release of every flip, oldest first."""
    if not path.exists():
        return []
    events = []
    for line in path.read_text().splitlines():
        try:
            event = json.loads(line)
        except json.JSONDecodeError:  # torn by a kill while appending
            continue
        if event["action"] != LIFT:
            events.append((event["action"], event["release"]))
    return events
