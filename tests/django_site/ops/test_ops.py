import datetime as dt
import json
import logging
from logging.config import DictConfigurator

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client
from pytest_django.fixtures import Settings

from config.logs import logging_config
from ops import metrics
from recsys_core.serving import Release
from recsys_core.serving.hold import hold_path
from recsys_core.workspace import Workspace

pytestmark = pytest.mark.django_db


def formatted(record: logging.LogRecord) -> str:
    """The line that the configured formatter writes."""
    formatters = logging_config("INFO", "json")["formatters"]
    return str(DictConfigurator({}).configure_formatter(formatters["json"]).format(record))


def test_alive_without_database_or_release(client: Client, empty_home: object, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/healthz").status_code == 200


def test_ready_with_both(client: Client) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.json()["checks"]) == (200, {"database": "ok", "release": "ok"})


def test_not_ready_without_a_release(client: Client, empty_home: object) -> None:
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "make demo" in response.json()["checks"]["release"]


def test_not_ready_without_a_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(connection: object) -> None:
        raise OperationalError("no such server")

    monkeypatch.setattr("ops.selectors.MigrationExecutor", refuse)
    response = client.get("/readyz")
    assert (response.status_code, response.json()["checks"]["database"]) == (
        503,
        "no such server: check DATABASE_URL",
    )


def test_metrics_count_requests_by_view(client: Client) -> None:
    def counted() -> float:
        lines = metrics.exposition().decode().splitlines()
        name = 'shop_requests_total{method="GET",status="200",view="catalog:everything"}'
        return next((float(line.split()[-1]) for line in lines if line.startswith(name)), 0)

    before = counted()
    client.get("/c/")
    assert counted() == before + 1


def test_made_up_methods_and_paths_make_no_metric_of_their_own(client: Client) -> None:
    client.generic("BREW", "/c/")
    client.get("/no/such/page")
    text = metrics.exposition().decode()
    assert "BREW" not in text
    assert "no/such" not in text


def test_a_request_is_logged_once_with_release_and_tier(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        response = client.get("/")
    (record,) = [r for r in caplog.records if r.name == "shop.requests"]
    line = json.loads(formatted(record))
    assert (line["status"], line["view"], line["tier"]) == (200, "recommendations:home", "global")
    assert line["release"] == response["X-Release-Id"]


def test_logs_never_hold_the_customer(signed_in: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        signed_in.get("/", {"q": "secret words"})
    lines = [formatted(record) for record in caplog.records if record.name == "shop.requests"]
    assert lines
    assert not any("0000001" in line or "astrid" in line or "secret" in line for line in lines)


def test_no_line_of_djangos_own_holds_what_was_searched_for(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("catalog.views.product_page", lambda *_: 1 / 0)
    client.raise_request_exception = False
    client.get("/p/0100000001/", {"q": "secret words"})
    (record,) = [each for each in caplog.records if each.name == "django.request"]
    assert "secret" in str(record.request)  # type: ignore[attr-defined]
    line = formatted(record)
    assert json.loads(line)["message"] == "Internal Server Error: /p/0100000001/"
    assert set(json.loads(line)) == {"time", "level", "logger", "message", "exception"}
    assert "secret" not in line


def test_exceptions_are_logged_with_their_trace() -> None:
    try:
        raise ValueError("broken seam")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "it %s", ("failed",), exc_info=True)
        import sys

        record.exc_info = sys.exc_info()
    line = json.loads(formatted(record))
    assert line["message"] == "it failed"
    assert "broken seam" in line["exception"]
    assert (line["level"], line["logger"]) == ("ERROR", "x")
    assert dt.datetime.fromisoformat(line["time"]).utcoffset() == dt.timedelta(0)


def test_staff_and_prometheus_see_what_is_live_and_what_is_on_hold(shop: Settings, release: Release) -> None:
    workspace = Workspace(shop.WEB_DIR.parent / "held")
    workspace.releases.mkdir(parents=True)
    workspace.live.symlink_to(release.path)
    entry = {"release": "2020-09-21-ffffffff", "to": release.id, "created_at": "", "cutoff": "2020-09-21"}
    hold_path(workspace).write_text(
        json.dumps([entry | {"at": "2020-09-22T07:00:00Z", "by": "ann", "why": "odd <lists>"}])
    )
    shop.RECSYS_WORKSPACE = workspace.root
    staff = Client()
    staff.force_login(User.objects.create_superuser("boss"))

    page = staff.get("/staff/").content.decode()
    assert f"Live: {release.id}" in page
    assert "On hold: 2020-09-21-ffffffff, rolled back at 2020-09-22T07:00:00Z by ann: odd &lt;lists&gt;" in page
    lines = metrics.exposition().decode().splitlines()
    assert f'shop_live_release{{release="{release.id}"}} 1.0' in lines
    assert "shop_held_releases 1.0" in lines
    hold_path(workspace).write_text("{")
    assert "hold.json is damaged" in staff.get("/staff/").content.decode()
