"""Which encoder a home works with: the configured one, or the one that was trained on its own pictures."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from recsys_core.artefacts import Artefact, open_artefact, sha256_of
from recsys_core.config import ImagesConfig
from recsys_core.home import Home
from recsys_core.images.encoder import WEIGHTS, locate_encoder
from recsys_core.lineage import ENCODERS

LEARNED = "learned.json"
"""Beside the weights of an encoder of our own: article_ids of the pictures that it was trained on or stopped by."""


@dataclass(frozen=True)
class ChosenEncoder:
    """An encoder in a folder; ``artefact`` if it is one of our own."""

    folder: Path
    model: str
    """What its vectors are compared by."""
    artefact: Artefact | None = None

    @property
    def lineage_key(self) -> str:
        """What artefacts that are made with it name as their input."""
        return self.artefact.key if self.artefact else self.model

    def learned(self) -> frozenset[str]:
        """article_ids whose pictures it has seen; none of an encoder from elsewhere."""
        file = self.folder / LEARNED
        return frozenset(json.loads(file.read_text())) if file.exists() else frozenset()


def model_name(folder: Path) -> str:
    """What vectors are compared by: the digest of the weights."""
    return sha256_of(folder / WEIGHTS)[:16]


def choose_encoder(home: Home, config: ImagesConfig) -> ChosenEncoder:
    """The encoder that pictures are embedded with now.

    Raises
    ------
    FileNotFoundError
        If none was trained yet, or the configured one is not there; names the remedy.
    """
    if not config.is_trained_here:
        folder = locate_encoder(config.encoder, config.revision, offline=not config.download)
        return ChosenEncoder(folder, model_name(folder))
    artefact = own_encoder(home)
    if artefact is None:
        raise FileNotFoundError(f"no image encoder in {home.root}: run `recsys train-images` first")
    return ChosenEncoder(artefact.path, str(artefact.summary["model"]), artefact)


def own_encoder(home: Home) -> Artefact | None:
    """The one that ``image_encoders/current`` points at."""
    return open_artefact(ENCODERS, home.image_encoder.resolve())


def find_encoder(home: Home, config: ImagesConfig, model: str) -> Path:
    """The folder of the encoder that a release was made with, whatever is trained or configured by now.

    Raises
    ------
    FileNotFoundError
        If it is not there any more.
    """
    for artefact in _own_encoders(home):
        if artefact.summary.get("model") == model:
            return artefact.path
    if not config.is_trained_here:
        folder = locate_encoder(config.encoder, config.revision, offline=not config.download)
        if model_name(folder) == model:
            return folder
    raise FileNotFoundError(
        f"image encoder {model} is neither in {home.root / ENCODERS} nor configured (images.encoder)"
    )


def _own_encoders(home: Home) -> Iterator[Artefact]:
    for folder in sorted((home.root / ENCODERS).glob("[!.]*")):
        if not folder.is_symlink() and (artefact := open_artefact(ENCODERS, folder)):
            yield artefact
