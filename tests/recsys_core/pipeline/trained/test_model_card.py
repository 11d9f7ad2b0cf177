"""Newly trained models as MLflow shows them: real small ones of a shop with two groups of customers."""

import json
import shutil
from pathlib import Path

import mlflow
import numpy as np
import pytest
from mlflow.entities.model_registry import ModelVersion

from recsys_core.pipeline.models import runs_of, withdraw_challenger
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.train_ranker import ranker_spec
from recsys_core.pipeline.validate import STAGE, validate
from recsys_core.promotion.aliases import alias_history
from recsys_core.store.packages import lock_digest
from recsys_core.tracking.registry import IMAGE_ENCODER, MAX_DESCRIPTION, MODELS
from recsys_core.tracking.runs import configure
from recsys_core.workspace import Workspace

TRAINED = sorted(MODELS.keys() - {IMAGE_ENCODER})
"""This shop has no images; tests/recsys_core/pipeline/test_train_images.py looks at the encoder's version."""


@pytest.fixture(scope="module")
def trained(trained: BuildPlan, tmp_path_factory: pytest.TempPathFactory) -> BuildPlan:
    """A workspace of this module's own: models that challenge are none of the other modules' business."""
    folder = tmp_path_factory.mktemp("cards") / "workspace"
    shutil.copytree(trained.workspace.root, folder, symlinks=True)
    return BuildPlan(Workspace(folder), trained.config, trained.cutoff)


@pytest.fixture(scope="module")
def models(trained: BuildPlan) -> str:
    """Key of the validated models."""
    key = str(STAGE(trained)["models"])
    configure(trained.workspace)
    return key


def version_of(name: str) -> ModelVersion:
    return mlflow.MlflowClient().get_model_version_by_alias(name, "challenger")


def test_every_registered_model_is_the_challenger_until_the_gate_has_decided(models: str) -> None:
    found = {model.name: list(model.aliases) for model in mlflow.MlflowClient().search_registered_models()}
    assert found == {name: ["challenger"] for name in TRAINED}


def test_a_card_tells_data_quality_limits_and_what_made_the_model(trained: BuildPlan, models: str) -> None:
    version, result = (
        version_of("lightgbm_ranker"),
        json.loads((validate(trained).path / "validation.json").read_text()),
    )
    card = mlflow.artifacts.load_text(
        f"{mlflow.get_run(version.run_id).info.artifact_uri}/lightgbm_ranker/model_card.md"
    )

    assert card.startswith(f"# lightgbm_ranker as of {trained.cutoff}\n\nGradient-boosted trees")
    low, high = result["map_at_12_interval"]
    assert f"| **these models** | {result['map_at_12']:.4f} | {low:.4f} to {high:.4f} |" in card
    assert f"| popular | {result['baselines']['popular']:.4f} | |" in card
    active = result["segments"]["active"]
    assert f"| active | {active['customers']} | {active['map_at_12']:.4f} | - |" in card
    assert f"| tables | `{trained.tables.key}`, content {trained.tables.content_sha256[:12]} |" in card
    assert f"rankers/lightgbm/{ranker_spec(trained, 'lightgbm').key}" in card
    assert "| trees | 20 |" in card
    assert "numeric features of the group retrieval" in card
    assert "other" not in [line.split()[-1] for line in card.splitlines() if "numeric features" in line]
    assert "Not compared with a champion: there is no other champion" in card
    assert f"| installed packages | SHA-256 {lock_digest()} |" in card
    assert "lightgbm 4." in card


@pytest.mark.parametrize("name", TRAINED)
def test_a_version_shows_its_card_and_what_made_it(models: str, name: str) -> None:
    version = version_of(name)
    assert version.description.startswith(f"# {name} as of ")
    assert len(version.description) <= MAX_DESCRIPTION
    assert version.tags["lock_digest"] == lock_digest()
    assert len(version.tags["git_commit"].removesuffix("-dirty")) in (40, len("unknown"))


@pytest.mark.parametrize("name", TRAINED)
def test_a_version_has_a_signature_and_an_example_of_nobody(models: str, name: str) -> None:
    made = mlflow.models.get_model_info(f"models:/{name}@challenger")
    assert made.signature.inputs is not None
    folder = Path(mlflow.artifacts.download_artifacts(f"models:/{name}@challenger"))
    example = mlflow.models.Model.load(folder).load_input_example(str(folder))
    parts = example.values() if isinstance(example, dict) else [example]
    assert [np.asarray(part).shape[0] for part in parts] == [1] * len(parts)
    assert not any(np.asarray(part).any() for part in parts)


def test_a_training_names_the_tables_that_it_learned_from(trained: BuildPlan, models: str) -> None:
    (used,) = mlflow.get_run(version_of("two_tower_customer").run_id).inputs.dataset_inputs
    assert (used.dataset.name, used.dataset.digest) == ("tables", trained.tables.content_sha256[:36])
    assert json.loads(used.dataset.profile)["transactions"] == trained.tables.summary["transactions"]
    assert used.tags[0].value == "training"


def test_the_gate_ends_the_challenge_and_the_history_stays(trained: BuildPlan, models: str) -> None:
    number = version_of("dnn_ranker").version
    withdraw_challenger(trained.workspace, models, "2020-09-20-1a2b3c4d", "refuse: worse | than the champion")

    model = mlflow.MlflowClient().get_registered_model("dnn_ranker")
    assert model.aliases == {}
    assert [line["models"] for line in alias_history(trained.workspace)] == [models, ""]
    ended, began = model.description.splitlines()[-2:]
    assert ended.endswith("| challenger | none | 2020-09-20-1a2b3c4d | gate | refuse: worse / than the champion |")
    assert f"| challenger | {number} | - | validation | MAP@12 0." in began


def test_a_server_that_is_away_stops_no_training(
    plan: BuildPlan, models: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    validate(plan)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")  # the discard service, which nobody runs
    key = str(STAGE(plan)["models"])

    assert plan.workspace.challenger.readlink().name == key
    assert alias_history(plan.workspace)[-1]["runs"] == runs_of(plan.workspace, key)
    told = [record.getMessage() for record in caplog.records if "MLflow did not take" in record.getMessage()]
    assert [message.split(":")[0] for message in told] == [
        "MLflow did not take the model cards",
        "MLflow did not take the alias challenger",
    ]
