"""
### What nobody needs any more goes

**What it does.** `clean` drops artifacts that neither a release nor the next run is made from, once they
are two weeks old. Those made from tables that still hold a customer who had the own data deleted wait a
day only, and so do batches (what the raw files hold) with such a customer. Other batches, reports, tuning
studies and MLflow's records are not touched. An evaluation of a past date that has been under way for
longer than that may have to be started again.

**When it fails.** Nothing else is touched; the disk fills more quickly. What a killed task had begun to
drop goes the next time.

**By hand.** `recsys clean --dry-run` says what would go; `--days 0` waits for nothing; `--idle`, where no run is
under way, drops what holds a deleted customer at once.

**Rerun.** Clear the failed task.
"""

from datetime import timedelta

from recsys_airflow.assets import RELEASE
from recsys_airflow.factory import recsys_dag
from recsys_airflow.operators import RecsysStageOperator

with recsys_dag("clean_up", doc=__doc__, schedule=[RELEASE], tags=["artifacts"]):
    RecsysStageOperator(
        stage="clean",
        execution_timeout=timedelta(hours=1),
        doc_md="Drops artifacts below the workspace; says which, and how much room that makes.",
    )
