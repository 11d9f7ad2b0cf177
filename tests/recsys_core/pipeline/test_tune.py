import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.trial import TrialState

from recsys_core.config import Config, as_toml, load_config
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.train_retrievers import train_retrievers
from recsys_core.pipeline.tune import best_config, open_study, own_settings, tune
from recsys_core.pipeline.tuning_plots import draw_history, importances
from recsys_core.testing.snapshot_fixture import FixtureShop
from recsys_core.workspace import Workspace
from tests.support import two_groups

CONFIG = Config.model_validate(
    {
        "cutoffs": {"label_days": 2, "train_cutoffs": 2},
        "two_tower": {"dim": 8, "id_dim": 8, "hidden": [16], "batch_size": 64, "epochs": 1, "incremental_epochs": 0},
        "retrieval": {"retrievers": ["popular", "repurchase"]},
        "ranker": "blend",
        "lightgbm": {"trees": 60, "patience": 10, "min_rows_in_leaf": 20},
        "dnn_ranker": {"hidden": [64], "epochs": 2},
        "lists": {"length": 12},
    }
)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> BuildPlan:
    """Two groups of customers, each with articles of its own; the retrievers are fitted."""
    plan = FixtureShop(two_groups.purchases()).plan(tmp_path_factory.mktemp("workspace"), CONFIG)
    train_retrievers(plan)
    return plan


@pytest.fixture(scope="module")
def first(plan: BuildPlan) -> dict[str, Any]:
    return tune(plan, "lightgbm", 2)


@pytest.fixture(scope="module")
def continued(plan: BuildPlan, first: dict[str, Any]) -> dict[str, Any]:
    return tune(plan, "lightgbm", 6)


def test_the_own_settings_are_tried_first(first: dict[str, Any]) -> None:
    study = optuna.load_study(study_name=None, storage=f"sqlite:///{first['study']}/study.db")

    assert study.trials[0].params == own_settings(CONFIG, "lightgbm")
    assert study.trials[0].value == first["own_settings"]
    assert sum(first["trials"].values()) == 2


def test_a_study_goes_on_in_the_same_run(first: dict[str, Any], continued: dict[str, Any]) -> None:
    import mlflow

    assert continued["study"] == first["study"]
    assert continued["trials"].get("complete", 0) + continued["trials"].get("pruned", 0) == 6
    assert continued["mlflow_run_id"] == first["mlflow_run_id"]
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name("recsys")
    nested = client.search_runs([experiment.experiment_id], f"tags.mlflow.parentRunId = '{first['mlflow_run_id']}'")
    assert sorted(run.info.run_name for run in nested) == [f"trial {i}" for i in range(6)]
    assert {run.info.status for run in nested} == {"FINISHED"}
    assert all("best_held_out_map_at_12" in run.data.metrics for run in nested)
    assert {"learning_rate", "leaves", "trial"} <= set(nested[0].data.params)
    files = {file.path for file in client.list_artifacts(first["mlflow_run_id"])}
    assert {"best.toml", "history.png", "trials.csv"} <= files


def test_the_best_is_never_below_the_own_settings(continued: dict[str, Any]) -> None:
    assert continued["best"]["held_out_map_at_12"] >= continued["own_settings"] > 0


def test_no_setting_is_drawn_twice(continued: dict[str, Any]) -> None:
    study = optuna.load_study(study_name=None, storage=f"sqlite:///{continued['study']}/study.db")

    assert len({tuple(trial.params.items()) for trial in study.trials}) == len(study.trials)


def test_the_best_configuration_is_a_file_for_config(continued: dict[str, Any], plan: BuildPlan) -> None:
    config = load_config(plan.workspace, Path(continued["config"]))

    assert config.lightgbm.model_dump() == CONFIG.lightgbm.model_dump() | continued["best"]["settings"]
    rest = {"lightgbm"}
    assert config.model_dump(exclude=rest) == CONFIG.model_dump(exclude=rest)


def test_the_network_is_tuned_too(plan: BuildPlan) -> None:
    result = tune(plan, "dnn", 1)

    assert result["best"]["settings"]["hidden"] == [64]
    assert 0 < result["best"]["held_out_map_at_12"] <= 1


KILLED = """
import os, signal, sys
from pathlib import Path
from recsys_core.config import Config
from recsys_core.pipeline import tune as tuning
study = tuning.open_study(Path(sys.argv[1]), Config(), "lightgbm")
tuning.SPACES["lightgbm"](study.ask())
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_trial_that_a_kill_left_open_is_tried_again(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr

    study = open_study(tmp_path, Config(), "lightgbm")

    assert [trial.state for trial in study.trials] == [TrialState.FAIL, TrialState.WAITING]
    assert study.ask().number == 1
    assert study.trials[0].params == own_settings(Config(), "lightgbm")
    assert study.trials[1].system_attrs["fixed_params"] == study.trials[0].params


def test_two_processes_do_not_share_a_study(plan: BuildPlan, first: dict[str, Any]) -> None:
    import fcntl

    with (Path(first["study"]) / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(ValueError, match="another process tunes in"):
            tune(plan, "lightgbm", 99)


def study_of(values: list[float]) -> optuna.Study:
    study = optuna.create_study(direction="maximize")
    for i, value in enumerate(values):
        distribution = {"leaves": optuna.distributions.IntDistribution(1, 99)}
        study.add_trial(optuna.create_trial(params={"leaves": i + 1}, distributions=distribution, value=value))
    return study


def test_importances_need_trials_that_differ() -> None:
    assert importances(study_of([0.1, 0.2])) == {}
    assert importances(study_of([0.1] * 9)) == {}
    assert importances(study_of([0.1, 0.2, 0.3, 0.4])) == {"leaves": pytest.approx(1.0)}


def test_the_history_shows_the_best_so_far() -> None:
    axes = draw_history(study_of([0.2, 0.1, 0.3])).axes[0]

    assert axes.lines[0].get_ydata().tolist() == [0.2, 0.2, 0.3]


@pytest.mark.parametrize(("ranker", "on"), [("blend", "blend"), ("lightgbm", "lightgbm"), ("dnn", "lightgbm")])
def test_the_tuned_ranker_is_switched_on(ranker: Any, on: str) -> None:
    study = study_of([0.1])
    study.trials[0].user_attrs["settings"] = {}
    config = Config(ranker=ranker)
    trial = optuna.create_trial(value=0.2, user_attrs={"settings": {"leaves": 9}})
    study.add_trial(trial)

    tuned = best_config(study, config, "lightgbm")

    assert (tuned.ranker, tuned.lightgbm.leaves) == (on, 9)


@pytest.mark.parametrize(
    "changed",
    [{}, {"ranker": "dnn"}, {"rules": {"price_band": None, "only_if_bought": ['a "b"']}, "lists": {"length": 24}}],
)
def test_a_configuration_survives_the_way_through_toml(changed: dict[str, Any], tmp_path: Path) -> None:
    config = Config.model_validate(changed)
    (tmp_path / "config.toml").write_text(as_toml(config))

    assert tomllib.loads(as_toml(config)) is not None
    assert load_config(Workspace(tmp_path)) == config
