"""The client against a small server that answers as Airflow does; tests/dags asks a real one."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import httpx
import pytest
from django.conf import settings
from pytest_django.fixtures import Settings

from ops import airflow
from orders import pipeline
from orders.pipeline import announce_orders, create_event
from recsys_core.airflow_client import AirflowClient, AirflowRefusedError


class Answering(BaseHTTPRequestHandler):
    answers: ClassVar[dict[str, tuple[int, Any]]] = {}
    seen: ClassVar[list[tuple[str, str | None, Any]]] = []

    worn_out: ClassVar[str] = ""
    """An authorization that is refused."""

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

    def do_PATCH(self) -> None:
        self.do_POST()

    def _answer(self, body: Any) -> None:
        self.seen.append((self.path, self.headers["Authorization"], body))
        status, answer = self.answers.get(self.path.partition("?")[0], (404, {"detail": "Not Found"}))
        if self.worn_out and self.headers["Authorization"] == self.worn_out:
            status, answer = 401, {"detail": "worn out"}
        text = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server(shop: Settings) -> Iterator[type[Answering]]:
    http = HTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    shop.AIRFLOW_API, shop.AIRFLOW_TOKEN = f"http://127.0.0.1:{http.server_port}/", ""
    shop.AIRFLOW_USER, shop.AIRFLOW_PASSWORD = "shop", "secret"
    Answering.seen.clear()
    Answering.worn_out = ""
    Answering.answers.clear()
    Answering.answers |= {
        "/auth/token": (201, {"access_token": "abc"}),
        "/api/v2/assets": (200, {"assets": [{"id": 3, "name": "shop-orders"}, {"id": 7, "name": "shop_orders"}]}),
        "/api/v2/assets/events": (200, {"id": 1}),
    }
    yield Answering
    http.shutdown()
    http.server_close()


def test_orders_are_an_event_of_their_asset(server: type[Answering]) -> None:
    assert create_event(2) == {"id": 1}
    assert server.seen == [
        ("/auth/token", None, {"username": "shop", "password": "secret"}),
        ("/api/v2/assets?name_pattern=shop_orders", "Bearer abc", None),
        ("/api/v2/assets/events", "Bearer abc", {"asset_id": 7, "extra": {"files": 2}}),
    ]


def test_a_token_of_ones_own_saves_the_sign_in(server: type[Answering], shop: Settings) -> None:
    shop.AIRFLOW_TOKEN = "mine"
    create_event(1)
    assert {token for _, token, _ in server.seen} == {"Bearer mine"}


def test_the_token_is_kept_until_it_has_run_out(server: type[Answering]) -> None:
    create_event(1)
    server.answers["/auth/token"] = (201, {"access_token": "fresh"})
    create_event(1)
    assert [path for path, *_ in server.seen].count("/auth/token") == 1
    server.worn_out = "Bearer abc"
    create_event(1)
    assert [token for path, token, _ in server.seen if path == "/api/v2/assets/events"][-1] == "Bearer fresh"


def test_a_token_of_ones_own_that_has_run_out_is_a_refusal(server: type[Answering], shop: Settings) -> None:
    shop.AIRFLOW_TOKEN = "mine"
    server.worn_out = "Bearer mine"
    with pytest.raises(AirflowRefusedError, match=r"^401 Unauthorized: worn out"):
        create_event(1)
    assert len(server.seen) == 1


@pytest.mark.parametrize(("method", "tries"), [("GET", 3), ("PATCH", 3), ("POST", 1)])
def test_what_may_be_asked_twice_is_asked_again(server: type[Answering], method: str, tries: int) -> None:
    server.answers["/api/v2/dags/x"] = (503, {"detail": "database is locked"})
    patient = AirflowClient(httpx.Client(base_url=settings.AIRFLOW_API), token="mine", pauses=(0.01, 0.01))
    with pytest.raises(AirflowRefusedError, match=r"^503 Service Unavailable: database is locked"):
        patient.request(method, "dags/x", **({} if method == "GET" else {"json": {}}))
    assert len(server.seen) == tries


def test_no_message_holds_password_or_token(server: type[Answering]) -> None:
    create_event(1)
    assert "abc" not in repr(airflow.client())


def test_an_asset_that_airflow_does_not_know_is_named(server: type[Answering]) -> None:
    with pytest.raises(OSError, match=r"no asset 'tables'.*not read the DAGs yet"):
        airflow.client().create_event("tables", {})


def test_a_run_is_queued_with_its_parameters(server: type[Answering]) -> None:
    server.answers["/api/v2/dags/rules_what_if/dagRuns"] = (200, {"dag_run_id": "manual__1", "dag_runs": [1, 2]})
    assert airflow.client().trigger("rules_what_if", {"name": "x"})["dag_run_id"] == "manual__1"
    assert server.seen[-1][2] == {"logical_date": None, "conf": {"name": "x"}}
    assert airflow.client().latest_runs("rules_what_if", 5) == [1, 2]
    assert server.seen[-1][0] == "/api/v2/dags/rules_what_if/dagRuns?limit=5&order_by=-run_after"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((400, {"detail": "Invalid input for param changes"}), "400 Bad Request: Invalid input for param changes"),
        ((403, "go away"), "403 Forbidden: go away"),
        ((200, "<html>a login page</html>"), "does not answer as Airflow does"),
        ((200, ["manual__1"]), "does not answer as Airflow does: .*manual__1.*: expected a JSON object"),
        ((200, None), "expected a JSON object"),
    ],
)
def test_a_refusal_says_why(server: type[Answering], answer: tuple[int, Any], said: str) -> None:
    server.answers["/api/v2/dags/rules_what_if/dagRuns"] = answer
    with pytest.raises(OSError, match=said):
        airflow.client().trigger("rules_what_if", {})


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "airflow:8080", "127.0.0.1"])
def test_nobody_there_is_an_oserror_and_orders_go_on(
    shop: Settings, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    shop.AIRFLOW_API, shop.AIRFLOW_TOKEN = address, "mine"
    with pytest.raises(OSError):  # noqa: PT011  whatever the system says
        create_event(1)
    pipeline._announce(1)
    assert "was not told of new orders" in caplog.text


def test_without_an_address_nobody_is_asked(shop: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.AIRFLOW_API = ""
    monkeypatch.setattr(threading, "Thread", pytest.fail)
    announce_orders(3)
