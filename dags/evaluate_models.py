"""
### Backtest: how good would the lists have been?

**What it does.** Trains as of a past day on the data known then, makes the lists, and compares them with
the purchases of the following days. It reports MAP@12 and recall, beside simple lists (best sellers, own
purchases then best sellers, and others). With more than one fold it repeats this for several label windows.
The report and its plots go to MLflow and to `evaluations/` of the workspace. The metrics also go to the asset
`evaluation`. The live release never changes. It takes a slot of the heavy tasks (`recsys_heavy`): with one slot,
`daily_release` waits until it has ended.

**Next.** Nothing. Trigger it by hand before and after a change of models or rules, for the same label days.

**When it fails.** *only ... folds of ... days fit*: each fold needs full days before it; the error says how
many fit. *no purchases in the label days*: the label days must lie inside the data. A score below the better
baseline does not fail this DAG. It is a metric in the result: compare the run in MLflow with earlier runs.

**Rerun.** Clear the task, or trigger with parameters. Models trained as of the same day are reused.
"""

from datetime import timedelta

from airflow.sdk import Param

from recsys_airflow.assets import EVALUATION
from recsys_airflow.factory import recsys_dag
from recsys_airflow.operators import RecsysStageOperator

with recsys_dag(
    "evaluate_models",
    doc=__doc__,
    schedule=None,
    tags=["mlflow"],
    params={
        "label_start": Param(
            type="string",
            format="date",
            title="First label day",
            description="Everything is trained as of this day; the label days must lie inside the data.",
        ),
        "label_days": Param(7, type="integer", minimum=1, maximum=56, title="Label window, days"),
        "folds": Param(
            1,
            type="integer",
            minimum=1,
            maximum=12,
            title="Folds",
            description="Label windows in all: the one above and full earlier ones. Each trains everything again.",
        ),
    },
):
    RecsysStageOperator(
        stage="evaluate",
        options={
            "--label-start": "{{ params.label_start }}",
            "--label-days": "{{ params.label_days }}",
            "--folds": "{{ params.folds }}",
        },
        outlets=[EVALUATION],
        execution_timeout=timedelta(hours=8),
        doc_md="`recsys evaluate`: trains and evaluates as of the first label day.",
    )
