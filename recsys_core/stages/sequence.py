"""The stages in their order, and how each is started: here, or as a Spark job in a process of its own."""

import importlib.util
import logging
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from recsys_core.config import Config
from recsys_core.errors import JobError
from recsys_core.home import Home
from recsys_core.lineage import Lineage
from recsys_core.stages.scoring import Targets
from recsys_core.store.artifacts import Artefact

log = logging.getLogger(__name__)
AFTER_INGEST = (
    "train-images",
    "embed-images",
    "features",
    "train-retrievers",
    "train-ranker",
    "validate",
    "score",
    "filter",
    "catalogue",
    "index",
    "publish",
)
BEFORE_SCORE = ("features", "train-retrievers", "train-ranker")


def ingest(home: Home, config: Config, mapping: Path | None) -> None:
    """Run the ingest job."""
    log.info("stage ingest")
    _spark_job("ingest", home, config, {"--mapping": mapping})


def run_stage(name: str, lineage: Lineage) -> dict[str, Any]:
    """Run one stage after ingest; what exists already is found, not made again. Returns its summary."""
    log.info("stage %s as of %s", name, lineage.cutoff)
    return _STAGES[name](lineage)


def evaluate(lineages: Sequence[Lineage], days: int, ablation: bool = False) -> dict[str, object]:
    """Train and score as of each lineage's cut-off, and measure on the ``days`` from it on.

    ``ablation`` adds what each lane and group of features brings.
    """
    from recsys_core.stages.evaluating import evaluate as measure
    from recsys_core.stages.evaluating import evaluate_folds

    if len(lineages) == 1:
        return measure(lineages[0], days, prepare, ablation)
    return evaluate_folds(lineages, days, prepare, ablation)


def prepare(lineage: Lineage, targets: Targets) -> None:
    for name in BEFORE_SCORE:
        run_stage(name, lineage)
    _score(lineage, targets)


def _train_images(lineage: Lineage) -> dict[str, Any]:
    return _of_pictures(lambda encoding: encoding.train_images(lineage))


def _embed_images(lineage: Lineage) -> dict[str, Any]:
    return _of_pictures(lambda encoding: encoding.embed_images(lineage))


def _of_pictures(stage: Callable[[Any], Artefact]) -> dict[str, Any]:
    """A stage of the module that needs torch; a shop without pictures goes on without."""
    if importlib.util.find_spec("torch") is None:
        return _off("torch is not installed: pip install 'recsys-platform[image]'")
    from recsys_core.stages import encoding

    try:
        made = stage(encoding)
    except encoding.PicturesOff as reason:
        return _off(str(reason))
    return {"artefact": f"{made.kind}/{made.key}", **made.summary}


def _off(reason: str) -> dict[str, Any]:
    log.info("off: %s", reason)
    return {"off": reason}


def _features(lineage: Lineage) -> dict[str, Any]:
    _spark_job("features", lineage.home, lineage.config, {"--cutoff": lineage.cutoff})
    return {"cutoffs": [str(lineage.cutoff), *(str(train.cutoff) for train in lineage.train_cutoffs)]}


def _train_retrievers(lineage: Lineage) -> dict[str, Any]:
    from recsys_core.stages.training import train_retrievers

    return {name: dict(artefact.summary) for name, artefact in train_retrievers(lineage).items()}


def _train_ranker(lineage: Lineage) -> dict[str, Any]:
    from recsys_core.stages.training import train_ranker

    return dict(train_ranker(lineage).summary)


def _validate(lineage: Lineage) -> dict[str, Any]:
    from recsys_core.stages.validating import check_models, validate

    made = validate(lineage)
    log.info("validation: %s", dict(made.summary))
    check_models(lineage.home, made)
    return dict(made.summary)


def _score(lineage: Lineage, targets: Targets | None = None) -> dict[str, Any]:
    chosen = targets or Targets()
    recipe = lineage.scored(chosen.customers, chosen.length)
    if not lineage.store.find(recipe):
        options = {"--cutoff": lineage.cutoff, "--customers": chosen.customers, "--length": chosen.length}
        _spark_job("score", lineage.home, lineage.config, options)
    return dict(lineage.store.require(recipe, "recsys score").summary)


def _filter(lineage: Lineage) -> dict[str, Any]:
    from recsys_core.stages.filtering import make_lists

    return dict(make_lists(lineage).summary)


def _catalogue(lineage: Lineage) -> dict[str, Any]:
    from recsys_core.stages.catalogue import build_catalogue

    return dict(build_catalogue(lineage).summary)


def _index(lineage: Lineage) -> dict[str, Any]:
    from recsys_core.stages.index import build_index

    return dict(build_index(lineage).summary)


def _publish(lineage: Lineage) -> dict[str, Any]:
    from recsys_core.stages.publish import publish

    made = publish(lineage, evaluate=evaluate)
    return {"release": made.id} | ({"held": made.held, "why": made.why} if made.held else {})


_STAGES: Mapping[str, Callable[[Lineage], dict[str, Any]]] = {
    "train-images": _train_images,
    "embed-images": _embed_images,
    "features": _features,
    "train-retrievers": _train_retrievers,
    "train-ranker": _train_ranker,
    "validate": _validate,
    "score": _score,
    "filter": _filter,
    "catalogue": _catalogue,
    "index": _index,
    "publish": _publish,
}


def _spark_job(job: str, home: Home, config: Config, options: Mapping[str, Any]) -> None:
    """Run ``spark_jobs.jobs.<job>`` with this interpreter; ``SPARK_MASTER`` names a cluster.

    Raises
    ------
    ValueError
        If Spark is not installed.
    JobError
        With the job's last line, if it fails.
    """
    if importlib.util.find_spec("pyspark") is None:
        raise ValueError("pyspark is not installed: pip install 'recsys-platform[spark]'")
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        file.write(config.model_dump_json())
        file.flush()
        command = [sys.executable, "-m", f"spark_jobs.jobs.{job}", "--home", str(home.root), "--config", file.name]
        command += [part for name, value in options.items() if value is not None for part in (name, str(value))]
        status, last = _stream(command)
    if status:
        raise JobError(f"{job} failed (exit status {status}): {last}")


def _stream(command: list[str]) -> tuple[int, str]:
    """Run a command with its output on our stderr; returns its status and last line."""
    last = ""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout or ():
            sys.stderr.write(line)
            last = line.strip() or last
    return process.returncode, last


class PeakMemory:
    """Peak resident memory of this process and all it starts, sampled every half second."""

    def __init__(self) -> None:
        self.peak_mb = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        import psutil

        me = psutil.Process()
        while not self._done.wait(0.5):
            total = 0
            for process in (me, *me.children(recursive=True)):
                try:
                    total += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self.peak_mb = max(self.peak_mb, total >> 20)
