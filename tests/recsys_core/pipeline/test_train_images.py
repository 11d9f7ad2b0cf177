"""An encoder trained, images embedded, both measured: the stages on a small catalogue of images."""

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
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
from recsys_core.testing.snapshot_fixture import FixtureShop, Purchase
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
    import mlflow

    from recsys_core.tracking.runs import configure

    configure(plan.workspace)
    made = train_images(again(plan))
    run = mlflow.MlflowClient().get_run(made.summary["mlflow_run_id"])
    assert {"contrastive_loss", "attribute_loss", "score", "learning_rate"} <= set(run.data.metrics)
    assert run.data.params["temperature"] == str(CONFIG.images.temperature)
    assert "model.safetensors" in {file.path for file in mlflow.MlflowClient().list_artifacts(run.info.run_id)}


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
    assert "made elsewhere stand in" in run_stage("embed-images", plan)["off"]
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
