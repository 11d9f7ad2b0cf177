"""Makes everything up to the scored candidates of a label window, for measurements on it."""

from recsys_core.pipeline import features, train_ranker, train_retrievers
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.score import Targets, score

BEFORE_SCORE = (features.STAGE, train_retrievers.STAGE, train_ranker.STAGE)


def prepare(plan: BuildPlan, targets: Targets) -> None:
    """Run the stages before, then score the targets; what exists is found."""
    for stage in BEFORE_SCORE:
        stage(plan)
    score(plan, targets)
