"""``recsys score``: candidates of every customer, retrieved and ranked shard by shard (Spark)."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from recsys_core.config import Config
from recsys_core.data.labels import load_labels
from recsys_core.features.snapshot import IntArray
from recsys_core.pipeline.features import snapshot_spec
from recsys_core.pipeline.models import models_named, plan_with
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.spark_job import run_spark_job
from recsys_core.pipeline.stage import StageGroup, Summary, described
from recsys_core.pipeline.train_ranker import ranker_spec
from recsys_core.pipeline.train_retrievers import open_context, retriever_keys
from recsys_core.ranking.context import RetrievalContext
from recsys_core.ranking.rankers import load_ranker
from recsys_core.ranking.shard_scorer import ShardScorer, second_of
from recsys_core.store.artifacts import ArtifactSpec
from recsys_core.workspace import Workspace

VERSION = 4
ALL = "all"


@dataclass(frozen=True)
class Targets:
    """Customers to score, and the number of ranked candidates to keep of each."""

    customers: str = ALL
    """``all``, or ``label=<first day>+<days>``: the buyers of a label window and a customer nobody knows."""
    length: int | None = None

    @classmethod
    def label_window(cls, first: dt.date, days: int, length: int) -> "Targets":
        return cls(f"label={first}+{days}", length)


Prepare = Callable[[BuildPlan, Targets], None]
"""Makes sure that everything up to the scored targets exists (the stages, in their order)."""


def scored_spec(plan: BuildPlan, targets: Targets | None = None) -> ArtifactSpec:
    """Ranked candidates of a set of customers, by default of all."""
    targets = targets or Targets()
    inputs = {"snapshot": snapshot_spec(plan).key, "ranker": ranker_spec(plan).key, **retriever_keys(plan)}
    params = {
        "customers": targets.customers,
        "length": targets.length or plan.config.lists.scored_length,
        "shard_customers": plan.config.lists.shard_customers,
        "retrieval": plan.config.retrieval.model_dump(),
    }
    second = plan.config.lists.second_ranker
    params |= {"second_ranker": second} if second and targets.customers == ALL else {}
    made_by = "recsys score" if targets.customers == ALL else "recsys evaluate"
    return ArtifactSpec("scored", VERSION, inputs, params | plan.eligibility, made_by)


def open_scorer(plan: BuildPlan, targets: Targets) -> ShardScorer:
    """Load snapshot, retrievers and ranker.

    Raises
    ------
    ValueError
        If the ranker was trained on other features than the snapshot and the retrievers give.
    """
    context = open_context(plan)
    fitted = plan.store.require(ranker_spec(plan))
    ranker = load_ranker(fitted)
    if ranker.numeric_names != context.features.numeric_names:
        differing = sorted({*ranker.numeric_names} ^ {*context.features.numeric_names}) or ["their order"]
        raise ValueError(
            f"the ranker {fitted.path} was trained on other features than those of the snapshot "
            f"{context.snapshot.path} ({', '.join(differing[:3])}): run `recsys train-ranker` again"
        )
    lists = plan.config.lists
    return ShardScorer(
        context,
        ranker,
        target_rows(plan.tables.path, targets, context),
        lists.shard_customers,
        targets.length or lists.scored_length,
        second_of(ranker, lists.second_ranker) if targets.customers == ALL else None,
    )


def target_rows(tables: Path, targets: Targets, context: RetrievalContext) -> IntArray:
    """Rows of the snapshot, ascending."""
    if targets.customers == ALL:
        return np.arange(context.snapshot.n_customers, dtype=np.int32)
    first, days = targets.customers.removeprefix("label=").split("+")
    labels = load_labels(tables, dt.date.fromisoformat(first), int(days))
    rows = context.snapshot.customer_rows(labels["customer_id"].unique().to_numpy(zero_copy_only=False))
    return np.union1d(rows, [context.snapshot.n_customers]).astype(np.int32)


@lru_cache(maxsize=1)
def worker_scorer(
    workspace: Workspace, config: str, cutoff: str, looks_back: bool, models: str, targets: Targets
) -> ShardScorer:
    """``open_scorer`` for a worker process, which keeps it between its shards; ``models`` as ``plan_with`` takes it."""
    day = dt.date.fromisoformat(cutoff)
    plan = BuildPlan(workspace, Config.model_validate_json(config), day, looks_back=looks_back)
    return open_scorer(plan_with(plan, models), targets)


def score(plan: BuildPlan, targets: Targets | None = None) -> Summary:
    """Run the job unless its output is there; returns what was scored."""
    targets = targets or Targets()
    spec = scored_spec(plan, targets)
    if not plan.store.find(spec):
        options = {"--cutoff": plan.cutoff, "--models": models_named(plan), "--looks-back": plan.looks_back or None}
        options |= {"--customers": targets.customers, "--length": targets.length}
        options |= {"--image-embeddings": plan.held_embeddings}
        run_spark_job("score", plan.workspace, plan.config, options)
    return described(plan.store.require(spec))


STAGE = StageGroup("score", VERSION, score)
