"""A shop small enough to train in seconds, with something to learn, and the stages on it without Spark."""

import numpy as np

from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.score import Targets, open_scorer, scored_spec
from recsys_core.pipeline.train_ranker import train_ranker
from recsys_core.pipeline.train_retrievers import train_retrievers
from recsys_core.testing.snapshot_fixture import Purchase

GROUPS = {"a": "shirt", "b": "dress"}
CUSTOMERS_A_GROUP, ARTICLES_A_KIND = 20, 12
DAYS = 14


def purchases() -> list[Purchase]:
    """The a's buy shirts, the b's buy dresses, each one every other day; of two label days and ``DAYS`` before."""
    rng = np.random.default_rng(0)
    return [
        Purchase(f"{group}{i:02d}", f"{kind}{rng.zipf(1.5) % ARTICLES_A_KIND:02d}", day)
        for group, kind in GROUPS.items()
        for i in range(CUSTOMERS_A_GROUP)
        for day in range(-1, DAYS)
        if (i + day) % 2
    ]


def random_purchases(days: int) -> list[Purchase]:
    """40 a's buy ten shirts of eight each, at random within ``days``, and 40 b's dresses."""
    rng = np.random.default_rng(0)
    return [
        Purchase(f"{group}{i:02d}", f"{kind}{rng.integers(8)}", int(rng.integers(1, days + 1)))
        for group, kind in GROUPS.items()
        for i in range(40)
        for _ in range(10)
    ]


def kinds() -> dict[str, dict[str, str]]:
    """Attributes of the articles of ``random_purchases``."""
    return {f"{kind}{i}": {"product_type_name": kind} for kind in GROUPS.values() for i in range(8)}


def prepare(plan: BuildPlan, targets: Targets) -> None:
    """Everything from the snapshots to what is scored, in this process."""
    train_retrievers(plan)
    train_ranker(plan)
    score(plan, targets)


def score(plan: BuildPlan, targets: Targets) -> None:
    """Scores shard by shard, as the Spark job does."""
    spec = scored_spec(plan, targets)
    if not plan.store.find(spec):
        scorer = open_scorer(plan, targets)
        with plan.store.build(spec) as draft:
            for shard in range(scorer.n_shards):
                scorer.score(shard, draft.path)
