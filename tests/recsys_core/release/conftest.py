from pathlib import Path

import pytest

from recsys_core.home import Home
from recsys_core.lineage import Lineage
from recsys_core.stages.catalogue import build_catalogue
from recsys_core.testing.release_fixture import write_inputs


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def lineage(home: Home) -> Lineage:
    """Tables, snapshot, vectors and lists of a small shop; nothing built from them yet."""
    return write_inputs(home, articles=60, customers=20)


@pytest.fixture
def ready(lineage: Lineage) -> Lineage:
    """Nothing is missing but the release, which has no vectors in Milvus."""
    build_catalogue(lineage)
    with lineage.store.build(lineage.index):
        pass
    return lineage
