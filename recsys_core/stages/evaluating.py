"""Evaluation as of a past date: train on what was known, compare with what was bought next."""

import datetime as dt
import json
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from recsys_core.evaluation.figures import LENGTH, RECALL_AT
from recsys_core.evaluation.folds import summarise_folds
from recsys_core.evaluation.report import PLOTS, REPORT, RESULT, write_report
from recsys_core.lineage import Lineage
from recsys_core.stages.ablating import ablate, read_ablation
from recsys_core.stages.measuring import LabelWindow, Measurement
from recsys_core.stages.scoring import Prepare, Targets
from recsys_core.store.artifacts import Artefact, Recipe
from recsys_core.tracking import Tracked, tracked_run

log = logging.getLogger(__name__)
__all__ = ["RECALL_AT", "LabelWindow", "evaluate", "evaluate_folds"]
IN_REPORT_ONLY = ("comparison", "calibration", "importance", "ablation")
"""Too long for the line that a run prints."""


def evaluate(lineage: Lineage, days: int, prepare: Prepare, ablation: bool = False) -> dict[str, object]:
    """Measure the lists as of the lineage's cut-off on the ``days`` from it on, and write the report.

    Returns the result without what only the report shows. What was measured before is found, not measured again.
    ``ablation`` adds what each lane and group of features brings.

    Raises
    ------
    ValueError
        If nobody bought anything in the label days.
    """
    require_purchases(lineage, days)
    measured = _measured(lineage, days, prepare, tracked=True, ablation=ablation)
    return _printed(_read(measured), measured)


def evaluate_folds(
    lineages: Sequence[Lineage], days: int, prepare: Prepare, ablation: bool = False
) -> dict[str, object]:
    """Measure several cut-offs, each as ``evaluate`` does, and what they say together.

    The result is that of the first lineage with ``folds`` beside it: every fold's figures, mean and standard
    deviation. In MLflow: one run, with a nested run for each fold. ``ablation`` is the first lineage's.
    """
    for lineage in lineages:
        require_purchases(lineage, days)
    folds = []
    for i, lineage in enumerate(lineages):
        log.info("fold %d of %d: label days from %s on", i + 1, len(lineages), lineage.cutoff)
        folds.append(_measured(lineage, days, prepare, tracked=False, ablation=ablation and i == 0))
    results = [_read(fold) for fold in folds]
    first = lineages[0]
    recipe = first.evaluation_over([fold.key for fold in folds])
    if not first.store.find(recipe):
        with first.store.build(recipe) as draft:
            together = results[0] | {"artefact": _name(recipe), "folds": summarise_folds(results)}
            write_report(draft.path, together)
            name = f"evaluation over {len(folds)} folds from {lineages[-1].cutoff} on"
            with tracked_run(first.home, recipe, first.tables.content_sha256, name) as run:
                _log_folds(run, together, draft.path)
                for lineage, fold, result in zip(lineages, folds, results, strict=True):
                    _track(lineage, days, result, fold.path)
            draft.summary |= {"mlflow_run_id": run.run_id, "folds": len(folds)}
    made = first.store.require(recipe, "recsys evaluate")
    return _printed(_read(made), made)


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
            f"the tables hold {summary['first_day']} .. {summary['last_day']}; choose --label-start among them"
        )


def _measured(lineage: Lineage, days: int, prepare: Prepare, tracked: bool, ablation: bool) -> Artefact:
    """The evaluation's artefact: found, or made now."""
    targets = Targets.label_window(lineage.cutoff, days, LENGTH)
    left_out = ablate(lineage, days, prepare) if ablation else None
    recipe = lineage.evaluation(targets.customers, LENGTH, left_out.key if left_out else None)
    if found := lineage.store.find(recipe):
        log.info("%s is there: nothing to measure", _name(recipe))
        return found
    prepare(lineage, targets)
    with lineage.store.build(recipe) as draft:
        result = Measurement.open(lineage, days, targets).run() | {"artefact": _name(recipe)}
        if left_out:
            result["ablation"] = read_ablation(left_out)
        write_report(draft.path, result)
        if tracked:
            draft.summary |= {"mlflow_run_id": _track(lineage, days, result, draft.path)}
        draft.summary |= {"map_at_12": result["map_at_12"], "customers": result["customers"]}
    return lineage.store.require(recipe, "recsys evaluate")


def _name(recipe: Recipe) -> str:
    return f"{recipe.kind}/{recipe.key}"


def _read(artefact: Artefact) -> dict[str, Any]:
    result: dict[str, Any] = json.loads((artefact.path / RESULT).read_text())
    return result


def _printed(result: Mapping[str, Any], artefact: Artefact) -> dict[str, object]:
    short = {name: value for name, value in result.items() if name not in IN_REPORT_ONLY}
    return short | {"report": str(artefact.path / REPORT)}


def _track(lineage: Lineage, days: int, result: Mapping[str, Any], folder: Path) -> str:
    """A run with the figures that are compared side by side, the report and its plots; returns its id."""
    recipe = lineage.evaluation(Targets.label_window(lineage.cutoff, days, LENGTH).customers, LENGTH)
    name = f"evaluation on {lineage.cutoff}+{days}"
    with tracked_run(lineage.home, recipe, lineage.tables.content_sha256, name) as run:
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
    """The result's headline figures under flat names, for MLflow."""
    found = {name: result[name] for name in ("map_at_12", "map_at_12_without_rules")}
    found |= {f"baseline_{name}": value for name, value in result["baselines"].items()}
    found |= {f"recall_at_{k}": value for k, value in result["recall"].items()}
    found |= {"recall_of_pool": result["union"]["recall_of_pool"], "candidates": result["union"]["candidates"]}
    on = {name: lane for name, lane in result["lanes"].items() if lane["state"] == "on"}
    found |= {f"lane_{name}_recall_at_100": lane["recall"]["100"] for name, lane in on.items()}
    found |= {f"map_at_12_{name}": row["map_at_12"] for name, row in result["segments"].items()}
    found |= {f"rule_{row['rule']}_adds": row["difference"] for row in result["rule_effects"]}
    found |= {name: result["variety"][name] for name in ("coverage", "gini", "novelty", "diversity", "popularity_rank")}
    if result["calibration"]:
        found["calibration_error"] = result["calibration"]["expected_error"]
    return {name: float(value) for name, value in found.items()}
