"""The image encoder as the shop asks it: a process of its own, over HTTP, so that no web worker holds a model.

``POST <url>/embed?crop=left,top,right,bottom`` with the image as the body answers
``{"model": name, "vector": [...]}``; 422 for an image that cannot be decoded; 429 when too many wait
(``docs/data-contracts.md``).
"""

import base64
import contextlib
import http.client
import json
import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import numpy as np
from numpy.typing import NDArray

from recsys_core.contracts.addresses import split_login
from recsys_core.serving.engines import RETRY_PAUSE_SECONDS, Breaker, engine_url
from recsys_core.serving.uploads import Crop, UploadRefusedError

log = logging.getLogger(__name__)

BUDGET_SECONDS: Final = 5.0
"""Seconds that an image may take."""
MAX_WAITING_REQUESTS: Final = 2
"""Requests of a process that may wait for it at a time: the shop's other pages need threads, too."""
REGISTERED: Final = "image-encoder.json"
"""File in the workspace, {"port": ...}, of the encoder that was started for it."""


class EncoderUnavailableError(ConnectionError):
    """No answer from the encoder."""


class EncoderBusyError(EncoderUnavailableError):
    """It answers, but others wait already."""


@dataclass(frozen=True)
class Embedding:
    """Vector of an image, with the model that made it."""

    vector: NDArray[np.float32]
    """(dim,), L2-normalised."""
    model: str
    """Name of the model; vectors of two models cannot be compared."""


class ImageEncoder:
    """The way to one encoder, shared by the threads of a process."""

    def __init__(self, url: str, budget: float = BUDGET_SECONDS) -> None:
        self.url, user, password = split_login(url)
        login = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._headers = {"Content-Type": "image/*"} | ({"Authorization": f"Basic {login}"} if user else {})
        self._budget = budget
        self._breaker = Breaker()
        self._waiting = threading.BoundedSemaphore(MAX_WAITING_REQUESTS)

    def embed(self, image: bytes, crop: Crop | None = None) -> Embedding:
        """Vector of an image, or of its crop.

        Raises
        ------
        UploadRefusedError
            If the image cannot be decoded.
        EncoderBusyError, EncoderUnavailableError
            If there is no answer.
        """
        if self._breaker.is_open:
            raise EncoderUnavailableError(f"the image encoder at {self.url} failed a moment ago")
        if not self._waiting.acquire(blocking=False):
            raise EncoderBusyError(
                f"{MAX_WAITING_REQUESTS} of this process wait for the image encoder at {self.url} already"
            )
        try:
            status, said = self._post(f"/embed?crop={crop or Crop()}", image)
            if status == http.client.OK:
                return _embedding(said)
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
            self._breaker.trip()
            log.warning(
                "the image encoder at %s does not answer: %s; not asked for %d s", self.url, error, RETRY_PAUSE_SECONDS
            )
            raise EncoderUnavailableError(f"the image encoder at {self.url}: {error}") from error
        finally:
            self._waiting.release()
        if status == http.client.UNPROCESSABLE_ENTITY:
            raise UploadRefusedError("The picture is damaged and cannot be read. Choose another one.")
        if status == http.client.TOO_MANY_REQUESTS:
            raise EncoderBusyError(f"the image encoder at {self.url} is busy")
        raise EncoderUnavailableError(f"the image encoder at {self.url} answers {status}")

    def _post(self, path: str, body: bytes) -> tuple[int, dict[str, object]]:
        until = time.monotonic() + self._budget
        address = urlsplit(self.url)
        kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
        connection = kind(address.netloc, timeout=self._budget)
        try:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # who is busy answers before it reads
                connection.request("POST", address.path.rstrip("/") + path, body, self._headers)
            answer = connection.getresponse()
            text = b""
            while part := answer.read1():
                text += part
                if time.monotonic() > until:
                    raise TimeoutError(f"no whole answer within {self._budget} s")
        finally:
            connection.close()
        return answer.status, json.loads(text) if answer.status == http.client.OK else {}


def _embedding(said: dict[str, object]) -> Embedding:
    vector = np.array(said["vector"], np.float32)
    length = float(np.linalg.norm(vector))
    if vector.ndim != 1 or not np.isfinite(length) or length == 0:
        raise ValueError("its answer is no vector")
    return Embedding(vector / length, str(said["model"]))


def encoder_url(workspace: Path) -> str:
    """``$IMAGE_ENCODER_URL``, else the workspace's registered encoder, else empty."""
    return engine_url("IMAGE_ENCODER_URL", workspace / REGISTERED)
