"""Models trained once for all tests of this folder, on a shop with two groups of customers."""

from pathlib import Path

import pytest

from recsys_core.config import Config
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.train_ranker import train_ranker
from recsys_core.pipeline.train_retrievers import train_retrievers
from recsys_core.testing.snapshot_fixture import FixtureShop
from tests.support import two_groups
from tests.support.copied_workspace import copied

CONFIG = Config.model_validate(
    {
        "cutoffs": {"label_days": 2, "train_cutoffs": 2},
        "two_tower": {"dim": 8, "id_dim": 8, "hidden": [16], "batch_size": 64, "epochs": 20, "learning_rate": 0.01},
        "dnn_ranker": {"hidden": [8], "batch_size": 128, "epochs": 3},
        "lightgbm": {"trees": 20, "min_rows_in_leaf": 5},
        "lists": {"length": 12, "scored_length": 20},
    }
)


@pytest.fixture(scope="session")
def shop() -> FixtureShop:
    return FixtureShop(two_groups.purchases())


@pytest.fixture(scope="session")
def trained(shop: FixtureShop, tmp_path_factory: pytest.TempPathFactory) -> BuildPlan:
    plan = shop.plan(tmp_path_factory.mktemp("workspace"), CONFIG)
    train_retrievers(plan)
    train_ranker(plan)
    return plan


@pytest.fixture
def plan(trained: BuildPlan, tmp_path: Path) -> BuildPlan:
    """A workspace of its own, whose models a test may damage."""
    return copied(trained, tmp_path / "workspace")
