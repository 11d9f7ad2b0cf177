"""A Milvus to talk to: a server by address, the workspace's running server, or one of our own for a while."""

import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymilvus import MilvusClient

from recsys_core.contracts.addresses import split_login
from recsys_core.index.config import IndexConfig
from recsys_core.store.artifacts import write_json
from recsys_core.store.locks import locked
from recsys_core.workspace import Workspace

log = logging.getLogger(__name__)

START_SECONDS = 60.0
STOP_SECONDS = 20.0


class MilvusUnreachableError(ConnectionError):
    """No Milvus answers where one should."""


@dataclass(frozen=True)
class ServerProcess:
    """A Milvus Lite server of this workspace: its process and its port on 127.0.0.1."""

    pid: int
    port: int

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def answers(self) -> bool:
        """True if the process is alive and its port open."""
        try:
            os.kill(self.pid, 0)
            socket.create_connection(("127.0.0.1", self.port), timeout=2).close()
        except OSError:
            return False
        return True


@contextlib.contextmanager
def milvus_client(workspace: Workspace, config: IndexConfig) -> Iterator[MilvusClient]:
    """A connected client.

    In this order: ``$MILVUS_URI`` (with ``$MILVUS_TOKEN``), ``config.uri``, the server that
    ``<workspace>/milvus-server.json`` registers (``pid``, ``port``), else a ``milvus-lite server`` on
    ``workspace.milvus`` that lives as long as the context. Milvus Lite allows one process per data folder: stages that
    need a server of their own wait for one another.

    Raises
    ------
    MilvusUnreachableError
        If the server does not answer; names the address or the log file.
    """
    uri = os.environ.get("MILVUS_URI") or config.uri
    registered = read_server(registered_path(workspace))
    if uri:
        with _connected(uri) as client:
            yield client
    elif registered and registered.answers():
        with _connected(registered.uri) as client:
            yield client
    else:
        with _own_server(workspace) as server, _connected(server.uri) as client:
            yield client


def registered_path(workspace: Workspace) -> Path:
    """Returns the file in which the workspace's long-lived server is registered."""
    return workspace.root / "milvus-server.json"


def stage_path(workspace: Workspace) -> Path:
    """Returns the file in which a stage registers the server that it started for itself."""
    return workspace.root / "milvus-stage.json"


def read_server(path: Path) -> ServerProcess | None:
    """The server noted in ``path``, or None."""
    try:
        noted = json.loads(path.read_text())
        return ServerProcess(int(noted["pid"]), int(noted["port"]))
    except (FileNotFoundError, json.JSONDecodeError, KeyError, TypeError, ValueError):
        return None


@contextlib.contextmanager
def _connected(uri: str) -> Iterator[MilvusClient]:
    uri, user, password = split_login(uri)
    token = os.environ.get("MILVUS_TOKEN") or (f"{user}:{password}" if user else "")
    try:
        client = MilvusClient(uri=uri, token=token, timeout=30)
    except Exception as error:  # pymilvus raises several unrelated types
        raise MilvusUnreachableError(f"no Milvus at {uri}: {error}; start it, or correct $MILVUS_URI") from error
    with contextlib.closing(client):
        yield client


@contextlib.contextmanager
def _own_server(workspace: Workspace) -> Iterator[ServerProcess]:
    """A server for this stage. One that a killed stage left behind is stopped first."""
    workspace.milvus.mkdir(parents=True, exist_ok=True)
    note = stage_path(workspace)
    with locked(workspace.root / ".milvus-stage.lock"):
        _stop_left_over(note)
        process, server = _start(workspace, note)
        try:
            yield server
        finally:
            _stop(process.pid, process)
            note.unlink(missing_ok=True)


def _stop_left_over(note: Path) -> None:
    left_over = read_server(note)
    if left_over and left_over.answers():
        log.info("stopping the Milvus Lite server %d of a killed stage", left_over.pid)
        _stop(left_over.pid)


def _start(workspace: Workspace, note: Path) -> tuple[subprocess.Popen[Any], ServerProcess]:
    workspace.logs.mkdir(parents=True, exist_ok=True)
    log_file = workspace.logs / "milvus-stage.log"
    port = free_port()
    command = [str(Path(sys.executable).with_name("milvus-lite")), "server"]
    command += ["--data-dir", str(workspace.milvus), "--host", "127.0.0.1", "--port", str(port)]
    with log_file.open("ab") as output:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=_heed_interrupt,  # noqa: PLW1509 (the child only resets a signal)
        )
    server = ServerProcess(process.pid, port)
    write_json(note, {"pid": process.pid, "port": port})
    deadline = time.monotonic() + START_SECONDS
    while not server.answers():
        if process.poll() is not None or time.monotonic() > deadline:
            _stop(process.pid, process)
            raise MilvusUnreachableError(f"milvus-lite server on {workspace.milvus} does not start: see {log_file}")
        time.sleep(0.1)
    return process, server


def _heed_interrupt() -> None:
    """A program started in the background of a shell inherits an ignored SIGINT, and with it would our server."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _stop(pid: int, process: subprocess.Popen[Any] | None = None) -> None:
    """SIGINT, on which Milvus Lite closes its files; SIGKILL when that takes too long."""
    for sent in (signal.SIGINT, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sent)
        deadline = time.monotonic() + STOP_SECONDS
        while time.monotonic() < deadline:
            if _ended(pid, process):
                return
            time.sleep(0.05)
    log.warning("Milvus Lite server %d does not end", pid)


def _ended(pid: int, process: subprocess.Popen[Any] | None) -> bool:
    if process is not None:
        return process.poll() is not None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
