"""Measures how fast the storefront answers under shoppers' load: ``make bench-web``.

It uses a release of 105,542 articles and 200,000 customers' lists, gunicorn with two workers, and a load generator on
the same machine, with 4 and with 64 connections. Without ``--data`` the articles are made up; with it they are the
shop's own. Every view is loaded in turns with an empty view, which shows if the machine is slow or busy. An answer
other than 200 or a broken connection ends the run with an error. The last line is a JSON object, which is also kept in
a file.

``--against="--reuse-port"`` starts a second gunicorn with these flags and loads both in turns.
"""

import argparse
import csv
import gzip
import http.client
import json
import random
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import psutil
from tqdm import tqdm

from recsys_core.contracts.columns import ARTICLE_COLUMNS
from recsys_core.serving import Release, open_live
from recsys_core.workspace import Workspace
from scripts.bench.results import WEB, add_out_option, keep, load_now
from scripts.shop_server import environment, prepare, serving
from tests.support.release_fixture import build_release

ARTICLES, CUSTOMERS = 105_542, 200_000
SHOPPERS = 200
"""Customers who are signed in."""
CONNECTIONS = (4, 64)
WARM_UP, SECONDS, ROUNDS = 1.0, 4.0, 3
SERVED = {"WEB_WORKERS": "2", "LOG_LEVEL": "WARNING", "EXPORT_ORDERS_AT_ONCE": "0", "STATISTICS": "on"}


@dataclass(frozen=True)
class View:
    name: str
    ask: Callable[[random.Random], tuple[str, dict[str, str]]]
    """Draws an address and headers."""


@dataclass(frozen=True)
class Server:
    flags: str
    """Flags of gunicorn beside the shop's own settings."""
    host: str
    process: psutil.Process

    def cpu_seconds(self) -> float:
        """CPU time so far of the server and its workers, those included that were replaced."""
        own = self.process.cpu_times()
        running = [worker.cpu_times() for worker in self.process.children(recursive=True)]
        return float(own.children_user + own.children_system + sum(each.user + each.system for each in (own, *running)))


@dataclass
class Load:
    """Requests to one view of one server on so many connections, with the duration of each answer."""

    view: View
    server: "Server"
    connections: int
    seconds: list[float] = field(default_factory=list)
    rounds: list[float] = field(default_factory=list)
    """Requests a second of each round."""
    cpu: list[float] = field(default_factory=list)
    """The server's CPU seconds per request of each round."""

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.view.name, self.server.flags, f"c={self.connections}")))

    def result(self) -> dict[str, float]:
        ordered = sorted(self.seconds)
        p99 = ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]
        return {
            "rps": round(statistics.median(self.rounds), 1),
            "cpu_ms": round(1000 * statistics.median(self.cpu), 2),
            "p50_ms": round(1000 * statistics.median(ordered), 1),
            "p99_ms": round(1000 * p99, 1),
        }


def main() -> int:
    args, load = parse_args(), load_now()
    workspace = Workspace((args.workspace / ("given" if args.data else "made-up")).absolute())
    if not workspace.live.exists():
        print(
            f"building a release of {ARTICLES:,} articles and {CUSTOMERS:,} lists in {workspace.root}", file=sys.stderr
        )
        rows = read_articles(args.data) if args.data else None
        build_release(workspace.root, ARTICLES, CUSTOMERS, catalogue=rows)
    env = environment(workspace, DJANGO_SETTINGS_MODULE="config.bench_settings", **SERVED)
    prepare(env)
    asked = views(open_live(workspace), sign_in(env))
    with servers(env, ["", *args.against]) as started:
        loads = [
            Load(view, server, connections) for connections in args.connections for view in asked for server in started
        ]
        measure(loads, args.seconds, args.rounds)
    show(loads)
    result = {one.name: one.result() for one in loads}
    keep(args.out, WEB, result, load)
    print(json.dumps(result))
    return 0


@contextmanager
def servers(env: dict[str, str], variants: Sequence[str]) -> Iterator[list[Server]]:
    """A running shop for each set of gunicorn's flags."""
    with ExitStack() as stack:
        started: list[Server] = []
        for flags in variants:
            before = psutil.Process().children()
            address = stack.enter_context(serving({**env, "GUNICORN_CMD_ARGS": flags}))
            (process,) = (each for each in psutil.Process().children() if each not in before)
            started.append(Server(flags, urlsplit(address).netloc, process))
        yield started


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with the shop's articles.csv or articles.csv.gz")
    parser.add_argument("--workspace", type=Path, default=Path("var/bench-web"), help="folder of the releases")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="seconds of each view and round")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="rounds of all views")
    parser.add_argument("--connections", type=int, nargs="+", default=CONNECTIONS, help="connections at once")
    parser.add_argument("--against", action="append", default=[], help="flags of a further gunicorn; may be repeated")
    add_out_option(parser)
    return parser.parse_args()


def read_articles(data: Path) -> list[dict[str, str]]:
    """Rows in Kaggle's columns, ascending by article_id.

    Raises
    ------
    FileNotFoundError
        If the folder holds no articles file.
    """
    for name, opened in (("articles.csv", open), ("articles.csv.gz", gzip.open)):
        if (data / name).exists():
            with opened(data / name, "rt", encoding="utf-8", newline="") as file:
                rows = [{column: row[column] for column in ARTICLE_COLUMNS} for row in csv.DictReader(file)]
            return sorted(rows, key=lambda row: row["article_id"])
    raise FileNotFoundError(f"no articles.csv or articles.csv.gz in {data}")


SIGN_IN = """
import django; django.setup()
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from accounts.models import CustomerProfile
for number in range(1, {shoppers} + 1):
    user, _ = get_user_model().objects.get_or_create(username=f"bench{{number}}")
    CustomerProfile.objects.get_or_create(user=user, defaults={{"customer_id": f"{{number:064x}}"}})
    session = SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session.create()
    print(session.session_key)
"""


def sign_in(env: dict[str, str], shoppers: int = SHOPPERS) -> list[str]:
    """Session keys of so many customers."""
    script = SIGN_IN.format(shoppers=shoppers)
    done = subprocess.run([sys.executable, "-c", script], env=env, check=True, capture_output=True, text=True)
    return done.stdout.split()


def views(release: Release, sessions: list[str]) -> list[View]:
    """Returns the requests by view, drawn anew each time: pages, facets, words and beginnings that shoppers type."""
    catalogue = release.catalogue
    types, colours = catalogue.facet_values("product_type_name"), catalogue.facet_values("colour_group_name")
    groups = catalogue.facet_values("index_group_name")

    def signed_in(draw: random.Random) -> dict[str, str]:
        return {"Cookie": f"sessionid={draw.choice(sessions)}"}

    def words(draw: random.Random) -> str:
        return f"{draw.choice(colours)} {draw.choice(types)}".lower()

    def listing(draw: random.Random) -> str:
        chosen = draw.choice((f"colour={quote(draw.choice(colours))}", f"collection={quote(draw.choice(groups))}", ""))
        return f"/c/?{chosen}&page={draw.randint(1, 5)}"

    def slip(draw: random.Random, text: str) -> str:
        """One query in five has a letter left out."""
        at = draw.randrange(len(text))
        return text[:at] + text[at + 1 :] if draw.random() < 0.2 else text

    return [
        View("empty", lambda draw: ("/empty", {})),
        View("feed", lambda draw: ("/", signed_in(draw))),
        View("listing", lambda draw: (listing(draw), {})),
        View("search", lambda draw: (f"/search?q={quote(slip(draw, words(draw)))}", {})),
        View("autocomplete", lambda draw: (f"/search/suggestions?q={quote(words(draw)[: draw.randint(1, 12)])}", {})),
        View("api_feed", lambda draw: ("/api/v1/recommendations", signed_in(draw))),
    ]


def measure(loads: list[Load], seconds: float, rounds: int) -> None:
    """All loads in turns, so that a busy moment hits all of them alike."""
    turns = [load for _ in range(rounds) for load in loads]
    for turn, load in enumerate(tqdm(turns, desc="loading", unit=" turns", disable=None)):
        if turn < len(loads):
            run(load, WARM_UP, turn)
        before = load.server.cpu_seconds()
        answers = run(load, seconds, 100 + turn)
        load.cpu.append((load.server.cpu_seconds() - before) / len(answers))
        load.seconds += answers
        load.rounds.append(len(answers) / seconds)


def run(load: Load, seconds: float, seed: int) -> list[float]:
    """Ask without pause on all connections; how long each answer took."""
    taken: list[list[float]] = [[] for _ in range(load.connections)]
    problems: list[str] = []
    until = time.perf_counter() + seconds
    draws = [random.Random(seed * load.connections + i) for i in range(load.connections)]  # noqa: S311  no secret
    threads = [
        threading.Thread(target=_ask, args=(load, until, draw, answers, problems))
        for draw, answers in zip(draws, taken, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise RuntimeError(f"{load.name}: {problems[0]}")
    return [each for one in taken for each in one]


def _ask(load: Load, until: float, draw: random.Random, taken: list[float], problems: list[str]) -> None:
    connection = http.client.HTTPConnection(load.server.host, timeout=30)
    while (started := time.perf_counter()) < until:
        address, headers = load.view.ask(draw)
        try:
            answer = _answer(connection, address, headers)
        except (OSError, http.client.HTTPException) as error:
            problems.append(f"{address} was not answered: {error!r}")
            return
        if answer.status != http.client.OK:
            problems.append(f"{address} answered {answer.status}")
            return
        taken.append(time.perf_counter() - started)


def _answer(connection: http.client.HTTPConnection, address: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    """Ask; once more, as browsers do, if the connection was used before and its worker, replaced, has closed it."""
    was_used = connection.sock is not None
    try:
        return _asked(connection, address, headers)
    except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
        connection.close()
        if not was_used:
            raise
    return _asked(connection, address, headers)


def _asked(connection: http.client.HTTPConnection, address: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    connection.request("GET", address, headers={"Accept-Encoding": "gzip", **headers})
    answer = connection.getresponse()
    answer.read()
    return answer


def show(loads: list[Load]) -> None:
    width = max(len(load.name) for load in loads) + 2
    print(f"{'view':<{width}}{'requests/s':>12}{'CPU ms':>10}{'p50 ms':>10}{'p99 ms':>10}", file=sys.stderr)
    for load in loads:
        found = load.result()
        print(
            f"{load.name:<{width}}{found['rps']:>12}{found['cpu_ms']:>10}{found['p50_ms']:>10}{found['p99_ms']:>10}",
            file=sys.stderr,
        )


if __name__ == "__main__":
    sys.exit(main())
