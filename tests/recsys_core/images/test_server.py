"""The encoder's server as the shop meets it: real images over HTTP to a small model with random weights."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from recsys_core.images.choice import find_encoder, model_name
from recsys_core.images.server import Embedder, EncoderServer, LiveEmbedder, NoModelError
from recsys_core.serving.encoder import EncoderBusyError, EncoderUnavailableError, ImageEncoder, encoder_url
from recsys_core.serving.uploads import MAX_UPLOAD_BYTES, Crop, UploadRefusedError
from recsys_core.store.artifacts import open_artifact, write_json
from recsys_core.testing.damage import assert_damage_is_refused, flip_byte
from recsys_core.workspace import Workspace, flip_link
from tests.support.encoders import add_encoder, small_encoder
from tests.support.release_with_images import photograph


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("encoder")
    small_encoder().save(made)
    return made


@pytest.fixture(scope="module")
def embedder(folder: Path) -> Embedder:
    return Embedder.load(folder)


@pytest.fixture(scope="module")
def server(embedder: Embedder) -> Iterator[EncoderServer]:
    with EncoderServer(lambda: embedder, waiting=2) as running:
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
    connection.endheaders(body if len(body) < MAX_UPLOAD_BYTES else None)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def test_the_shop_gets_the_vector_of_an_image(shop: ImageEncoder, embedder: Embedder, folder: Path) -> None:
    found = shop.embed(photograph(3))
    pixels = embedder.encoder.preprocessing(Image.open(BytesIO(photograph(3))))
    np.testing.assert_allclose(found.vector, embedder.encoder.embed(pixels[None])[0], atol=1e-5)
    assert found.model == model_name(folder)


def test_a_crop_is_what_the_image_of_that_part_would_be(shop: ImageEncoder) -> None:
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
    with pytest.raises(UploadRefusedError):
        shop.embed(data)
    shop.embed(photograph(3))


def test_more_than_may_wait_are_told_that_it_is_busy(
    shop: ImageEncoder, server: EncoderServer, embedder: Embedder
) -> None:
    with embedder.lock:  # an image is being embedded
        waiting = [threading.Thread(target=shop.embed, args=(photograph(n),)) for n in range(2)]
        for thread in waiting:
            thread.start()
        while server.places._value:
            threading.Event().wait(0.01)
        with pytest.raises(EncoderBusyError):
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
        ("POST", "/embed", {"Content-Length": str(MAX_UPLOAD_BYTES + 1)}, 413),
    ],
)
def test_it_answers_what_it_does_not_serve(
    server: EncoderServer, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    assert send(server, method, path, **headers)[0] == status


@pytest.mark.parametrize("sent", [b"", b"POST /emb", b"POST /embed HTTP/1.1\r\nContent-Length: 100\r\n\r\nabc"])
def test_a_client_that_stops_sending_is_let_go(
    server: EncoderServer, shop: ImageEncoder, monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(server.RequestHandlerClass, "timeout", 0.3)
    for _ in range(3):  # one more than may wait
        with socket.create_connection(("127.0.0.1", server.server_port), timeout=30) as client:
            client.sendall(sent)
            assert client.recv(100) == b""
    shop.embed(photograph(3))


def go_live(workspace: Workspace, release: str, model: str | None) -> None:
    """A release that names the model of its images, as far as the encoder looks at one."""
    (workspace.releases / release).mkdir(parents=True)
    images = {"encoder": model} if model else None
    write_json(workspace.releases / release / "manifest.json", {"id": release, "images": images})
    flip_link(workspace.live, release)


def test_it_runs_the_model_of_the_live_release_also_after_a_rollback(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    first, second = (add_encoder(workspace, small_encoder(seed), f"key{seed}") for seed in (1, 2))
    live = LiveEmbedder(workspace)
    with pytest.raises(NoModelError, match="no release is live"):
        live()
    go_live(workspace, "one", first)
    assert live().model == first
    go_live(workspace, "two", second)
    assert live().model == second
    flip_link(workspace.live, "one")
    assert live().model == first
    loaded = live()
    go_live(workspace, "three", first)
    assert live() is loaded


def test_a_release_that_cannot_be_served_is_named(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    go_live(workspace, "bare", None)
    live = LiveEmbedder(workspace)
    with pytest.raises(NoModelError, match="release bare has no vectors of images"):
        live()
    go_live(workspace, "lost", "0123")
    with pytest.raises(NoModelError, match="image encoder 0123 is not in"):
        live()


def test_an_encoder_with_a_changed_byte_is_not_run(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    model = add_encoder(workspace, small_encoder(1), "key1")
    go_live(workspace, "one", model)
    made = open_artifact("image_encoders", workspace.root / "image_encoders" / "key1")
    assert made
    flip_byte(made.path / "model.safetensors")
    with pytest.raises(
        NoModelError, match=r"model\.safetensors has SHA-256 [0-9a-f]{64}, expected [0-9a-f]{64}: remove .*key1"
    ):
        LiveEmbedder(workspace)()
    flip_byte(made.path / "model.safetensors")
    assert_damage_is_refused(made, lambda made: find_encoder(workspace, model))


def test_without_a_model_the_shop_is_told_so(tmp_path: Path) -> None:
    with EncoderServer(LiveEmbedder(Workspace(tmp_path))) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        assert send(running, "GET", "/health") == (200, {"model": None, "detail": "no release is live"})
        assert send(running, "POST", "/embed", photograph(3))[0] == 503
        with pytest.raises(EncoderUnavailableError):
            ImageEncoder(f"http://127.0.0.1:{running.server_port}").embed(photograph(3))
        running.shutdown()


def wait_for_encoder(workspace: Workspace, process: "subprocess.Popen[bytes]") -> str:
    until = time.monotonic() + 60
    while not (url := encoder_url(workspace.root)):
        assert process.poll() is None, "it ended"
        assert time.monotonic() < until, "it does not register"
        time.sleep(0.1)
    return url


def test_the_process_registers_in_the_workspace_and_leaves_no_trace(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    go_live(workspace, "one", add_encoder(workspace, small_encoder(1), "key1"))
    command = [sys.executable, "-m", "recsys_core.cli", "serve-encoder", "--workspace", str(tmp_path)]
    with subprocess.Popen(command, env=os.environ) as process:
        try:
            url = wait_for_encoder(workspace, process)
            vector = ImageEncoder(url, budget=30).embed(photograph(3)).vector
            expected = Embedder.load(workspace.root / "image_encoders" / "key1").embed(photograph(3), Crop())
            np.testing.assert_allclose(vector, expected, atol=1e-5)
            limits = Path(f"/proc/{process.pid}/limits").read_text()
            assert (
                "unlimited" not in next(line for line in limits.splitlines() if line.startswith("Max data size"))[:40]
            )
        finally:
            process.send_signal(signal.SIGTERM)
        process.wait(20)
    assert encoder_url(workspace.root) == ""
