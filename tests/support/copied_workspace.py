"""Workspaces that are made once and copied, so that each test has one of its own."""

import shutil
from dataclasses import replace
from pathlib import Path

from recsys_core.pipeline.plan import BuildPlan
from recsys_core.workspace import Workspace


def copied(plan: BuildPlan, root: Path) -> BuildPlan:
    """The same plan in a workspace that a test may change."""
    shutil.copytree(plan.workspace.root, root, symlinks=True, dirs_exist_ok=True)
    return replace(plan, workspace=Workspace(root))
