from pathlib import Path

import mlflow
import pytest

from recsys_core.home import Home
from recsys_core.store.artifacts import ArtifactSpec
from recsys_core.tracking import configure, tracked_run

RECIPE = ArtifactSpec("rankers/dnn", 1, {})


def test_each_home_of_a_process_keeps_its_own_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    homes = [Home(tmp_path / name) for name in ("one", "other")]
    for home in homes:
        with tracked_run(home, RECIPE, "digest", home.root.name):
            pass

    for home in homes:
        configure(home)
        assert [run.info.run_name for run in mlflow.search_runs(output_format="list")] == [home.root.name]
