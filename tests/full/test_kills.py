"""kill -9 at every stage, start again: the release is the one of an undisturbed run, byte for byte."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.full.runs import finish, kill_at, live_release

STAGES = (
    "ingest",
    "train-images",
    "embed-images",
    "features",
    "train-retrievers",
    "train-ranker",
    "validate",
    "score",
    "filter",
    "catalogue",
    "index",
    "publish",
)
AFTER_SECONDS = {"ingest": 8.0, "features": 12.0, "train-retrievers": 9.0, "train-ranker": 3.0, "score": 8.0}
AFTER_SECONDS |= {"train-images": 12.0, "embed-images": 3.0}
"""How far into a long stage it is killed; the others at once."""

BY_EPOCHS = "[images]\nepochs = 6\nminutes = 600\n"
"""A training that ends by the clock ends elsewhere when it was disturbed."""

pytestmark = [pytest.mark.full, pytest.mark.spark, pytest.mark.timeout(3600)]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("kills") / "shop"
    size = ["--customers", "400", "--articles", "250", "--days", "60", "--out", str(folder)]
    subprocess.run([sys.executable, "-m", "recsys_core.cli", "demo-data", *size], check=True)
    return folder


def test_a_run_killed_at_every_stage_ends_with_the_same_release(shop: Path, tmp_path: Path) -> None:
    undisturbed, disturbed = tmp_path / "undisturbed", tmp_path / "disturbed"
    (tmp_path / "config.toml").write_text(BY_EPOCHS)
    run = ("run", "--data", str(shop), "--config", str(tmp_path / "config.toml"))
    finish(undisturbed, *run)
    for stage in STAGES:
        kill_at(disturbed, stage, AFTER_SECONDS.get(stage, 0.0), *run)
    finish(disturbed, *run)
    expected, found = live_release(undisturbed), live_release(disturbed)
    assert found["content"] == expected["content"]
    assert found["id"] == expected["id"]
