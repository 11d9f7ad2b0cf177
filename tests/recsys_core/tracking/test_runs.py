from functools import partial
from multiprocessing.pool import ThreadPool
from pathlib import Path

import mlflow
import pytest

from recsys_core.store.artifacts import ArtifactSpec
from recsys_core.tracking.runs import configure, in_open_run, tracked_run
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


def test_runs_of_another_thread_are_nested_in_the_run_that_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    workspace = Workspace(tmp_path)

    def train(name: str) -> str:
        with tracked_run(workspace, ArtifactSpec(f"rankers/{name}", 1, {}), "digest", name) as run:
            return run.run_id

    with tracked_run(workspace, RECIPE, "digest", "evaluation") as evaluation, ThreadPool(2) as threads:
        jobs = [in_open_run(partial(train, name)) for name in ("dnn", "lightgbm")]
        inner = threads.map(lambda job: job(), jobs)
    with ThreadPool(1) as threads:
        (outer,) = threads.map(lambda job: job(), [in_open_run(partial(train, "popular"))])

    parents = {run_id: mlflow.get_run(run_id).data.tags.get("mlflow.parentRunId") for run_id in (*inner, outer)}
    assert parents == dict.fromkeys(inner, evaluation.run_id) | {outer: None}
