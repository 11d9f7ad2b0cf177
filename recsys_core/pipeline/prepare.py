"""Makes everything up to the scored candidates of a label window, for measurements on it."""

import datetime as dt

from recsys_core.pipeline import features, refresh_retrievers, snapshot, train_ranker, train_retrievers
from recsys_core.pipeline.models import note_models, read_models, with_models
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.score import Targets, score

TRAINING = (features.STAGE, train_retrievers.STAGE, train_ranker.STAGE)
WITHOUT_TRAINING = (snapshot.STAGE, refresh_retrievers.STAGE)


def prepare(plan: BuildPlan, targets: Targets) -> None:
    """Run the stages before, then score the targets; what exists is found."""
    for stage in WITHOUT_TRAINING if plan.models else TRAINING:
        stage(plan)
    score(plan, targets)


def with_older_models(plan: BuildPlan, days: int) -> BuildPlan:
    """The plan with models as of so many days before its cut-off, which are trained unless they are there."""
    earlier = plan.at(plan.cutoff - dt.timedelta(days=days))
    for stage in TRAINING:
        stage(earlier)
    return with_models(plan, read_models(plan.workspace, note_models(earlier).key))
