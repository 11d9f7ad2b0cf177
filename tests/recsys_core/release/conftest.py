from pathlib import Path

import pytest

from recsys_core.pipeline.catalogue import STAGE as CATALOGUE
from recsys_core.pipeline.index import index_spec
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.workspace import Workspace
from tests.support.copied_workspace import copied
from tests.support.release_fixture import write_inputs

UNGUARDED = "guard: {enabled: false}\n"


@pytest.fixture(scope="session")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> BuildPlan:
    return write_inputs(Workspace(tmp_path_factory.mktemp("inputs")), articles=60, customers=20)


@pytest.fixture(scope="session")
def complete(inputs: BuildPlan, tmp_path_factory: pytest.TempPathFactory) -> BuildPlan:
    plan = copied(inputs, tmp_path_factory.mktemp("complete"))
    (plan.workspace.root / "promotion.yaml").write_text(UNGUARDED)
    CATALOGUE.make(plan)
    with plan.store.build(index_spec(plan)):
        pass
    return plan


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


@pytest.fixture
def plan(inputs: BuildPlan, workspace: Workspace) -> BuildPlan:
    """Tables, snapshot, vectors and lists of a small shop; nothing built from them yet."""
    return copied(inputs, workspace.root)


@pytest.fixture
def ready(complete: BuildPlan, workspace: Workspace) -> BuildPlan:
    """Nothing is missing but the release, which has no vectors in Milvus.

    The guard is off: lists are drawn at random, so those of two releases have nothing in common.
    """
    return copied(complete, workspace.root)
