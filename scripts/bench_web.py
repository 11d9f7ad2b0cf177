"""Measures how fast the storefront answers under shoppers' load: ``make bench-web``.

It uses a release of 105,542 articles and 200,000 customers' lists, gunicorn with two workers, and four connections of a
load generator on the same machine. Without ``--data`` the articles are made up; with it they are the shop's own. Every
view is loaded in turns with an empty view, which shows if the machine is slow or busy. The last line is a JSON object.
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
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

from tqdm import tqdm

from recsys_core.contracts.columns import ARTICLE_COLUMNS
from recsys_core.serving import Release, open_live
from recsys_core.workspace import Workspace
from scripts.shop_server import environment, prepare, serving
from tests.support.release_fixture import build_release

ARTICLES, CUSTOMERS = 105_542, 200_000
SHOPPERS = 200
"""Customers who are signed in."""
CONNECTIONS = 4
WARM_UP, SECONDS, ROUNDS = 1.0, 4.0, 3
SERVED = {"WEB_WORKERS": "2", "LOG_LEVEL": "WARNING", "EXPORT_ORDERS_AT_ONCE": "0", "STATISTICS": "on"}


@dataclass
class Load:
    """Requests to one view, with the duration of each answer."""

    name: str
    ask: Callable[[random.Random], tuple[str, dict[str, str]]]
    """Draws an address and headers."""
    seconds: list[float] = field(default_factory=list)
    rounds: list[float] = field(default_factory=list)
    """Requests a second of each round."""

    def result(self) -> dict[str, float]:
        ordered = sorted(self.seconds)
        p99 = ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]
        return {
            "rps": round(statistics.median(self.rounds), 1),
            "p50_ms": round(1000 * statistics.median(ordered), 1),
            "p99_ms": round(1000 * p99, 1),
        }


def main() -> int:
    args = parse_args()
    workspace = Workspace((args.workspace / ("given" if args.data else "made-up")).absolute())
    if not workspace.live.exists():
        print(
            f"building a release of {ARTICLES:,} articles and {CUSTOMERS:,} lists in {workspace.root}", file=sys.stderr
        )
        rows = read_articles(args.data) if args.data else None
        build_release(workspace.root, ARTICLES, CUSTOMERS, catalogue=rows)
    env = environment(workspace, DJANGO_SETTINGS_MODULE="config.bench_settings", **SERVED)
    prepare(env)
    sessions = sign_in(env)
    loads = views(open_live(workspace), sessions)
    with serving(env) as address:
        measure(loads, urlsplit(address).netloc, args.seconds)
    results = {load.name: load.result() for load in loads}
    show(results)
    print(json.dumps(results))
    return 0


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder with the shop's articles.csv or articles.csv.gz")
    parser.add_argument("--workspace", type=Path, default=Path("var/bench-web"), help="folder of the releases")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="seconds of each view and round")
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


def views(release: Release, sessions: list[str]) -> list[Load]:
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
        Load("empty", lambda draw: ("/empty", {})),
        Load("feed", lambda draw: ("/", signed_in(draw))),
        Load("listing", lambda draw: (listing(draw), {})),
        Load("search", lambda draw: (f"/search?q={quote(slip(draw, words(draw)))}", {})),
        Load("autocomplete", lambda draw: (f"/search/suggestions?q={quote(words(draw)[: draw.randint(1, 12)])}", {})),
        Load("api_feed", lambda draw: ("/api/v1/recommendations", signed_in(draw))),
    ]


def measure(loads: list[Load], host: str, seconds: float) -> None:
    """Every view in turns, ROUNDS times, so that a busy moment hits all of them alike."""
    turns = [load for _ in range(ROUNDS) for load in loads]
    for turn, load in enumerate(tqdm(turns, desc="loading", unit=" turns", disable=None)):
        if turn < len(loads):
            run(load, host, WARM_UP, turn)
        answers = run(load, host, seconds, 100 + turn)
        load.seconds += answers
        load.rounds.append(len(answers) / seconds)


def run(load: Load, host: str, seconds: float, seed: int) -> list[float]:
    """Ask without pause on CONNECTIONS connections; how long each answer took."""
    taken: list[list[float]] = [[] for _ in range(CONNECTIONS)]
    problems: list[str] = []
    until = time.perf_counter() + seconds
    draws = [random.Random(seed * CONNECTIONS + i) for i in range(CONNECTIONS)]  # noqa: S311  nothing is secret
    threads = [
        threading.Thread(target=_ask, args=(load, host, until, draw, answers, problems))
        for draw, answers in zip(draws, taken, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise RuntimeError(f"{load.name}: {problems[0]}")
    return [each for one in taken for each in one]


def _ask(load: Load, host: str, until: float, draw: random.Random, taken: list[float], problems: list[str]) -> None:
    connection = http.client.HTTPConnection(host, timeout=30)
    while (started := time.perf_counter()) < until:
        address, headers = load.ask(draw)
        connection.request("GET", address, headers={"Accept-Encoding": "gzip", **headers})
        answer = connection.getresponse()
        answer.read()
        if answer.status != http.client.OK:
            problems.append(f"{address} answered {answer.status}")
            return
        taken.append(time.perf_counter() - started)


def show(results: dict[str, dict[str, float]]) -> None:
    print(f"{'view':<14}{'requests/s':>12}{'p50 ms':>10}{'p99 ms':>10}{'of empty':>10}", file=sys.stderr)
    for name, found in results.items():
        share = found["rps"] / results["empty"]["rps"]
        print(f"{name:<14}{found['rps']:>12}{found['p50_ms']:>10}{found['p99_ms']:>10}{share:>10.1%}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
