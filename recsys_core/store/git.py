"""Commit that made a release."""

import os
import subprocess
from pathlib import Path
from typing import Final

COMMIT_VARIABLE: Final = "RECSYS_GIT_COMMIT"
"""Commit that an image was built from; an image has no checkout."""


def git_commit() -> str | None:
    """The checkout's commit, ``-dirty`` if tracked files differ from it; without one that of ``RECSYS_GIT_COMMIT``."""
    commit = _git("rev-parse", "HEAD")
    if commit is None:
        return os.environ.get(COMMIT_VARIABLE) or None
    return f"{commit}-dirty" if _git("status", "--porcelain", "--untracked-files=no") else commit


def _git(*arguments: str) -> str | None:
    here = Path(__file__).parent
    try:
        done = subprocess.run(["git", *arguments], cwd=here, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
