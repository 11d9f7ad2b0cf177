"""The encoder as a process of its own, which the shop asks over HTTP (``recsys_core.serving.encoder``).

It runs the model that the live release names, also after a rollback. It embeds one image at a time, torch itself
using all cores it is given; few wait, the rest are told that it is busy. What a stranger sends is looked at by its
header first, decoded once at a size near to what the model wants, and not kept.
"""

import json
import logging
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from types import FrameType
from typing import Any, ClassVar, Final
from urllib.parse import parse_qs, urlsplit

import numpy as np
import psutil
from numpy.typing import NDArray

from recsys_core.contracts.release import MANIFEST
from recsys_core.images.album import DamagedImageError, open_image
from recsys_core.images.choice import find_encoder, model_name
from recsys_core.images.encoder import FashionImageEncoder, load_encoder
from recsys_core.serving.encoder import REGISTERED
from recsys_core.serving.uploads import MAX_UPLOAD_BYTES, Crop, UploadRefusedError, check_image
from recsys_core.store.artifacts import write_json
from recsys_core.workspace import Workspace

log = logging.getLogger(__name__)

MAX_WAITING_REQUESTS: Final = 8
"""Images that may wait; more are told that it is busy."""
CLIENT_TIMEOUT_SECONDS: Final = 10.0
"""Seconds that a client may take to send its image, and between two parts of it."""
SPARE_MEMORY_BYTES: Final = 2 << 30
"""Bytes that answering, and loading the next model, may take beyond the first; what would need more is refused."""


class NoModelError(LookupError):
    """No model can be run: no release with vectors of images is live, or its encoder is gone."""


@dataclass(frozen=True)
class Embedder:
    """A model that turns uploads into vectors, one at a time."""

    encoder: FashionImageEncoder
    model: str
    lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def load(cls, folder: Path) -> "Embedder":
        return cls(load_encoder(folder), model_name(folder))

    def embed(self, data: bytes, crop: Crop) -> NDArray[np.float32]:
        """(EMBEDDING_LENGTH,), L2-normalised.

        Raises
        ------
        UploadRefusedError
            If the image is odd, or cannot be decoded.
        """
        check_image(data)
        preprocessing = self.encoder.preprocessing
        with self.lock:
            try:
                pixels = preprocessing(open_image(BytesIO(data), preprocessing.enough(crop)), crop)
            except DamagedImageError as defect:
                raise UploadRefusedError(str(defect)) from None
            vector: NDArray[np.float32] = self.encoder.embed_query(pixels[None])[0]
            return vector


class LiveEmbedder:
    """The embedder of the live release: another one when a release with another model goes live."""

    def __init__(self, workspace: Workspace) -> None:
        self._home = workspace
        self._lock = threading.Lock()
        self._release = ""
        self._embedder: Embedder | None = None

    def __call__(self) -> Embedder:
        """The model of the live release, loaded if it changed.

        Raises
        ------
        NoModelError
            If the live release has no vectors of images, or their encoder is not there any more.
        """
        with self._lock:
            release = self._live()
            if self._embedder is None or release != self._release:
                model = self._model()
                if self._embedder is None or model != self._embedder.model:
                    self._embedder = self._load(model)
                self._release = release
            return self._embedder

    def _live(self) -> str:
        try:
            return str(self._home.live.readlink())
        except OSError:
            raise NoModelError("no release is live") from None

    def _model(self) -> str:
        try:
            manifest = json.loads((self._home.live / MANIFEST).read_text())
            images = manifest.get("images")
            if images:
                return str(images["encoder"])
        except (OSError, ValueError, KeyError) as error:
            raise NoModelError(f"the live release cannot be read: {error}") from error
        raise NoModelError(f"release {manifest.get('id')} has no vectors of images")

    def _load(self, model: str) -> Embedder:
        try:
            embedder = Embedder.load(find_encoder(self._home, model))
        except (FileNotFoundError, ValueError) as reason:
            raise NoModelError(str(reason)) from reason
        embedder.encoder.embed_query(np.zeros((1, 3, *embedder.encoder.preprocessing.size), np.float32))  # warm
        log.info("image encoder %s is loaded", model)
        return embedder


class EncoderServer(ThreadingHTTPServer):
    """``serve_forever`` until the process is told to stop."""

    daemon_threads = True

    def __init__(
        self,
        embedder: Callable[[], Embedder],
        port: int = 0,
        host: str = "127.0.0.1",
        waiting: int = MAX_WAITING_REQUESTS,
    ) -> None:
        super().__init__((host, port), _Handler)
        self.embedder = embedder
        self.places = threading.BoundedSemaphore(waiting)


class _Handler(BaseHTTPRequestHandler):
    server: EncoderServer
    timeout: ClassVar[float] = CLIENT_TIMEOUT_SECONDS

    def do_GET(self) -> None:
        if urlsplit(self.path).path != "/health":
            return self._answer(HTTPStatus.NOT_FOUND, {"detail": "GET /health or POST /embed"})
        try:
            return self._answer(HTTPStatus.OK, {"model": self.server.embedder().model})
        except NoModelError as reason:
            return self._answer(HTTPStatus.OK, {"model": None, "detail": str(reason)})

    def do_POST(self) -> None:
        address = urlsplit(self.path)
        length = self.headers.get("Content-Length", "")
        if address.path != "/embed":
            return self._answer(HTTPStatus.NOT_FOUND, {"detail": "GET /health or POST /embed"})
        if not length.isdecimal() or len(length) > len(str(MAX_UPLOAD_BYTES)) + 1:
            return self._answer(HTTPStatus.LENGTH_REQUIRED, {"detail": "Content-Length is missing or odd"})
        if int(length) > MAX_UPLOAD_BYTES:
            return self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, {"detail": f"more than {MAX_UPLOAD_BYTES} bytes"})
        if not self.server.places.acquire(blocking=False):
            return self._answer(HTTPStatus.TOO_MANY_REQUESTS, {"detail": "busy"})
        try:
            body = self._body(int(length))
            crop = Crop.read(parse_qs(address.query).get("crop", [""])[0])
            return self._embed(body, crop)
        finally:
            self.server.places.release()

    def _body(self, length: int) -> bytes:
        """Body of a request, as much as comes in time; what is missing makes it a damaged image."""
        until, body = time.monotonic() + CLIENT_TIMEOUT_SECONDS, b""
        while len(body) < length and time.monotonic() < until and (part := self.rfile.read1(length - len(body))):
            body += part
        return body

    def _embed(self, body: bytes, crop: Crop) -> None:
        try:
            embedder = self.server.embedder()
            vector = embedder.embed(body, crop)
        except UploadRefusedError as refusal:
            return self._answer(HTTPStatus.UNPROCESSABLE_ENTITY, {"detail": str(refusal)})
        except NoModelError as reason:
            return self._answer(HTTPStatus.SERVICE_UNAVAILABLE, {"detail": str(reason)})
        except (MemoryError, RuntimeError) as error:  # torch says RuntimeError where memory is short
            log.warning("an image was not embedded: %s", error)
            return self._answer(HTTPStatus.SERVICE_UNAVAILABLE, {"detail": "it could not be embedded now"})
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


def serve(workspace: Workspace, port: int = 0, host: str = "127.0.0.1") -> None:
    """Serve the live release's encoder and register it in the workspace, until the process is told to stop.

    Raises
    ------
    ConnectionError
        If it cannot listen there.
    """
    embedder = LiveEmbedder(workspace)
    try:
        embedder()
    except NoModelError as reason:
        log.warning("nothing to serve yet: %s", reason)
    _limit_memory()
    try:
        listening = EncoderServer(embedder, port, host)
    except OSError as error:
        raise ConnectionError(f"cannot listen on {host}, port {port}: {error}") from error
    with listening as server:
        registered = workspace.root / REGISTERED
        write_json(registered, {"pid": os.getpid(), "port": server.server_port})
        log.info("image encoder on port %d", server.server_port)
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            server.serve_forever()
        finally:
            _unregister(registered)


def _limit_memory() -> None:
    """Have this process fail in place of the machine where answering takes more than ``SPARE_MEMORY_BYTES``."""
    limit = psutil.Process().memory_info().rss + SPARE_MEMORY_BYTES
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard))


def _unregister(registered: Path) -> None:
    """Unless another encoder was started for the workspace meanwhile."""
    if json.loads(registered.read_text()).get("pid") == os.getpid():
        registered.unlink(missing_ok=True)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
