"""MLflow as the image starts it under the chart's settings, on a port of its own."""

import contextlib
import json
import os
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import pytest

from scripts.ports import free_port
from tests.helm.objects import pod_of, render

REPOSITORY = Path(__file__).parents[2]
DOCKERFILE = (REPOSITORY / "mlflow" / "Dockerfile").read_text()
SERVE = REPOSITORY / "mlflow" / "serve.py"
PASSWORD: Final = "a password of the test"
SECRETS: Final = {"MLFLOW_AUTH_ADMIN_PASSWORD": PASSWORD, "MLFLOW_FLASK_SERVER_SECRET_KEY": "signs the form"}
SECONDS_TO_START = 120


@dataclass(frozen=True)
class MlflowServer:
    url: str
    folder: Path
    """Working directory, with artifacts and ``server.log``."""
    environment: Mapping[str, str]


def settings_of_the_image() -> dict[str, str]:
    (block,) = re.findall(r"^ENV (.*?[^\\])$", DOCKERFILE, re.MULTILINE | re.DOTALL)
    return dict(pair.split("=", 1) for pair in shlex.split(block.replace("\\\n", " ")))


def settings_of_the_pod() -> dict[str, str]:
    (container,) = pod_of(render()["Deployment/shop-mlflow"])["containers"]
    return {each["name"]: each["value"] for each in container["env"]}


def command_of_the_image() -> list[str]:
    *_, command = re.findall(r"^CMD (\[.*\])$", DOCKERFILE, re.MULTILINE)
    python, script = json.loads(command)
    assert (python, f"COPY mlflow/serve.py {script}" in DOCKERFILE) == ("python", True)
    return [sys.executable, str(SERVE)]


def environment(**settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**kept, "PATH": path, "NO_PROXY": "localhost", **settings}


@contextmanager
def mlflow_server(folder: Path, database: str, secrets: Mapping[str, str] = SECRETS) -> Iterator[MlflowServer]:
    """A server with logins and an empty database."""
    port = free_port()
    here = {
        "MLFLOW_BACKEND_STORE_URI": database,
        "MLFLOW_ARTIFACTS_DESTINATION": str(folder / "artifacts"),
        "MLFLOW_HOST": "127.0.0.1",
        "MLFLOW_PORT": str(port),
        "MLFLOW_WORKERS": "1",
    }
    env = environment(**settings_of_the_image() | settings_of_the_pod() | secrets | here, TMPDIR=str(folder))
    with contextlib.ExitStack() as stack:
        output = stack.enter_context((folder / "server.log").open("w"))
        process = subprocess.Popen(command_of_the_image(), env=env, cwd=folder, stdout=output, stderr=output)
        stack.callback(process.wait)
        stack.callback(process.terminate)
        url = f"http://localhost:{port}"
        _wait(f"{url}/health", process, folder / "server.log")
        yield MlflowServer(url, folder, env)


def _wait(url: str, process: "subprocess.Popen[bytes]", output: Path) -> None:
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(url, timeout=3, trust_env=False).status_code == httpx.codes.OK:
                return
        time.sleep(0.2)
    pytest.fail(output.read_text())
