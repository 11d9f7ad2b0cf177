"""
### A new shop's first release, before any model is trained

**What it does.** On a shop's first day it publishes a release as soon as the tables exist, while the models still
train: best sellers, repeat purchases and co-purchases, with catalogue, filters and text search. `features` computes
the snapshot as of the production cut-off, of a small shop all of them; `build_features` and `train_models` find them.
`first_release` makes the lists and the release, and brings it live if nothing is. Once a trained release is live, both
tasks are skipped. A shop that has too few articles, or purchases on too few days, to learn from is served by first
releases, a new one for each new day: no training is started.

**Next.** Nothing waits for it. The first trained release replaces it by itself. A first release is never champion, so
the gate treats the trained one as the first configuration. Search by image comes with the trained release.

**When it fails.** Nothing else is affected: the other DAGs do not wait for it, and the shop opens with the trained
release. *no tables*: `ingest_purchases` has not succeeded yet. *lists are shorter than*: fewer different articles were
sold than a list has positions; lower `lists.length`. *out of memory*: raise `SPARK_DRIVER_MEMORY` for `features`, lower
`lists.shard_customers` for `first_release`.

**Rerun.** Clear the failed task. What exists already is found, and the same input gives the same release.
"""

from datetime import timedelta

from recsys_airflow.assets import TABLES
from recsys_airflow.factory import recsys_dag
from recsys_airflow.first_release import skip_if_live
from recsys_airflow.operators import RecsysSparkOperator, RecsysStageOperator

with recsys_dag("first_release", doc=__doc__, schedule=[TABLES], tags=["spark"]):
    snapshot = RecsysSparkOperator(
        job="features",
        flags=["--first"],
        niceness=0,
        pre_execute=skip_if_live,
        execution_timeout=timedelta(hours=1),
        doc_md="Tables to the snapshot as of the production cut-off, unless a release is live. A small shop's other "
        "snapshots are built in the same pass.",
    )
    release = RecsysStageOperator(
        stage="first-release",
        niceness=0,
        execution_timeout=timedelta(hours=1),
        doc_md="Snapshot to `releases/<id>/` from retrievers that count; goes live if nothing trained is.",
    )
    snapshot >> release
