"""The encoder as a process of its own, which the shop asks over HTTP (``recsys_core.serving.encoder``).

It embeds one picture at a time, torch itself using all cores it is given; few wait, the rest are told that it is busy.
What a stranger sends is looked at by its header first, decoded once at a size near to what the model wants, and not
kept.
"""

import json
import logging
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar, Final
from urllib.parse import parse_qs, urlsplit

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from recsys_core.artefacts import sha256_of, write_json
from recsys_core.images.encoder import WEIGHTS, FashionImageEncoder, load_encoder
from recsys_core.serving.encoder import REGISTERED
from recsys_core.serving.uploads import FORMATS, MOST_BYTES, Crop, PictureRefused, check_picture

log = logging.getLogger(__name__)

WAITING: Final = 8
"""Pictures that may wait; more are told that it is busy."""
SLOW_CLIENT: Final = 10.0
"""Seconds that a client may take to send its picture."""
DECODED_AT: Final = 4
"""A JPEG is decoded at this multiple of the model's size at least, not at all its pixels."""


def model_name(folder: Path) -> str:
    """What vectors are compared by: the digest of the weights."""
    return sha256_of(folder / WEIGHTS)[:16]


@dataclass(frozen=True)
class Embedder:
    """A model that turns uploads into vectors, one at a time."""

    encoder: FashionImageEncoder
    model: str
    lock: threading.Lock

    @classmethod
    def load(cls, folder: Path) -> "Embedder":
        return cls(load_encoder(folder), model_name(folder), threading.Lock())

    def embed(self, data: bytes, crop: Crop) -> NDArray[np.float32]:
        """(EMBEDDING_LENGTH,), L2-normalised.

        Raises
        ------
        PictureRefused
            If the picture is odd, or cannot be decoded.
        """
        check_picture(data)
        with self.lock:
            try:
                with Image.open(BytesIO(data), formats=FORMATS) as picture:
                    self._draft(picture, crop)
                    pixels = self.encoder.preprocessing(picture, crop)
            except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
                raise PictureRefused(str(error)) from None
            vector: NDArray[np.float32] = self.encoder.embed(pixels[None])[0]
            return vector

    def _draft(self, picture: Image.Image, crop: Crop) -> None:
        """Have a JPEG decoded smaller, but with pixels enough within the crop."""
        wanted = DECODED_AT * max(self.encoder.preprocessing.height, self.encoder.preprocessing.width)
        smallest = min(crop.right - crop.left, crop.bottom - crop.top)
        side = round(wanted / max(smallest, 0.01))
        picture.draft("RGB", (side, side))


class EncoderServer(ThreadingHTTPServer):
    """``serve_forever`` until the process is told to stop."""

    daemon_threads = True

    def __init__(self, embedder: Embedder, port: int = 0, host: str = "127.0.0.1", waiting: int = WAITING) -> None:
        super().__init__((host, port), _Handler)
        self.embedder = embedder
        self.places = threading.BoundedSemaphore(waiting)


class _Handler(BaseHTTPRequestHandler):
    server: EncoderServer
    timeout: ClassVar[float] = SLOW_CLIENT

    def do_GET(self) -> None:
        if urlsplit(self.path).path != "/health":
            return self._answer(HTTPStatus.NOT_FOUND, {"detail": "GET /health or POST /embed"})
        return self._answer(HTTPStatus.OK, {"model": self.server.embedder.model})

    def do_POST(self) -> None:
        address = urlsplit(self.path)
        length = self.headers.get("Content-Length", "")
        if address.path != "/embed":
            return self._answer(HTTPStatus.NOT_FOUND, {"detail": "GET /health or POST /embed"})
        if not length.isdigit():
            return self._answer(HTTPStatus.LENGTH_REQUIRED, {"detail": "Content-Length is missing"})
        if int(length) > MOST_BYTES:
            return self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"detail": f"more than {MOST_BYTES} bytes"})
        if not self.server.places.acquire(blocking=False):
            return self._answer(HTTPStatus.TOO_MANY_REQUESTS, {"detail": "busy"})
        try:
            body = self.rfile.read(int(length))
            crop = Crop.read(parse_qs(address.query).get("crop", [""])[0])
            return self._embed(body, crop)
        finally:
            self.server.places.release()

    def _embed(self, body: bytes, crop: Crop) -> None:
        embedder = self.server.embedder
        try:
            vector = embedder.embed(body, crop)
        except PictureRefused as refusal:
            return self._answer(HTTPStatus.UNPROCESSABLE_ENTITY, {"detail": str(refusal)})
        return self._answer(HTTPStatus.OK, {"model": embedder.model, "vector": vector.tolist()})

    def _answer(self, status: HTTPStatus, said: Mapping[str, Any]) -> None:
        text = json.dumps(said).encode()
        self.close_connection = True  # a body that was not read must not be taken for the next request
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *values: object) -> None:
        log.debug(format, *values)


def serve(folder: Path, home: Path, port: int = 0) -> None:
    """Serve the encoder in ``folder`` on loopback and register it in the home, until the process is told to stop."""
    with EncoderServer(Embedder.load(folder), port) as server:
        registered = home / REGISTERED
        write_json(registered, {"pid": os.getpid(), "port": server.server_port})
        log.info("image encoder %s on port %d", server.embedder.model, server.server_port)
        try:
            server.serve_forever()
        finally:
            registered.unlink(missing_ok=True)
