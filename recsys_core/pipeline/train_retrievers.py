"""``recsys train-retrievers``: every retriever, fitted as of the cut-off and of every training cut-off."""

import logging
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path

from recsys_core.contracts.retrievers import IMAGE_RETRIEVERS
from recsys_core.data.stock import Stock
from recsys_core.features.images import ImageEmbeddings
from recsys_core.features.snapshot import Snapshot
from recsys_core.pipeline.features import snapshot_spec
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.stage import Specs, Stage, StageGroup, Summary, Work
from recsys_core.ranking.context import RetrievalContext
from recsys_core.retrieval.base import CandidateSource, RetrieverUnavailableError, Sources
from recsys_core.retrieval.new_articles import NewArticlesRetriever
from recsys_core.retrieval.popular import PopularRetriever
from recsys_core.retrieval.registry import OFF, RETRIEVERS, SOURCED, fit_retriever, load_retriever
from recsys_core.retrieval.two_tower import WEIGHTS, TwoTowerRetriever
from recsys_core.store.artifacts import Artifact, ArtifactSpec, open_artifact
from recsys_core.towers.cluster import Cluster
from recsys_core.towers.weights import TowerWeights

log = logging.getLogger(__name__)
TWO_TOWER, POPULAR = TwoTowerRetriever.name, PopularRetriever.name
START = "start"
"""Input of a two-tower model: the one that it goes on from."""
ALWAYS_FITTED = (TWO_TOWER, POPULAR)
"""Retrievers that are fitted even if they yield no candidates. The catalogue's similar articles and the refill of lists
need them, also for the lists that models are validated by."""


def retriever_spec(plan: BuildPlan, name: str) -> ArtifactSpec:
    """A retriever fitted as of the plan's cut-off."""
    if name == TWO_TOWER and plan.models and plan.models.specs[TWO_TOWER].inputs["snapshot"] == snapshot_spec(plan).key:
        return plan.models.specs[TWO_TOWER]
    inputs = {"snapshot": snapshot_spec(plan).key} | (plan.image_inputs if name in IMAGE_RETRIEVERS else {})
    inputs |= {made: spec.key for made, spec in _start(plan, name).items()}
    params = _params(plan, name)
    made_by = "recsys refresh-retrievers" if plan.models else "recsys train-retrievers"
    return ArtifactSpec(f"retrievers/{name}", RETRIEVERS[name].version, inputs, params, made_by)


def _start(plan: BuildPlan, name: str) -> Specs:
    """The model as of an earlier cut-off whose weights a model goes on from, or keeps, if it does."""
    if name == TWO_TOWER and plan.models:
        return {START: plan.models.specs[TWO_TOWER]}
    if name != TWO_TOWER or not plan.config.two_tower.incremental_epochs or plan.predecessor is None:
        return {}
    return {START: retriever_spec(plan.predecessor, TWO_TOWER)}


def retriever_specs(plan: BuildPlan) -> dict[str, ArtifactSpec]:
    """The retrievers that yield candidates, by name."""
    return {name: retriever_spec(plan, name) for name in plan.config.retrieval.retrievers}


def retriever_keys(plan: BuildPlan) -> dict[str, str]:
    """Keys of ``retriever_specs``, as inputs of what is made from their candidates."""
    return {name: spec.key for name, spec in retriever_specs(plan).items()}


def _params(plan: BuildPlan, name: str) -> Mapping[str, object]:
    if name == TWO_TOWER:
        return plan.config.two_tower.model_dump() | ({"refreshed": True} if plan.models else {})
    settings = plan.config.retrieval.model_dump()
    params = {key: value for key, value in settings.items() if key.startswith(f"{name}_")}
    if name.startswith("similar_"):
        params["fresh_days"] = settings["fresh_days"]
    if name == NewArticlesRetriever.name:
        params |= plan.stock_params
    return params | (plan.eligibility if name not in (POPULAR, "repurchase") else {})


def retriever_stage(name: str, run: Callable[[Work, str], None] | None = None) -> Stage:
    """The stage that fits one retriever, or makes it as ``run`` does; a killed training of the two towers goes on."""
    return Stage(
        "train-retrievers",
        RETRIEVERS[name].version,
        lambda plan: {"snapshot": snapshot_spec(plan), **_start(plan, name)},
        lambda plan: retriever_spec(plan, name),
        lambda work: (run or _fit)(work, name),
        resume=True,
    )


def _fit(work: Work, name: str) -> None:
    snapshot = Snapshot.open(work.inputs["snapshot"])
    log.info("fitting %s as of %s", name, work.cutoff)
    try:
        if name == TWO_TOWER:
            _fit_two_tower(work, snapshot)
        else:
            sources = open_sources(work, snapshot) if name in SOURCED else Sources()
            fit_retriever(name, snapshot, work.config, sources).save(work.folder)
    except RetrieverUnavailableError as reason:
        log.info("retriever %s is off: %s", name, reason)
        work.summary[OFF] = str(reason)


def _fit_two_tower(work: Work, snapshot: Snapshot) -> None:
    checkpoints = work.folder / ".checkpoints"
    with work.track(f"two-tower as of {work.cutoff}") as run:
        monitor = run.monitor("two_tower", checkpoints)
        monitor = monitor if work.may_serve else replace(monitor, model=None)
        TwoTowerRetriever.fit(snapshot, work.config, monitor, open_sources(work, snapshot)).save(work.folder)
    work.summary.update({**run.metrics, "mlflow_run_id": run.run_id})
    shutil.rmtree(checkpoints, ignore_errors=True)


def open_sources(work: Work, snapshot: Snapshot) -> Sources:
    """Opens what there is beside the snapshot: image embeddings, stock, weights to go on from."""
    stock = Stock.open(work.stock, snapshot.article_ids) if work.stock else None
    start = work.inputs.get(START)
    images = _images(work.image_embeddings, snapshot)
    return Sources(images, stock, TowerWeights.read(start / WEIGHTS) if start else None)


def _images(folder: Path | None, snapshot: Snapshot) -> ImageEmbeddings | None:
    return ImageEmbeddings.open(folder, snapshot.article_ids) if folder else None


def open_retrievers(work: Work, snapshot: Snapshot, names: Collection[str]) -> dict[str, CandidateSource]:
    """Opens those of the named retrievers that are among the work's inputs, in the order of ``names``."""
    fitted = {name: open_artifact(f"retrievers/{name}", work.inputs[name]) for name in names if name in work.inputs}
    return {name: load_retriever(name, made, snapshot, work.config) for name, made in fitted.items() if made}


def train_retrievers(plan: BuildPlan) -> dict[str, Artifact]:
    """Fit every retriever as of each cut-off, by ``cutoff/name``; existing artifacts are left alone.

    The two towers come first: other processes may wait to train them, too.
    """
    wanted = [(at, TWO_TOWER) for at in _two_tower_plans(plan)]
    wanted += [(past, name) for past in reversed(plan.past_plans) for name in retriever_specs(past)]
    wanted += [(plan.past_plans[0], POPULAR)]
    wanted += [(plan, name) for name in (*retriever_specs(plan), *ALWAYS_FITTED)]
    distinct = {f"{at.cutoff}/{name}": (at, name) for at, name in wanted}
    return {key: retriever_stage(name).make(at) for key, (at, name) in distinct.items()}


def _two_tower_plans(plan: BuildPlan) -> list[BuildPlan]:
    """The plan as of each cut-off with a two-tower model, the oldest first: the model goes on from one to the next."""
    past = plan.config.two_tower.incremental_epochs or TWO_TOWER in plan.config.retrieval.retrievers
    return [*(reversed(plan.past_plans) if past else ()), plan]


def train_with_chief(plan: BuildPlan) -> list[str]:
    """Train the two towers beside the chief (``TF_CONFIG``), which makes the artifacts; names those that it lacked.

    Nothing is written. The chief cannot finish a training without this process, so both find the same to be missing.
    """
    missing: list[str] = []
    learned: dict[str, TowerWeights | None] = {}
    for at in _two_tower_plans(plan):
        spec = retriever_spec(at, TWO_TOWER)
        if at.store.find(spec):
            continue
        missing.append(f"{spec.kind}/{spec.key}")
        start = _start(at, TWO_TOWER).get(START)
        weights = learned.get(start.key) if start else None
        if start and not weights:
            weights = TowerWeights.read(at.store.require(start).path / WEIGHTS)
        snapshot = Snapshot.open(at.store.require(snapshot_spec(at)).path)
        log.info("training %s as of %s with the chief", TWO_TOWER, at.cutoff)
        sources = Sources(images=_images(at.image_embeddings, snapshot), weights=weights)
        learned = {spec.key: TwoTowerRetriever.fit(snapshot, at.config, sources=sources).weights}
    return missing


def open_context(plan: BuildPlan) -> RetrievalContext:
    """The snapshot and the retrievers that were fitted as of the plan's cut-off."""
    store = plan.store
    snapshot = Snapshot.open(store.require(snapshot_spec(plan)).path)
    retrievers = {
        name: load_retriever(name, store.require(spec), snapshot, plan.config)
        for name, spec in retriever_specs(plan).items()
    }
    return RetrievalContext(snapshot, retrievers, plan.config.examples.leave_out)


def _summaries(plan: BuildPlan) -> Summary:
    plan.check_trainable()
    with plan.learning():
        if not Cluster.of_environment().is_chief:
            return {"trained_with_chief": train_with_chief(plan)}
        made = train_retrievers(plan)
    summaries = {name: dict(artifact.summary) for name, artifact in made.items()}
    return {"artifacts": [artifact.name for artifact in made.values()], **summaries}


STAGE = StageGroup(
    "train-retrievers",
    {name: retriever.version for name, retriever in RETRIEVERS.items()},
    _summaries,
)
