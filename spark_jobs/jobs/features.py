"""Tables -> feature snapshots as of the production cut-off and of every training cut-off.

``python -m spark_jobs.jobs.features --workspace DIR [--config FILE] [--cutoff D] [--only]``, or the same through
spark-submit. Existing snapshots are kept; if none is missing, Spark is not started.
"""

import argparse
import datetime as dt
import logging

from recsys_core.config import Config
from recsys_core.pipeline.features import snapshot_spec
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.workspace import Workspace
from spark_jobs.command import iso_day, job_parser, run_job, workspace_and_config
from spark_jobs.session import spark_session
from spark_jobs.snapshots import write_snapshot

log = logging.getLogger(__name__)


def parse_args() -> argparse.Namespace:
    parser = job_parser("Compute feature snapshots as of cut-off dates.")
    parser.add_argument(
        "--cutoff",
        type=iso_day,
        metavar="YYYY-MM-DD",
        help="first day that a snapshot does not see (default: the day after the last purchase)",
    )
    parser.add_argument("--only", action="store_true", help="only this cut-off, without the training cut-offs")
    return parser.parse_args()


def features(workspace: Workspace, config: Config, cutoff: dt.date | None, only: bool) -> None:
    """Build the snapshots that are missing, in one Spark session."""
    plan = BuildPlan.of_current_tables(workspace, config, cutoff)
    past = () if only else plan.train_cutoffs
    for at in (plan, *(plan.at(train.cutoff) for train in past)):
        if at.store.find(snapshot_spec(at)):
            log.info("%s/%s exists", snapshot_spec(at).kind, snapshot_spec(at).key)
            continue
        with at.store.build(snapshot_spec(at)) as draft:
            if at.store.find(snapshot_spec(at)):  # made by another process while this one waited for the lock
                continue
            spark = spark_session("features")
            draft.summary |= write_snapshot(spark, at.tables.path, draft.path, at.cutoff)


def main() -> None:
    args = parse_args()
    workspace, config = workspace_and_config(args)
    features(workspace, config, args.cutoff, args.only)


if __name__ == "__main__":
    run_job(main)
