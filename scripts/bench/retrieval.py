"""Measures exact retrieval of 100 out of 105,542 articles a customer: ``make bench``.

Our search is measured beside faiss' IndexFlatIP, TensorFlow Recommenders' BruteForce and numpy's argpartition, and
beside the bare float32 product of all customers and articles without any selection (``sgemm``). All take turns, so
that other work on the machine slows all of them down alike; a time is the median over the rounds. Before each turn is
a pause, because the threads of OpenBLAS and OpenMP keep their cores busy for a while after their work is done. The
vectors are random ones, whose numbers are independent of each other, and clustered ones, which are more like those of
a trained model; with ``--vectors`` also a shop's own. Recall is the share of a float64 search's results that ours has.

The last line is a JSON object: ``cases`` has every case, the numbers beside it are those of the case in which our
search leads faiss by least.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from recsys_core.retrieval.exact_search import ExactSearch

ARTICLES, CUSTOMERS, K, DIMS = 105_542, 1024, 100, (64, 128)
SMALL_ARTICLES, SMALL_CUSTOMERS = 3000, 40
ROUNDS = 7
CLUSTERS, WITHIN_CLUSTER, SPREAD_DECAY = 300, 0.7, 0.15
"""Clusters of the clustered vectors, their spread beside that of the centres, and how fast spread decays."""
PAUSE_SECONDS = 0.2
"""Longer than the threads of a search wait for more work without giving up their cores."""
ROWS_AT_ONCE = 16
"""Rows that numpy partitions at a time."""
EXACT_CUSTOMERS = 64
"""Customers whose scores are computed in float64 at a time."""
OURS, FAISS, TFRS, NUMPY, SGEMM = "ours", "faiss", "tfrs", "argpartition", "sgemm"

Vectors = NDArray[np.float32]
Search = Callable[[], Any]


@dataclass(frozen=True)
class Case:
    """Vectors of customers and articles that one table is about."""

    name: str
    customers: Vectors
    articles: Vectors


def main() -> int:
    args = parse_args()
    print(json.dumps(measure(args.small, args.vectors, args.rounds)))
    return 0


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="few articles, to see whether all of it works")
    parser.add_argument(
        "--vectors", type=Path, help="folder of a two-tower retriever: customer_vectors.npy and article_vectors.npy"
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="times that each search is measured")
    return parser.parse_args()


def measure(small: bool = False, vectors: Path | None = None, rounds: int = ROUNDS) -> dict[str, Any]:
    """Every case's users per second, our lead over faiss, our share of the bare product and recall."""
    cases = []
    for case in all_cases(small, vectors):
        cases.append(result_of(case, rounds))
        show(cases[-1])
    least = min(cases, key=lambda case: case["times_faiss"])
    return {name: value for name, value in least.items() if name != "users_per_s_of"} | {"cases": cases}


def all_cases(small: bool, vectors: Path | None) -> Iterator[Case]:
    n, m = (SMALL_CUSTOMERS, SMALL_ARTICLES) if small else (CUSTOMERS, ARTICLES)
    rng = np.random.default_rng(0)
    for dim in DIMS:
        customers, articles = (rng.standard_normal((size, dim), dtype=np.float32) for size in (n, m))
        yield Case(f"random, d = {dim}", customers, articles)
    yield Case(f"clustered, d = {DIMS[-1]}", *clustered((n, m), DIMS[-1], rng))
    if vectors:
        customers, articles = (np.load(vectors / f"{side}_vectors.npy") for side in ("customer", "article"))
        chosen = rng.choice(len(customers), min(n, len(customers)), replace=False)
        yield Case(f"{vectors.name}, d = {articles.shape[1]}", customers[chosen], articles)


def clustered(sizes: tuple[int, ...], dim: int, rng: np.random.Generator) -> list[Vectors]:
    """Arrays of vectors of length 1 around common centres; in random directions they vary less and less."""
    directions, _ = np.linalg.qr(rng.standard_normal((dim, dim)))
    spread = 1 / np.sqrt(1 + SPREAD_DECAY * np.arange(dim))
    centres = rng.standard_normal((CLUSTERS, dim))
    arrays = []
    for size in sizes:
        around = centres[rng.integers(0, CLUSTERS, size)] + WITHIN_CLUSTER * rng.standard_normal((size, dim))
        vectors = (around * spread) @ directions
        arrays.append((vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32))
    return arrays


def result_of(case: Case, rounds: int) -> dict[str, Any]:
    searches = contenders(case)
    seconds: dict[str, list[float]] = {name: [] for name in searches}
    found = {name: search() for name, search in searches.items()}
    for _ in tqdm(range(rounds), desc=case.name, disable=None):
        for name, search in searches.items():
            time.sleep(PAUSE_SECONDS)
            started = time.perf_counter()
            search()
            seconds[name].append(time.perf_counter() - started)
    n = len(case.customers)
    return {
        "case": case.name,
        "users_per_s": round(n / statistics.median(seconds[OURS])),
        "faiss_users_per_s": round(n / statistics.median(seconds[FAISS])),
        "tfrs_users_per_s": round(n / statistics.median(seconds[TFRS])),
        "sgemm_floor_users_per_s": round(n / statistics.median(seconds[SGEMM])),
        "times_faiss": lead(seconds[FAISS], seconds[OURS]),
        "share_of_sgemm": lead(seconds[SGEMM], seconds[OURS]),
        "recall": recall(found[OURS], exact(case, min(K, len(case.articles)))),
        "users_per_s_of": {name: round(n / statistics.median(taken)) for name, taken in seconds.items()},
    }


def contenders(case: Case) -> dict[str, Search]:
    """The searches that take turns; each has its articles prepared, as a batch of many customers finds them."""
    os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")
    import faiss
    import tensorflow as tf
    import tensorflow_recommenders as tfrs

    customers, articles, k = case.customers, case.articles, min(K, len(case.articles))
    ours = ExactSearch(articles)
    flat = faiss.IndexFlatIP(articles.shape[1])
    flat.add(articles)
    brute = tfrs.layers.factorized_top_k.BruteForce(k=k).index(articles)
    queries = tf.constant(customers)
    scores = np.empty((len(customers), len(articles)), np.float32)
    return {
        OURS: lambda: ours.top_k(customers, k).article_idx,
        FAISS: lambda: flat.search(customers, k)[1],
        TFRS: lambda: np.asarray(brute(queries)[1]),
        NUMPY: lambda: best_by_argpartition(np.matmul(customers, articles.T, out=scores), k),
        SGEMM: lambda: np.matmul(customers, articles.T, out=scores),
    }


def best_by_argpartition(scores: Vectors, k: int) -> NDArray[np.int64]:
    """(n, k) the best columns of (n, m), some rows at a time.

    All at once would free more than a gigabyte. In a virtual machine other searches then took twice as long in many of
    their turns, probably because the memory was handed back to the host meanwhile.
    """
    return np.concatenate([_best_of_some(some, k) for some in np.array_split(scores, -(-len(scores) // ROWS_AT_ONCE))])


def _best_of_some(scores: Vectors, k: int) -> NDArray[np.int64]:
    best = np.argpartition(-scores, k - 1, axis=1)[:, :k]
    order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1)
    return np.take_along_axis(best, order, axis=1)


def exact(case: Case, k: int) -> NDArray[np.int64]:
    """(n, k) the best articles by scores in float64."""
    articles = case.articles.astype(np.float64).T
    blocks = np.array_split(case.customers.astype(np.float64), -(-len(case.customers) // EXACT_CUSTOMERS))
    return np.concatenate([np.argsort(-(block @ articles), axis=1, kind="stable")[:, :k] for block in blocks])


def recall(found: NDArray[np.integer], expected: NDArray[np.integer]) -> float:
    """Share of the expected articles (n, k) that were found."""
    hits = [len(np.intersect1d(*pair)) for pair in zip(found, expected, strict=True)]
    return float(np.mean(hits)) / expected.shape[1]


def lead(theirs: list[float], ours: list[float]) -> float:
    """Their time by ours, median over the rounds."""
    return round(statistics.median(one / other for one, other in zip(theirs, ours, strict=True)), 2)


def show(result: dict[str, Any]) -> None:
    print(f"\n{result['case']}: recall {result['recall']}", file=sys.stderr)
    for name, speed in result["users_per_s_of"].items():
        print(f"  {name:14}{speed:>9,} users/s", file=sys.stderr)
    print(f"  {result['times_faiss']} times faiss, {result['share_of_sgemm']} times the bare product", file=sys.stderr)


if __name__ == "__main__":
    raise SystemExit(main())
