"""The whole path on a standalone Spark cluster with two workers makes what a local run makes, byte for byte."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from recsys_core.store.artifacts import file_digests
from scripts.environment import java_home
from scripts.ports import HOST
from tests.full.runs import environment, finish, live_release
from tests.support.spark_cluster import spark_cluster

pytestmark = [pytest.mark.spark, pytest.mark.full, pytest.mark.timeout(1800)]
SHOP = ("--customers", "1200", "--articles", "400", "--no-images")
FEW_ROWS_A_PART = """
import sys
import spark_jobs.io
spark_jobs.io.PART_ROWS = int(sys.argv.pop(1))
from spark_jobs.command import run_job
from spark_jobs.jobs.features import main
run_job(main)
"""


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with spark_cluster(tmp_path_factory.mktemp("spark"), workers=2) as address:
        yield address


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Workspace of a run with the local Spark; its shop lies beside it."""
    root = tmp_path_factory.mktemp("local")
    finish(root / "workspace", "demo-data", *SHOP, "--out", str(root / "shop"))
    finish(root / "workspace", "run", "--data", str(root / "shop"))
    return root / "workspace"


def test_the_path_on_a_cluster_releases_the_lists_of_a_local_run(
    master: str, local: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_cluster(monkeypatch, master)
    workspace = tmp_path / "workspace"
    finish(workspace, "run", "--data", str(local.with_name("shop")))
    for kind in ("tables", "features", "scored", "lists"):
        assert file_digests(workspace / kind) == file_digests(local / kind), kind
    assert live_release(workspace)["artifacts"] == live_release(local)["artifacts"]


def test_snapshots_of_many_parts_on_a_cluster_are_those_of_one_part(
    master: str, local: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_cluster(monkeypatch, master)
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "tables").symlink_to(local / "tables")
    rows = json.loads((local / "tables" / "current" / "artifact.json").read_text())["summary"]["transactions"]
    command = [sys.executable, "-c", FEW_ROWS_A_PART, str(rows // 5), "--workspace", str(workspace)]
    subprocess.run(command, env=environment(workspace), check=True)
    made, expected = file_digests(workspace / "features"), file_digests(local / "features")
    assert made == expected


def on_cluster(monkeypatch: pytest.MonkeyPatch, master: str) -> None:
    monkeypatch.setenv("SPARK_MASTER", master)
    monkeypatch.setenv("SPARK_LOCAL_IP", HOST)
    monkeypatch.setenv("SPARK_DRIVER_MEMORY", "1g")
    monkeypatch.setenv("JAVA_HOME", java_home() or os.environ.get("JAVA_HOME", ""))
