"""Tells a stage that computed from one that found everything made."""

from pathlib import Path

from recsys_core.workspace import Workspace
from scripts.stage_plan import Stage

SLACK_SECONDS = 10.0
"""An end is noticed later than it happens, so the begin that is computed from it is too late by as much."""


def has_written(workspace: Workspace, stage: Stage, since: float) -> bool:
    """True if the stage wrote an output since a time (seconds since the epoch).

    It is also true of a stage whose outputs are not known.
    """
    if not stage.outputs:
        return True
    files = (file for pattern in stage.outputs for file in workspace.root.glob(pattern))
    return any(_written_at(file) >= since - SLACK_SECONDS for file in files)


def _written_at(file: Path) -> float:
    """Time of the last change, in seconds since the epoch; 0 if it is gone: drafts become artifacts."""
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0
