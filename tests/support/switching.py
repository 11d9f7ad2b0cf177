"""Shoppers who load servers while the live release is switched, and note every answer that is not of one release."""

import contextlib
import http.client
import itertools
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

from recsys_core.workspace import Workspace
from scripts.bench.web import sign_in
from scripts.shop_server import environment, manage, serving
from tests.support.marked_releases import CUSTOMERS, SHARED, Marked, build_marked, faults_of

GUNICORN_THAT_NAMES_WORKERS = Path(__file__).with_name("gunicorn_that_names_workers.py")
WORKER = "X-Worker"
"""Header that those settings add."""
SERVED = {"WEB_WORKERS": "2", "LOG_LEVEL": "WARNING", "EXPORT_ORDERS_AT_ONCE": "0", "STATISTICS": "off"}
LIMIT_SECONDS = 5.0
"""Seconds until every worker serves the other release."""
REQUESTS_A_CONNECTION = 4
"""Requests until a shopper connects anew, perhaps to another worker."""


@dataclass(frozen=True)
class Answer:
    """An answer with its times, in seconds of the wall clock."""

    address: str
    status: int
    release: str
    worker: str
    started: float
    ended: float
    faults: tuple[str, ...]
    marks: int
    """Marks of its release that it holds."""


@dataclass
class Shoppers:
    """Threads that ask servers for pages, JSON and images without pause, and what they were answered."""

    hosts: Sequence[str]
    sessions: Sequence[str]
    releases: Sequence[Marked]
    answers: list[Answer] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    """Requests without an answer."""
    _leaving: threading.Event = field(default_factory=threading.Event)

    @contextlib.contextmanager
    def at_work(self, per_host: int) -> Iterator[None]:
        """So many of them at each server."""
        seats = [(host, seed) for seed, host in enumerate(itertools.chain(*[self.hosts] * per_host))]
        threads = [threading.Thread(target=self._shop, args=seat, daemon=True) for seat in seats]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._leaving.set()
            for thread in threads:
                thread.join()

    def _shop(self, host: str, seed: int) -> None:
        draw = random.Random(seed)
        while not self._leaving.is_set():
            with contextlib.closing(http.client.HTTPConnection(host, timeout=30)) as connection:
                for _ in range(REQUESTS_A_CONNECTION):
                    self.ask(connection, *self._draw(draw))

    def _draw(self, draw: random.Random) -> tuple[str, dict[str, str]]:
        signed_in = {"Cookie": f"sessionid={draw.choice(self.sessions)}"}
        shared = draw.choice(SHARED)
        return draw.choice(
            (
                ("/", signed_in),
                ("/", {}),
                (f"/c/?page={draw.randint(1, 3)}", {}),
                (f"/search?q={quote(draw.choice(('shirt', 'dress', 'jacket under €50')))}", {}),
                (f"/p/{shared}/", signed_in),
                ("/api/v1/recommendations", signed_in),
                (f"/api/v1/articles/{shared}/similar", {}),
                ("/api/v1/search?q=sneakers", {}),
                (f"/img/{shared}.jpg", {}),
            )
        )

    def ask(self, connection: http.client.HTTPConnection, address: str, headers: dict[str, str]) -> Answer | None:
        started = time.time()
        try:
            connection.request("GET", address, headers=headers)
            response = connection.getresponse()
            body = response.read().decode()
        except (OSError, http.client.HTTPException) as error:
            self.broken.append(f"{address}: {error!r}")
            connection.close()
            return None
        ended = time.time()
        release, worker = response.headers["X-Release-Id"] or "", response.headers[WORKER]
        faults, marks = self._check(address, response, release, body)
        answer = Answer(address, response.status, release, worker, started, ended, faults, marks)
        self.answers.append(answer)
        return answer

    def _check(
        self, address: str, response: http.client.HTTPResponse, release: str, body: str
    ) -> tuple[tuple[str, ...], int]:
        """Faults of an answer, and the number of marks that it holds."""
        if response.status != http.client.OK:
            return (f"{address} answered {response.status}",), 0
        faults, marks = faults_of(release, response.headers["Content-Type"], body, self.releases)
        return tuple(f"{address}: {fault}" for fault in faults), marks


@dataclass(frozen=True)
class Switch:
    """One switch, with the seconds until each worker served the other release alone."""

    action: str
    to: str
    called: float
    moved: float
    done: float
    seen: dict[str, float]
    """Seconds after the pointer moved, by worker."""

    @property
    def since_call(self) -> float:
        """Seconds from the call of the function or command until the last worker served the release."""
        return self.moved - self.called + max(self.seen.values())


def switch(workspace: Workspace, shoppers: Shoppers, workers: int, action: str, flip: Callable[[], str]) -> Switch:
    """Flip the pointer, and wait until so many workers have answered from the release that ``flip`` returns.

    Raises
    ------
    AssertionError
        If some have not after ``LIMIT_SECONDS``.
    """
    begun, called = len(shoppers.answers), time.time()
    to = flip()
    moved, done = workspace.live.lstat().st_ctime, time.time()
    while len(seen := _seen(shoppers.answers[begun:], to, moved, done)) < workers:
        assert time.time() < moved + LIMIT_SECONDS, f"{action}: after {LIMIT_SECONDS} s only {sorted(seen)} serve {to}"
        for host in shoppers.hosts:
            with contextlib.closing(http.client.HTTPConnection(host, timeout=30)) as connection:
                shoppers.ask(connection, "/api/v1/recommendations", {})
    return Switch(action, to, called, moved, done, seen)


def _seen(answers: Sequence[Answer], to: str, moved: float, done: float) -> dict[str, float]:
    """By worker, seconds from the move to its first answer from the release, or to the last from another one."""
    fresh: dict[str, float] = {}
    for answer in sorted(answers, key=lambda answer: answer.ended):
        if answer.release == to and answer.started >= moved:
            fresh.setdefault(answer.worker, answer.ended - moved)
    for answer in answers:
        if answer.release != to and answer.started >= done and answer.worker in fresh:
            fresh[answer.worker] = max(fresh[answer.worker], answer.ended - moved)
    return fresh


@contextlib.contextmanager
def shop_under_load(root: Path, replicas: int, shoppers_each: int) -> Iterator[tuple[Workspace, Shoppers]]:
    """Marked releases below ``root``, as many servers of two workers on it, and shoppers at work."""
    releases, workspace = build_marked(root), Workspace(root)
    env = environment(workspace, **SERVED)
    manage(env, "migrate", "-v0")
    sessions = sign_in(env, CUSTOMERS)
    with contextlib.ExitStack() as stack:
        hosts = []
        for number in range(replicas):
            own = env | {"PROMETHEUS_MULTIPROC_DIR": str(root / "web" / f"metrics-{number}")}
            hosts.append(urlsplit(stack.enter_context(serving(own, config=GUNICORN_THAT_NAMES_WORKERS))).netloc)
        shoppers = Shoppers(hosts, sessions, releases)
        stack.enter_context(shoppers.at_work(shoppers_each))
        yield workspace, shoppers
