"""``recsys compare``: several configurations, trained from the same tables and measured on the same label days."""

import csv
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from recsys_core.config import Config, load_config
from recsys_core.errors import CollapsedError
from recsys_core.evaluation.report import plots
from recsys_core.evaluation.report.html import PLOTS, REPORT, RESULT
from recsys_core.pipeline.configuration import configuration_key
from recsys_core.pipeline.evaluate import numbers
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.store.artifacts import Artifact, ArtifactSpec, write_json
from recsys_core.tracking.runs import tracked_run

log = logging.getLogger(__name__)
VERSION = 2
CONFIGS = Path(__file__).parents[1] / "shipped" / "configs"
"""``mlflow/configs`` of the repository, which the package carries along."""
Evaluate = Callable[[Sequence[BuildPlan], int], Mapping[str, Any]]
Result = Mapping[str, Any]
TABLE, PLOT, COMPARISON = "comparison.csv", "comparison.png", "comparison.json"
EVERYBODY = "all customers"


def read_configurations(plan: BuildPlan, folder: Path | None = None) -> dict[str, Config]:
    """The configurations of ``folder`` (default: the repository's ``mlflow/configs``) by file name, ascending.

    Raises
    ------
    ValueError
        If there is none, or one is wrong; names the file.
    """
    files = sorted((folder or CONFIGS).glob("*.toml"))
    if not files:
        raise ValueError(f"no configurations *.toml in {folder or CONFIGS}: name a folder with --configs")
    return {file.stem: load_config(plan.workspace, file) for file in files}


def compare(plans: Mapping[str, Sequence[BuildPlan]], days: int, evaluate: Evaluate) -> dict[str, Any]:
    """Train and measure each configuration, and put them side by side.

    Parameters
    ----------
    plans
        By configuration: one for each label window, the same cut-offs for all.
    days
        Length of the label windows.
    evaluate
        Trains, scores and measures, as ``recsys evaluate`` does; what exists is found. Artifacts have their content in
        their name, so what configurations share (snapshots, retrievers) is made once.

    Returns
    -------
    The rows of the table by configuration, and where table and plot lie; the row of a configuration whose training
    collapsed says so instead of metrics. In MLflow: a run with a nested run for each configuration, with the same
    metric names, the data digest, and tags.

    Raises
    ------
    CollapsedError
        If no configuration is left to be measured.
    """
    results: dict[str, Result] = {}
    collapsed: dict[str, str] = {}
    seconds = {}
    for number, (name, folds) in enumerate(plans.items(), 1):
        started = time.monotonic()
        log.info("configuration %s (%d of %d)", name, number, len(plans))
        try:
            artifact = str(evaluate(folds, days)["artifact"])
            results[name] = json.loads((folds[0].workspace.root / artifact / RESULT).read_text())
        except CollapsedError as error:
            log.warning("configuration %s: %s", name, error)
            collapsed[name] = str(error)
        seconds[name] = round(time.monotonic() - started, 1)
    if not results:
        raise CollapsedError(f"no configuration could be trained: {'; '.join(collapsed.values())}")
    rows = {
        name: row(name, plan.config, results[name])
        if name in results
        else collapsed_row(name, plan.config, collapsed[name])
        for name, (plan, *_) in plans.items()
    }
    first, *others = next(iter(plans.values()))
    made = _write(first, results, rows)
    return {
        "label_start": str(first.cutoff),
        "label_days": days,
        "folds": 1 + len(others),
        "configurations": rows,
        "baselines": next(iter(results.values()))["baselines"],
        "seconds_each": seconds,
        "artifact": f"{made.kind}/{made.key}",
        "plot": str(made.path / PLOT),
        "mlflow_run_id": _track(plans, days, results, rows, made),
    }


def row(name: str, config: Config, result: Result) -> dict[str, Any]:
    """One line of the table: a configuration's settings and results. Over folds, metrics are means."""
    best = max(result["baselines"].values())
    metrics = (
        result["folds"]["mean"] if "folds" in result else {"map_at_12": result["map_at_12"], "best_baseline": best}
    )
    return {
        "configuration": name,
        "ranker": config.ranker,
        "retrievers": len(config.retrieval.retrievers),
        "map_at_12": metrics["map_at_12"],
        "low": result["map_at_12_interval"][0],
        "high": result["map_at_12_interval"][1],
        "lift": metrics["map_at_12"] / metrics["best_baseline"] if metrics["best_baseline"] else float("nan"),
        "without_rules": result["map_at_12_without_rules"],
        "recall_at_100": result["recall"]["100"],
        "recall_at_300": result["recall"]["300"],
        "coverage": result["beyond_accuracy"]["coverage"],
        **{f"map_at_12_{segment}": group["map_at_12"] for segment, group in result["segments"].items()},
        "evaluation": result["artifact"],
    }


def collapsed_row(name: str, config: Config, why: str) -> dict[str, Any]:
    """The line of a configuration whose training collapsed: that is the finding."""
    return {
        "configuration": name,
        "ranker": config.ranker,
        "retrievers": len(config.retrieval.retrievers),
        "collapsed": why,
    }


def table(compared: Mapping[str, Any]) -> str:
    """The comparison as text for a terminal, the best simple baseline below."""
    lines = [["", "ranker", "retrievers", "MAP@12", "95 %", "lift", "R@100", "R@300", "coverage"]]
    measured = {name: one for name, one in compared["configurations"].items() if "collapsed" not in one}
    for name, one in measured.items():
        interval = f"{one['low']:.4f} to {one['high']:.4f}"
        metrics = [f"{one[figure]:.3f}" for figure in ("recall_at_100", "recall_at_300", "coverage")]
        reached = [f"{one['map_at_12']:.4f}", interval, f"{one['lift']:.2f}", *metrics]
        lines.append([name, one["ranker"], str(one["retrievers"]), *reached])
    widths = [max(map(len, column)) + 2 for column in zip(*lines, strict=True)]
    name, best = max(compared["baselines"].items(), key=lambda item: float(item[1]))
    rows = ["".join(f"{cell:>{width}}" for cell, width in zip(line, widths, strict=True)) for line in lines]
    rows += [
        f"{name}: collapsed: {one['collapsed']}"
        for name, one in compared["configurations"].items()
        if "collapsed" in one
    ]
    return "\n".join([*rows, f"best simple baseline: {name} {best:.4f}"])


def draw(results: Mapping[str, Result]) -> Figure:
    """Bars of MAP@12 with intervals: all customers and each segment, a bar for each configuration.

    The best baseline of all customers is a line.
    """
    names = [EVERYBODY, *next(iter(results.values()))["segments"]]
    with mpl.rc_context(plots.STYLE):
        figure = Figure(figsize=(7.2, 3.6), layout="constrained")
        axes = figure.add_subplot()
        width = 0.8 / len(results)
        for i, (configuration, result) in enumerate(results.items()):
            groups = {EVERYBODY: result, **result["segments"]}
            values = [groups[name]["map_at_12"] if name in groups else 0.0 for name in names]
            ends = [groups[name]["map_at_12_interval"] if name in groups else (0.0, 0.0) for name in names]
            errors = [[v - low for v, (low, _) in zip(values, ends, strict=True)]]
            errors += [[high - v for v, (_, high) in zip(values, ends, strict=True)]]
            at = [j + (i - (len(results) - 1) / 2) * width for j in range(len(names))]
            axes.bar(at, values, 0.9 * width, yerr=errors, label=configuration, color=plots.LINES[i % len(plots.LINES)])
        best = max(next(iter(results.values()))["baselines"].values())
        axes.axhline(best, color=plots.QUIET, linestyle="--", linewidth=1, label="best simple baseline, all customers")
        axes.set_xticks(range(len(names)), names)
        axes.set_ylabel("MAP@12")
        figure.legend(loc="outside upper center", ncols=2)
    return figure


def _write(plan: BuildPlan, results: Mapping[str, Result], rows: Mapping[str, Result]) -> Artifact:
    """Table, plot and metrics as an artifact, made from the evaluations."""
    collapsed = {name: {"collapsed": one["collapsed"]} for name, one in rows.items() if name not in results}
    inputs = {name: str(result["artifact"]) for name, result in results.items()}
    inputs |= {name: f"collapsed: {one['collapsed']}" for name, one in collapsed.items()}
    spec = ArtifactSpec("comparisons", VERSION, inputs)
    if found := plan.store.find(spec):
        return found
    with plan.store.build(spec) as draft:
        write_json(draft.path / COMPARISON, {**results, **collapsed})
        (draft.path / PLOT).write_bytes(plots.as_png(draw(results)))
        with (draft.path / TABLE).open("w", newline="") as file:
            columns = list(dict.fromkeys(column for one in rows.values() for column in one))
            writer = csv.DictWriter(file, columns, restval="")
            writer.writeheader()
            writer.writerows(rows.values())
    return plan.store.require(spec)


def _track(
    plans: Mapping[str, Sequence[BuildPlan]],
    days: int,
    results: Mapping[str, Result],
    rows: Mapping[str, Result],
    made: Artifact,
) -> str:
    """The parent run with table and plot, a nested run for each configuration; returns the parent's id."""
    first, *others = next(iter(plans.values()))
    digest, window = first.tables.content_sha256, f"{first.cutoff}+{days}"
    shared = {"label_window": window, "folds": str(1 + len(others))}
    spec = ArtifactSpec("comparisons", VERSION, made.record["inputs"])
    with tracked_run(first.workspace, spec, digest, f"comparison on {window}", shared) as parent:
        for name in (TABLE, PLOT, COMPARISON):
            parent.log_file(made.path / name)
        for name, (plan, *_) in plans.items():
            of_one = ArtifactSpec(f"comparisons/{name}", VERSION, spec.inputs, plan.config.model_dump())
            failed = {} if name in results else {"collapsed": str(rows[name]["collapsed"])}
            with tracked_run(first.workspace, of_one, digest, name, shared | tags_of(name, plan) | failed) as run:
                if failed:
                    continue
                means = results[name].get("folds", {}).get("mean", {})
                run.log(numbers(results[name]) | means | {"lift": rows[name]["lift"]})
                for file in (RESULT, REPORT, PLOTS):
                    run.log_file(first.workspace.root / str(results[name]["artifact"]) / file)
    return parent.run_id


def tags_of(name: str, plan: BuildPlan) -> dict[str, str]:
    """Tags that tell configurations apart in MLflow's list of runs."""
    return {
        "design": name,
        "retrievers": ",".join(plan.config.retrieval.retrievers),
        "ranker": plan.config.ranker,
        "configuration": configuration_key(plan),
    }
