"""
### Snapshots of customers and articles as of the cut-off dates

**What it does.** One Spark job writes a snapshot as of the production cut-off (the day after the last
purchase) and as of each past cut-off that the models learn from; a shop with purchases on too few days has none of
those. All features are made from these snapshots. A snapshot as of day D sees only days before D.

**Next.** New snapshots start `train_models`.

**When it fails.** *no tables*: `ingest_purchases` has not succeeded yet. *out of memory*: raise
`SPARK_DRIVER_MEMORY`, or give `spark_default` the address of a cluster.

**Rerun.** Clear the task. Complete snapshots are reused and not computed again.
"""

from datetime import timedelta

from recsys_airflow.assets import IMAGE_EMBEDDINGS, SNAPSHOTS
from recsys_airflow.factory import recsys_dag
from recsys_airflow.operators import RecsysSparkOperator

with recsys_dag("build_features", doc=__doc__, schedule=[IMAGE_EMBEDDINGS], tags=["spark"]):
    RecsysSparkOperator(
        job="features",
        outlets=[SNAPSHOTS],
        execution_timeout=timedelta(hours=3),
        doc_md="Tables to `features/cutoff=D/<key>/`, one snapshot for each cut-off date.",
    )
