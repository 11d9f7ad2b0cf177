"""The image encoder's versions in the model registry."""

from collections.abc import Mapping
from typing import Any, Final

import mlflow
from mlflow.models import infer_signature

from recsys_core.store.artifacts import Artifact
from recsys_core.tracking.datasets import images_dataset
from recsys_core.tracking.registry import IMAGE_ENCODER
from recsys_core.tracking.runs import GIT_COMMIT, LOCK_DIGEST, PACKAGES, configure
from recsys_core.workspace import Workspace

WEIGHTS_SHA256: Final = "weights_sha256"
"""Tag of a version: SHA-256 of the file of its weights in the workspace."""


def register_encoder(workspace: Workspace, made: Artifact, encoder: Any, example: Any, weights_sha256: str) -> None:
    """Keep an encoder as a version of the run that trained it, with the commit and packages of that run.

    ``encoder`` is a torch module that gives a vector for each of the images of ``example``, at least two: an exported
    graph takes any number of images only if it was traced with several. The graph (pt2) is kept, nothing is pickled.
    """
    import torch

    configure(workspace)
    client, run_id = mlflow.MlflowClient(), str(made.summary["mlflow_run_id"])
    with torch.inference_mode():
        vectors = encoder(torch.from_numpy(example)).numpy()
    with mlflow.start_run(run_id, log_system_metrics=False):
        mlflow.log_input(images_dataset(made), context="training")
        kept = mlflow.pytorch.log_model(
            encoder,
            name=IMAGE_ENCODER,
            signature=infer_signature(example, vectors),
            input_example=example,
            registered_model_name=IMAGE_ENCODER,
            pip_requirements=["torch"],
            serialization_format="pt2",
        )
    tags = _made_with(client.get_run(run_id).data.tags) | {WEIGHTS_SHA256: weights_sha256}
    for key, value in tags.items():
        client.set_model_version_tag(IMAGE_ENCODER, str(kept.registered_model_version), key, value)


def _made_with(tags: Mapping[str, str]) -> dict[str, str]:
    return {name: tags.get(name, "unknown") for name in (GIT_COMMIT, LOCK_DIGEST, PACKAGES)}
