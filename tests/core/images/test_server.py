"""The encoder's server as the shop meets it: real pictures over HTTP to a small model with random weights."""

import http.client
import json
import threading
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from transformers import SwinConfig

from recsys_core.images.encoder import FashionImageEncoder
from recsys_core.images.preprocessing import Preprocessing
from recsys_core.images.server import Embedder, EncoderServer, model_name
from recsys_core.serving.encoder import EncoderBusy, ImageEncoder
from recsys_core.serving.uploads import MOST_BYTES, Crop, PictureRefused
from recsys_core.testing.pictured_release import photograph

SMALL = {"image_size": 32, "patch_size": 4, "window_size": 4, "embed_dim": 16, "depths": [1, 1], "num_heads": [2, 2]}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(3)
    made = tmp_path_factory.mktemp("encoder")
    FashionImageEncoder(SwinConfig(**SMALL), Preprocessing(32, 32)).save(made)
    return made


@pytest.fixture(scope="module")
def embedder(folder: Path) -> Embedder:
    return Embedder.load(folder)


@pytest.fixture(scope="module")
def server(embedder: Embedder) -> Iterator[EncoderServer]:
    with EncoderServer(embedder, waiting=2) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture
def shop(server: EncoderServer) -> ImageEncoder:
    return ImageEncoder(f"http://127.0.0.1:{server.server_port}", budget=30)


def send(server: EncoderServer, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=30)
    connection.putrequest(method, path)
    for name, value in ({"Content-Length": str(len(body))} | headers).items():
        if value:
            connection.putheader(name, value)
    connection.endheaders(body if len(body) < MOST_BYTES else None)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def test_the_shop_gets_the_vector_of_a_picture(shop: ImageEncoder, embedder: Embedder, folder: Path) -> None:
    found = shop.embed(photograph(3))
    pixels = embedder.encoder.preprocessing(Image.open(BytesIO(photograph(3))))
    np.testing.assert_allclose(found.vector, embedder.encoder.embed(pixels[None])[0], atol=1e-5)
    assert found.model == model_name(folder)


def test_a_crop_is_what_the_picture_of_that_part_would_be(shop: ImageEncoder) -> None:
    left = BytesIO()
    Image.open(BytesIO(photograph(3))).crop((0, 0, 120, 280)).save(left, "PNG")
    half = shop.embed(photograph(3), Crop(0, 0, 0.5, 1)).vector
    assert float(half @ shop.embed(left.getvalue()).vector) > 0.9999


def test_a_large_jpeg_is_decoded_small_and_means_the_same(shop: ImageEncoder) -> None:
    small, large = Image.open(BytesIO(photograph(5))), BytesIO()
    small.resize((3600, 4200), Image.Resampling.NEAREST).save(large, "JPEG", quality=90)
    assert float(shop.embed(large.getvalue()).vector @ shop.embed(photograph(5)).vector) > 0.999


@pytest.mark.parametrize("data", [b"", b"text", photograph(3)[:-700], b"\xff\xd8\xff\xe0" + bytes(99)])
def test_what_cannot_be_decoded_is_refused_and_the_next_is_served(shop: ImageEncoder, data: bytes) -> None:
    with pytest.raises(PictureRefused):
        shop.embed(data)
    shop.embed(photograph(3))


def test_more_than_may_wait_are_told_that_it_is_busy(
    shop: ImageEncoder, server: EncoderServer, embedder: Embedder
) -> None:
    with embedder.lock:  # a picture is being embedded
        waiting = [threading.Thread(target=shop.embed, args=(photograph(n),)) for n in range(2)]
        for thread in waiting:
            thread.start()
        while server.places._value:
            threading.Event().wait(0.01)
        with pytest.raises(EncoderBusy):
            ImageEncoder(shop.url).embed(photograph(3))
    for thread in waiting:
        thread.join()
    shop.embed(photograph(3))


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/health", {}, 200),
        ("GET", "/", {}, 404),
        ("POST", "/", {}, 404),
        ("POST", "/embed", {"Content-Length": ""}, 411),
        ("POST", "/embed", {"Content-Length": str(MOST_BYTES + 1)}, 413),
    ],
)
def test_it_answers_what_it_does_not_serve(
    server: EncoderServer, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    assert send(server, method, path, **headers)[0] == status
