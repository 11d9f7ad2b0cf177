"""``recsys train-retrievers`` as two processes: the chief makes the artifacts, the other trains with it."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recsys_core.config import load_config
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.train_retrievers import TWO_TOWER, retriever_spec, train_retrievers
from recsys_core.store.arrays import load_array
from recsys_core.testing.snapshot_fixture import CUTOFF, FixtureShop
from recsys_core.workspace import Workspace
from tests.support import two_groups
from tests.support.together import run_together

CONFIG = """
[cutoffs]
label_days = 5
train_cutoffs = 1
[two_tower]
dim = 8
id_dim = 8
hidden = [16]
batch_size = 64
epochs = 20
learning_rate = 0.01
mixed_precision = false
[retrieval]
retrievers = ["two_tower", "popular"]
"""


def open_plan(root: Path) -> BuildPlan:
    """The shop's snapshots in a workspace of their own, with the configuration."""
    workspace = Workspace(root)
    root.mkdir()
    workspace.config.write_text(CONFIG)
    return FixtureShop(two_groups.purchases()).plan(root, load_config(workspace))


def report(log: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(log.read_text().splitlines()[-1])["summary"]
    return found


@pytest.mark.full
def test_models_are_those_of_one_process(tmp_path: Path) -> None:
    plan = open_plan(tmp_path / "together")
    cutoffs = (*reversed(plan.past_plans), plan)
    options = ["--workspace", str(plan.workspace.root), "--cutoff", str(CUTOFF)]
    command = [sys.executable, "-m", "recsys_core.cli", "train-retrievers", *options]

    assert run_together(command, command, logs=tmp_path) == [0, 0]

    made = {at.cutoff: plan.store.require(retriever_spec(at, TWO_TOWER)) for at in cutoffs}
    chief, other = (report(tmp_path / f"process-{index}.log") for index in range(2))
    assert other == {"trained_with_chief": [each.name for each in made.values()]}
    assert {each.name for each in made.values()} < set(chief["artifacts"])
    alone = train_retrievers(open_plan(tmp_path / "alone"))
    for cutoff, artifact in made.items():
        expected = alone[f"{cutoff}/{TWO_TOWER}"]
        assert artifact.summary["loss"] == pytest.approx(expected.summary["loss"], rel=1e-4)
        vectors, of_one = (load_array(each.path, "customer_vectors") for each in (artifact, expected))
        np.testing.assert_allclose(vectors, of_one, atol=2e-3)

    assert run_together(command, command, logs=tmp_path) == [0, 0], "nothing is missing, so nobody waits"
