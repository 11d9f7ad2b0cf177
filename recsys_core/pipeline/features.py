"""``recsys features``: snapshots of features as of the cut-off and of every training cut-off (Spark)."""

from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.spark_job import run_spark_job
from recsys_core.pipeline.stage import StageGroup, Summary
from recsys_core.store.artifacts import Artifact, ArtifactSpec

VERSION = 6


def snapshot_spec(plan: BuildPlan) -> ArtifactSpec:
    """The snapshot as of the plan's cut-off."""
    inputs = {"tables": plan.tables.content_sha256}
    return ArtifactSpec(f"features/cutoff={plan.cutoff}", VERSION, inputs, made_by="recsys features")


def make_snapshots(plan: BuildPlan) -> Summary:
    """Run the job, which makes the snapshots that are missing in one Spark session."""
    run_spark_job("features", plan.workspace, plan.config, {"--cutoff": plan.cutoff})
    plans = (plan, *plan.past_plans)
    made = (plan.store.find(snapshot_spec(at)) for at in plans)
    return {"cutoffs": [str(at.cutoff) for at in plans], "artifacts": [each.name for each in made if each]}


def make_snapshot(plan: BuildPlan) -> Artifact:
    """The snapshot as of the plan's cut-off alone; Spark is started only if it is missing."""
    spec = snapshot_spec(plan)
    if not plan.store.find(spec):
        run_spark_job("features", plan.workspace, plan.config, {"--cutoff": plan.cutoff, "--only": True})
    return plan.store.require(spec)


STAGE = StageGroup(
    "features",
    VERSION,
    make_snapshots,
)
