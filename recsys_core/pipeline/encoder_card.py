"""The card of an image encoder: what it was trained on, how well it recognises, which releases were made with it."""

from typing import TYPE_CHECKING

from recsys_core.contracts.artifacts import ENCODER_WEIGHTS
from recsys_core.pipeline.model_card import template
from recsys_core.promotion.image_encoders import latest_report, releases_with
from recsys_core.store.artifacts import Artifact
from recsys_core.tracking.best_effort import unless_away
from recsys_core.workspace import Workspace

if TYPE_CHECKING:
    from recsys_core.tracking.registry import Version


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
