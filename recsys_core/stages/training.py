"""Stages that learn: retrievers of every cut-off, then the ranker."""

import datetime as dt
import logging
import shutil
from pathlib import Path

from recsys_core.artefacts import Artefact, Draft, Recipe
from recsys_core.features.snapshot import Snapshot
from recsys_core.lineage import Lineage
from recsys_core.ranking.examples import build_examples
from recsys_core.ranking.rankers import RANKERS
from recsys_core.retrieval.lanes import RETRIEVERS
from recsys_core.retrieval.popular import PopularRetriever
from recsys_core.retrieval.two_tower import TwoTowerRetriever
from recsys_core.tracking import tracked_run

log = logging.getLogger(__name__)
ALWAYS_FITTED = (TwoTowerRetriever.name, PopularRetriever.name)
"""The catalogue's similar articles and the refill of the lists need them, whether or not they yield candidates."""


def train_retrievers(lineage: Lineage) -> dict[str, Artefact]:
    """Fit every lane as of the cut-off and as of each training cut-off; what is there is left alone."""
    wanted = [(lineage.at(train.cutoff), name) for train in lineage.train_cutoffs for name in lineage.lanes]
    wanted += [(lineage, name) for name in dict.fromkeys((*lineage.lanes, *ALWAYS_FITTED))]
    return {
        f"{at.cutoff}/{name}": at.store.find(at.lane(name)) or _fit_lane(at, name, at.lane(name)) for at, name in wanted
    }


def _fit_lane(lineage: Lineage, name: str, recipe: Recipe) -> Artefact:
    snapshot = Snapshot.open(lineage.store.require(lineage.snapshot, "recsys features").path)
    log.info("fitting %s as of %s", name, lineage.cutoff)
    with lineage.store.build(recipe, resume=True) as draft:
        if name == TwoTowerRetriever.name:
            _fit_two_tower(lineage, snapshot, recipe, draft)
        else:
            RETRIEVERS[name].fit(snapshot, lineage.config).save(draft.path)
    return lineage.store.require(recipe, "recsys train-retrievers")


def _fit_two_tower(lineage: Lineage, snapshot: Snapshot, recipe: Recipe, draft: Draft) -> None:
    checkpoints = draft.path / ".checkpoints"
    run_name = f"two-tower as of {lineage.cutoff}"
    digest = lineage.tables.content_sha256
    with tracked_run(lineage.home, recipe, digest, run_name) as run:
        monitor = run.monitor("two_tower", checkpoints)
        TwoTowerRetriever.fit(snapshot, lineage.config, monitor).save(draft.path)
    draft.summary |= {**run.metrics, "mlflow_run_id": run.run_id}
    shutil.rmtree(checkpoints, ignore_errors=True)


def train_ranker(lineage: Lineage) -> Artefact:
    """Train the ranker on candidates of the training cut-offs."""
    recipe = lineage.ranker
    if found := lineage.store.find(recipe):
        return found
    name = Path(recipe.kind).name
    with lineage.store.build(recipe) as draft:
        examples = build_examples(lineage)
        log.info("%d examples, %d bought", len(examples.label), int(examples.label.sum()))
        run_name = f"{name} ranker as of {lineage.cutoff}"
        with tracked_run(lineage.home, recipe, lineage.tables.content_sha256, run_name) as run:
            run.log({"examples": float(len(examples.label)), "positives": float(examples.label.sum())})
            RANKERS[name].fit(examples, lineage.config, run.monitor(f"{name}_ranker")).save(draft.path)
        draft.summary |= {**run.metrics, "mlflow_run_id": run.run_id}
    return lineage.store.require(recipe, "recsys train-ranker")


def cutoffs_of(lineage: Lineage) -> tuple[dt.date, ...]:
    """The lineage's own cut-off and its training cut-offs."""
    return (lineage.cutoff, *(train.cutoff for train in lineage.train_cutoffs))
