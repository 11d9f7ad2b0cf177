"""
### The snapshot of the day, and the question whether to train

**What it does.** One Spark job writes a snapshot of customers and articles as of the production cut-off (the
day after the last purchase). A snapshot as of day D sees only days before D; all features are made from it.
Then `training_due` asks whether the models are still young enough. They are trained anew if they are
`cutoffs.retrain_after_days` old (7 by default), if the settings of the models changed, if the data of a customer
whom they know were deleted, or if there are none that this version can use.

**Next.** A new snapshot starts `recommend`, which makes the lists of the day with the models that there are.
If models are due, `train_models` starts beside it. Otherwise `training_due` is skipped, and its log says how old
the models are.

**When it fails.** *no tables*: `ingest_purchases` has not succeeded yet. *out of memory*: raise
`SPARK_DRIVER_MEMORY`, or give `spark_default` the address of a cluster.

**Rerun.** Clear the task. A complete snapshot is reused and not computed again. To train at once, trigger
`train_models`.
"""

from datetime import timedelta

from recsys_airflow.assets import IMAGE_EMBEDDINGS, SNAPSHOTS, TRAINING_DUE
from recsys_airflow.factory import recsys_dag
from recsys_airflow.operators import RecsysSparkOperator, RecsysStageOperator

with recsys_dag("build_features", doc=__doc__, schedule=[IMAGE_EMBEDDINGS], tags=["spark"]):
    snapshot = RecsysSparkOperator(
        job="features",
        task_id="snapshot",
        flags=["--only"],
        outlets=[SNAPSHOTS],
        execution_timeout=timedelta(hours=2),
        doc_md="Tables to `features/cutoff=D/<key>/` as of the production cut-off.",
    )
    due = RecsysStageOperator(
        stage="training-due",
        skip_without="due",
        outlets=[TRAINING_DUE],
        execution_timeout=timedelta(minutes=10),
        doc_md="Succeeds if the models are to be trained anew, which starts `train_models`; else it is skipped.",
    )
    snapshot >> due
