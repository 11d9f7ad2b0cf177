"""An encoder trained, images embedded, both measured: the stages on a small catalogue of images."""

import json
import shutil
from pathlib import Path

import mlflow
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from mlflow.entities.model_registry import ModelVersion
from PIL import Image

from recsys_core.config import Config
from recsys_core.features.images import ImageEmbeddings
from recsys_core.images.catalogue_training import NoImagesError
from recsys_core.images.choice import choose_encoder, find_encoder, model_name
from recsys_core.images.encoder import load_encoder
from recsys_core.images.examples import ATTRIBUTES
from recsys_core.pipeline.embed_images import embed_images
from recsys_core.pipeline.images_report import report_images
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.stages import run_stage
from recsys_core.pipeline.train_images import train_images
from recsys_core.promotion.aliases import CHAMPION, move_alias
from recsys_core.store.artifacts import Artifact, sha256_of
from recsys_core.store.packages import lock_digest
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase
from recsys_core.tracking.registry import IMAGE_ENCODER
from recsys_core.tracking.runs import configure
from recsys_core.workspace import Workspace
from tests.recsys_core.images.catalogue import write_catalogue
from tests.recsys_core.images.test_train import SIZE
from tests.recsys_core.pipeline.test_train_retrievers import write_embeddings

IMAGES_CONFIG = {**SIZE, "batch_size": 16, "epochs": 25, "patience": 25, "learning_rate": 0.003, "embed_batch": 16}
CUTOFFS = {"label_days": 2, "train_cutoffs": 1}
CONFIG = Config.model_validate({"images": IMAGES_CONFIG, "cutoffs": CUTOFFS})
N_IMAGES = 120


def shop(root: Path, config: Config = CONFIG, images: int = N_IMAGES) -> BuildPlan:
    articles = {row.pop("article_id"): row for row in write_catalogue(root / "raw" / "images", images)}
    stated = {article_id: {**row, "product_code": article_id[:7]} for article_id, row in articles.items()}
    bought = [Purchase("anna", next(iter(articles), "0000000001"), day) for day in range(1, 10)]
    plan = FixtureShop(bought, articles=stated).plan(root, config)
    columns = ["article_id", "product_code", *ATTRIBUTES]
    rows = [{"article_id": article_id, **stated[article_id]} for article_id in sorted(stated)]
    (plan.tables.path / "articles").mkdir()
    table = pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in columns})
    pq.write_table(table, plan.tables.path / "articles" / "part-00000.parquet")
    return plan


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> BuildPlan:
    plan = shop(tmp_path_factory.mktemp("shop"))
    train_images(plan)
    embed_images(plan)
    return plan


def again(plan: BuildPlan, config: Config | None = None) -> BuildPlan:
    """As a later command sees it."""
    return BuildPlan(plan.workspace, config or plan.config, plan.cutoff)


def test_an_encoder_in_the_published_layout_is_made(plan: BuildPlan) -> None:
    made = train_images(again(plan))
    assert set(made.record["files"]) == {
        "config.json",
        "learned.json",
        "model.safetensors",
        "preprocessor_config.json",
    }
    assert made.summary["images"] == N_IMAGES
    learned = json.loads((made.path / "learned.json").read_text())
    assert made.summary["held_out"] == N_IMAGES - len(learned) >= N_IMAGES / 5
    assert made.summary["model"] == model_name(made.path)
    assert plan.workspace.image_encoder.resolve() == made.path
    assert plan.workspace.image_encoder.readlink() == Path(made.key)  # the workspace may be moved
    load_encoder(made.path)


def test_its_training_is_simulated_mlflow(plan: BuildPlan) -> None:
    configure(plan.workspace)
    made = train_images(again(plan))
    run = mlflow.MlflowClient().get_run(made.summary["mlflow_run_id"])
    assert {"contrastive_loss", "attribute_loss", "score", "learning_rate"} <= set(run.data.metrics)
    assert run.data.params["temperature"] == str(CONFIG.images.temperature)
    assert "model.safetensors" in {file.path for file in mlflow.MlflowClient().list_artifacts(run.info.run_id)}


def version_of(plan: BuildPlan, alias: str = "") -> ModelVersion:
    configure(plan.workspace)
    client = mlflow.MlflowClient()
    if alias:
        return client.get_model_version_by_alias(IMAGE_ENCODER, alias)
    (only,) = client.search_model_versions(f"name = '{IMAGE_ENCODER}'")
    return only


def test_its_version_gives_the_vectors_that_the_workspaces_file_gives(plan: BuildPlan) -> None:
    made, version = train_images(again(plan)), version_of(plan)
    assert version.run_id == made.summary["mlflow_run_id"]
    about = mlflow.models.get_model_info(f"models:/{IMAGE_ENCODER}/{version.version}")
    shapes = [about.signature.inputs.inputs[0].shape, about.signature.outputs.inputs[0].shape]
    assert shapes == [(-1, 3, SIZE["height"], SIZE["width"]), (-1, 128)]
    pixels = np.random.default_rng(0).normal(size=(3, *shapes[0][1:])).astype(np.float32)
    kept = mlflow.pyfunc.load_model(f"models:/{IMAGE_ENCODER}/{version.version}")
    with torch.inference_mode():
        ours = load_encoder(made.path)(torch.from_numpy(pixels)).numpy()
    np.testing.assert_allclose(kept.predict(pixels), ours, atol=1e-5)
    folder = Path(mlflow.artifacts.download_artifacts(f"models:/{IMAGE_ENCODER}/{version.version}"))
    assert not [file.name for file in folder.rglob("*") if file.suffix in (".pkl", ".pth", ".pt")]


def test_its_version_says_what_made_it_and_from_what(plan: BuildPlan) -> None:
    made, version = train_images(again(plan)), version_of(plan)
    run = mlflow.get_run(version.run_id)
    assert version.tags["weights_sha256"] == sha256_of(made.path / "model.safetensors")
    assert {name: version.tags[name] for name in ("git_commit", "lock_digest")} == {
        "git_commit": run.data.tags["git_commit"],
        "lock_digest": lock_digest(),
    }
    used = {each.dataset.name: each.dataset for each in run.inputs.dataset_inputs}
    assert sorted(used) == ["images", "tables"]
    assert used["images"].digest == made.record["inputs"]["images"][:36]
    counts = json.loads(used["images"].profile)
    assert counts["images"] == counts["learned"] + counts["validated"] + counts["held_out"] == N_IMAGES


def test_its_card_has_the_report_once_there_is_one(plan: BuildPlan) -> None:
    made = train_images(again(plan))
    report = report_images(again(plan), choose_encoder(plan.workspace, plan.config.images))
    card = version_of(plan).description

    assert card.startswith(f"# image_encoder {made.summary['model']}\n\nSwin transformer")
    assert f"| held out, whole products | {made.summary['held_out']} |" in card
    assert f"score {made.summary['score']:.4f} on the images to stop by, after {made.summary['epochs']} epochs" in card
    ours, histogram = report["type_precision_at_10"], report["type_precision_histogram"]
    assert f"| type precision@10 | {ours:.4f} | {histogram:.4f} |" in card
    assert f"| weights | SHA-256 {sha256_of(made.path / 'model.safetensors')} |" in card
    assert "No release that the workspace keeps was made with it." in card


def test_the_version_of_an_encoder_that_the_registry_lacks_comes_with_the_next_run(
    plan: BuildPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    root = tmp_path / "workspace"
    shutil.copytree(plan.workspace.root, root, symlinks=True)
    later = BuildPlan(Workspace(root), plan.config, plan.cutoff)
    configure(later.workspace)
    mlflow.MlflowClient().delete_registered_model(IMAGE_ENCODER)
    run = str(train_images_away(later, monkeypatch).summary["mlflow_run_id"])
    assert "MLflow did not take the version of the image encoder" in caplog.text
    move_alias(later.workspace, CHAMPION, [run], models="k1", release="2020-09-20-a", by="gate", why="the first")

    train_images(again(later))

    version = version_of(later, CHAMPION)
    assert (version.run_id, str(version.version)) == (run, "1")
    assert "| champion | 1 | 2020-09-20-a | gate | the first |" in (
        mlflow.MlflowClient().get_registered_model(IMAGE_ENCODER).description
    )


def train_images_away(plan: BuildPlan, monkeypatch: pytest.MonkeyPatch) -> Artifact:
    with monkeypatch.context() as away:
        away.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")  # the discard service, which nobody runs
        return train_images(again(plan))


def test_every_image_has_its_vector(plan: BuildPlan) -> None:
    made = embed_images(again(plan))
    assert made.summary["images"] == made.summary["embedded"] == N_IMAGES
    article_ids = sorted(file.stem for file in plan.workspace.images.rglob("*.jpg"))
    found = ImageEmbeddings.open(plan.workspace.image_embeddings, article_ids)
    assert found.present.all()
    np.testing.assert_allclose(np.linalg.norm(found.vectors, axis=1), 1, atol=1e-5)
    assert again(plan).encoder == train_images(again(plan))


def test_the_report_measures_what_was_held_out(plan: BuildPlan) -> None:
    chosen = choose_encoder(plan.workspace, plan.config.images)
    report = report_images(again(plan), chosen)
    assert report["images"] == N_IMAGES
    assert report["queries"] == N_IMAGES - len(chosen.learned())
    assert report["altered_in_top10"] > 3 * 10 / N_IMAGES
    assert report["type_precision_at_10"] > report["type_precision_histogram"]
    assert report["train_seconds"] > 0
    for name in ("neighbours.png", "altered.png"):
        with Image.open(Path(report["report"]) / name) as sheet:
            assert sheet.size[0] > 1000
    from_elsewhere = choose_encoder(plan.workspace, CONFIG.images.model_copy(update={"encoder": str(chosen.folder)}))
    assert report_images(again(plan), from_elsewhere)["queries"] == N_IMAGES - len(chosen.learned())


def test_new_images_are_embedded_and_keep_the_encoder(tmp_path: Path) -> None:
    config = Config.model_validate({"images": IMAGES_CONFIG | {"epochs": 8}, "cutoffs": CUTOFFS})
    plan = shop(tmp_path, config, images=70)
    (tmp_path / "raw" / "images" / "010" / "0100000000.jpg").rename(tmp_path / "kept.jpg")
    encoder, before = train_images(plan), embed_images(plan)
    (tmp_path / "kept.jpg").rename(tmp_path / "raw" / "images" / "010" / "0100000000.jpg")
    later = again(plan)

    assert train_images(later).key == encoder.key
    after = embed_images(later)
    assert (before.summary["images"], after.summary["images"], after.summary["embedded"]) == (69, 70, 1)
    anew = train_images(again(plan), anew=True)
    assert anew.key != encoder.key
    assert find_encoder(plan.workspace, encoder.summary["model"]) == encoder.path
    assert embed_images(again(plan)).summary["embedded"] == 70


def test_a_shop_without_images_goes_on_without(tmp_path: Path) -> None:
    plan = shop(tmp_path, images=0)
    with pytest.raises(NoImagesError, match="no images in"):
        train_images(plan)
    for stage in ("train-images", "embed-images"):
        assert "no images" in run_stage(stage, plan)["off"]
    assert run_stage("embed-images", plan)["image_embeddings"] == "none"
    assert again(plan).embeddings is None


def test_few_images_are_no_catalogue_and_stop_nothing(tmp_path: Path) -> None:
    plan = shop(tmp_path, images=10)
    with pytest.raises(NoImagesError, match="10 images are too few to learn from: expected at least 64"):
        train_images(plan)
    assert "too few" in run_stage("train-images", plan)["off"]
    assert "there is no encoder" in run_stage("embed-images", plan)["off"]


def test_images_that_cannot_be_read_are_no_catalogue_either(tmp_path: Path) -> None:
    plan = shop(tmp_path, images=70)
    for file in sorted(plan.workspace.images.rglob("*.jpg"))[:20]:
        file.write_bytes(file.read_bytes()[:200])
    assert "50 images can be read, too few" in run_stage("train-images", plan)["off"]


def test_vectors_made_elsewhere_stay(tmp_path: Path) -> None:
    plan = shop(tmp_path, images=70)
    write_embeddings(plan.workspace.image_embeddings / "part-0.parquet", ["0100000000"])
    said = run_stage("embed-images", plan)
    assert "made elsewhere stand in" in said["off"]
    assert said["image_embeddings"] == "current"
    assert again(plan).embeddings is None


def test_vectors_go_with_the_images(plan: BuildPlan, tmp_path: Path) -> None:
    config = Config.model_validate(
        {"images": IMAGES_CONFIG | {"encoder": str(plan.workspace.image_encoder.resolve())}, "cutoffs": CUTOFFS}
    )
    other = shop(tmp_path, config, images=10)
    embed_images(other)
    (tmp_path / "raw" / "images").rename(tmp_path / "raw" / "elsewhere")
    assert "no images" in run_stage("embed-images", other)["off"]
    assert not other.workspace.image_embeddings.exists()


def test_a_configured_encoder_is_not_trained_but_used_and_kept(plan: BuildPlan, tmp_path: Path) -> None:
    given = tmp_path / "given"
    shutil.copytree(
        plan.workspace.image_encoder.resolve(), given, ignore=shutil.ignore_patterns("*act.json", "learned*")
    )
    config = Config.model_validate({"images": IMAGES_CONFIG | {"encoder": str(given)}, "cutoffs": CUTOFFS})
    other = shop(tmp_path, config, images=10)
    assert "is configured, so none is trained" in run_stage("train-images", other)["off"]
    made = embed_images(other)
    assert (made.summary["model"], made.summary["images"]) == (model_name(given), 10)
    shutil.rmtree(given)
    kept = find_encoder(other.workspace, model_name(kept_in(other)))
    assert kept == kept_in(other)
    load_encoder(kept)
    with pytest.raises(FileNotFoundError, match="image encoder gone is not in"):
        find_encoder(other.workspace, "gone")


def kept_in(plan: BuildPlan) -> Path:
    """The encoder that the workspace's vectors were made with."""
    encoder = again(plan).encoder
    assert encoder
    return encoder.path
