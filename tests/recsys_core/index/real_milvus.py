"""A Milvus server as a cluster runs it, on this machine: PyPI's ``milvus`` carries the binary."""

import fcntl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pymilvus import MilvusClient

from recsys_core.index.server import free_port
from scripts.processes import end_tree

SECONDS_TO_START = 90


@contextmanager
def real_milvus(folder: Path, token: str = "") -> Iterator[str]:
    """Its address, once it answers. One at a time on a machine: its parts listen on ports of their own choice."""
    binary = Path(sys.executable).with_name("milvus-server")
    if not binary.exists():
        pytest.skip("PyPI's milvus has no server for this kind of machine")
    with (Path(tempfile.gettempdir()) / "milvus-server-of-tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield from _running(binary, folder, token)


def _running(binary: Path, folder: Path, token: str) -> Iterator[str]:
    port = free_port()
    command = [str(binary), "--data", str(folder / "data")]
    with (folder / "milvus.log").open("w") as log:
        process = subprocess.Popen(
            [*command, "--proxy-port", str(port)], stdout=log, stderr=log, cwd=folder, start_new_session=True
        )
        try:
            wait_until_it_answers(f"http://127.0.0.1:{port}", process, folder / "milvus.log", token)
            yield f"http://127.0.0.1:{port}"
        finally:
            end_tree(process.pid, 0)  # nobody needs its data any more, and it takes more than ten seconds to end well
            process.wait(10)


def wait_until_it_answers(uri: str, process: "subprocess.Popen[bytes]", log: Path, token: str) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until and process.poll() is None:
        try:
            client = MilvusClient(uri=uri, token=token, timeout=3)
            client.list_collections()
            client.close()
        except Exception:  # pymilvus raises several unrelated types while it comes up
            time.sleep(0.5)
        else:
            return
    raise RuntimeError(f"milvus-server at {uri} did not come up:\n{log.read_text()[-2000:]}")
