"""The check that ``helm test`` runs, against servers on this machine."""

import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from pymilvus import MilvusClient

from tests.recsys_core.index.real_milvus import real_milvus

SMOKE = Path(__file__).parents[2] / "helm" / "recsys" / "files" / "smoke.py"


class Cluster(BaseHTTPRequestHandler):
    """Shop, encoder and Airflow in one; ``password`` is that of Airflow's admin, ``live`` whether a release is."""

    password = "long and random"
    live = True

    def do_GET(self) -> None:
        if self.path == "/readyz":
            by_https = (self.headers["Host"], self.headers["X-Forwarded-Proto"]) == ("shop.example.com", "https")
            self._answer(200 if self.live and by_https else 503, '{"release": "no release is live"}')
        else:
            self._answer(200 if self.path == "/health" else 404, "")

    def do_POST(self) -> None:
        given = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        right = given == {"username": "admin", "password": self.password}
        self._answer((201 if right else 401) if self.path == "/auth/token" else 404, "")

    def _answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Cluster)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def smoke(**environment: str) -> tuple[int, str]:
    """Status and output of the test, as the chart runs it: its text after ``python -c``."""
    command = [sys.executable, "-c", SMOKE.read_text()]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.strip() + done.stderr


def of_shop(url: str) -> dict[str, str]:
    return {"SHOP_URL": url, "SHOP_HOST": "shop.example.com", "ENCODER_URL": url, "AIRFLOW_API": url}


def test_a_shop_with_a_live_release_passes(cluster: str) -> None:
    assert smoke(**of_shop(cluster)) == (0, "the shop answers, default passwords do not work")


def test_a_shop_without_a_release_says_so(cluster: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Cluster, "live", False)
    status, output = smoke(**of_shop(cluster))
    assert status == 1
    assert output == f'{cluster}/readyz answers 503: {{"release": "no release is live"}}'


def test_airflows_default_password_is_found(cluster: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Cluster, "password", "admin")
    status, output = smoke(**of_shop(cluster))
    assert (status, output) == (1, f"{cluster} lets admin in with the password admin: change it")


def test_servers_that_are_away_fail(cluster: str) -> None:
    away = "http://127.0.0.1:1"
    status, output = smoke(**{**of_shop(cluster), "ENCODER_URL": away, "MILVUS_URI": away})
    assert status == 1
    assert output.count(f"{away} does not answer") == 2


@pytest.mark.full
@pytest.mark.services
def test_milvus_default_password_is_found(cluster: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Milvus without login is found by the same question."""
    monkeypatch.setenv("COMMON_SECURITY_AUTHORIZATIONENABLED", "true")
    with real_milvus(tmp_path, token="root:Milvus") as uri:
        status, output = smoke(**of_shop(cluster), MILVUS_URI=uri)
        assert status == 1
        assert "lets root in with the password Milvus" in output
        MilvusClient(uri=uri, token="root:Milvus").update_password("root", "Milvus", "long-and-Random1")
        assert smoke(**of_shop(cluster), MILVUS_URI=uri)[0] == 0
