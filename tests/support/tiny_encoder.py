"""Stands for the image encoder in tests: its protocol, with the image's colours in place of a network's judgement.

``python -m tests.support.tiny_encoder PORT`` serves it. A vector holds the mean colours of a 6 x 7 grid, so
images of like colours at like places are near.
"""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from recsys_core.index.server import free_port
from recsys_core.serving.encoder import REGISTERED
from recsys_core.serving.uploads import FORMATS, Crop
from recsys_core.store.artifacts import write_json
from recsys_core.workspace import Workspace

MODEL = "tiny"
DIM = 128
GRID = (6, 7)
SECONDS_TO_START = 20


def embed(file: bytes, crop: Crop | None = None) -> NDArray[np.float32]:
    """(DIM,), L2-normalised.

    Raises
    ------
    OSError
        If the image cannot be decoded.
    """
    crop = crop or Crop()
    with Image.open(BytesIO(file), formats=FORMATS) as image:
        upright = ImageOps.exif_transpose(image)
        width, height = upright.size
        box = (crop.left * width, crop.top * height, crop.right * width, crop.bottom * height)
        small = upright.convert("RGB").resize(GRID, Image.Resampling.BOX, box)
    colours = np.asarray(small, np.float32).ravel() / 255 - 0.5
    vector = np.zeros(DIM, np.float32)
    vector[: len(colours)] = colours
    vector[-1] = 0.1
    return vector / np.float32(np.linalg.norm(vector))


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        crop = Crop.read(parse_qs(urlsplit(self.path).query).get("crop", [""])[0])
        try:
            status, said = 200, {"model": MODEL, "vector": embed(body, crop).tolist()}
        except OSError as error:
            status, said = 422, {"detail": str(error)}
        answer = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *said: object) -> None:
        """Nothing: tests read their own output."""


@contextmanager
def running(workspace: Workspace) -> Iterator[int]:
    """An encoder in a process of its own, registered in the workspace; its port."""
    port = free_port()
    with subprocess.Popen([sys.executable, "-m", __name__, str(port)]) as process:
        try:
            _wait_for(port)
            write_json(workspace.root / REGISTERED, {"pid": process.pid, "port": port})
            yield port
        finally:
            (workspace.root / REGISTERED).unlink(missing_ok=True)
            process.terminate()


def _wait_for(port: int) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"no encoder on port {port} after {SECONDS_TO_START} s")


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
