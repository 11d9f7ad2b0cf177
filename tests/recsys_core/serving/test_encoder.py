import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from recsys_core.serving import encoder
from recsys_core.serving.encoder import (
    MAX_WAITING_REQUESTS,
    EncoderBusyError,
    EncoderUnavailableError,
    ImageEncoder,
    encoder_url,
)
from recsys_core.serving.uploads import Crop, UploadRefusedError
from tests.support.release_with_images import photograph
from tests.support.tiny_encoder import MODEL, Handler, embed


@contextmanager
def server(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def answering(status: int, body: object = None, wait: float = 0) -> type[BaseHTTPRequestHandler]:
    """A server that gives everybody this answer."""

    class Fixed(Handler):
        def do_POST(self) -> None:  # noqa: N802  the name that http.server looks for
            time.sleep(wait)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

    return Fixed


@pytest.fixture
def tiny() -> Iterator[ImageEncoder]:
    with server(Handler) as url:
        yield ImageEncoder(url)


def test_an_image_becomes_a_vector_of_the_encoders_model(tiny: ImageEncoder) -> None:
    found = tiny.embed(photograph(3))
    np.testing.assert_allclose(found.vector, embed(photograph(3)), atol=1e-6)
    assert found.model == MODEL


def test_a_crop_is_cut_by_the_encoder(tiny: ImageEncoder) -> None:
    half = Crop(0, 0, 0.5, 1)
    np.testing.assert_allclose(tiny.embed(photograph(3), half).vector, embed(photograph(3), half), atol=1e-6)
    assert not np.allclose(tiny.embed(photograph(3)).vector, embed(photograph(3), half), atol=0.1)


def test_a_crop_is_of_the_image_as_it_is_seen(tiny: ImageEncoder) -> None:
    """A phone held upright stores its image lying, with a note how to turn it."""
    upright = Image.open(BytesIO(photograph(3)))
    lying, orientation = BytesIO(), Image.Exif()
    orientation[0x0112] = 6  # to be turned by 90 degrees clockwise
    upright.transpose(Image.Transpose.ROTATE_90).save(lying, "JPEG", quality=95, exif=orientation)
    top = Crop(0, 0, 1, 0.5)
    seen, stored = tiny.embed(photograph(3), top).vector, tiny.embed(lying.getvalue(), top).vector
    assert float(seen @ stored) > 0.99


def test_vectors_are_normalised_whatever_the_encoder_says() -> None:
    with server(answering(200, {"model": "m", "vector": [3, 4]})) as url:
        np.testing.assert_allclose(ImageEncoder(url).embed(b"x").vector, [0.6, 0.8])


def test_a_damaged_image_is_the_shoppers_matter(tiny: ImageEncoder) -> None:
    with pytest.raises(UploadRefusedError, match="damaged"):
        tiny.embed(photograph(3)[:200])
    tiny.embed(photograph(3))  # nobody else waits for it


def test_a_busy_encoder_is_asked_again() -> None:
    with server(answering(429)) as url:
        busy = ImageEncoder(url)
        for _ in range(2):
            with pytest.raises(EncoderBusyError):
                busy.embed(b"x")


@contextmanager
def raw_server(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that does what it likes with one connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def run() -> None:
            with listening.accept()[0] as connection, suppress(OSError):
                serve(connection)

        threading.Thread(target=run, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_busy_may_be_said_before_the_image_is_read() -> None:
    def refuse(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n")
        connection.shutdown(socket.SHUT_WR)
        time.sleep(0.5)

    with raw_server(refuse) as url, pytest.raises(EncoderBusyError):
        ImageEncoder(url).embed(bytes(8_000_000))


def test_an_answer_in_drops_costs_the_budget_as_a_whole() -> None:
    def drip(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        for _ in range(100):
            connection.sendall(b" ")
            time.sleep(0.1)

    with raw_server(drip) as url:
        started = time.monotonic()
        with pytest.raises(EncoderUnavailableError):
            ImageEncoder(url, budget=0.5).embed(b"x")
        assert time.monotonic() - started < 2


def test_few_of_a_process_wait_for_it_at_a_time() -> None:
    with server(answering(200, {"model": "m", "vector": [1.0]}, wait=0.5)) as url:
        encoder = ImageEncoder(url)
        with ThreadPoolExecutor(6) as pool:
            asked = [pool.submit(encoder.embed, b"x") for _ in range(6)]
        failures = [one.exception() for one in asked]
    assert sum(failure is None for failure in failures) == MAX_WAITING_REQUESTS
    assert {type(failure) for failure in failures if failure} == {EncoderBusyError}


@pytest.mark.parametrize("said", [{"vector": []}, {"vector": [0.0, 0.0]}, {"vector": "none"}, {"model": "m"}, [], None])
def test_an_answer_that_is_no_vector_is_none(said: object) -> None:
    with server(answering(200, said)) as url, pytest.raises(EncoderUnavailableError):
        ImageEncoder(url).embed(b"x")


def test_an_encoder_that_is_away_is_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    away = ImageEncoder("http://127.0.0.1:9")
    with pytest.raises(EncoderUnavailableError, match=r"127\.0\.0\.1:9"):
        away.embed(b"x")
    with pytest.raises(EncoderUnavailableError, match="a moment ago"):
        away.embed(b"x")


def test_a_slow_encoder_costs_its_budget() -> None:
    with server(answering(200, {}, wait=2)) as url:
        started = time.monotonic()
        with pytest.raises(EncoderUnavailableError):
            ImageEncoder(url, budget=0.1).embed(b"x")
        assert time.monotonic() - started < 1.5


def test_the_address_is_the_environments_or_the_homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IMAGE_ENCODER_URL", raising=False)
    assert encoder_url(tmp_path) == ""
    (tmp_path / encoder.REGISTERED).write_text('{"port": 7001}')
    assert encoder_url(tmp_path) == "http://127.0.0.1:7001"
    monkeypatch.setenv("IMAGE_ENCODER_URL", "http://encoder:80")
    assert encoder_url(tmp_path) == "http://encoder:80"
