"""Choice of a workspace's encoder: the configured one, or the one that was trained on its own images."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from recsys_core.contracts.artifacts import ENCODER_VERSION, ENCODERS
from recsys_core.images.config import ImagesConfig
from recsys_core.images.encoder import FILES, locate_encoder
from recsys_core.store.artifacts import (
    Artifact,
    ArtifactSpec,
    ArtifactStore,
    check_files,
    digest_of,
    open_artifact,
    sha256_of,
)
from recsys_core.workspace import Workspace

LEARNED = "learned.json"
"""Beside the weights of an encoder of our own: article_ids of the images that it was trained on or stopped by."""


@dataclass(frozen=True)
class ChosenEncoder:
    """An encoder in a folder; ``artifact`` if it is kept in the workspace."""

    folder: Path
    model: str
    """Digest by which vectors of two encoders are told apart (``model_name``)."""
    artifact: Artifact | None = None

    @property
    def source_key(self) -> str:
        """Returns the key that artifacts made with this encoder name as their input."""
        return self.artifact.key if self.artifact else self.model

    def learned(self) -> frozenset[str]:
        """article_ids whose images it has seen; none of an encoder from elsewhere."""
        file = self.folder / LEARNED
        return frozenset(json.loads(file.read_text())) if file.exists() else frozenset()


def model_name(folder: Path) -> str:
    """Returns the digest of the weights and of the files that say how images are prepared for them."""
    return digest_of({name: sha256_of(folder / name) for name in FILES})[:16]


def choose_encoder(workspace: Workspace, config: ImagesConfig) -> ChosenEncoder:
    """The encoder that images are embedded with now; a configured one is kept in the workspace from then on.

    Raises
    ------
    FileNotFoundError
        If none was trained yet, or the configured one is not there; names the remedy.
    DamagedArtifactError
        If a file of it changed since it was made.
    """
    if not config.is_trained_here:
        return _keep(workspace, locate_encoder(config.encoder, config.revision, offline=not config.download))
    artifact = own_encoder(workspace)
    if artifact is None:
        raise FileNotFoundError(f"no image encoder in {workspace.root}: run `recsys train-images` first")
    check_files(artifact, "recsys train-images")
    return ChosenEncoder(artifact.path, str(artifact.summary["model"]), artifact)


def own_encoder(workspace: Workspace) -> Artifact | None:
    """The one that ``image_encoders/current`` points at."""
    return open_artifact(ENCODERS, workspace.image_encoder.resolve())


def find_encoder(workspace: Workspace, model: str) -> Path:
    """The folder of the encoder that a release was made with, whatever is trained or configured by now.

    Raises
    ------
    FileNotFoundError
        If it is not there any more.
    DamagedArtifactError
        If a file of it changed since it was made.
    """
    for artifact in _kept_encoders(workspace):
        if artifact.summary.get("model") == model:
            return check_files(artifact, "recsys train-images").path
    raise FileNotFoundError(f"image encoder {model} is not in {workspace.root / ENCODERS}: run `recsys embed-images`")


def _keep(workspace: Workspace, folder: Path) -> ChosenEncoder:
    """An encoder from elsewhere as an artifact: releases go on with it when another is configured."""
    model, store = model_name(folder), ArtifactStore(workspace)
    spec = ArtifactSpec(ENCODERS, ENCODER_VERSION, {"model": model}, made_by="recsys embed-images")
    if not store.find(spec):
        with store.build(spec) as draft:
            for name in (*FILES, LEARNED):
                if (folder / name).exists():
                    shutil.copyfile(folder / name, draft.path / name)
            draft.summary |= {"model": model}
    kept = store.require(spec)
    return ChosenEncoder(kept.path, model, kept)


def _kept_encoders(workspace: Workspace) -> Iterator[Artifact]:
    for folder in sorted((workspace.root / ENCODERS).glob("[!.]*")):
        if not folder.is_symlink() and (artifact := open_artifact(ENCODERS, folder)):
            yield artifact
