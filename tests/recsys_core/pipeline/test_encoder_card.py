"""The card of an image encoder, from records written by hand."""

from pathlib import Path

import pytest

from recsys_core.contracts.artifacts import ENCODERS, IMAGE_REPORTS
from recsys_core.pipeline.encoder_card import describe_encoder, encoder_card
from recsys_core.store.artifacts import RECORD, Artifact, open_artifact, write_json
from recsys_core.tracking.registry import Version
from recsys_core.workspace import Workspace

SUMMARY = {"model": "0badcafe", "images": 1200, "learned": 800, "validated": 100, "held_out": 300}
TRAINING = {"score": 0.75, "epochs": 8, "train_seconds": 61.4, "mlflow_run_id": "run"}
REPORTED = {"queries": 300, "images": 1200, "altered_in_top10": 0.9, "altered_first": 0.6}
PRECISION = {"type": (0.5, 0.2), "colour": (0.55, 0.54), "pattern": (0.4, 0.3)}
VERSION = Version("image_encoder", "3", "run", {"git_commit": "a" * 40})


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


@pytest.fixture
def encoder(workspace: Workspace) -> Artifact:
    """A trained one of 1,200 images."""
    inputs = {"images": "1" * 64, "articles": "2" * 64}
    return write_artifact(workspace, ENCODERS, "e1", "2020-09-20T04:00:00Z", inputs, SUMMARY | TRAINING)


def write_artifact(
    workspace: Workspace, kind: str, key: str, at: str, inputs: dict[str, str], summary: dict[str, object]
) -> Artifact:
    folder = workspace.root / kind / key
    folder.mkdir(parents=True)
    params = {"height": 96, "width": 64, "parts": [1.0, 0.85], "query_parts": [1.0]}
    record = {"key": key, "inputs": inputs, "summary": summary, "params": params, "created_at": at}
    write_json(folder / RECORD, record | {"files": {"model.safetensors": "f" * 64}})
    made = open_artifact(kind, folder)
    assert made
    return made


def write_report(workspace: Workspace, key: str, encoder: str, at: str, altered_in_top10: float) -> None:
    folder = write_artifact(workspace, IMAGE_REPORTS, key, at, {"encoder": encoder}, {}).path
    metrics = {f"{name}_precision_at_10": ours for name, (ours, _) in PRECISION.items()}
    metrics |= {f"{name}_precision_histogram": theirs for name, (_, theirs) in PRECISION.items()}
    write_json(folder / "report.json", REPORTED | metrics | {"altered_in_top10": altered_in_top10})


def write_release(workspace: Workspace, release: str, encoder: str | None) -> None:
    folder = workspace.releases / release
    folder.mkdir(parents=True)
    artifacts = {"image_encoder": encoder} if encoder else {}
    about = {"created_at": f"{release[:10]}T05:00:00Z", "cutoff": release[:10], "models_as_of": "2020-09-15"}
    write_json(folder / "manifest.json", about | {"artifacts": artifacts})


def test_a_card_tells_images_score_weights_and_settings(workspace: Workspace, encoder: Artifact) -> None:
    card = encoder_card(workspace, encoder, VERSION, "An encoder.")

    assert card.startswith(
        "# image_encoder 0badcafe\n\nAn encoder. Artifact `image_encoders/e1`, trained 2020-09-20T04:"
    )
    assert "| images | 1,200, content 111111111111 |\n| learned from | 800 |" in card
    assert "score 0.7500 on the images to stop by, after 8 epochs and\n61 seconds" in card
    assert "Not measured on the held-out images yet" in card
    assert (
        f"| weights | SHA-256 {'f' * 64} |\n| commit | {'a' * 40} |\n| installed packages | SHA-256 unknown |" in card
    )
    assert "- Images of 96 x 64 pixels" in card
    assert 'load_model("models:/image_encoder/3")' in card


def test_a_card_lists_the_releases_that_were_made_with_the_encoder(workspace: Workspace, encoder: Artifact) -> None:
    assert "No release that the workspace keeps was made with it." in encoder_card(workspace, encoder, VERSION, "")
    for release, used in (("2020-09-20-a", "e1"), ("2020-09-21-b", "other"), ("2020-09-22-c", None)):
        write_release(workspace, release, used)
    write_release(workspace, "2020-09-23-d", "e1")

    rows = [line for line in encoder_card(workspace, encoder, VERSION, "").splitlines() if line.startswith("| 2020-")]
    assert rows == ["| 2020-09-23-d | 2020-09-23 | 2020-09-15 |", "| 2020-09-20-a | 2020-09-20 | 2020-09-15 |"]


def test_a_card_shows_the_latest_report_of_its_encoder(workspace: Workspace, encoder: Artifact) -> None:
    write_report(workspace, "r1", "e1", "2020-09-20T06:00:00Z", 0.91)
    write_report(workspace, "r0", "e1", "2020-09-21T06:00:00Z", 0.93)
    write_report(workspace, "r2", "other", "2020-09-22T06:00:00Z", 0.99)

    card = encoder_card(workspace, encoder, VERSION, "")

    assert "300 images that it was not trained on, among 1,200:" in card
    assert "| altered image finds its original in the top 10 | 0.9300 | |\n| as the first | 0.6000 | |" in card
    assert "| colour precision@10 | 0.5500 | 0.5400 |" in card


def test_an_encoder_from_elsewhere_asks_no_registry(workspace: Workspace) -> None:
    given = write_artifact(workspace, ENCODERS, "e2", "2020-09-20T04:00:00Z", {"model": "x"}, {"model": "x"})
    describe_encoder(workspace, given)
    describe_encoder(workspace, None)
    assert not workspace.mlflow.exists()
