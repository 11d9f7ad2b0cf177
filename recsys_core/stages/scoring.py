"""Scoring, shard by shard: the same functions in one process here and in Spark's workers."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from recsys_core.config import Config
from recsys_core.contracts.release import SECOND
from recsys_core.data.labels import load_labels
from recsys_core.features.snapshot import IntArray
from recsys_core.home import Home
from recsys_core.lineage import Lineage
from recsys_core.ranking.base import Ranker
from recsys_core.ranking.blend import BlendRanker
from recsys_core.ranking.context import RetrievalContext
from recsys_core.ranking.rankers import load_ranker
from recsys_core.ranking.scored import score_by
from recsys_core.stages.retrieving import open_context

ALL = "all"


@dataclass(frozen=True)
class Targets:
    """Who is scored, and how many ranked candidates are kept of each."""

    customers: str = ALL
    """``all``, or ``label=<first day>+<days>``: the buyers of a label window and a customer nobody knows."""
    length: int | None = None

    @classmethod
    def label_window(cls, first: dt.date, days: int, length: int) -> "Targets":
        return cls(f"label={first}+{days}", length)


Prepare = Callable[[Lineage, Targets], None]
"""Makes sure that everything up to the scored targets exists (the stages, in their order)."""


def target_rows(lineage: Lineage, targets: Targets, context: RetrievalContext) -> IntArray:
    """Rows of the snapshot, ascending."""
    if targets.customers == ALL:
        return np.arange(context.snapshot.n_customers, dtype=np.int32)
    first, days = targets.customers.removeprefix("label=").split("+")
    labels = load_labels(lineage.tables.path, dt.date.fromisoformat(first), int(days))
    rows = context.snapshot.customer_rows(labels["customer_id"].unique().to_numpy(zero_copy_only=False))
    return np.union1d(rows, [context.snapshot.n_customers]).astype(np.int32)


def shard_name(shard: int, prefix: str = "part") -> str:
    return f"{prefix}-{shard:05d}.parquet"


@dataclass(frozen=True)
class ShardScorer:
    """Everything that scoring a shard of one cut-off takes."""

    context: RetrievalContext
    ranker: Ranker
    customers: IntArray
    shard_customers: int
    length: int
    second: Ranker | None = None
    """``lists.second_ranker``; its parts lie beside the others and are named ``second-``."""

    @property
    def n_shards(self) -> int:
        return max(1, -(-len(self.customers) // self.shard_customers))

    def score(self, shard: int, folder: Path) -> int:
        """Score one shard and write its part atomically; returns its customers. A part that is there is kept."""
        part = folder / shard_name(shard)
        customers = self.customers[shard * self.shard_customers : (shard + 1) * self.shard_customers]
        if not part.exists():
            rankers = [self.ranker, *([self.second] if self.second else [])]
            first, *second = score_by(rankers, self.context, customers, self.length)
            for scored in second:
                scored.write(folder / shard_name(shard, SECOND))
            first.write(part)
        return len(customers)


def open_scorer(lineage: Lineage, targets: Targets) -> ShardScorer:
    """Load snapshot, lanes and ranker."""
    context = open_context(lineage)
    fitted = lineage.store.require(lineage.ranker, "recsys train-ranker")
    ranker = load_ranker(fitted)
    if ranker.numeric_names != context.features.numeric_names:
        raise ValueError(f"the ranker {fitted.path} was trained on other features: run `recsys train-ranker` again")
    lists = lineage.config.lists
    return ShardScorer(
        context,
        ranker,
        target_rows(lineage, targets, context),
        lists.shard_customers,
        targets.length or lists.scored_length,
        second_of(ranker, lists.second_ranker) if targets.customers == ALL else None,
    )


def second_of(ranker: Ranker, name: str | None) -> Ranker | None:
    """The part of a blend that ranks the experiment's lists; None without one."""
    if name is None or not isinstance(ranker, BlendRanker):
        return None
    return ranker.dnn if name == ranker.dnn.name else ranker.lightgbm


@lru_cache(maxsize=1)
def worker_scorer(home: Path, config: str, cutoff: str, targets: Targets) -> ShardScorer:
    """``open_scorer`` for a worker process, which keeps it between its shards."""
    lineage = Lineage(Home(home), Config.model_validate_json(config), dt.date.fromisoformat(cutoff))
    return open_scorer(lineage, targets)
