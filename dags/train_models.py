"""
### Train the retrievers, then the ranker

**What it does.** It runs when models are due (`build_features` says when and why), and whenever it is
triggered. `features` (Spark) builds the snapshots as of the past cut-offs.
`train_retrievers` fits every retriever that is switched on ({retrievers})
as of each past cut-off and as of the production cut-off. `train_ranker` learns from the candidates
of the past cut-offs, so that no score has seen its own label. The two towers and the rankers log to
MLflow: parameters, metrics, data digest, git commit, models. `validate` measures the models on the
last complete label window, which they have not seen, and compares them with the champion's models and
simple lists.

**When it is skipped.** A shop with fewer than 12 articles or 100 purchases, or without two full days of purchases in a
row, has too little to learn from; with fewer than 1,000 purchases also one whose training collapses. Then the task says
so and is skipped with those after it, no further DAG starts, and the shop is served by `first_release`.

**Next.** New models start `recommend`, which makes lists with them. The gate decides whether these go live. Until
then, and if they do not, the lists of each day are made with the models of the live release.

**When it fails.**

- *two-tower training collapsed*: customers' own vectors predict their purchases no better than those
  of others, or the articles' vectors are nearly equal. Compare the run in MLflow with the last good
  one. Production keeps the models of the live release.
- *the models are trained but will not serve*: on the same customers they are surely worse than the
  champion's models or a simple list, or the last training on all examples went wrong. The shop keeps
  the live release. Look at the run "validation of the models" in MLflow, and at the changes in the
  data; `mlflow/promotion.yaml` has the requirements.
- MLflow does not answer: start it, then clear the task.
- *out of memory*: lower `two_tower.max_purchases` in the configuration.

**Rerun.** Clear the failed task. Fitted retrievers are reused. Models that were refused are not trained again
by themselves before they are `cutoffs.retrain_after_days` old: trigger this DAG.
"""

from datetime import timedelta

from recsys_airflow.assets import MODELS, TRAINING_DUE
from recsys_airflow.factory import recsys_dag
from recsys_airflow.operators import RecsysSparkOperator, RecsysStageOperator

with recsys_dag("train_models", doc=__doc__, schedule=[TRAINING_DUE], tags=["spark", "tensorflow", "mlflow"]):
    snapshots = RecsysSparkOperator(
        job="features",
        execution_timeout=timedelta(hours=3),
        doc_md="Tables to `features/cutoff=D/<key>/`, one snapshot for each cut-off date that is missing.",
    )
    retrievers = RecsysStageOperator(
        stage="train-retrievers",
        may_be_skipped=True,
        execution_timeout=timedelta(hours=6),
        doc_md="Snapshots to `retrievers/<retriever>/<key>/`, for every retriever and cut-off. Skipped where there is "
        "too little to learn from.",
    )
    ranker = RecsysStageOperator(
        stage="train-ranker",
        may_be_skipped=True,
        execution_timeout=timedelta(hours=4),
        doc_md="Past candidates and the purchases after them to `rankers/<name>/<key>/`.",
    )
    validated = RecsysStageOperator(
        stage="validate",
        outlets=[MODELS],
        doc_md="Compares the models with the champion's and simple lists on the last complete label window; writes "
        "`validations/<key>/`.",
    )
    snapshots >> retrievers >> ranker >> validated
