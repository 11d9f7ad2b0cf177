"""``recsys evaluate``: train on what was known at a past date, compare with what was bought next."""

import datetime as dt
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from recsys_core.evaluation.folds import summarise_folds
from recsys_core.evaluation.label_window import LabelWindow
from recsys_core.evaluation.measurement import Measurement
from recsys_core.evaluation.metrics.accuracy import FloatArray
from recsys_core.evaluation.metrics.by_customer import LENGTH
from recsys_core.evaluation.report.html import PLOTS, REPORT, RESULT, write_report
from recsys_core.pipeline.ablate import ablate, read_ablation
from recsys_core.pipeline.configuration import configuration_key
from recsys_core.pipeline.filter import open_list_maker
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.prepare import prepare as prepare_with_spark
from recsys_core.pipeline.score import Prepare, Targets, scored_spec
from recsys_core.pipeline.train_ranker import ranker_spec
from recsys_core.pipeline.train_retrievers import POPULAR, open_context, retriever_spec
from recsys_core.promotion.evaluation_records import OLDER_MODELS
from recsys_core.ranking.rankers import load_ranker
from recsys_core.store.artifacts import Artifact, ArtifactSpec
from recsys_core.tracking.runs import Tracked, tracked_run

log = logging.getLogger(__name__)
VERSION = 4
CUSTOMERS = "customers.parquet"
"""Metrics of each customer of the label window, for paired differences; no ids."""
MAP_SERIES, RECALL_SERIES = "map/final", "recall/union/100"
IN_REPORT_ONLY = ("comparison", "calibration", "importance", "ablation")
"""Parts of the result that are too long for the line that a run prints."""


def evaluation_spec(plan: BuildPlan, targets: Targets, ablation: str | None = None) -> ArtifactSpec:
    """Metrics and report of a label window; ``ablation`` is the key of one that the report shows."""
    inputs = {"scored": scored_spec(plan, targets).key, "refill": retriever_spec(plan, POPULAR).key}
    inputs |= {"configuration": configuration_key(plan)} | ({"ablation": ablation} if ablation else {})
    inputs |= {OLDER_MODELS: plan.models.key} if plan.models else {}
    return ArtifactSpec("evaluations", VERSION, inputs, plan.config.model_dump(mode="json"), "recsys evaluate")


def folds_spec(plan: BuildPlan, folds: Sequence[str]) -> ArtifactSpec:
    """Artifact spec of several evaluations, given by key, combined."""
    inputs = {f"fold_{i}": key for i, key in enumerate(folds)}
    return ArtifactSpec("evaluations", VERSION, inputs, plan.config.model_dump(mode="json"), "recsys evaluate")


def evaluate(plan: BuildPlan, days: int, prepare: Prepare, ablation: bool = False) -> dict[str, object]:
    """Measure the lists as of the plan's cut-off on the ``days`` from it on, and write the report.

    Returns the result without the parts that only the report shows. Earlier measurements are found, not repeated.
    ``ablation`` adds the contribution of each retriever and group of features.

    Raises
    ------
    ValueError
        If nobody bought anything in the label days.
    """
    require_purchases(plan, days)
    measured = _measured(plan, days, prepare, tracked=True, ablation=ablation)
    return _printed(_read(measured), measured)


def evaluate_folds(
    plans: Sequence[BuildPlan], days: int, prepare: Prepare, ablation: bool = False
) -> dict[str, object]:
    """Measure several cut-offs, each as ``evaluate`` does, and summarise them.

    The result is that of the first plan with ``folds`` beside it: every fold's metrics, mean and standard
    deviation. In MLflow: one run, with a nested run for each fold. ``ablation`` is the first plan's.
    """
    for plan in plans:
        require_purchases(plan, days)
    folds = []
    for i, plan in enumerate(plans):
        log.info("fold %d of %d: label days from %s on", i + 1, len(plans), plan.cutoff)
        folds.append(_measured(plan, days, prepare, tracked=False, ablation=ablation and i == 0))
    results = [_read(fold) for fold in folds]
    first = plans[0]
    spec = folds_spec(first, [fold.key for fold in folds])
    if not first.store.find(spec):
        with first.store.build(spec) as draft:
            together = results[0] | {"artifact": _name(spec), "folds": summarise_folds(results)}
            write_report(draft.path, together)
            name = f"evaluation over {len(folds)} folds from {plans[-1].cutoff} on"
            with tracked_run(first.workspace, spec, first.tables.content_sha256, name) as run:
                _log_folds(run, together, draft.path)
                for plan, fold, result in zip(plans, folds, results, strict=True):
                    _track(plan, days, result, fold.path)
            draft.summary |= {"mlflow_run_id": run.run_id, "folds": len(folds)}
    made = first.store.require(spec)
    return _printed(_read(made), made)


def evaluate_plans(plans: Sequence[BuildPlan], days: int, ablation: bool = False) -> dict[str, object]:
    """Train and score as of each plan's cut-off, and measure on the ``days`` from it on.

    ``ablation`` adds the contribution of each retriever and group of features.
    """
    if len(plans) == 1:
        return evaluate(plans[0], days, prepare_with_spark, ablation)
    return evaluate_folds(plans, days, prepare_with_spark, ablation)


def require_purchases(plan: BuildPlan, days: int) -> None:
    """Check that the label days hold purchases: before hours of training, not after.

    Raises
    ------
    ValueError
        If nobody bought anything in the label days.
    """
    label_days = [(plan.cutoff + dt.timedelta(days=i)).isoformat() for i in range(days)]
    summary = plan.tables.summary
    if not any(summary["rows_per_day"].get(day) for day in label_days):
        raise ValueError(
            f"no purchases in the label days {label_days[0]} .. {label_days[-1]}: "
            f"the tables hold {summary['first_day']} .. {summary['last_day']}; choose --label-start among them"
        )


def _measured(plan: BuildPlan, days: int, prepare: Prepare, tracked: bool, ablation: bool) -> Artifact:
    """The evaluation's artifact: found, or made now."""
    targets = Targets.label_window(plan.cutoff, days, LENGTH)
    left_out = ablate(plan, days, prepare) if ablation else None
    spec = evaluation_spec(plan, targets, left_out.key if left_out else None)
    if found := plan.store.find(spec):
        log.info("%s is there: nothing to measure", _name(spec))
        return found
    prepare(plan, targets)
    with plan.store.build(spec) as draft:
        measured, series = _measure(plan, days, targets)
        result = measured | {"artifact": _name(spec)}
        if left_out:
            result["ablation"] = read_ablation(left_out)
        write_report(draft.path, result)
        pq.write_table(pa.table({name: series[name] for name in (MAP_SERIES, RECALL_SERIES)}), draft.path / CUSTOMERS)
        if tracked:
            draft.summary |= {"mlflow_run_id": _track(plan, days, result, draft.path)}
        draft.summary |= {"map_at_12": result["map_at_12"], "customers": result["customers"]}
    return plan.store.require(spec)


def _measure(plan: BuildPlan, days: int, targets: Targets) -> tuple[dict[str, Any], Mapping[str, FloatArray]]:
    scored = plan.store.require(scored_spec(plan, targets)).path
    maker = open_list_maker(plan)
    ranker = load_ranker(plan.store.require(ranker_spec(plan)))
    window = LabelWindow.open(plan.tables.path, maker.snapshot, plan.cutoff, days)
    parts = tuple(sorted(scored.glob("part-*.parquet")))
    measurement = Measurement(plan.config, plan.cutoff, days, parts, open_context(plan), maker, ranker, window)
    result, series = measurement.run()
    made_from = {
        "ranker": plan.config.ranker,
        **result["made_from"],
        "scored": scored.name,
        "ranker_key": ranker_spec(plan).key,
        "models_as_of": str(plan.models.cutoff if plan.models else plan.cutoff),
        "data_digest": plan.tables.content_sha256,
        "purchases": f"{plan.tables.summary['first_day']} .. {plan.tables.summary['last_day']}",
    }
    return result | {"made_from": made_from}, series


def _name(spec: ArtifactSpec) -> str:
    return f"{spec.kind}/{spec.key}"


def _read(artifact: Artifact) -> dict[str, Any]:
    result: dict[str, Any] = json.loads((artifact.path / RESULT).read_text())
    return result


def _printed(result: Mapping[str, Any], artifact: Artifact) -> dict[str, object]:
    short = {name: value for name, value in result.items() if name not in IN_REPORT_ONLY}
    return short | {"report": str(artifact.path / REPORT)}


def _track(plan: BuildPlan, days: int, result: Mapping[str, Any], folder: Path) -> str:
    """A run with the metrics that are compared side by side, the report and its plots; returns its id."""
    spec = evaluation_spec(plan, Targets.label_window(plan.cutoff, days, LENGTH))
    name = f"evaluation on {plan.cutoff}+{days}" + (f", models as of {plan.models.cutoff}" if plan.models else "")
    with tracked_run(plan.workspace, spec, plan.tables.content_sha256, name) as run:
        run.log(numbers(result))
        _log_files(run, folder)
    return run.run_id


def _log_folds(run: Tracked, result: Mapping[str, Any], folder: Path) -> None:
    folds = result["folds"]
    run.log(folds["mean"] | {f"{name}_sd": value for name, value in folds["standard_deviation"].items()})
    _log_files(run, folder)


def _log_files(run: Tracked, folder: Path) -> None:
    for name in (RESULT, REPORT):
        run.log_file(folder / name)
    run.log_file(folder / PLOTS)


def numbers(result: Mapping[str, Any]) -> dict[str, float]:
    """The result's headline metrics under flat names, for MLflow."""
    found = {name: result[name] for name in ("map_at_12", "map_at_12_without_rules")}
    found |= {f"baseline_{name}": value for name, value in result["baselines"].items()}
    found |= {f"recall_at_{k}": value for k, value in result["recall"].items()}
    found |= {"recall_of_pool": result["union"]["recall_of_pool"], "candidates": result["union"]["candidates"]}
    on = {name: retriever for name, retriever in result["retrievers"].items() if retriever["state"] == "on"}
    found |= {f"retriever_{name}_recall_at_100": retriever["recall"]["100"] for name, retriever in on.items()}
    found |= {f"map_at_12_{name}": row["map_at_12"] for name, row in result["segments"].items()}
    found |= {f"rule_{row['rule']}_adds": row["difference"] for row in result["rule_effects"]}
    found |= {
        name: result["beyond_accuracy"][name]
        for name in ("coverage", "gini", "novelty", "diversity", "popularity_rank")
    }
    if result["calibration"]:
        found["calibration_error"] = result["calibration"]["expected_error"]
    return {name: float(value) for name, value in found.items()}
