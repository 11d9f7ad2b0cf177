"""Image encoders for tests and benchmarks: small, random, and in their place in a workspace."""

import json

import torch

from recsys_core.contracts.artifacts import ENCODERS
from recsys_core.contracts.release import MANIFEST
from recsys_core.images.choice import model_name
from recsys_core.images.encoder import FashionImageEncoder
from recsys_core.images.preprocessing import Preprocessing
from recsys_core.store.artifacts import RECORD, digest_of, file_digests, write_json
from recsys_core.workspace import Workspace

SIDE = 32


def small_encoder(seed: int = 3) -> FashionImageEncoder:
    """Random weights; of the same seed the same."""
    from transformers import SwinConfig

    torch.manual_seed(seed)
    swin = SwinConfig(image_size=SIDE, patch_size=4, window_size=4, embed_dim=16, depths=[1, 1], num_heads=[2, 2])
    return FashionImageEncoder(swin, Preprocessing(SIDE, SIDE)).eval()


def add_encoder(workspace: Workspace, encoder: FashionImageEncoder, key: str) -> str:
    """Adds an encoder as `recsys train-images` leaves it; returns its model's name."""
    folder = workspace.root / ENCODERS / key
    encoder.save(folder)
    model = model_name(folder)
    files = file_digests(folder)
    record = {"key": key, "summary": {"model": model}, "files": files, "content_sha256": digest_of(files)}
    write_json(folder / RECORD, record)
    return model


def have_live_release_name(workspace: Workspace, model: str) -> None:
    """The live release, which has vectors of images, says that this model made them."""
    manifest = workspace.live / MANIFEST
    said = json.loads(manifest.read_text())
    said["images"]["encoder"] = model
    write_json(manifest, said)
