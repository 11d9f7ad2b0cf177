"""Gunicorn's workers with the storefront's own settings and an application that only waits."""

import http.client
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from prometheus_client.multiprocess import MultiProcessCollector

from scripts.ports import HOST, free_port
from scripts.shop_server import SITE

WAITING_APPLICATION = """
import os, time
from prometheus_client import Counter
asked = Counter("asked", "Requests")
begun = os.open(os.path.join(os.environ["RECSYS_WORKSPACE"], "begun"), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
def application(environ, start_response):
    asked.inc()
    os.write(begun, environ["PATH_INFO"].encode() + b"\\n")
    time.sleep(float(environ["QUERY_STRING"]))
    start_response("200 OK", [("Content-Length", "7")])
    return [b"%7d" % os.getpid()]
"""


@contextmanager
def waiting_server(folder: Path, workers: int, *flags: str) -> Iterator[int]:
    """Its port; ``/?0.1`` answers after 0.1 s with the worker's process id.

    The file ``begun`` has a line with the path of each request that the application was called for.
    """
    (folder / "waiting.py").write_text(WAITING_APPLICATION)
    port = free_port()
    env = {**os.environ, "RECSYS_WORKSPACE": str(folder), "WEB_WORKERS": str(workers)}
    command = [sys.executable, "-m", "gunicorn", "--config", str(SITE / "gunicorn.conf.py"), "--bind", f"{HOST}:{port}"]
    with subprocess.Popen([*command, *flags, "--pythonpath", str(folder), "waiting:application"], env=env) as server:
        try:
            _wait_for(port)
            yield port
        finally:
            server.terminate()


def _wait_for(port: int) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            ask(http.client.HTTPConnection(HOST, port, timeout=5), 0)
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def ask(connection: http.client.HTTPConnection, seconds: float, path: str = "/") -> int:
    """The process id of the worker that answered."""
    connection.request("GET", f"{path}?{quote(str(seconds))}")
    return int(connection.getresponse().read())


def ask_all(port: int, paths: Sequence[str]) -> list[int]:
    """Ask on one connection; on a new one if a connection that was used before is closed without an answer."""
    connection, answers = http.client.HTTPConnection(HOST, port, timeout=30), []
    for path in paths:
        was_used = connection.sock is not None
        try:
            answers.append(ask(connection, 0.001, path))
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            assert was_used
            connection.close()
            answers.append(ask(connection, 0.001, path))
    return answers


def test_a_worker_that_waits_for_an_engine_takes_another_connection(tmp_path: Path) -> None:
    with waiting_server(tmp_path, workers=1) as port:
        slow = start(port, 3.0)
        time.sleep(0.2)
        assert seconds_to_answer(port) < 0.5
        assert slow.is_alive()
        slow.join()


def test_no_connection_is_lost_when_workers_are_replaced(tmp_path: Path) -> None:
    with waiting_server(tmp_path, 2, "--max-requests", "20", "--max-requests-jitter", "0") as port:
        pids = {ask(http.client.HTTPConnection(HOST, port, timeout=30), 0.001) for _ in range(200)}
    assert len(pids) > 2


def test_replaced_workers_count_on_where_those_before_them_stopped(tmp_path: Path) -> None:
    with waiting_server(tmp_path, 2, "--max-requests", "20", "--max-requests-jitter", "0") as port:
        pids = {ask(http.client.HTTPConnection(HOST, port, timeout=30), 0.001) for _ in range(200)}
    folder = tmp_path / "web" / "metrics"
    (metric,) = MultiProcessCollector(None, str(folder)).collect()  # type: ignore[no-untyped-call]
    assert len(pids) > 4
    assert len(list(folder.iterdir())) <= 2
    assert sum(sample.value for sample in metric.samples) == len((tmp_path / "begun").read_text().split())


def test_a_request_on_a_kept_connection_is_answered_or_not_begun_when_its_worker_is_replaced(tmp_path: Path) -> None:
    """A replaced worker closes kept connections. Clients ask again then, so the request must not have been done."""
    wanted = [[f"/{shopper}-{i}" for i in range(40)] for shopper in range(64)]
    with waiting_server(tmp_path, 2, "--max-requests", "150", "--max-requests-jitter", "50") as port:
        (tmp_path / "begun").write_text("")
        with ThreadPoolExecutor(len(wanted)) as shoppers:
            answers = [answer for some in shoppers.map(lambda paths: ask_all(port, paths), wanted) for answer in some]
    begun = (tmp_path / "begun").read_text().split()
    assert len({*answers}) > 4
    assert sorted(begun) == sorted(path for paths in wanted for path in paths)


def test_a_request_is_answered_before_the_server_stops(tmp_path: Path) -> None:
    with waiting_server(tmp_path, workers=1) as port, ThreadPoolExecutor() as shopper:
        answer = shopper.submit(ask, http.client.HTTPConnection(HOST, port, timeout=30), 1.0)
        time.sleep(0.3)
        worker = ask(http.client.HTTPConnection(HOST, port, timeout=30), 0)
        os.kill(worker, signal.SIGTERM)
        assert answer.result() == worker


def test_a_newcomer_waits_for_busy_threads_not_for_all_that_is_queued(tmp_path: Path) -> None:
    with waiting_server(tmp_path, workers=1) as port, kept_busy(port, connections=40, seconds=0.1):
        time.sleep(3)
        assert max(seconds_to_answer(port) for _ in range(3)) < 4  # 40 requests of 0.1 s on four threads: about one


@pytest.mark.parametrize("busy", [1, 3])
def test_a_newcomer_is_served_however_busy_kept_connections_are(tmp_path: Path, busy: int) -> None:
    with waiting_server(tmp_path, workers=1) as port, kept_busy(port, connections=busy, seconds=0.005):
        time.sleep(0.5)
        assert max(seconds_to_answer(port) for _ in range(5)) < 0.5


@contextmanager
def kept_busy(port: int, connections: int, seconds: float) -> Iterator[None]:
    """So many connections that ask without pause."""
    enough = threading.Event()

    def keep_asking() -> None:
        connection = http.client.HTTPConnection(HOST, port, timeout=30)
        while not enough.is_set():
            ask(connection, seconds)

    shoppers = [threading.Thread(target=keep_asking) for _ in range(connections)]
    for shopper in shoppers:
        shopper.start()
    try:
        yield
    finally:
        enough.set()
        for shopper in shoppers:
            shopper.join()


def start(port: int, seconds: float) -> threading.Thread:
    """A connection of its own that asks once."""
    thread = threading.Thread(target=ask, args=(http.client.HTTPConnection(HOST, port, timeout=30), seconds))
    thread.start()
    return thread


def seconds_to_answer(port: int) -> float:
    """Of a new connection, to what takes no time."""
    started = time.monotonic()
    ask(http.client.HTTPConnection(HOST, port, timeout=30), 0)
    return time.monotonic() - started
