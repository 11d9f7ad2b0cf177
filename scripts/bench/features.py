"""Measures a feature snapshot beside DuckDB and polars, which compute the same tables from the same files.

Each engine is a process of its own with all cores, and takes its turn at 1 %, 10 % and 100 % of the size of Kaggle's
H&M data. Seconds count from its start to its last file; memory is the peak of the process and its children. The shop is
random: customers with histories of very different lengths, few articles that sell much and many that sell little.
At 1 % all engines' tables are compared. A peer that takes ten times as long as ours, or nearly all memory of the
machine, is stopped: its seconds are null, and ``<engine>_problem`` says why.

The last line is a JSON object: ``seconds``, ``duckdb_seconds``, ``polars_seconds`` of the largest size, and ``sizes``
with every time and memory.
"""

import argparse
import datetime as dt
import json
import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from tqdm import tqdm

from recsys_core.compiled import available_threads
from recsys_core.contracts.columns import ARTICLE_COLUMNS, ARTICLE_ID, KEY_ATTRIBUTES
from recsys_core.contracts.features import ARTICLE_HISTORY, CUSTOMER_HISTORY, SPANS
from recsys_core.features.snapshot import Snapshot
from recsys_core.pipeline.peak_memory import PeakMemory

CUSTOMERS, ARTICLES, PURCHASES = 1_371_980, 105_542, 31_788_324
SIZES = (0.01, 0.1, 1.0)
SMALL = (0.0002, 0.0005)
CUTOFF = dt.date(2020, 9, 23)
DAYS = 730
VALUES = {name: int(8 * 1.4**i) for i, name in enumerate(KEY_ATTRIBUTES)}
"""Different values of each attribute."""
BATCH = 4_000_000
DUCKDB_MEMORY = "12GB"
OURS, DUCKDB, POLARS = "ours", "duckdb", "polars"
ENGINES = (OURS, DUCKDB, POLARS)
LIMIT_FACTOR, MIN_LIMIT_SECONDS, MEMORY_SHARE = 10, 120, 0.8
"""When a peer is stopped: by our own time, but not before, and by the share of the machine's memory."""


def main() -> int:
    args = parse_args()
    if args.engine:
        run(args.engine, args.tables, args.out)
        return 0
    print(json.dumps(measure(args.small, args.sizes, args.engines)))
    return 0


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="a tiny shop, to see whether all of it works")
    parser.add_argument("--sizes", type=float, nargs="+", default=SIZES, help="parts of the size of Kaggle's data")
    parser.add_argument("--engines", nargs="+", default=ENGINES, choices=ENGINES, help="all by default")
    parser.add_argument("--engine", choices=ENGINES, help="compute one snapshot of --tables into --out")
    parser.add_argument("--tables", type=Path)
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


def measure(small: bool = False, sizes: Sequence[float] = SIZES, engines: Sequence[str] = ENGINES) -> dict[str, Any]:
    """Seconds and peak memory of each engine by size."""
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(prefix="bench-features-") as root:
        for size in SMALL if small else sizes:
            tables, folders = Path(root, f"tables-{size}"), {}
            write_tables(tables, size)
            of_size: dict[str, Any] = {"purchases": int(PURCHASES * size)}
            for engine in engines:
                folders[engine] = Path(root, f"{engine}-{size}")
                folders[engine].mkdir()
                limit = max(MIN_LIMIT_SECONDS, LIMIT_FACTOR * of_size.get(f"{OURS}_seconds", math.inf))
                of_size |= timed(engine, tables, folders[engine], math.inf if engine == OURS else limit)
                took = of_size.get(f"{engine}_problem") or f"{of_size[f'{engine}_seconds']} s"
                print(f"{size:.2%} of the purchases, {engine}: {took}", flush=True)
            if size == min(SMALL if small else sizes):
                of_size["different_values"] = {
                    peer: differences(folders[OURS], folders[peer])
                    for peer in engines
                    if peer != OURS and f"{peer}_problem" not in of_size
                }
            found[str(size)] = of_size
    largest = found[str(max(map(float, found)))]
    names = {OURS: "seconds", **{engine: f"{engine}_seconds" for engine in ENGINES[1:]}}
    return {names[engine]: largest[f"{engine}_seconds"] for engine in engines} | {"sizes": found}


def timed(engine: str, tables: Path, out: Path, limit_seconds: float) -> dict[str, Any]:
    """Run an engine in a process of its own; a peer may fail.

    Raises
    ------
    RuntimeError
        If our own fails.
    """
    command = [sys.executable, "-m", "scripts.bench.features", "--engine", engine, "--tables", tables, "--out", out]
    most_mb = MEMORY_SHARE * psutil.virtual_memory().total / 2**20
    started, problem = time.monotonic(), ""
    with PeakMemory() as memory, subprocess.Popen(command) as process:
        while not problem and process.poll() is None:
            time.sleep(0.1)
            if time.monotonic() - started > limit_seconds:
                problem = f"stopped after {limit_seconds:.0f} s"
            elif memory.peak_own_mb > most_mb:
                problem = f"stopped at {memory.peak_own_mb / 1024:.0f} GB of memory"
        if problem:
            process.kill()
    seconds = round(time.monotonic() - started, 1)
    if not problem and process.returncode:
        problem = f"failed with status {process.returncode}"
    if problem and engine == OURS:
        raise RuntimeError(f"our own snapshot of {tables} {problem}")
    measured = {f"{engine}_seconds": None if problem else seconds, f"{engine}_peak_mb": memory.peak_mb}
    return measured | ({f"{engine}_problem": problem} if problem else {})


def run(engine: str, tables: Path, out: Path) -> None:
    """Compute the snapshot by one engine, here."""
    if engine == OURS:
        from spark_jobs.session import spark_session
        from spark_jobs.snapshot.write import write_snapshots

        spark = spark_session("bench", pq.ParquetDataset(tables / "transactions").read(columns=["t_dat"]).num_rows)
        list(write_snapshots(spark, tables, {CUTOFF: out}))
    elif engine == DUCKDB:
        from scripts.bench.peers import features_in_duckdb

        features_in_duckdb.write_snapshot(tables, CUTOFF.isoformat(), out, available_threads(), DUCKDB_MEMORY)
    else:
        from scripts.bench.peers import features_in_polars

        features_in_polars.write_snapshot(tables, CUTOFF.isoformat(), out)


def write_tables(folder: Path, size: float) -> None:
    """Tables as ingest writes them, of a random shop of this part of Kaggle's size."""
    rng = np.random.default_rng(1)
    n_customers, n_articles, n = (max(20, int(count * size)) for count in (CUSTOMERS, ARTICLES, PURCHASES))
    for name in ("customers", "articles", "transactions"):
        (folder / name).mkdir(parents=True)
    customer_ids = pa.array([f"{i * 2654435761 % 2**32:08x}{i:056x}" for i in range(n_customers)])
    article_ids = pa.array([f"{i:010d}" for i in range(n_articles)])
    ages = rng.normal(36, 12, n_customers).clip(16, 99).round()
    ages[rng.random(n_customers) < 0.01] = np.nan
    customers = {
        "customer_id": customer_ids,
        "FN": pa.array(np.where(rng.random(n_customers) < 0.35, 1.0, np.nan), from_pandas=True),
        "Active": pa.array(np.where(rng.random(n_customers) < 0.33, 1.0, np.nan), from_pandas=True),
        "club_member_status": pa.array(np.where(rng.random(n_customers) < 0.93, "ACTIVE", "PRE-CREATE")),
        "fashion_news_frequency": pa.array(np.where(rng.random(n_customers) < 0.35, "Regularly", "NONE")),
        "age": pa.array(ages, from_pandas=True),
        "postal_code": pa.array([f"{i % 30_000:064x}" for i in range(n_customers)]),
        "has_profile": pa.array(rng.random(n_customers) < 0.97),
    }
    pq.write_table(pa.table(customers), folder / "customers" / "part-00000.parquet", compression="zstd")
    articles = {name: _values(rng, VALUES.get(name, 40), n_articles) for name in ARTICLE_COLUMNS}
    articles |= {ARTICLE_ID: article_ids, "product_code": _values(rng, max(1, n_articles // 2), n_articles)}
    articles["index_group_name"] = pc.replace_substring(articles["index_group_name"], "value 00003", "Baby/Children")
    pq.write_table(pa.table(articles), folder / "articles" / "part-00000.parquet", compression="zstd")
    appetite, appeal = (rng.lognormal(0, 1.2, count).cumsum() for count in (n_customers, n_articles))
    days = np.sort(rng.integers(0, DAYS, n))
    for part, first in enumerate(tqdm(range(0, n, BATCH), f"purchases, {size:.2%}", unit="part", disable=None)):
        day = days[first : first + BATCH]
        customer, article = (_drawn(rng, total, len(day)) for total in (appetite, appeal))
        bought = {
            "t_dat": pa.array((np.datetime64(CUTOFF) - DAYS + day).astype("datetime64[D]")),
            "customer_id": customer_ids.take(pa.array(customer)),
            "article_id": article_ids.take(pa.array(article)),
            "price": pa.array((np.exp(rng.normal(-3.8, 0.6, len(day)))).round(6)),
            "sales_channel_id": pa.array(rng.integers(1, 3, len(day), dtype=np.int32)),
        }
        file = folder / "transactions" / f"part-{part:05d}.parquet"
        pq.write_table(pa.table(bought), file, compression="zstd", row_group_size=500_000)


def _values(rng: np.random.Generator, different: int, n: int) -> pa.Array:
    texts = np.array([f"value {i:05d}" for i in range(different)])
    return pa.array(texts[rng.integers(0, different, n)])


def _drawn(rng: np.random.Generator, total: np.ndarray, n: int) -> np.ndarray:
    """Row numbers, each as probable as its part of the ``total``."""
    return np.searchsorted(total, rng.random(n) * total[-1])


def differences(ours: Path, theirs: Path) -> int:
    """Values of the peer's tables that are not ours up to rounding."""
    made, count = Snapshot(ours, "", CUTOFF), 0
    for name, columns in (("customers", CUSTOMER_HISTORY), ("articles", ARTICLE_HISTORY)):
        mine, peer = pq.read_table(ours / name), pq.read_table(theirs / f"{name}.parquet")
        zero = ("articles_", "spend_", "shopping_days", "distinct_", "sold_", "votes_", "buyers_", "repeat_")
        for column in columns:
            fill = 0.0 if column.startswith(zero) else np.nan
            count += _different(*(_numbers(table, column, fill) for table in (mine, peer)))
    for name in KEY_ATTRIBUTES:
        mine_of, peer = made.preference(name), pq.read_table(theirs / f"preferences-{name}.parquet")
        for i, span in enumerate(SPANS):
            count += _different(mine_of.units[:, i], peer[f"count_{span}"].to_numpy())
    for item in ("article", "product"):
        history, peer = made.history(item), pq.read_table(theirs / f"history-{item}.parquet")
        for column in ("units", "days_ago", "last_day_units", "days", "days_since_first", "units_30d", "units_90d"):
            count += _different(getattr(history, column), peer[column].to_numpy())
    return count


def _numbers(table: pa.Table, column: str, fill: float) -> np.ndarray:
    return np.nan_to_num(table[column].cast(pa.float64(), safe=False).to_numpy(), nan=fill)


def _different(mine: np.ndarray, peer: np.ndarray) -> int:
    if len(mine) != len(peer):
        return max(len(mine), len(peer))
    return int((~np.isclose(mine.astype(float), peer.astype(float), equal_nan=True)).sum())


if __name__ == "__main__":
    raise SystemExit(main())
