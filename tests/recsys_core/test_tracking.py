from pathlib import Path

import mlflow
import pytest

from recsys_core.store.artifacts import ArtifactSpec
from recsys_core.tracking import configure, tracked_run
from recsys_core.workspace import Workspace

RECIPE = ArtifactSpec("rankers/dnn", 1, {})


def test_each_workspace_of_a_process_keeps_its_own_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    workspaces = [Workspace(tmp_path / name) for name in ("one", "other")]
    for workspace in workspaces:
        with tracked_run(workspace, RECIPE, "digest", workspace.root.name):
            pass

    for workspace in workspaces:
        configure(workspace)
        assert [run.info.run_name for run in mlflow.search_runs(output_format="list")] == [workspace.root.name]
