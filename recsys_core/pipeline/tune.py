"""``recsys tune``: search for a ranker's settings with Optuna.

Trials learn from the training examples and are judged on the label window that training holds out. The label days of
an evaluation as of the same cut-off are never looked at.

A study lives in ``<workspace>/tuning/<ranker>-<examples>/`` and goes on where a killed run stopped::

    study.db         Optuna's storage
    best.toml        the configuration with the best settings, for ``--config``
    history.png  importance.png  trials.csv
"""

import contextlib
import fcntl
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import optuna
from optuna.trial import Trial, TrialState

from recsys_core.config import Config, as_toml
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.train_ranker import make_examples
from recsys_core.pipeline.tuning_plots import write_plots
from recsys_core.ranking.base import Examples
from recsys_core.ranking.examples import read_examples
from recsys_core.ranking.rankers import RANKERS
from recsys_core.store.artifacts import ArtifactSpec, atomic_path
from recsys_core.tracking.runs import tracked_run
from recsys_core.training import Monitor

log = logging.getLogger(__name__)
Tunable = Literal["lightgbm", "dnn"]
SECTIONS: Mapping[str, str] = {"lightgbm": "lightgbm", "dnn": "dnn_ranker"}
METRIC = "held_out_map_at_12"
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)
STARTUP_TRIALS = 5
"""Random trials before the sampler and the pruner begin to act on results."""
VERSION = 1
HIDDEN = {"64": (64,), "128": (128,), "256": (256,), "256-128": (256, 128)}


def _lightgbm(trial: Trial) -> dict[str, Any]:
    return {
        "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.15, log=True),
        "leaves": trial.suggest_int("leaves", 7, 127, log=True),
        "min_rows_in_leaf": trial.suggest_int("min_rows_in_leaf", 20, 1000, log=True),
        "feature_share": trial.suggest_float("feature_share", 0.2, 1.0),
        "ridge": trial.suggest_float("ridge", 0.1, 100.0, log=True),
    }


def _dnn(trial: Trial) -> dict[str, Any]:
    return {
        "hidden": HIDDEN[trial.suggest_categorical("hidden", list(HIDDEN))],
        "dropout": trial.suggest_float("dropout", 0.0, 0.5),
        "positive_weight": trial.suggest_float("positive_weight", 1.0, 100.0, log=True),
        "batch_size": trial.suggest_categorical("batch_size", [1024, 2048, 4096, 8192]),
        "learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-2, log=True),
    }


SPACES: Mapping[str, Callable[[Trial], dict[str, Any]]] = {"lightgbm": _lightgbm, "dnn": _dnn}


class _Measured(Exception):  # noqa: N818 - no error: it ends a training that has told all that is asked
    pass


@dataclass
class _Progress:
    """Receives the metrics of a ranker's training, prunes it, and stops it before the training on all examples."""

    trial: Trial
    best: float = 0.0
    steps: dict[int, float] = field(default_factory=dict)

    def __call__(self, metrics: Mapping[str, float], step: int) -> None:
        if METRIC not in metrics:
            return
        is_final = bool(metrics.keys() & {"trees", "epochs"})  # the ranker's own choice among the steps before
        self.best = metrics[METRIC] if is_final else max(self.best, metrics[METRIC])
        if step not in self.steps:
            self.steps[step] = metrics[METRIC]
            self.trial.report(metrics[METRIC], step)
        if is_final:
            raise _Measured
        if self.trial.should_prune():
            raise optuna.TrialPruned


def tune(plan: BuildPlan, ranker: Tunable, trials: int, timeout: float | None = None) -> dict[str, Any]:
    """Try settings until the study has ``trials`` finished ones, or for ``timeout`` seconds.

    The first trial are the plan's own settings, so the best is never worse than they are on the held-out window.

    Raises
    ------
    ValueError
        If another process works on the same study.
    """
    examples = make_examples(plan)
    folder = plan.workspace.root / "tuning" / f"{ranker}-{examples.key}"
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        study = open_study(folder, plan.config, ranker)
        spec = ArtifactSpec(f"tuning/{ranker}", VERSION, {"examples": examples.key})
        digest, name = plan.tables.content_sha256, f"tuning of {ranker} as of {plan.cutoff}"
        again = study.user_attrs.get("mlflow_run_id")
        with tracked_run(plan.workspace, spec, digest, name, {"ranker": ranker}, again) as run:
            study.set_user_attr("mlflow_run_id", run.run_id)
            objective = _Objective(plan, ranker, read_examples(examples.path), spec)
            left = trials - sum(trial.state in FINISHED for trial in study.trials)
            if left > 0:
                study.optimize(
                    objective,
                    timeout=timeout,
                    callbacks=[
                        optuna.study.MaxTrialsCallback(trials, FINISHED),
                        lambda study, trial: _keep(folder, study, plan.config, ranker),
                    ],
                )
            _keep(folder, study, plan.config, ranker)
            run.log({METRIC: study.best_value, "trials": float(len(study.trials))})
            for file in write_plots(folder, study):
                run.log_file(file)
            run.log_file(folder / "best.toml")
    best = study.best_trial
    return {
        "ranker": ranker,
        "study": str(folder),
        "trials": {state.name.lower(): _count(study, state) for state in TrialState if _count(study, state)},
        "best": {"trial": best.number, METRIC: best.value, "settings": best.user_attrs["settings"]},
        "own_settings": next((trial.value for trial in study.trials if trial.number == 0), None),
        "config": str(folder / "best.toml"),
        "mlflow_run_id": run.run_id,
    }


def open_study(folder: Path, config: Config, ranker: Tunable) -> optuna.Study:
    """The study of ``folder``; a trial that a killed run left open is ended and queued again."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = optuna.storages.RDBStorage(f"sqlite:///{folder / 'study.db'}")
    study = optuna.create_study(
        storage=storage,
        study_name=folder.name,
        direction="maximize",
        pruner=optuna.pruners.MedianPruner(STARTUP_TRIALS, n_warmup_steps=1),
        load_if_exists=True,
    )
    # with the same seed a continued study would draw its random trials once more
    study.sampler = optuna.samplers.TPESampler(seed=len(study.trials), n_startup_trials=STARTUP_TRIALS)
    for trial in study.get_trials(states=[TrialState.RUNNING]):
        log.info("trial %d was left open by a killed run and is queued again", trial.number)
        study.tell(trial.number, state=TrialState.FAIL)
        study.enqueue_trial(trial.params)
    if not study.trials:
        study.enqueue_trial(own_settings(config, ranker))
    return study


def own_settings(config: Config, ranker: Tunable) -> dict[str, Any]:
    """The configuration's settings in the search space's terms; what lies outside is left to the sampler."""
    section = getattr(config, SECTIONS[ranker]).model_dump()
    if ranker == "dnn":
        section["hidden"] = next((name for name, units in HIDDEN.items() if units == tuple(section["hidden"])), None)
    names = ("learning_rate", "leaves", "min_rows_in_leaf", "feature_share", "ridge")
    if ranker == "dnn":
        names = ("hidden", "dropout", "positive_weight", "batch_size", "learning_rate")
    return {name: section[name] for name in names if section[name] is not None}


def best_config(study: optuna.Study, config: Config, ranker: Tunable) -> Config:
    """``config`` with the best trial's settings; the ranker is switched on if it was off."""
    section = getattr(config, SECTIONS[ranker]).model_dump() | study.best_trial.user_attrs["settings"]
    values = config.model_dump() | {SECTIONS[ranker]: section}
    values["ranker"] = config.ranker if config.ranker in (ranker, "blend") else ranker
    return Config.model_validate(values)


@dataclass(frozen=True)
class _Objective:
    plan: BuildPlan
    ranker: Tunable
    examples: Examples
    spec: ArtifactSpec

    def __call__(self, trial: Trial) -> float:
        settings = SPACES[self.ranker](trial)
        trial.set_user_attr("settings", settings)
        section = SECTIONS[self.ranker]
        config = self.plan.config
        tried = getattr(config, section).model_copy(update=settings)
        progress = _Progress(trial)
        of_trial = ArtifactSpec(
            f"{self.spec.kind}/trial", VERSION, self.spec.inputs, {**settings, "trial": trial.number}
        )
        digest = self.plan.tables.content_sha256
        with tracked_run(self.plan.workspace, of_trial, digest, f"trial {trial.number}") as run:
            pruned = False
            try:
                with contextlib.suppress(_Measured):
                    fitted = config.model_copy(update={section: tried})
                    RANKERS[self.ranker].fit(self.examples, fitted, Monitor(progress))
            except optuna.TrialPruned:
                pruned = True
            for step, value in progress.steps.items():
                run.log({METRIC: value}, step)
            run.log({f"best_{METRIC}": progress.best, "pruned": float(pruned)})
        if pruned:
            raise optuna.TrialPruned
        return progress.best


def _keep(folder: Path, study: optuna.Study, config: Config, ranker: Tunable) -> None:
    """Writes the best configuration so far, so that a killed run leaves it, too."""
    if _count(study, TrialState.COMPLETE):
        with atomic_path(folder / "best.toml") as fresh:
            fresh.write_text(as_toml(best_config(study, config, ranker)))


def _count(study: optuna.Study, state: TrialState) -> int:
    return sum(trial.state == state for trial in study.trials)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ValueError(f"another process tunes in {folder}: wait for it, or end it") from None
        yield
