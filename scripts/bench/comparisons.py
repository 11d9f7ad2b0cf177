"""Results of the kernels' benchmarks as comparisons: what ours does, and what its peers do in the same run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Result = Mapping[str, Any]
OURS: Final = "ours"

RETRIEVAL_PEERS: Final = {
    "faiss": "faiss-cpu IndexFlatIP",
    "tfrs": "TFRS BruteForce",
    "argpartition": "numpy, argpartition",
    "sgemm": "bare float32 product, nothing selected",
}
FEATURES_PEERS: Final = {"duckdb": "DuckDB", "polars": "polars"}


@dataclass(frozen=True)
class Comparison:
    """One piece of work, done by us and by peers."""

    title: str
    unit: str
    ours: float
    peers: Mapping[str, float]
    """By the peer's name, in the unit."""
    more_is_better: bool
    """True of a speed, False of a time."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """Further figures of a peer, or of ours (under ``ours``)."""
    stopped: Mapping[str, str] = field(default_factory=dict)
    """Peers that did not end, and why."""

    def times(self, peer: str) -> float:
        """Speed of ours by that of a peer; below 1 ours is slower."""
        theirs = self.peers[peer]
        return self.ours / theirs if self.more_is_better else theirs / self.ours


def comparisons_of(results: Mapping[str, Result]) -> Iterator[Comparison]:
    """The comparisons of every kernel that was measured, by the names of ``make bench``."""
    for name, comparisons in OF_KERNEL.items():
        if name in results:
            yield from comparisons(results[name])


def _of_retrieval(result: Result) -> Iterator[Comparison]:
    for case in result["cases"]:
        speeds = case["users_per_s_of"]
        peers = {said: speeds[name] for name, said in RETRIEVAL_PEERS.items()}
        notes = {OURS: f"recall {case['recall']}"}
        yield Comparison(f"exact retrieval, {case['case']}", "customers/s", speeds[OURS], peers, True, notes)


def _of_features(result: Result) -> Iterator[Comparison]:
    for size, measured in result["sizes"].items():
        peers = {said: measured.get(f"{engine}_seconds") for engine, said in FEATURES_PEERS.items()}
        memory = {said: measured.get(f"{engine}_peak_mb") for engine, said in {**FEATURES_PEERS, "ours": OURS}.items()}
        problems = {said: measured.get(f"{engine}_problem") for engine, said in FEATURES_PEERS.items()}
        yield Comparison(
            f"feature snapshot of {measured['purchases']:,} purchases ({float(size):.0%})",
            "s",
            measured["ours_seconds"],
            {said: seconds for said, seconds in peers.items() if seconds},
            more_is_better=False,
            notes={said: f"at most {peak / 1024:.1f} GB" for said, peak in memory.items() if peak},
            stopped={said: problem for said, problem in problems.items() if problem},
        )


def _of_list_lookup(result: Result) -> Iterator[Comparison]:
    stores = {"sqlite": "SQLite, its file mapped", "postgresql": "PostgreSQL, loopback"}
    for key, said in (("p50_ms", "median"), ("p99_ms", "99th percentile")):
        peers = {of: result[f"{name}_{key}"] for name, of in stores.items() if result.get(f"{name}_{key}")}
        yield Comparison(f"a customer's list, {said}", "ms", result[key], peers, False)


def _of_ranking(result: Result) -> Iterator[Comparison]:
    trees = {"lightgbm": "Booster.predict, one core", "lightgbm_all_cores": "Booster.predict, all cores"}
    network = {"keras_predict": "model.predict, all cores", "keras_call": "Keras model called, all cores"}
    for ours, said, peers in (("trees", "LightGBM's trees", trees), ("dnn", "DNN ranker", network)):
        for suffix, from_pairs in (("", ""), ("_with_features", ", with features")):
            speeds = {of: result[key] for name, of in peers.items() if (key := f"{name}{suffix}_rows_per_s") in result}
            yield Comparison(f"{said}{from_pairs}", "rows/s", result[f"{ours}{suffix}_rows_per_s"], speeds, True)


def _by_implicit(title: str, peers: Mapping[str, str], result: Result) -> Comparison:
    seconds = {said: result[f"{name}_seconds"] for name, said in peers.items()}
    recall = {said: f"recall@12 {result[f'{name}_recall']:.3f}" for name, said in {OURS: OURS, **peers}.items()}
    return Comparison(title, "s", result["ours_seconds"], seconds, False, recall)


def _of_co_purchase(result: Result) -> Iterator[Comparison]:
    peers = {"implicit_counts": "implicit, counts", "implicit_cosine": "implicit, cosine"}
    yield _by_implicit("co-purchases", peers, result)


def _of_factors(result: Result) -> Iterator[Comparison]:
    peers = {"implicit_bpr": "implicit, BPR", "implicit_als": "implicit, ALS"}
    yield _by_implicit(f"{result['factors']} factors (ours: SVD)", peers, result)


OF_KERNEL: Final = {
    "retrieval": _of_retrieval,
    "features": _of_features,
    "list_lookup": _of_list_lookup,
    "ranking": _of_ranking,
    "co_purchase": _of_co_purchase,
    "bpr": _of_factors,
}
