"""Stages that learn: retrievers of every cut-off, then the ranker."""

import logging
import shutil
from collections.abc import Sequence
from pathlib import Path

from recsys_core.features.snapshot import Snapshot
from recsys_core.lineage import BLENDED, Lineage
from recsys_core.ranking.blend import BlendRanker
from recsys_core.ranking.dnn import DnnRanker
from recsys_core.ranking.examples import read_examples, write_examples
from recsys_core.ranking.lightgbm import LightGbmRanker
from recsys_core.ranking.rankers import RANKERS
from recsys_core.retrieval.base import LaneOff, Sources
from recsys_core.retrieval.lanes import OFF, SOURCED, fit_lane
from recsys_core.retrieval.popular import PopularRetriever
from recsys_core.retrieval.two_tower import TwoTowerRetriever
from recsys_core.stages.images import images_now
from recsys_core.stages.retrieving import open_context
from recsys_core.stages.stock import stock_now
from recsys_core.store.artifacts import Artefact, Draft, Recipe
from recsys_core.tracking import tracked_run

log = logging.getLogger(__name__)
ALWAYS_FITTED = (TwoTowerRetriever.name, PopularRetriever.name)
"""The catalogue's similar articles and the refill of the lists need them, whether or not they yield candidates; the
refill of the lists that models are validated by, too."""


def train_retrievers(lineage: Lineage) -> dict[str, Artefact]:
    """Fit every lane as of the cut-off and as of each training cut-off; what is there is left alone."""
    wanted = [(lineage.at(train.cutoff), name) for train in lineage.train_cutoffs for name in lineage.lanes]
    wanted += [(lineage.at(lineage.train_cutoffs[0].cutoff), PopularRetriever.name)]
    wanted += [(lineage, name) for name in (*lineage.lanes, *ALWAYS_FITTED)]
    distinct = {f"{at.cutoff}/{name}": (at, name) for at, name in wanted}
    return {
        key: at.store.find(at.lane(name)) or _fit_lane(at, name, at.lane(name)) for key, (at, name) in distinct.items()
    }


def _fit_lane(lineage: Lineage, name: str, recipe: Recipe) -> Artefact:
    snapshot = Snapshot.open(lineage.store.require(lineage.snapshot, "recsys features").path)
    log.info("fitting %s as of %s", name, lineage.cutoff)
    with lineage.store.build(recipe, resume=True) as draft:
        try:
            if name == TwoTowerRetriever.name:
                _fit_two_tower(lineage, snapshot, recipe, draft)
            else:
                sources = _sources(lineage, snapshot) if name in SOURCED else Sources()
                fit_lane(name, snapshot, lineage.config, sources).save(draft.path)
        except LaneOff as reason:
            log.info("lane %s is off: %s", name, reason)
            draft.summary[OFF] = str(reason)
    return lineage.store.require(recipe, "recsys train-retrievers")


def _sources(lineage: Lineage, snapshot: Snapshot) -> Sources:
    return Sources(images_now(lineage, snapshot.article_ids), stock_now(lineage, snapshot.article_ids))


def _fit_two_tower(lineage: Lineage, snapshot: Snapshot, recipe: Recipe, draft: Draft) -> None:
    checkpoints = draft.path / ".checkpoints"
    run_name = f"two-tower as of {lineage.cutoff}"
    digest = lineage.tables.content_sha256
    with tracked_run(lineage.home, recipe, digest, run_name) as run:
        monitor = run.monitor("two_tower", checkpoints)
        sources = _sources(lineage, snapshot)
        TwoTowerRetriever.fit(snapshot, lineage.config, monitor, sources).save(draft.path)
    draft.summary |= {**run.metrics, "mlflow_run_id": run.run_id}
    shutil.rmtree(checkpoints, ignore_errors=True)


def train_ranker(lineage: Lineage) -> Artefact:
    """Train the ranker that is switched on, and what it is blended from, on candidates of the training cut-offs."""
    recipe = lineage.ranker
    if found := lineage.store.find(recipe):
        return found
    examples = make_examples(lineage)
    name = Path(recipe.kind).name
    parts = [_train_one(lineage, part, examples) for part in (BLENDED if name == BlendRanker.name else ())]
    return _train_one(lineage, name, examples, parts)


def make_examples(lineage: Lineage) -> Artefact:
    """Describe and label the candidates of the training cut-offs, or find them."""
    recipe = lineage.examples
    if not lineage.store.find(recipe):
        with lineage.store.build(recipe) as draft:
            windows = [(train, open_context(lineage.at(train.cutoff))) for train in lineage.train_cutoffs]
            tables, images = lineage.tables.path, lineage.image_embeddings
            draft.summary |= write_examples(windows, tables, images, lineage.config.examples, draft.path)
    return lineage.store.require(recipe, "recsys train-ranker")


def _train_one(lineage: Lineage, name: str, examples: Artefact, parts: Sequence[Artefact] = ()) -> Artefact:
    recipe = lineage.ranker_called(name)
    if lineage.store.find(recipe):
        return lineage.store.require(recipe, "recsys train-ranker")
    with lineage.store.build(recipe) as draft:
        run_name = f"{name} ranker as of {lineage.cutoff}"
        with tracked_run(lineage.home, recipe, lineage.tables.content_sha256, run_name) as run:
            run.log({count: float(n) for count, n in examples.summary.items()})
            monitor, learned_from = run.monitor(f"{name}_ranker"), read_examples(examples.path)
            if parts:
                dnn, lightgbm = (part.path for part in parts)
                blend = BlendRanker.of(DnnRanker.load(dnn), LightGbmRanker.load(lightgbm), learned_from, monitor)
                blend.save(draft.path)
            else:
                RANKERS[name].fit(learned_from, lineage.config, monitor).save(draft.path)
        draft.summary |= {**run.metrics, "mlflow_run_id": run.run_id}
    return lineage.store.require(recipe, "recsys train-ranker")
