"""The card of an image encoder, from records written by hand."""

from pathlib import Path

import pytest

from recsys_core.pipeline.encoder_card import describe_encoder, encoder_card
from recsys_core.store.artifacts import Artifact
from recsys_core.tracking.registry import Version
from recsys_core.workspace import Workspace
from tests.support.image_encoders import write_encoder, write_given_encoder, write_manifest, write_report

VERSION = Version("image_encoder", "3", "run", {"git_commit": "a" * 40})


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


@pytest.fixture
def encoder(workspace: Workspace) -> Artifact:
    return write_encoder(workspace, "e1", "2020-09-20T04:00:00Z")


def test_a_card_tells_images_score_weights_and_settings(workspace: Workspace, encoder: Artifact) -> None:
    card = encoder_card(workspace, encoder, VERSION, "An encoder.")

    assert card.startswith("# image_encoder model-e1\n\nAn encoder. Artifact `image_encoders/e1`, trained 2020-09-20T")
    assert "| images | 1,200, content 111111111111 |\n| learned from | 800 |" in card
    assert "score 0.7500 on the images to stop by, after 8 epochs and\n61 seconds" in card
    assert "Not measured on the held-out images yet" in card
    assert f"| weights | SHA-256 {'f' * 64} |\n| commit | {'a' * 40} |\n" in card
    assert "| installed packages | SHA-256 unknown |" in card
    assert "- Images of 96 x 64 pixels" in card
    assert 'load_model("models:/image_encoder/3")' in card


def test_a_card_lists_the_releases_that_were_made_with_the_encoder(workspace: Workspace, encoder: Artifact) -> None:
    assert "No release that the workspace keeps was made with it." in encoder_card(workspace, encoder, VERSION, "")
    for release, used in (("2020-09-20-a", "e1"), ("2020-09-21-b", "other"), ("2020-09-22-c", None)):
        write_manifest(workspace, release, used)
    write_manifest(workspace, "2020-09-23-d", "e1")

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
    describe_encoder(workspace, write_given_encoder(workspace, "e2"))
    describe_encoder(workspace, None)
    assert not workspace.mlflow.exists()
