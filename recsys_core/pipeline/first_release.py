"""``recsys first-release``: a new shop's release of its first day, from retrievers that count, before any training.

The ordinary path without what is trained: the snapshot as of the production cut-off, the retrievers that count, their
ranks fused, the business rules, the catalogue. Snapshot and retrievers are the artifacts of the ordinary path, which
finds them later. It goes live only if nothing is, or a first release as of an earlier day: a shop that has too little
to learn from is served by it day by day. One of the same day is replaced once there are other tables: a file was
corrected, or a customer's data were deleted. The gate is not asked, and it is never champion.
"""

import logging
from dataclasses import replace
from typing import Any, Final

import numpy as np

from recsys_core.contracts.features import CUSTOMERS
from recsys_core.contracts.retrievers import Retriever
from recsys_core.features.snapshot import Snapshot
from recsys_core.pipeline import catalogue
from recsys_core.pipeline.features import make_snapshot, snapshot_spec
from recsys_core.pipeline.filter import filter_stage, lists_spec
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.stage import Stage, Summary, Work
from recsys_core.pipeline.train_retrievers import (
    open_retrievers,
    retriever_keys,
    retriever_specs,
    retriever_stage,
)
from recsys_core.promotion.first_release import bring_first_live, may_follow
from recsys_core.ranking.context import RetrievalContext
from recsys_core.ranking.fusion import NAME, RANK_CONSTANT
from recsys_core.ranking.scored import score_by_fusion
from recsys_core.ranking.shard_scorer import shard_name
from recsys_core.release.assemble import ReleaseParts
from recsys_core.release.pointer import live_or_none
from recsys_core.release.publish import make_release
from recsys_core.retrieval.base import RetrieverUnavailableError
from recsys_core.retrieval.latent import latent_article_vectors
from recsys_core.store.artifacts import ArtifactSpec

log = logging.getLogger(__name__)
COMMAND: Final = "first-release"
VERSION = 1
COUNTING: Final[tuple[Retriever, ...]] = ("popular", "repurchase", "also_bought")
"""Retrievers that only count, so that their fit takes seconds."""


def first_release(plan: BuildPlan) -> Summary:
    """Make the first release and bring it live, unless a trained one is, or one of the same day and tables.

    Raises
    ------
    ReleaseDefectError
        If the release is not fit to go live; nothing is live then.
    """
    live = live_or_none(plan.workspace)
    if live and not may_follow(plan.workspace, live, plan.cutoff.isoformat(), plan.tables.key):
        return _left_alone(live.id)
    plan = counting_plan(plan)
    make_snapshot(plan)
    parts = [stage.make(plan) for stage in (*map(retriever_stage, COUNTING), FUSE, FILTER, CATALOGUE)]
    made = make_release(plan.workspace, release_parts(plan))
    live = bring_first_live(plan.workspace, made, plan.config.index)
    if live.id != made.id:
        return _left_alone(live.id)
    return {"release": live.id, "retrievers": COUNTING, "artifacts": [part.name for part in parts]}


def _left_alone(live: str) -> Summary:
    log.info("release %s is live: there is nothing to do for a first release", live)
    return {"live": live, "skipped": "a release is live already"}


def counting_plan(plan: BuildPlan) -> BuildPlan:
    """The plan with the retrievers that count; their artifacts keep the keys that they have in the plan itself."""
    retrieval = plan.config.retrieval.model_copy(update={"retrievers": COUNTING})
    return replace(plan, config=plan.config.model_copy(update={"retrieval": retrieval}))


def fused_spec(plan: BuildPlan) -> ArtifactSpec:
    """Candidates of all customers, ranked by reciprocal rank fusion."""
    inputs = {"snapshot": snapshot_spec(plan).key, **retriever_keys(plan)}
    params: dict[str, Any] = {"ranker": NAME, "rank_constant": RANK_CONSTANT}
    params |= {"retrieval": plan.config.retrieval.model_dump(), "length": plan.config.lists.scored_length}
    params |= {"shard_customers": plan.config.lists.shard_customers}
    return ArtifactSpec("scored", VERSION, inputs, params | plan.eligibility, f"recsys {COMMAND}")


def catalogue_spec(plan: BuildPlan) -> ArtifactSpec:
    """The articles as the shop shows them, similar by latent vectors instead of the two towers'."""
    inputs = {"snapshot": snapshot_spec(plan).key, "images": plan.image_names} | plan.image_inputs
    params = {"vectors": "latent", "vectors_version": VERSION} | plan.eligibility | plan.stock_params
    return ArtifactSpec("catalogue", catalogue.VERSION, inputs, params, f"recsys {COMMAND}")


def _fuse(work: Work) -> None:
    """Retrieve and fuse shard by shard, in this process: without features a shard takes a second."""
    snapshot = Snapshot.open(work.inputs["snapshot"])
    context = RetrievalContext(snapshot, open_retrievers(work, snapshot, work.config.retrieval.retrievers))
    lists, customers = work.config.lists, np.arange(snapshot.n_customers, dtype=np.int32)
    starts = range(0, max(len(customers), 1), lists.shard_customers)
    for shard, first in enumerate(starts):
        part = work.folder / shard_name(shard)
        if not part.exists():
            block = customers[first : first + lists.shard_customers]
            score_by_fusion(context, block, lists.scored_length).write(part)
    work.summary.update({"customers": len(customers), "shards": len(starts)})


def _write_catalogue(work: Work) -> None:
    snapshot = Snapshot.open(work.inputs["snapshot"])
    try:
        vectors = latent_article_vectors(snapshot)
    except RetrieverUnavailableError as reason:
        log.info("no similar articles: %s", reason)
        vectors = None
    catalogue.write_with(work, snapshot, vectors)


def release_parts(plan: BuildPlan) -> ReleaseParts:
    """Parts of the first release of a plan (``counting_plan``)."""
    require = plan.store.require
    specs = {
        "snapshot": snapshot_spec(plan),
        "scored": fused_spec(plan),
        "lists": lists_spec(plan, fused_spec(plan)),
        "catalogue": catalogue_spec(plan),
    }
    specs |= {f"retriever_{name}": spec for name, spec in retriever_specs(plan).items()}
    return ReleaseParts(
        cutoff=plan.cutoff.isoformat(),
        tables=plan.tables,
        customers=require(specs["snapshot"]).path / CUSTOMERS,
        lists=require(specs["lists"]),
        catalogue=require(specs["catalogue"]),
        stages={"tables": plan.tables.key, **{name: spec.key for name, spec in specs.items()}},
        is_first=True,
    )


FUSE = Stage(
    COMMAND,
    VERSION,
    inputs=lambda plan: {"snapshot": snapshot_spec(plan), **retriever_specs(plan)},
    output=fused_spec,
    run=_fuse,
    resume=True,
)
FILTER = filter_stage(fused_spec)
CATALOGUE = Stage(
    COMMAND,
    catalogue.VERSION,
    inputs=lambda plan: {"snapshot": snapshot_spec(plan)},
    output=catalogue_spec,
    run=_write_catalogue,
)
