from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from recsys_core.contracts.artifacts import ENCODER_WEIGHTS
from recsys_core.images.encoder import CONFIG, load_encoder
from recsys_core.images.preprocessing import Preprocessing
from recsys_core.testing.hostile import assert_nothing_is_unpickled
from tests.support.encoders import small_encoder

BASE = {"image_size": 224, "patch_size": 4, "window_size": 7}
BASE |= {"embed_dim": 128, "depths": [2, 2, 18, 2], "num_heads": [4, 8, 16, 32]}


def pixels(side: int, n: int = 2) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(n, 3, side, side)).astype(np.float32)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    small_encoder().save(tmp_path / "encoder")
    return tmp_path / "encoder"


def test_a_checkpoint_of_swin_base_in_the_published_layout_is_computed_as_by_hand(tmp_path: Path) -> None:
    """Built from parts here, weights random, written as the published files are: the encoder reads them all."""
    from transformers import SwinConfig, SwinModel

    torch.manual_seed(7)
    config = SwinConfig(**BASE)
    swin, embedding_layer = SwinModel(config).eval(), nn.Linear(1024, 128)
    parts = {"swin": swin, "embedding_layer": embedding_layer}
    weights = {f"{part}.{name}": each for part, module in parts.items() for name, each in module.state_dict().items()}
    config.to_json_file(tmp_path / CONFIG)
    Preprocessing().write(tmp_path)
    save_file(weights, tmp_path / ENCODER_WEIGHTS)
    given = pixels(224, n=1)
    with torch.no_grad():
        features = embedding_layer(swin(torch.from_numpy(given)).pooler_output)
    by_hand = (features / features.pow(2).sum(dim=1, keepdim=True).sqrt()).numpy()

    np.testing.assert_allclose(load_encoder(tmp_path).embed(given), by_hand, atol=1e-6)
    assert sum(each.numel() for each in weights.values()) > 86_000_000


def test_it_reads_what_it_wrote(folder: Path) -> None:
    given = pixels(32)
    np.testing.assert_allclose(load_encoder(folder).embed(given), small_encoder().embed(given), atol=1e-6)


def test_vectors_have_length_one(folder: Path) -> None:
    vectors = load_encoder(folder).embed(pixels(32))
    assert vectors.shape == (2, 128)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_a_vector_is_the_mean_of_what_is_seen_in_the_middles() -> None:
    """Of 32 pixels a half is those from 8 to 24; shoppers' images are looked at as a whole here."""
    encoder, given = small_encoder(), pixels(32)
    half = torch.nn.functional.interpolate(torch.from_numpy(given[:, :, 8:24, 8:24]), size=(32, 32), mode="bilinear")
    whole, middle = encoder.embed(given), encoder.embed(half.numpy())
    encoder.preprocessing = replace(encoder.preprocessing, parts=(1.0, 0.5))
    mean = whole + middle
    np.testing.assert_allclose(encoder.embed(given), mean / np.linalg.norm(mean, axis=1, keepdims=True), atol=1e-6)
    np.testing.assert_allclose(encoder.embed_query(given), whole, atol=1e-6)


def test_weights_lie_under_the_published_names(folder: Path) -> None:
    names = set(load_file(folder / ENCODER_WEIGHTS))
    assert {name.partition(".")[0] for name in names} == {"swin", "embedding_layer"}
    assert {"embedding_layer.weight", "embedding_layer.bias"} <= names


@pytest.mark.parametrize("missing", [CONFIG, ENCODER_WEIGHTS, "preprocessor_config.json"])
def test_a_missing_file_is_named(folder: Path, missing: str) -> None:
    (folder / missing).unlink()
    with pytest.raises(FileNotFoundError, match=f"lacks {missing}"):
        load_encoder(folder)


def change_weights(folder: Path, drop: str = "", **more: torch.Tensor) -> None:
    kept = {name: tensor for name, tensor in load_file(folder / ENCODER_WEIGHTS).items() if name != drop}
    save_file(kept | more, folder / ENCODER_WEIGHTS)


def test_a_missing_key_is_named(folder: Path) -> None:
    change_weights(folder, drop="embedding_layer.bias")
    with pytest.raises(ValueError, match=r"without embedding_layer\.bias"):
        load_encoder(folder)


def test_a_key_too_many_is_named(folder: Path) -> None:
    change_weights(folder, **{"classifier.weight": torch.zeros(1)})
    with pytest.raises(ValueError, match=r"with classifier\.weight"):
        load_encoder(folder)


def test_weights_of_another_size_are_named(folder: Path) -> None:
    change_weights(folder, **{"embedding_layer.bias": torch.zeros(64)})
    with pytest.raises(ValueError, match=r"embedding_layer\.bias \(64,\) instead of \(128,\)"):
        load_encoder(folder)


def test_a_pickle_is_never_read(folder: Path) -> None:
    torch.save(load_file(folder / ENCODER_WEIGHTS), folder / "pytorch_model.bin")
    (folder / ENCODER_WEIGHTS).unlink()
    with pytest.raises(FileNotFoundError, match=r"model\.safetensors"):
        load_encoder(folder)


def test_a_hostile_file_is_refused_and_never_run(folder: Path) -> None:
    assert_nothing_is_unpickled(folder, lambda: load_encoder(folder))


def test_a_name_that_is_nowhere_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="neither a folder nor in the hub's cache"):
        load_encoder("yainage90/fashion-image-feature-extractor")
