"""Secrets of the storefront's environment, while every service that they are for is away: nothing shows them."""

import http.client
import logging
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from pytest_django.fixtures import Settings

from config.env import read_environment
from orders import pipeline
from recsys_core.contracts.release import MANIFEST
from recsys_core.index.contents import describe
from recsys_core.store.artifacts import write_json
from recsys_core.workspace import Workspace, flip_link
from scripts.ports import HOST, free_port
from scripts.shop_server import GUNICORN, SITE, environment
from tests.support.canaries import canary, files_below, leaks, planted
from tests.support.release_fixture import FixtureRelease
from tests.support.release_with_images import photograph

LIKE = "/p/0100000001/like/"
PAGES = ("/", "/search?q=dress", "/readyz", LIKE, "/api/v1/recommendations", "/nothing")
UPLOAD = "/api/v1/search/image"


def workspace_with_images(made: FixtureRelease, root: Path) -> Workspace:
    """A copy of a release that names an encoder and a collection of images."""
    workspace = Workspace(root)
    shutil.copytree(made.release.path, workspace.releases / made.release.id)
    said = {"encoder": "tiny", "milvus": describe("images_fixture", 128, "FLAT", {}, "images")}
    write_json(workspace.releases / made.release.id / MANIFEST, made.release.manifest | {"images": said})
    flip_link(workspace.live, made.release.id)
    return workspace


@contextmanager
def shop_without_services(env: dict[str, str], log: Path) -> Iterator[tuple[str, str]]:
    """Addresses of the shop, which is alive and never ready, and of its metrics."""
    port, metrics = free_port(), free_port()
    command = [sys.executable, "-m", "gunicorn", "--config", str(GUNICORN), "config.wsgi"]
    env = env | {"PORT_WEB": str(port), "PORT_METRICS": str(metrics), "WEB_WORKERS": "1", "LOG_LEVEL": "DEBUG"}
    with log.open("w") as output, subprocess.Popen(command, env=env, stdout=output, stderr=output) as server:
        try:
            until = time.monotonic() + 60
            while not answer_of(f"http://{HOST}:{port}/healthz") and time.monotonic() < until:
                time.sleep(0.2)
            yield f"http://{HOST}:{port}", f"http://{HOST}:{metrics}/metrics"
        finally:
            server.terminate()


def answer_of(address: str, body: bytes | None = None, **headers: str) -> str:
    """Status, headers and text; empty without an answer."""
    given = {name.replace("_", "-"): text for name, text in headers.items()}
    request = urllib.request.Request(address, body, given)  # noqa: S310  an address of the test's own
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
            return f"{answer.status} {answer.headers} {answer.read().decode()}"
    except urllib.error.HTTPError as error:
        return f"{error.code} {error.headers} {error.read().decode()}"
    except (OSError, http.client.HTTPException):
        return ""


def upload(address: str) -> str:
    """Answer to an image, sent as a browser does."""
    part = (
        b'--part\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n'
    )
    body = part + photograph(1) + b"\r\n--part--\r\n"
    return answer_of(address, body, Content_Type="multipart/form-data; boundary=part")


@pytest.mark.services
def test_pages_metrics_logs_commands_and_files_hold_no_secret(fixture_release: FixtureRelease, tmp_path: Path) -> None:
    workspace = workspace_with_images(fixture_release, tmp_path / "var")
    env, log = environment(workspace, **planted()), tmp_path / "web.log"
    manage = [sys.executable, str(SITE / "manage.py")]
    commands = {
        name: subprocess.Popen(
            [*manage, name, *more], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for name, more in {"migrate": [], "sendtestemail": ["ann@example.com"]}.items()
    }
    with shop_without_services(env, log) as (shop, metrics):
        said = {path: answer_of(shop + path) for path in PAGES} | {"upload": upload(f"{shop}{UPLOAD}")}
        said["session"] = answer_of(f"{shop}/", Cookie="sessionid=abcdefghijklmnopqrstuvwxyz012345")
        said["metrics"] = answer_of(metrics)
    said |= {name: command.communicate()[0] for name, command in commands.items()} | {"log": log.read_text()}

    statuses = {where: text[:3] for where, text in said.items()}
    assert statuses | {"session": "500", "/readyz": "503", "upload": "424", "metrics": "200", "/": "200"} == statuses
    for where, what in {
        "log": ("Milvus at http://127.0.0.1:9", "the image encoder at http://127.0.0.1:9", "Traceback"),
        "migrate": ("connection failed",),
        "sendtestemail": ("Connection refused",),
    }.items():
        assert [text for text in what if text not in said[where]] == [], f"{where} does not tell of what is away"
    assert leaks(said | files_below(workspace.root)) == []


@pytest.mark.django_db
def test_what_staff_and_the_log_are_told_of_airflow_holds_no_secret(
    shop: Settings, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    given = planted()
    shop.AIRFLOW_API, shop.AIRFLOW_TOKEN = given["AIRFLOW_API"], given["AIRFLOW_TOKEN"]
    client.force_login(User.objects.create_superuser("boss"))
    with caplog.at_level(logging.DEBUG):
        page = client.post("/staff/what-if/", {"purchased": "exclude", "label_days": "7"}, follow=True).content.decode()
        pipeline._announce(1)
    assert "Airflow at http://127.0.0.1:9 did not take it" in page
    assert "Airflow at http://127.0.0.1:9 was not told of new orders" in caplog.text
    assert leaks({"page": page, "log": caplog.text}) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", canary("SECRET_KEY")[:31]),
        ("DATABASE_URL", f"mysql://shop:{canary('DATABASE_URL')}@host/shop"),
        ("EMAIL_URL", f"imap://shop:{canary('EMAIL_URL')}@host"),
        ("AIRFLOW_API", f"http://shop:{canary('AIRFLOW_API')}@host:port"),
        ("IMAGE_ENCODER_URL", f"ftp://shop:pass@/{canary('IMAGE_ENCODER_URL')}@host"),
    ],
)
def test_a_secret_that_stops_the_start_is_not_shown(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ImproperlyConfigured, match=f"^{name}.*: expected ") as refused:
        read_environment()
    assert canary(name)[:20] not in str(refused.value)
