"""Summary of the metrics of each customer as the result: one JSON object (docs/guides/evaluation.md)."""

from collections.abc import Mapping, Sequence

from recsys_core.evaluation.baselines import BASELINES
from recsys_core.evaluation.metrics.by_customer import Bootstrap, CustomerMetrics
from recsys_core.evaluation.metrics.retrievers import retriever_table

Row = dict[str, object]


def bootstrap_of(metrics: CustomerMetrics, retrievers: Sequence[str], rules: Sequence[str]) -> Bootstrap:
    """Bootstrap over every list whose MAP@12 is compared."""
    compared = [
        "final",
        "ranked",
        *(f"baseline/{name}" for name in BASELINES),
        *(f"retriever/{retriever}" for retriever in retrievers),
    ]
    compared += [f"without {rule}" for rule in rules]
    return Bootstrap.of(metrics, tuple(f"map/{name}" for name in compared))


def accuracy(
    metrics: CustomerMetrics, bootstrap: Bootstrap, retrievers: tuple[str, ...], off: Mapping[str, str]
) -> dict[str, object]:
    """MAP@12 of lists, retrievers and baselines, and recall of retrievers and of their union."""
    baselines = {name: metrics.mean(f"map/baseline/{name}") for name in BASELINES}
    best = max(baselines, key=lambda name: baselines[name])
    return {
        "customers": metrics.n_customers,
        "map_at_12": metrics.mean("map/final"),
        "map_at_12_interval": bootstrap.interval("map/final"),
        "map_at_12_without_rules": metrics.mean("map/ranked"),
        "baselines": baselines,
        "best_baseline": best,
        "comparison": _comparison(metrics, bootstrap, retrievers, best),
        "recall": metrics.recall("union"),
        "union": {
            "candidates": metrics.mean("candidates/pool"),
            "recall_of_pool": metrics.mean("recall/pool"),
        },
        "retrievers": retriever_table(metrics, retrievers, dict(off)),
    }


def _comparison(metrics: CustomerMetrics, bootstrap: Bootstrap, retrievers: tuple[str, ...], best: str) -> list[Row]:
    """MAP@12 of everything, with its paired difference to the best baseline on the same customers."""
    named = [("final lists", "final", "final"), ("ranked, before the rules", "ranked", "ranked")]
    named += [(name, "baseline", f"baseline/{name}") for name in BASELINES]
    named += [(retriever, "retriever", f"retriever/{retriever}") for retriever in retrievers]
    reference = f"map/baseline/{best}"
    return [
        {
            "name": name,
            "kind": kind,
            "map_at_12": metrics.mean(f"map/{series}"),
            "interval": bootstrap.interval(f"map/{series}"),
            "difference": metrics.mean(f"map/{series}") - metrics.mean(reference),
            "difference_interval": bootstrap.difference(f"map/{series}", reference),
        }
        for name, kind, series in named
    ]
