"""The jobs as commands: help, exit codes, one clear line on bad input."""

import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pytest

from recsys_core.workspace import Workspace
from spark_jobs.jobs.ingest import alone

REPOSITORY = Path(__file__).parents[2]


def call(job: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", f"spark_jobs.jobs.{job}", *arguments]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("RECSYS_")}
    return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("job", ["ingest", "features"])
def test_help_names_workspace_and_config(job: str) -> None:
    done = call(job, "--help")
    assert done.returncode == 0
    assert "--workspace" in done.stdout
    assert "--config" in done.stdout


@pytest.mark.parametrize(
    ("job", "arguments", "message"),
    [
        ("ingest", [], "no articles file in"),
        ("ingest", ["--mapping", "nowhere.toml"], "column mapping nowhere.toml does not exist"),
        ("ingest", ["--data", "nowhere"], "no transactions file in nowhere"),
        ("features", [], "run `recsys ingest"),
    ],
)
def test_bad_input_ends_with_one_clear_line(tmp_path: Path, job: str, arguments: list[str], message: str) -> None:
    done = call(job, "--workspace", str(tmp_path), *arguments)
    assert done.returncode == 1
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_date_that_is_none_is_refused(tmp_path: Path) -> None:
    done = call("features", "--workspace", str(tmp_path), "--cutoff", "yesterday")
    assert done.returncode == 2
    assert "'yesterday' is no date: expected YYYY-MM-DD" in done.stderr


def test_ingests_of_a_workspace_come_one_after_the_other(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    workspace, order = Workspace(tmp_path), []

    def second() -> None:
        with alone(workspace):
            order.append("second")

    caplog.set_level("INFO")
    waiting = Thread(target=second)
    with alone(workspace):
        waiting.start()
        while "another ingest of this workspace is under way" not in caplog.text:
            time.sleep(0.01)
        order.append("first")
    waiting.join(10)
    assert order == ["first", "second"]
