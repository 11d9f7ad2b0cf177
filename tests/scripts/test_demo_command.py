"""`python -m scripts.demo` and `make` on bad input: one clear line, status 1, nothing started."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.demo import data_folder

REPOSITORY = Path(__file__).parents[2]


def demo(tmp_path: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    env = {key: value for key, value in os.environ.items() if not key.startswith("PORT_")}
    env |= {"RECSYS_WORKSPACE": str(tmp_path / "var"), "HEADLESS": "1", **variables}
    command = [sys.executable, "-m", "scripts.demo"]
    return subprocess.run(command, env=env, cwd=REPOSITORY, capture_output=True, text=True, check=False)


def test_a_taken_port_ends_it_before_anything_starts(tmp_path: Path) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        port = server.getsockname()[1]
        done = demo(tmp_path, PORT_AIRFLOW=str(port))
    assert done.returncode == 1
    assert f"port {port}, meant for Airflow, is taken by" in done.stderr
    assert not (tmp_path / "var" / "demo-shop").exists()


def test_a_folder_without_purchases_is_named(tmp_path: Path) -> None:
    done = demo(tmp_path, DATA=str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith(f"failed: DATA={tmp_path}: expected a folder with articles")
    assert len(done.stderr.splitlines()) == 1


def test_a_wrong_port_variable_is_named(tmp_path: Path) -> None:
    assert "PORT_WEB = 'http'" in demo(tmp_path, PORT_WEB="http").stderr


def test_data_may_be_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "transactions_train.csv.gz").touch()
    monkeypatch.chdir(tmp_path)
    assert data_folder("shop") == tmp_path / "shop"
    assert data_folder("") is None


def test_make_help_explains_every_target() -> None:
    shown = subprocess.run(["make", "--no-print-directory"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    targets = {line.split()[1] for line in shown.stdout.splitlines() if line.startswith("  make ")}
    wanted = {"demo", "serve", "stop", "setup", "test", "test-full", "lint", "format", "clean", "lock", "help"}
    assert wanted <= targets
