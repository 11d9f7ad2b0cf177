"""
### Remove artifacts that nothing needs any more

**What it does.** Once a day, `clean` drops artifacts after two weeks if neither a release nor the next run
depends on them. With the record of an index go its collections in Milvus, unless a release names them. Two kinds
wait only a day: artifacts made from tables that still contain a customer whose data were deleted, and batches (the
rows of the raw files) with such a customer. Models that serve stay until the next training, and those that wait for
a person's approval, without what they were trained on. Other batches, reports, tuning studies and MLflow's records
are not touched. An evaluation of a past date that has been running for longer than these times may have to be
started again.

**When it fails.** Nothing else is affected; the disk fills more quickly. The next run drops the rest of what a
killed task had begun to drop. If Milvus does not answer, the task succeeds with a warning, and collections and
their records wait for the next run.

**By hand.** `recsys clean --dry-run` lists what it would drop. `--days 0` does not wait. If no run is under
way, `--idle` drops at once everything that contains a deleted customer.

**Rerun.** Clear the failed task.
"""

from datetime import timedelta

from airflow.sdk import CronTriggerTimetable

from recsys_airflow.factory import recsys_dag
from recsys_airflow.operators import RecsysStageOperator

with recsys_dag(
    "clean_up", doc=__doc__, schedule=CronTriggerTimetable("0 6 * * *", timezone="UTC"), tags=["artifacts"]
):
    RecsysStageOperator(
        stage="clean",
        execution_timeout=timedelta(hours=1),
        doc_md="Drops artifacts below the workspace; says which, and how much space this frees.",
    )
