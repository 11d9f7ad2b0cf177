"""Scores all customers of a snapshot, shard by shard: retrieve, describe, rank.

All customers x candidates never exist at once: a task holds one shard. Finished shards of a killed run are kept.
"""

import contextlib
import datetime as dt
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from recsys_core.pipeline.models import OWN, models_named, plan_with
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.score import ALL, Targets, open_scorer, scored_spec, worker_scorer
from recsys_core.ranking.shard_scorer import shard_name
from recsys_core.store.artifacts import Artifact
from spark_jobs.command import job_parser, report, run_job, workspace_and_config

log = logging.getLogger(__name__)
PROGRESS_SECONDS = 10.0
Work = Callable[[int], None]


def score(plan: BuildPlan, targets: Targets) -> Artifact:
    """Score ``targets`` as one Spark job of a task a shard; a single shard is scored here, without Spark."""
    spec = scored_spec(plan, targets)
    if found := plan.store.find(spec):
        return found
    scorer = open_scorer(plan, targets)
    with plan.store.build(spec, resume=True) as draft:
        if plan.store.find(spec):  # another process made it while this one waited for the lock
            return plan.store.require(spec)
        missing = [i for i in range(scorer.n_shards) if not (draft.path / shard_name(i)).exists()]
        log.info("%d shards of customers, %d to score", scorer.n_shards, len(missing))
        if len(missing) == 1:
            scorer.score(missing[0], draft.path)
        elif missing:
            with _progress(draft.path, scorer.n_shards):
                _score_in_spark(_task(plan, targets, draft.path), missing)
        draft.summary |= {"customers": len(scorer.customers), "shards": scorer.n_shards}
    return plan.store.require(spec)


def _score_in_spark(work: Work, shards: list[int]) -> None:
    from spark_jobs.session import spark_session
    from spark_jobs.tasks import run_tasks

    spark = spark_session("score", rows=len(shards))  # of the shards; the work is that of Python workers
    run_tasks(spark, lambda number: work(shards[number]), len(shards))
    spark.stop()


@contextlib.contextmanager
def _progress(folder: Path, n_shards: int) -> Iterator[None]:
    """Log how many shards are written, every so often, while the job runs."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(PROGRESS_SECONDS):
            log.info("%d of %d shards scored", sum(1 for _ in folder.glob("part-*.parquet")), n_shards)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _task(plan: BuildPlan, targets: Targets, folder: Path) -> Work:
    workspace = replace(plan.workspace, tables_key=plan.tables.key, embeddings_folder=plan.held_embeddings)
    config, cutoff = plan.config.model_dump_json(), plan.cutoff.isoformat()
    models, looks_back = models_named(plan), not plan.is_production

    def work(shard: int) -> None:
        worker_scorer(workspace, config, cutoff, looks_back, models, targets).score(shard, folder)

    return work


def main() -> None:
    parser = job_parser(__doc__ or "", reads_tables=True)
    parser.add_argument("--cutoff", type=dt.date.fromisoformat, help="YYYY-MM-DD (default: day after last purchase)")
    parser.add_argument(
        "--image-embeddings",
        default="",
        metavar="FOLDER",
        help="image embeddings to read, as `recsys embed-images` names them (default: the current ones)",
    )
    parser.add_argument("--customers", default=ALL, help="'all', or 'label=YYYY-MM-DD+DAYS': the buyers of those days")
    parser.add_argument("--length", type=int, help="ranked candidates kept per customer (default: lists.scored_length)")
    parser.add_argument(
        "--models",
        default="",
        help=f"key of the models, or '{OWN}': those trained as of the cut-off (default: the challenger's, "
        "else the live release's)",
    )
    parser.add_argument(
        "--looks-back", action="store_true", help="the cut-off is one of the past, though its tables end a day later"
    )
    args = parser.parse_args()
    plan = replace(BuildPlan.of_current_tables(*workspace_and_config(args), args.cutoff), looks_back=args.looks_back)
    report("score", [score(plan_with(plan, args.models), Targets(args.customers, args.length))])


if __name__ == "__main__":
    run_job(main)
