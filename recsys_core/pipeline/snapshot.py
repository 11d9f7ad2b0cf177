"""``recsys snapshot``: the snapshot of features as of the cut-off alone (Spark)."""

from recsys_core.pipeline.features import VERSION, make_snapshot
from recsys_core.pipeline.stage import StageGroup, described

STAGE = StageGroup("snapshot", VERSION, lambda plan: {"cutoff": str(plan.cutoff), **described(make_snapshot(plan))})
