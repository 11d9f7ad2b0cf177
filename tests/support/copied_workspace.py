"""Workspaces that are made once and copied, so that each test has one of its own."""

import shutil
from dataclasses import replace
from pathlib import Path

from recsys_core.pipeline.plan import BuildPlan
from recsys_core.workspace import Workspace


def copied(plan: BuildPlan, root: Path) -> BuildPlan:
    """The same plan in a workspace that a test may change."""
    return replace(plan, workspace=copied_workspace(plan.workspace, root))


def copied_workspace(made: Workspace, root: Path) -> Workspace:
    shutil.copytree(made.root, root, symlinks=True, dirs_exist_ok=True)
    return Workspace(root)
