"""Alerts as lines of a file, and as a message to a small HTTP server."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest

from recsys_airflow.alerts import deadline_missed, task_failed
from recsys_core.workspace import Workspace

FAILED = {
    "ti": SimpleNamespace(dag_id="daily_release", task_id="ingest", log_url="https://airflow.example/log"),
    "dag_run": SimpleNamespace(partition_key="2020-09-22"),
    "exception": ValueError("reading\n90% of the rows are bad"),
}
SAID = "daily_release.ingest failed for the day 2020-09-22: 90% of the rows are bad"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RECSYS_WORKSPACE", str(tmp_path))
    monkeypatch.delenv("RECSYS_ALERT_WEBHOOK", raising=False)
    return tmp_path


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, Any]]]:
    """Messages to a webhook, which answers 500 to the second one."""
    received: list[dict[str, Any]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200 if len(received) == 1 else 500)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        monkeypatch.setenv("RECSYS_ALERT_WEBHOOK", f"http://127.0.0.1:{server.server_port}/secret-path")
        yield received
        server.shutdown()


def lines(workspace: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in Workspace(workspace).alerts.read_text().splitlines()]


def test_a_failed_task_is_told_with_its_last_words(workspace: Path) -> None:
    task_failed(FAILED)
    (line,) = lines(workspace)
    assert (line["kind"], line["dag"], line["text"]) == ("task_failed", "daily_release", SAID)
    assert line["where"] == "https://airflow.example/log"


def test_a_late_day_is_told(workspace: Path) -> None:
    run = {"dag_id": "daily_release", "dag_run_id": "manual__1", "partition_key": None}
    deadline_missed({"dag_run": run, "deadline": {}}, minutes=240.0)
    (line,) = lines(workspace)
    assert (line["kind"], line["dag"]) == ("deadline_missed", "daily_release")
    assert line["text"] == "daily_release is not done 240 minutes after it was queued"


def test_a_late_run_of_a_backfill_is_not_told(workspace: Path) -> None:
    run = {
        "dag_id": "daily_release",
        "dag_run_id": "backfill__1",
        "partition_key": "2020-09-18",
        "run_type": "backfill",
    }
    deadline_missed({"dag_run": run}, minutes=240.0)
    assert not Workspace(workspace).alerts.exists()


def test_an_alert_that_cannot_be_written_is_sent_all_the_same(
    workspace: Path, webhook: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    Workspace(workspace).alerts.parent.write_text("a file where the folder belongs")
    task_failed(FAILED)
    assert len(webhook) == 1
    assert "the alert was not written" in caplog.text


def test_a_webhook_has_it_too_and_its_failure_changes_nothing(
    workspace: Path, webhook: list[dict[str, Any]], caplog: pytest.LogCaptureFixture
) -> None:
    task_failed(FAILED)
    task_failed(FAILED)
    assert webhook == [{"text": f"{SAID} (https://airflow.example/log)"}] * 2
    assert len(lines(workspace)) == 2
    assert "the alert was not sent to RECSYS_ALERT_WEBHOOK: HTTPStatusError" in caplog.text
    assert "secret-path" not in caplog.text


def test_every_task_tells_of_its_failure_and_a_day_that_it_is_late(
    tasks: dict[str, Any], dags: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from recsys_airflow.day import done_in_time

    assert {name for name, task in tasks.items() if task_failed not in task.on_failure_callback} == set()
    (deadline,) = dags["daily_release"].deadline
    assert (deadline.interval.total_seconds(), deadline.callback.kwargs) == (4 * 3600, {"minutes": 240.0})
    monkeypatch.setenv("RECSYS_DAILY_DEADLINE_MINUTES", "0")
    assert done_in_time() is None
