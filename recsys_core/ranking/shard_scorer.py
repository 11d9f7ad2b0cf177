"""Scores customers shard by shard: the same code in one process and in Spark's workers."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from recsys_core.contracts.release import SECOND
from recsys_core.features.snapshot import IntArray
from recsys_core.ranking.base import Ranker
from recsys_core.ranking.blend import BlendRanker
from recsys_core.ranking.context import RetrievalContext
from recsys_core.ranking.pair_scorer import PairScorer
from recsys_core.ranking.scored import score_by


def shard_name(shard: int, prefix: str = "part") -> str:
    """File name of a shard of customers."""
    return f"{prefix}-{shard:05d}.parquet"


@dataclass(frozen=True)
class ShardScorer:
    """Snapshot, retrievers and ranker that score the shards of one cut-off."""

    context: RetrievalContext
    ranker: Ranker
    customers: IntArray
    """(n,) rows of the snapshot, ascending."""
    shard_customers: int
    length: int
    second: Ranker | None = None
    """``lists.second_ranker``; its parts lie beside the others and are named ``second-``."""

    @property
    def n_shards(self) -> int:
        return max(1, -(-len(self.customers) // self.shard_customers))

    @cached_property
    def _scorer(self) -> PairScorer:
        return PairScorer([self.ranker, *([self.second] if self.second else [])], self.context)

    def score(self, shard: int, folder: Path) -> int:
        """Score one shard and write its part atomically; returns its customers. A part that is there is kept."""
        part = folder / shard_name(shard)
        customers = self.customers[shard * self.shard_customers : (shard + 1) * self.shard_customers]
        if not part.exists():
            first, *second = score_by(self._scorer, customers, self.length)
            for scored in second:
                scored.write(folder / shard_name(shard, SECOND))
            first.write(part)
        return len(customers)


def second_of(ranker: Ranker, name: str | None) -> Ranker | None:
    """The part of a blend that ranks the experiment's lists; None without one."""
    if name is None or not isinstance(ranker, BlendRanker):
        return None
    return ranker.dnn if name == ranker.dnn.name else ranker.lightgbm
