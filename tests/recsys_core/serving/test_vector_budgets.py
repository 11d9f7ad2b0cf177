"""Tests of budgets and pauses of vector searches, against a server that speaks Milvus's protocol."""

import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import grpc
import numpy as np
import pytest
from pymilvus.grpc_gen import common_pb2, milvus_pb2, milvus_pb2_grpc, schema_pb2

from recsys_core.serving import engines, vectors
from recsys_core.serving.facets import FacetSelection
from recsys_core.serving.vectors import VectorIndex, VectorSearch, VectorsUnavailableError

INDEX = VectorIndex("articles_x", 2, "COSINE", {})
OK = common_pb2.Status()


class SlowMilvus(milvus_pb2_grpc.MilvusServiceServicer):  # type: ignore[misc]  # pymilvus has no types
    """Finds nothing, ``seconds`` after it was asked."""

    def __init__(self) -> None:
        self.seconds, self.asked, self.connected = 0.0, 0, 0

    def Connect(self, request: Any, context: Any) -> Any:  # noqa: N802  the protocol's name
        self.connected += 1
        return milvus_pb2.ConnectResponse(status=OK, identifier=1)

    def Search(self, request: Any, context: Any) -> Any:  # noqa: N802  the protocol's name
        self.asked += 1
        time.sleep(self.seconds)
        return milvus_pb2.SearchResults(
            status=OK, results=schema_pb2.SearchResultData(num_queries=1, top_k=1, topks=[0])
        )


class Running:
    """The server on a port that stays the same."""

    def __init__(self) -> None:
        self.milvus = SlowMilvus()
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{found.getsockname()[1]}"
        self.start()

    def start(self) -> None:
        self._server = grpc.server(ThreadPoolExecutor(8))
        milvus_pb2_grpc.add_MilvusServiceServicer_to_server(self.milvus, self._server)
        self._server.add_insecure_port(self.address)
        self._server.start()

    def stop(self) -> None:
        self._server.stop(0).wait()

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Another server takes the connections of this one, which ends, and never says a word."""
        host, port = self.address.split(":")
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            other.bind((host, int(port)))
            other.listen()
            self.stop()
            yield
        self.start()


@pytest.fixture
def running() -> Iterator[Running]:
    server = Running()
    yield server
    server.stop()


def ask(search: VectorSearch, patience: float = 0.0) -> int:
    found, _ = search.nearest(INDEX, np.ones(2, np.float32), 1, FacetSelection(), patience)
    return len(found)


def test_a_call_that_is_too_slow_for_its_budget_stops_no_patient_one(running: Running) -> None:
    search = VectorSearch(f"http://{running.address}", budget=0.2)
    ask(search)
    running.milvus.seconds = 0.6
    with pytest.raises(VectorsUnavailableError, match="DEADLINE_EXCEEDED"):
        ask(search)
    assert ask(search, patience=5.0) == 0
    asked = running.milvus.asked
    with pytest.raises(VectorsUnavailableError, match="a moment ago"):
        ask(search)
    assert (running.milvus.asked, running.milvus.connected) == (asked, 1)


def test_a_milvus_that_goes_away_costs_each_thread_its_budget_and_is_found_again(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (engines, vectors):
        monkeypatch.setattr(module, "RETRY_PAUSE_SECONDS", 2.0)
    search = VectorSearch(f"http://{running.address}", budget=0.5)
    ask(search)
    running.milvus.seconds = 0.3
    seconds: list[float] = []

    def shopper() -> None:
        started = time.monotonic()
        with pytest.raises(VectorsUnavailableError):
            ask(search)
        seconds.append(time.monotonic() - started)

    shoppers = [threading.Thread(target=shopper) for _ in range(4)]
    for each in shoppers:
        each.start()
    time.sleep(0.1)
    with running.silent():
        for each in shoppers:
            each.join()
        with pytest.raises(VectorsUnavailableError, match="a moment ago"):
            ask(search)
    assert max(seconds) < 1.5
    running.milvus.seconds = 0.0
    assert answers_within(20.0, search)


def answers_within(seconds: float, search: VectorSearch) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(VectorsUnavailableError):
            return ask(search, patience=2.0) == 0
        time.sleep(0.1)
    return False
