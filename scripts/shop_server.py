"""A storefront of one's own on a free port, started as in production: for browser tests, screenshots and load."""

import http.client
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from recsys_core.serving.encoder import REGISTERED, encoder_url
from recsys_core.workspace import Workspace
from scripts.environment import REPOSITORY
from scripts.ports import HOST, free_port

SITE = REPOSITORY / "django_site"
GUNICORN = SITE / "gunicorn.conf.py"
SECONDS_TO_START = 60
OF_ANOTHER_SHOP: Final = frozenset(
    {
        "DATABASE_URL",
        "AIRFLOW_API",
        "AIRFLOW_TOKEN",
        "AIRFLOW_PASSWORD",
        "MILVUS_URI",
        "MILVUS_TOKEN",
        "IMAGE_ENCODER_URL",
        "RECSYS_RELEASE_STORE",
    }
)
"""Variables that lead to the database and the engines of the caller's own shop."""


def environment(workspace: Workspace, **given: str) -> dict[str, str]:
    """Returns the environment of the site and its commands; ``given`` goes before.

    Of the caller's environment all but ``OF_ANOTHER_SHOP``: a shop of one's own writes to no other's database.
    """
    paths = os.pathsep.join((str(REPOSITORY), str(SITE)))
    known = {"RECSYS_WORKSPACE": str(workspace.root), "PYTHONPATH": paths, "DJANGO_SETTINGS_MODULE": "config.settings"}
    inherited = {name: value for name, value in os.environ.items() if name not in OF_ANOTHER_SHOP}
    return {**inherited, **known, **given}


def manage(env: Mapping[str, str], *command: str) -> None:
    """Run a command of ``manage.py``; what it says is for its log alone."""
    subprocess.run([sys.executable, str(SITE / "manage.py"), *command], env=env, check=True, stdout=subprocess.DEVNULL)


def prepare(env: Mapping[str, str]) -> None:
    """The database and the static files."""
    manage(env, "migrate", "-v0")
    manage(env, "collectstatic", "--noinput", "-v0")


def add_staff(env: Mapping[str, str], username: str, password: str) -> None:
    """A login that may see the pages of staff."""
    given = {**env, "DJANGO_SUPERUSER_PASSWORD": password}
    manage(given, "createsuperuser", "--noinput", "--username", username, "--email", "")


@contextmanager
def serving(env: Mapping[str, str], log: Path | None = None, config: Path = GUNICORN) -> Iterator[str]:
    """Its address, once it is ready; what it says goes to ``log``, without one to this process's own messages."""
    address = f"{HOST}:{free_port()}"
    command = [sys.executable, "-m", "gunicorn", "--config", str(config), "--bind", address]
    output: IO[Any] | None = log.open("w") if log else None
    with subprocess.Popen([*command, "config.wsgi"], env=env, stderr=output) as server:
        try:
            wait_until_ready(f"http://{address}", server, log)
            yield f"http://{address}"
        finally:
            server.terminate()
            if output:
                output.close()


@contextmanager
def encoder_running(workspace: Workspace, env: Mapping[str, str]) -> Iterator[None]:
    """The live release's image encoder as a process of its own, which the shops of this workspace find."""
    (workspace.root / REGISTERED).unlink(missing_ok=True)
    with subprocess.Popen([sys.executable, "-m", "recsys_core.cli", "serve-encoder"], env=env) as process:
        try:
            until = time.monotonic() + SECONDS_TO_START
            while not encoder_url(workspace.root):
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError("the image encoder did not come up: see its messages above")
                time.sleep(0.2)
            yield
        finally:
            process.terminate()


def wait_until_ready(address: str, server: "subprocess.Popen[bytes]", log: Path | None) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until and server.poll() is None:
        if is_ready(address):
            return
        time.sleep(0.2)
    said = log.read_text() if log else "see its messages above"
    raise RuntimeError(f"the shop at {address} did not come up: {said}")


def is_ready(address: str) -> bool:
    """True if a shop with a live release answers there."""
    straight = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with straight.open(f"{address}/readyz", timeout=5) as answer:
            return bool(json.load(answer)["ready"])
    except (OSError, ValueError, KeyError, http.client.HTTPException):
        return False
