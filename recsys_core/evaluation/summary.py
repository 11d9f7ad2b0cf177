"""Summary of the figures of each customer as the result: one JSON object (docs/guides/evaluation.md)."""

from collections.abc import Mapping, Sequence

from recsys_core.evaluation.baselines import BASELINES
from recsys_core.evaluation.figures import Bootstrap, CustomerFigures
from recsys_core.evaluation.retrievers import retriever_table

Row = dict[str, object]


def bootstrap_of(figures: CustomerFigures, retrievers: Sequence[str], rules: Sequence[str]) -> Bootstrap:
    """Bootstrap over every list whose MAP@12 is compared."""
    compared = [
        "final",
        "ranked",
        *(f"baseline/{name}" for name in BASELINES),
        *(f"retriever/{retriever}" for retriever in retrievers),
    ]
    compared += [f"without {rule}" for rule in rules]
    return Bootstrap.of(figures, tuple(f"map/{name}" for name in compared))


def accuracy(
    figures: CustomerFigures, bootstrap: Bootstrap, retrievers: tuple[str, ...], off: Mapping[str, str]
) -> dict[str, object]:
    """MAP@12 of lists, retrievers and baselines, and recall of retrievers and of their union."""
    baselines = {name: figures.mean(f"map/baseline/{name}") for name in BASELINES}
    best = max(baselines, key=lambda name: baselines[name])
    return {
        "customers": figures.n_customers,
        "map_at_12": figures.mean("map/final"),
        "map_at_12_interval": bootstrap.interval("map/final"),
        "map_at_12_without_rules": figures.mean("map/ranked"),
        "baselines": baselines,
        "best_baseline": best,
        "comparison": _comparison(figures, bootstrap, retrievers, best),
        "recall": figures.recall("union"),
        "union": {
            "candidates": figures.mean("candidates/pool"),
            "recall_of_pool": figures.mean("recall/pool"),
        },
        "retrievers": retriever_table(figures, retrievers, dict(off)),
    }


def _comparison(figures: CustomerFigures, bootstrap: Bootstrap, retrievers: tuple[str, ...], best: str) -> list[Row]:
    """MAP@12 of everything, with its paired difference to the best baseline on the same customers."""
    named = [("final lists", "final", "final"), ("ranked, before the rules", "ranked", "ranked")]
    named += [(name, "baseline", f"baseline/{name}") for name in BASELINES]
    named += [(retriever, "retriever", f"retriever/{retriever}") for retriever in retrievers]
    reference = f"map/baseline/{best}"
    return [
        {
            "name": name,
            "kind": kind,
            "map_at_12": figures.mean(f"map/{series}"),
            "interval": bootstrap.interval(f"map/{series}"),
            "difference": figures.mean(f"map/{series}") - figures.mean(reference),
            "difference_interval": bootstrap.difference(f"map/{series}", reference),
        }
        for name, kind, series in named
    ]
