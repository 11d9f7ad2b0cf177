"""Tables -> feature snapshots as of the production cut-off and of every training cut-off.

``python -m spark_jobs.jobs.features --workspace DIR [--config FILE] [--cutoff D] [--only | --first]``, or the same
through spark-submit. Existing snapshots are kept; if none is missing, Spark is not started.
"""

import argparse
import contextlib
import datetime as dt
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from recsys_core.config import Config
from recsys_core.contracts.java import SHORT_JOB_ROWS
from recsys_core.errors import TooLittleToLearnError
from recsys_core.pipeline.features import snapshot_spec
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.store.artifacts import Artifact, Draft
from recsys_core.workspace import Workspace
from spark_jobs.command import iso_day, job_parser, report, run_job, workspace_and_config
from spark_jobs.session import spark_session
from spark_jobs.snapshot.write import write_snapshots

log = logging.getLogger(__name__)


def parse_args() -> argparse.Namespace:
    parser = job_parser("Compute feature snapshots as of cut-off dates.", reads_tables=True)
    parser.add_argument(
        "--cutoff",
        type=iso_day,
        metavar="YYYY-MM-DD",
        help="first day that a snapshot does not see (default: the day after the last purchase)",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--only", action="store_true", help="only this cut-off, without the training cut-offs")
    which.add_argument(
        "--first",
        action="store_true",
        help="for the first release, which waits for this cut-off: of a large shop no other, of a small one all",
    )
    return parser.parse_args()


def features(
    workspace: Workspace, config: Config, cutoff: dt.date | None, only: bool = False, first: bool = False
) -> list[Artifact]:
    """Build the snapshots that are missing, in one Spark session; returns all."""
    plan = BuildPlan.of_current_tables(workspace, config, cutoff)
    past = beside_first(plan) if first else [] if only else past_plans(plan)
    missing = []
    for at in (plan, *past):
        if at.store.find(snapshot_spec(at)):
            log.info("%s/%s exists", snapshot_spec(at).kind, snapshot_spec(at).key)
        else:
            missing.append(at)
    if missing:
        build(missing)
    made = (at.store.find(snapshot_spec(at)) for at in (plan, *past))
    return [each for each in made if each]


def past_plans(plan: BuildPlan) -> list[BuildPlan]:
    """The plans as of the training cut-offs; none if there are too few days to learn from yet."""
    try:
        return plan.past_plans
    except TooLittleToLearnError as reason:
        log.warning("%s. The production cut-off alone gets a snapshot", reason)
        return []


def beside_first(plan: BuildPlan) -> list[BuildPlan]:
    """The training cut-offs of a shop so small that they take less time beside the plan's own than Java to start."""
    past = past_plans(plan)
    return past if sum(each.purchases for each in (plan, *past)) <= SHORT_JOB_ROWS else []


def build(plans: Sequence[BuildPlan]) -> None:
    """Build the snapshots of these plans in one pass; each becomes an artifact as soon as it is complete."""
    with contextlib.ExitStack() as drafts:
        folders: dict[dt.date, Path] = {}
        complete: dict[dt.date, Callable[[Mapping[str, int]], None]] = {}
        # Always in one order: two runs that share cut-offs wait for each other, not both.
        for plan in sorted(plans, key=lambda plan: plan.cutoff):
            one = drafts.enter_context(contextlib.ExitStack())
            draft = one.enter_context(plan.store.build(snapshot_spec(plan)))
            folders[plan.cutoff] = draft.path
            complete[plan.cutoff] = partial(_complete, draft, one)
        if all(plan.store.find(snapshot_spec(plan)) for plan in plans):  # by another process, which had the locks
            return
        spark = spark_session("features", sum(plan.purchases for plan in plans))
        for cutoff, counts in write_snapshots(spark, plans[0].tables.path, folders):
            complete[cutoff](counts)


def _complete(draft: Draft, context: contextlib.ExitStack, counts: Mapping[str, int]) -> None:
    draft.summary |= counts
    context.close()


def main() -> None:
    args = parse_args()
    workspace, config = workspace_and_config(args)
    report("features", features(workspace, config, args.cutoff, args.only, args.first))


if __name__ == "__main__":
    run_job(main)
