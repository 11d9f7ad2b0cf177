"""The card of an image encoder: what it was trained on, how well it recognises, which releases were made with it."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from recsys_core.contracts.artifacts import ENCODER_WEIGHTS, IMAGE_REPORTS
from recsys_core.pipeline.model_card import template
from recsys_core.release.pointer import ReleaseInfo, list_releases
from recsys_core.store.artifacts import Artifact, open_artifact
from recsys_core.tracking.best_effort import unless_away
from recsys_core.workspace import Workspace

if TYPE_CHECKING:
    from recsys_core.tracking.registry import Version

REPORT: Final = "report.json"
"""File of an image report with its metrics."""
STAGE: Final = "image_encoder"
"""The encoder's name among the artifacts of a release."""


def describe_encoder(workspace: Workspace, encoder: Artifact | None) -> None:
    """Show the card of an encoder of our own in MLflow; one from elsewhere has no version there."""
    if encoder is None or not encoder.summary.get("mlflow_run_id"):
        return
    with unless_away("the card of the image encoder"):
        from recsys_core.tracking.registry import IMAGE_ENCODER, MODELS, describe, versions_of

        for version in versions_of(workspace, [str(encoder.summary["mlflow_run_id"])]):
            describe(workspace, version, encoder_card(workspace, encoder, version, MODELS[IMAGE_ENCODER]))


def encoder_card(workspace: Workspace, encoder: Artifact, version: "Version", what: str) -> str:
    """The card of a registered version as Markdown; ``what`` is a sentence about the model."""
    card = template("encoder_card.md.j2").render(
        name=version.name,
        number=version.number,
        what=what,
        made=encoder,
        report=latest_report(workspace, encoder),
        releases=releases_with(workspace, encoder),
        settings=encoder.record["params"],
        weights=encoder.record["files"][ENCODER_WEIGHTS],
        made_with=version.tags,
    )
    return card.strip() + "\n"


def latest_report(workspace: Workspace, encoder: Artifact) -> Mapping[str, Any] | None:
    """Metrics of the latest image report of an encoder."""
    folders = (workspace.root / IMAGE_REPORTS).glob("[!.]*")
    reports = [made for folder in folders if (made := open_artifact(IMAGE_REPORTS, folder))]
    mine = [made for made in reports if made.record["inputs"]["encoder"] == encoder.key]
    if not mine:
        return None
    latest = max(mine, key=lambda made: (made.record["created_at"], made.key))
    found: dict[str, Any] = json.loads((latest.path / REPORT).read_text())
    return found


def releases_with(workspace: Workspace, encoder: Artifact) -> list[ReleaseInfo]:
    """Releases that are kept and were made with an encoder, the newest first."""
    made = ((release, release.manifest.get("artifacts") or {}) for release in list_releases(workspace))
    return [release for release, artifacts in made if artifacts.get(STAGE) == encoder.key]
