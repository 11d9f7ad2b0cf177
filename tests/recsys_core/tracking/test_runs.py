import base64
import threading
import traceback
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.pool import ThreadPool
from pathlib import Path

import mlflow
import pytest

from recsys_core.store.artifacts import ArtifactSpec
from recsys_core.tracking.runs import configure, in_open_run, tracked_run
from recsys_core.workspace import Workspace

RECIPE = ArtifactSpec("rankers/dnn", 1, {})


def test_each_workspace_of_a_process_keeps_its_own_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    workspaces = [Workspace(tmp_path / name) for name in ("one", "other")]
    for workspace in workspaces:
        with tracked_run(workspace, RECIPE, "digest", workspace.root.name):
            pass

    for workspace in workspaces:
        configure(workspace)
        assert [run.info.run_name for run in mlflow.search_runs(output_format="list")] == [workspace.root.name]


def test_runs_of_another_thread_are_nested_in_the_run_that_is_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    workspace = Workspace(tmp_path)

    def train(name: str) -> str:
        with tracked_run(workspace, ArtifactSpec(f"rankers/{name}", 1, {}), "digest", name) as run:
            return run.run_id

    with tracked_run(workspace, RECIPE, "digest", "evaluation") as evaluation, ThreadPool(2) as threads:
        jobs = [in_open_run(partial(train, name)) for name in ("dnn", "lightgbm")]
        inner = threads.map(lambda job: job(), jobs)
    with ThreadPool(1) as threads:
        (outer,) = threads.map(lambda job: job(), [in_open_run(partial(train, "popular"))])

    parents = {run_id: mlflow.get_run(run_id).data.tags.get("mlflow.parentRunId") for run_id in (*inner, outer)}
    assert parents == dict.fromkeys(inner, evaluation.run_id) | {outer: None}


@pytest.fixture
def refusing_server() -> Iterator[tuple[str, list[str | None]]]:
    """Address of an MLflow that refuses every request, and the logins that it was shown."""
    logins: list[str | None] = []

    class Refusing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            logins.append(self.headers["Authorization"])
            self.send_response(403)
            self.end_headers()

        def log_message(self, *said: object) -> None:
            """Nothing on the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}", logins
        server.shutdown()


def test_the_login_in_an_address_is_used_and_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusing_server: tuple[str, list[str | None]]
) -> None:
    address, logins = refusing_server
    for name in ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    said = ""
    for server in (address, "127.0.0.1:9"):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://ops:the-secret@{server}")
        with pytest.raises(mlflow.MlflowException) as failure:
            configure(Workspace(tmp_path))
        said += "".join(traceback.format_exception(failure.value))
        assert mlflow.get_tracking_uri() == f"http://{server}"
    assert logins == ["Basic " + base64.b64encode(b"ops:the-secret").decode()]
    assert "error code 403" in said
    assert "127.0.0.1:9" in said or "port=9" in said
    assert "the-secret" not in said
