import http.client
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from recsys_core.workspace import Workspace
from scripts.ports import HOST, free_port
from scripts.shop_server import SITE, environment

Answer = tuple[int, str]


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    """The shop's port and that of its metrics, of a server as in production."""
    shop, metrics = free_port(), free_port()
    numbers = {"PORT_WEB": str(shop), "PORT_METRICS": str(metrics), "WEB_WORKERS": "1"}
    env = environment(Workspace(tmp_path_factory.mktemp("metrics")), **numbers)
    command = [sys.executable, "-m", "gunicorn", "--config", str(SITE / "gunicorn.conf.py"), "config.wsgi"]
    with subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL) as server:
        until = time.monotonic() + 30
        while ask(shop, "/healthz")[0] != 200:
            assert time.monotonic() < until
            time.sleep(0.1)
        yield shop, metrics
        server.terminate()


def ask(port: int, path: str, **headers: str) -> Answer:
    connection = http.client.HTTPConnection(HOST, port, timeout=20)
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response.status, response.read().decode()
    except OSError:
        return 0, ""
    finally:
        connection.close()


def test_the_metrics_port_answers_whatever_name_it_is_called_by(ports: tuple[int, int]) -> None:
    status, text = ask(ports[1], "/metrics", Host="10.0.0.7:9090")
    assert status == 200
    assert "shop_requests_total" in text


def test_the_shops_port_does_not_tell_metrics(ports: tuple[int, int]) -> None:
    inside = f"{HOST}:{ports[1]}"
    for headers in ({}, {"Host": inside}, {"X_Forwarded_Port": str(ports[1]), "X_Forwarded_Host": inside}):
        status, text = ask(ports[0], "/metrics", **headers)
        assert status != 200
        assert "shop_requests_total" not in text


def test_the_metrics_port_shows_no_page_of_the_shop(ports: tuple[int, int]) -> None:
    assert [ask(ports[1], path)[0] for path in ("/", "/healthz", "/staff/login/", "/metrics/")] == [404] * 4


@pytest.mark.django_db
def test_without_a_port_of_their_own_metrics_are_nowhere(client: Client) -> None:
    assert client.get("/metrics").status_code == 404


def test_two_ports_that_are_one_stop_the_start(tmp_path: Path) -> None:
    env = environment(Workspace(tmp_path), PORT_WEB="8123", PORT_METRICS="8123")
    command = [sys.executable, "-c", "from config.env import read_environment; read_environment()"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert "PORT_METRICS='8123': expected another port than PORT_WEB" in done.stderr
