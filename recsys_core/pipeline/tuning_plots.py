"""Plots and table of a tuning study's results."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np
import optuna
from matplotlib.figure import Figure
from optuna.trial import TrialState

from recsys_core.evaluation.report import plots
from recsys_core.store.artifacts import atomic_path

MIN_TRIALS = 4
"""Least number of complete trials for meaningful importances."""


def write_plots(folder: Path, study: optuna.Study) -> list[Path]:
    """Write ``history.png``, ``trials.csv`` and, with enough trials, ``importance.png``; returns their paths."""
    drawn = {"history.png": draw_history(study)}
    if weights := importances(study):
        drawn["importance.png"] = draw_importances(weights)
    for name, figure in drawn.items():
        with atomic_path(folder / name) as fresh:
            fresh.write_bytes(plots.as_png(figure))
    with atomic_path(folder / "trials.csv") as fresh:
        study.trials_dataframe(("number", "state", "value", "params", "duration")).to_csv(fresh, index=False)
    return [folder / name for name in (*drawn, "trials.csv")]


def importances(study: optuna.Study) -> Mapping[str, float]:
    """Share of the trials' spread that each setting explains (fANOVA); empty if there is nothing to explain."""
    values = [trial.value for trial in study.get_trials(states=[TrialState.COMPLETE]) if trial.value is not None]
    if len(values) < MIN_TRIALS or float(np.ptp(values)) == 0:
        return {}
    return optuna.importance.get_param_importances(study, evaluator=optuna.importance.FanovaImportanceEvaluator(seed=0))


def draw_history(study: optuna.Study) -> Figure:
    """Every complete trial, and the best so far."""
    done = study.get_trials(states=[TrialState.COMPLETE])
    number = [trial.number for trial in done]
    value = [trial.value or 0.0 for trial in done]
    with mpl.rc_context(plots.STYLE):
        figure = Figure(figsize=(plots.WIDTH_INCHES, 3), layout="constrained")
        axes = figure.add_subplot()
        axes.scatter(number, value, color=plots.PLAIN, label="trial")
        axes.step(number, np.maximum.accumulate(value), where="post", color=plots.OURS, label="best so far")
        axes.set_xlabel("trial")
        axes.set_ylabel("MAP@12, held-out window")
        axes.legend()
    return figure


def draw_importances(weights: Mapping[str, float]) -> Figure:
    """Bars of how much each setting moved the score."""
    names = list(weights)[::-1]
    with mpl.rc_context(plots.STYLE):
        figure = Figure(figsize=(plots.WIDTH_INCHES, 0.8 + 0.3 * len(names)), layout="constrained")
        axes = figure.add_subplot()
        axes.barh(names, [weights[name] for name in names], color=plots.OURS)
        axes.set_xlabel("share of the spread of MAP@12")
    return figure
