"""Runs: parameters, metrics, files and models of what was trained or measured."""

import contextlib
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import mlflow
import numpy as np
from mlflow.entities import RunStatus
from mlflow.models import infer_signature
from mlflow.models.model import ModelInfo

from recsys_core.contracts.addresses import split_login
from recsys_core.store.artifacts import Artifact, ArtifactSpec
from recsys_core.store.git import git_commit
from recsys_core.store.packages import installed_packages, lock_digest
from recsys_core.tracking.best_effort import failure_logged
from recsys_core.tracking.datasets import tables_dataset
from recsys_core.training import Monitor
from recsys_core.workspace import Workspace

log = logging.getLogger(__name__)
EXPERIMENT = "recsys"
GIT_COMMIT, LOCK_DIGEST, PACKAGES = "git_commit", "lock_digest", "packages"
"""Tags of every run and model version: the code and the installed packages that made it."""
LIBRARIES = ("tensorflow", "tf-keras", "lightgbm", "numpy", "pyarrow", "scikit-learn", "pyspark", "mlflow")
"""Packages whose versions a run names."""
PIP_REQUIREMENTS = ["tensorflow==2.21.0", "tf-keras==2.21.0"]
"""Requirements given to MLflow, which otherwise spends seconds per model on guessing them."""
MAX_PARAM_LENGTH = 500
_OWN_STORES: set[str] = set()
"""Stores of workspaces that this process used. MLflow writes them into the environment, where they name no server."""
_PARENT: ContextVar[str | None] = ContextVar("run that this thread's runs are nested in", default=None)
T = TypeVar("T")


@dataclass
class Tracked:
    """One open run."""

    run_id: str
    metrics: dict[str, float] = field(default_factory=dict)

    def log(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        mlflow.log_metrics(dict(metrics), step=step, run_id=self.run_id)
        self.metrics.update(metrics)
        log.info("%s", ", ".join(f"{name} {value:.4f}" for name, value in metrics.items()))

    def log_file(self, path: Path) -> None:
        """Keep a file, or a folder with all its files, under its own name."""
        log_it = mlflow.MlflowClient().log_artifacts if path.is_dir() else mlflow.MlflowClient().log_artifact
        log_it(self.run_id, str(path), path.name if path.is_dir() else None)

    def log_model(self, model: Any, example: Any, name: str) -> None:
        """Keep a TensorFlow model or a LightGBM booster as a new version of ``name``.

        It has its signature, the code and packages that made it, and an example of an input. ``example`` may be of real
        customers: only its form is kept.
        """
        log_it = self._log_booster if hasattr(model, "num_trees") else self._log_tensorflow
        made = log_it(model, example[0] if hasattr(model, "num_trees") else example, name)
        with failure_logged(f"the tags of {name} version {made.registered_model_version}"):
            for key, value in _made_with().items():
                mlflow.MlflowClient().set_model_version_tag(name, str(made.registered_model_version), key, value)

    def _log_booster(self, model: Any, example: Any, name: str) -> ModelInfo:
        made: ModelInfo = mlflow.lightgbm.log_model(
            model,
            name=name,
            signature=infer_signature(example, model.predict(example)),
            input_example=blank(example),
            registered_model_name=name,
            pip_requirements=["lightgbm"],
        )
        return made

    def _log_tensorflow(self, model: Any, example: Any, name: str) -> ModelInfo:
        import tensorflow as tf

        is_keras = hasattr(model, "save_spec")  # a Keras model is a tf.Module too
        output = model(example) if is_keras else model(*map(tf.constant, example))
        inputs = {f"input_{i}": part for i, part in enumerate(example)}
        if not is_keras:
            model = _with_signature(model, example)
        made: ModelInfo = mlflow.tensorflow.log_model(
            model,
            name=name,
            signature=infer_signature(inputs, output.numpy()),
            input_example={input_name: blank(part) for input_name, part in inputs.items()},
            registered_model_name=name,
            pip_requirements=PIP_REQUIREMENTS,
        )
        return made

    def monitor(self, model_name: str, checkpoints: Path | None = None) -> Monitor:
        """Monitor that a training loop reports to."""

        def keep(model: object, example: object, part: str = "") -> None:
            self.log_model(model, example, f"{model_name}_{part}" if part else model_name)

        return Monitor(self.log, checkpoints, keep)


@contextlib.contextmanager
def tracked_run(
    workspace: Workspace,
    spec: ArtifactSpec,
    data_digest: str,
    name: str,
    more_tags: Mapping[str, str] | None = None,
    again: str | None = None,
    tables: Artifact | None = None,
) -> Iterator[Tracked]:
    """A run with the spec's parameters, the data digest, the git commit and the installed packages.

    ``tables``: kept as the run's dataset, with their key and counts.

    Within another tracked run it is nested in that one. A run of the same spec that a killed process left open is
    ended as KILLED first. ``again`` is the id of a run to go on with, if the store still has it.
    """
    configure(workspace)
    _end_abandoned(spec.key)
    tags = {"stage": spec.kind, "stage_key": spec.key, "data_digest": data_digest}
    tags |= {**_made_with(), **(more_tags or {})}
    known, parent = again if again and _has_run(again) else None, _open_run()
    with mlflow.start_run(
        known, run_name=name, nested=parent is not None, parent_run_id=parent, tags=tags, log_system_metrics=False
    ) as run:
        mlflow.log_params(flat(spec.params))
        if tables:
            with failure_logged("the dataset"):
                mlflow.log_input(tables_dataset(tables), context="training")
        yield Tracked(run.info.run_id)


def in_open_run(job: Callable[[], T]) -> Callable[[], T]:
    """The job, ready for another thread: its runs are nested in the one that is open here.

    MLflow itself knows of open runs only in the thread that opened them.
    """
    parent = _open_run()

    def nested() -> T:
        _PARENT.set(parent)
        return job()

    return nested


def configure(workspace: Workspace) -> None:
    """Point MLflow at the server of the environment, else at the workspace's own store."""
    uri, artifacts = os.environ.get("MLFLOW_TRACKING_URI"), None
    if not uri or uri in _OWN_STORES:
        workspace.mlflow.mkdir(parents=True, exist_ok=True)
        uri = f"sqlite:///{workspace.mlflow / 'mlflow.db'}"
        _OWN_STORES.add(uri)
        artifacts = (workspace.mlflow / "artifacts").as_uri()
    mlflow.set_tracking_uri(_with_login_aside(uri))
    if mlflow.get_experiment_by_name(EXPERIMENT) is None:
        mlflow.create_experiment(EXPERIMENT, artifacts)
    mlflow.set_experiment(EXPERIMENT)


def blank(example: Any) -> Any:
    """One row of zeros in the form of ``example``: nothing is known of the customer."""
    return np.zeros_like(np.asarray(example)[:1])


def _with_login_aside(uri: str) -> str:
    """The address of a server without its login, which goes to the variables that MLflow reads one from.

    MLflow names the address in errors, and in a line at the end of each run.
    """
    if not uri.startswith(("http://", "https://")):
        return uri
    address, user, password = split_login(uri)
    if user:
        os.environ |= {"MLFLOW_TRACKING_USERNAME": user, "MLFLOW_TRACKING_PASSWORD": password}
    return address


def flat(params: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Nested parameters as ``section.key`` strings."""
    found: dict[str, str] = {}
    for key, value in params.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = str(value)[:MAX_PARAM_LENGTH]
    return found


def _made_with() -> dict[str, str]:
    installed = installed_packages()
    named = ", ".join(f"{name} {installed[name]}" for name in LIBRARIES if name in installed)
    return {GIT_COMMIT: git_commit() or "unknown", LOCK_DIGEST: lock_digest(), PACKAGES: named}


def _open_run() -> str | None:
    run = mlflow.active_run()
    return str(run.info.run_id) if run else _PARENT.get()


def _has_run(run_id: str) -> bool:
    try:
        return bool(mlflow.MlflowClient().get_run(run_id))
    except mlflow.MlflowException:
        return False


def _end_abandoned(stage_key: str) -> None:
    client = mlflow.MlflowClient()
    found = client.get_experiment_by_name(EXPERIMENT)
    query = f"tags.stage_key = '{stage_key}' and attributes.status = 'RUNNING'"
    for run in client.search_runs([found.experiment_id], query) if found else []:
        client.set_terminated(run.info.run_id, RunStatus.to_string(RunStatus.KILLED))


def _with_signature(module: Any, example: Any) -> Any:
    """The module with a serving signature whose batch size is free."""
    import tensorflow as tf

    specs = [tf.TensorSpec([None, *part.shape[1:]], part.dtype, name=f"input_{i}") for i, part in enumerate(example)]
    serving = tf.Module()
    serving.model = module
    serving.serve = tf.function(lambda *parts: {"vector": module(*parts)}, input_signature=specs)
    return serving
