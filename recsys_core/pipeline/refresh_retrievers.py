"""``recsys refresh-retrievers``: every retriever as of the cut-off, for lists of the day; nothing is trained.

Retrievers that count and compare are fitted on the day's snapshot. The two-tower model keeps the weights of its
training: the vectors of customers and articles are computed anew, from histories and popularity as of the cut-off.
"""

import logging

from recsys_core.features.snapshot import Snapshot
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.stage import StageGroup, Summary, Work
from recsys_core.pipeline.train_retrievers import (
    ALWAYS_FITTED,
    TWO_TOWER,
    open_sources,
    retriever_spec,
    retriever_specs,
    retriever_stage,
)
from recsys_core.retrieval.registry import RETRIEVERS
from recsys_core.retrieval.two_tower import TwoTowerRetriever
from recsys_core.store.artifacts import Artifact

log = logging.getLogger(__name__)


def refresh_retrievers(plan: BuildPlan) -> dict[str, Artifact]:
    """Fit or refresh every retriever as of the plan's cut-off, by name; existing artifacts are left alone.

    Raises
    ------
    FileNotFoundError
        If the plan has no models of an earlier training, and was not trained itself.
    """
    if plan.models is None:
        plan.store.require(retriever_spec(plan, TWO_TOWER))
    names = dict.fromkeys((*retriever_specs(plan), *ALWAYS_FITTED))
    return {name: retriever_stage(name, _refresh if name == TWO_TOWER else None).make(plan) for name in names}


def _refresh(work: Work, name: str) -> None:
    """Compute the two-tower vectors as of the cut-off, by the weights of the training."""
    snapshot = Snapshot.open(work.inputs["snapshot"])
    log.info("refreshing %s as of %s", name, work.cutoff)
    TwoTowerRetriever.refresh(snapshot, work.config, open_sources(work, snapshot)).save(work.folder)


def _summaries(plan: BuildPlan) -> Summary:
    """The retrievers, or the reason why there are none: on a shop's first day that is no failure."""
    if plan.models is None and plan.store.find(retriever_spec(plan, TWO_TOWER)) is None:
        reason = "there are no models that can be used: `recsys training-due` says why"
        log.warning("nothing is refreshed: %s", reason)
        return {"models": "", "reason": reason}
    made = refresh_retrievers(plan)
    summaries = {name: dict(each.summary) for name, each in made.items()}
    names = [each.name for each in made.values()]
    return {"cutoff": plan.cutoff.isoformat(), "artifacts": names, "retrievers": summaries}


STAGE = StageGroup(
    "refresh-retrievers",
    {name: retriever.version for name, retriever in RETRIEVERS.items()},
    _summaries,
)
