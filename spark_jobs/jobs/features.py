"""Tables -> feature snapshots as of the production cut-off and of every training cut-off.

``python -m spark_jobs.jobs.features --home DIR [--config FILE] [--cutoff D] [--only]``, or the same through
spark-submit. Snapshots that exist are left alone; if none is missing Spark is not started.
"""

import argparse
import datetime as dt
import logging

from recsys_core.config import Config
from recsys_core.home import Home
from recsys_core.pipeline.features import snapshot_spec
from recsys_core.pipeline.plan import BuildPlan
from spark_jobs.command import home_and_config, iso_day, job_parser, run_job
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
    parser.add_argument("--only", action="store_true", help="this cut-off alone, without the training cut-offs")
    return parser.parse_args()


def features(home: Home, config: Config, cutoff: dt.date | None, only: bool) -> None:
    """Build the snapshots that are missing, in one Spark session."""
    plan = BuildPlan.of_current_tables(home, config, cutoff)
    past = () if only else plan.train_cutoffs
    for at in (plan, *(plan.at(train.cutoff) for train in past)):
        if at.store.find(snapshot_spec(at)):
            log.info("%s/%s exists", snapshot_spec(at).kind, snapshot_spec(at).key)
            continue
        with at.store.build(snapshot_spec(at)) as draft:
            spark = spark_session("features")
            draft.summary |= write_snapshot(spark, at.tables.path, draft.path, at.cutoff)


def main() -> None:
    args = parse_args()
    home, config = home_and_config(args)
    features(home, config, args.cutoff, args.only)


if __name__ == "__main__":
    run_job(main)
