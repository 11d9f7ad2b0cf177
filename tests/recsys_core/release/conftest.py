from pathlib import Path

import pytest

from recsys_core.home import Home
from recsys_core.pipeline.catalogue import STAGE as CATALOGUE
from recsys_core.pipeline.index import index_spec
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.testing.release_fixture import write_inputs


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def plan(home: Home) -> BuildPlan:
    """Tables, snapshot, vectors and lists of a small shop; nothing built from them yet."""
    return write_inputs(home, articles=60, customers=20)


@pytest.fixture
def ready(plan: BuildPlan) -> BuildPlan:
    """Nothing is missing but the release, which has no vectors in Milvus."""
    CATALOGUE.make(plan)
    with plan.store.build(index_spec(plan)):
        pass
    return plan
