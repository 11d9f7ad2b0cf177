"""How gunicorn's workers share connections, with the storefront's own settings and an application that only waits."""

import http.client
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from scripts.ports import HOST, free_port
from scripts.shop_server import SITE

WAITING_APPLICATION = """
import os, time
def application(environ, start_response):
    time.sleep(float(environ["QUERY_STRING"]))
    start_response("200 OK", [("Content-Length", "7")])
    return [b"%7d" % os.getpid()]
"""


@contextmanager
def waiting_server(folder: Path, workers: int) -> Iterator[int]:
    """Its port; ``/?0.1`` answers after 0.1 s with the worker's process id."""
    (folder / "waiting.py").write_text(WAITING_APPLICATION)
    port = free_port()
    env = {**os.environ, "RECSYS_HOME": str(folder), "WEB_WORKERS": str(workers)}
    command = [sys.executable, "-m", "gunicorn", "--config", str(SITE / "gunicorn.conf.py"), "--bind", f"{HOST}:{port}"]
    with subprocess.Popen([*command, "--pythonpath", str(folder), "waiting:application"], env=env) as server:
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


def ask(connection: http.client.HTTPConnection, seconds: float) -> int:
    """The process id of the worker that answered."""
    connection.request("GET", f"/?{quote(str(seconds))}")
    return int(connection.getresponse().read())


def workers_of(port: int, connections: int) -> Counter[int]:
    """How many of the connections, opened at once and kept for three requests, each worker took."""
    opened_together, found = threading.Barrier(connections), []

    def shop() -> None:
        connection = http.client.HTTPConnection(HOST, port, timeout=30)
        opened_together.wait()
        pids = {ask(connection, 0.1) for _ in range(3)}
        connection.close()
        found.extend(pids)

    threads = [threading.Thread(target=shop) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(found)


def test_connections_that_come_at_once_are_shared_evenly(tmp_path: Path) -> None:
    with waiting_server(tmp_path, workers=2) as port:
        shares = [sorted(workers_of(port, connections=4).values()) for _ in range(6)]
    assert shares.count([2, 2]) >= 5, shares


def test_a_worker_that_waits_for_an_engine_takes_another_connection(tmp_path: Path) -> None:
    with waiting_server(tmp_path, workers=1) as port:
        slow = threading.Thread(target=ask, args=(http.client.HTTPConnection(HOST, port, timeout=30), 3))
        slow.start()
        time.sleep(0.2)
        ask(http.client.HTTPConnection(HOST, port, timeout=30), 0)
        assert slow.is_alive()
        slow.join()


@pytest.mark.parametrize("busy", [1, 3])
def test_a_newcomer_is_served_however_busy_kept_connections_are(tmp_path: Path, busy: int) -> None:
    until = time.monotonic() + 60
    served = threading.Event()

    def keep_asking() -> None:
        connection = http.client.HTTPConnection(HOST, port, timeout=30)
        while not served.is_set() and time.monotonic() < until:
            ask(connection, 0.005)

    with waiting_server(tmp_path, workers=1) as port:
        shoppers = [threading.Thread(target=keep_asking) for _ in range(busy)]
        for shopper in shoppers:
            shopper.start()
        time.sleep(0.5)
        for _ in range(5):
            ask(http.client.HTTPConnection(HOST, port, timeout=10), 0)
        served.set()
        assert time.monotonic() < until
        for shopper in shoppers:
            shopper.join()
