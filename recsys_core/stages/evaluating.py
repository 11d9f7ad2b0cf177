"""Evaluation as of a past date: train on what was known, compare with what was bought next."""

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from recsys_core.artefacts import Recipe
from recsys_core.data.labels import load_labels
from recsys_core.evaluation import baselines
from recsys_core.evaluation.metrics import Truth, average_precision, bootstrap_interval, recall
from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.lineage import Lineage
from recsys_core.ranking.scored import Scored
from recsys_core.rules.context import LAPSED_AFTER_DAYS, SEGMENTS
from recsys_core.stages.filtering import ListMaker
from recsys_core.stages.scoring import Targets
from recsys_core.tracking import tracked_run

log = logging.getLogger(__name__)
RECALL_AT = (12, 50, 100, 300)
EVALUATION_VERSION = 1


@dataclass(frozen=True)
class LabelWindow:
    """Who bought what in the label days, in rows of the snapshot before them."""

    customers: IntArray
    """(n,) rows of the snapshot; ``n_customers`` for a customer it does not know."""
    truth: Truth

    @classmethod
    def open(cls, lineage: Lineage, snapshot: Snapshot, days: int) -> "LabelWindow":
        """The ``days`` days from the lineage's cut-off on."""
        labels = load_labels(lineage.tables.path, lineage.cutoff, days)
        ids, customer = np.unique(labels["customer_id"].to_numpy(zero_copy_only=False), return_inverse=True)
        article = snapshot.article_rows(labels["article_id"].to_numpy(zero_copy_only=False))
        return cls(snapshot.customer_rows(ids), Truth(customer.astype(np.int64), article, len(ids)))


def evaluate(lineage: Lineage, days: int, prepare: Callable[[Lineage, Targets], None]) -> dict[str, object]:
    """MAP@12 of the finished lists and of both baselines over the customers who bought, and recall of the ranking.

    ``prepare`` makes sure that everything up to the scored label customers exists (the stages, in their order).
    """
    require_purchases(lineage, days)
    targets = Targets.label_window(lineage.cutoff, days, RECALL_AT[-1])
    prepare(lineage, targets)
    maker = ListMaker.open(lineage)
    window = LabelWindow.open(lineage, maker.snapshot, days)
    scored = _scored_rows(lineage, targets)
    lists = maker.finish(scored)
    place = np.searchsorted(scored.customer, window.customers)
    result = _compare(window, scored.article_idx[place], lists.article_idx[place], maker.snapshot)
    result |= {"rules": maker.ledger.as_dict()}
    _track(lineage, days, result)
    return result | {"label_start": lineage.cutoff.isoformat(), "label_days": days}


def require_purchases(lineage: Lineage, days: int) -> None:
    """
    Raises
    ------
    ValueError
        If nobody bought anything in the label days; said before hours of training, not after.
    """
    label_days = [(lineage.cutoff + dt.timedelta(days=i)).isoformat() for i in range(days)]
    summary = lineage.tables.summary
    if not any(summary["rows_per_day"].get(day) for day in label_days):
        raise ValueError(
            f"no purchases in the label days {label_days[0]} .. {label_days[-1]}: "
            f"the tables hold {summary['first_day']} .. {summary['last_day']}"
        )


def _scored_rows(lineage: Lineage, targets: Targets) -> Scored:
    recipe = lineage.scored(targets.customers, targets.length)
    parts = sorted(lineage.store.require(recipe, "recsys score").path.glob("part-*.parquet"))
    read = [Scored.read(part) for part in parts]
    return Scored(*(np.concatenate([getattr(part, f) for part in read]) for f in Scored.__dataclass_fields__))


def _compare(window: LabelWindow, ranked: IntArray, lists: IntArray, snapshot: Snapshot) -> dict[str, object]:
    truth = window.truth
    precision = average_precision(truth, lists)
    simple: Mapping[str, IntArray] = {
        "popular": baselines.popular(snapshot, len(window.customers)),
        "repurchase_popular": baselines.repurchase_popular(snapshot, window.customers),
    }
    return {
        "map_at_12": float(precision.mean()),
        "map_at_12_interval": bootstrap_interval(precision),
        "map_at_12_without_rules": float(average_precision(truth, ranked).mean()),
        "baselines": {name: float(average_precision(truth, best).mean()) for name, best in simple.items()},
        "recall": {str(k): float(recall(truth, ranked, k).mean()) for k in RECALL_AT},
        "segments": _by_segment(window, precision, snapshot),
        "customers": len(window.customers),
    }


def _by_segment(window: LabelWindow, precision: np.ndarray, snapshot: Snapshot) -> dict[str, dict[str, float]]:
    since = snapshot.customer("days_since_last")[window.customers]
    segment = np.where(np.isnan(since), 0, np.where(since > LAPSED_AFTER_DAYS, 1, 2))
    return {
        name: {"customers": int((segment == i).sum()), "map_at_12": float(precision[segment == i].mean())}
        for i, name in enumerate(SEGMENTS)
        if (segment == i).any()
    }


def _track(lineage: Lineage, days: int, result: Mapping[str, object]) -> None:
    recipe = Recipe(
        "evaluation", EVALUATION_VERSION, {"lists": lineage.lists.key}, lineage.config.model_dump(mode="json")
    )
    name = f"evaluation on {lineage.cutoff}+{days}"
    with tracked_run(lineage.home, recipe, lineage.tables.content_sha256, name) as run:
        numbers = {"map_at_12": result["map_at_12"], "map_at_12_without_rules": result["map_at_12_without_rules"]}
        numbers |= {f"baseline_{k}": v for k, v in result["baselines"].items()}  # type: ignore[attr-defined]
        numbers |= {f"recall_at_{k}": v for k, v in result["recall"].items()}  # type: ignore[attr-defined]
        run.log(numbers)  # type: ignore[arg-type]
        run.log_json(result, "evaluation.json")
