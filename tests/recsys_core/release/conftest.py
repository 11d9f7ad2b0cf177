from pathlib import Path

import pytest

from recsys_core.pipeline.catalogue import STAGE as CATALOGUE
from recsys_core.pipeline.index import index_spec
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.workspace import Workspace
from tests.support.release_fixture import write_inputs

UNGUARDED = "guard: {enabled: false}\n"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


@pytest.fixture
def plan(workspace: Workspace) -> BuildPlan:
    """Tables, snapshot, vectors and lists of a small shop; nothing built from them yet."""
    return write_inputs(workspace, articles=60, customers=20)


@pytest.fixture
def ready(plan: BuildPlan) -> BuildPlan:
    """Nothing is missing but the release, which has no vectors in Milvus.

    The guard is off: lists are drawn at random, so those of two releases have nothing in common.
    """
    (plan.workspace.root / "promotion.yaml").write_text(UNGUARDED)
    CATALOGUE.make(plan)
    with plan.store.build(index_spec(plan)):
        pass
    return plan
