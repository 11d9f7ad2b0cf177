"""
### What would other business rules change?

**What it does.** Applies another rule set to the candidates that `daily_release` ranked last (or, with a
first label day, to those of a backtest) and compares both rule sets: what each rule drops in each customer
segment, how many lists change, how much of the catalogue is shown, and on label days MAP@12 and recall. The
result goes to `what_if/<name>.json` of the workspace, and the shop's staff pages list it. Nothing is
trained or ranked again, and the live release does not change.

**Next.** Nothing. The staff pages of the shop (`/staff/what-if/`) start it. To use a rule set permanently,
write it into the `[rules]` table of the configuration.

**When it fails.** *is missing: run*: `daily_release` has to succeed first. With a first label day,
`evaluate_models` has to succeed for the same days. *rules: ...*: a value is out of range; the message
names it.

**Rerun.** Clear the task. It overwrites the result of the same name.
"""

from datetime import timedelta

from airflow.sdk import Param

from recsys_airflow.factory import recsys_dag
from recsys_airflow.operators import RecsysStageOperator

with recsys_dag(
    "rules_what_if",
    doc=__doc__,
    schedule=None,
    tags=["rules"],
    params={
        "name": Param(
            type="string",
            pattern="^[A-Za-z0-9][A-Za-z0-9-]{0,59}$",
            title="Name of the result",
            description="Letters, digits and dashes.",
        ),
        "changes": Param(
            type="array",
            items={"type": "string", "pattern": "^[a-z_]+=[^\\r\\n]{1,300}$"},
            minItems=1,
            title="Changes",
            description="Settings of the [rules] table, one a line: purchased=exclude, price_band=false.",
        ),
        "label_start": Param(
            None,
            type=["null", "string"],
            format="date",
            title="First label day",
            description="Of a backtest that evaluate_models made. Empty: the lists of all customers, without MAP@12.",
        ),
        "label_days": Param(7, type="integer", minimum=1, maximum=56, title="Label window, days"),
        "asked_by": Param("", type="string", pattern=r"^[\w.@+-]{0,150}$", title="Who asks"),
    },
):
    RecsysStageOperator(
        stage="what-if",
        niceness=0,
        options={
            "--set": "{{ params.changes | join('\\n') }}",
            "--label-start": "{{ params.label_start or '' }}",
            "--label-days": "{{ params.label_days }}",
            "--save-as": "{{ params.name }}",
            "--asked-by": "{{ params.asked_by }}",
        },
        execution_timeout=timedelta(hours=1),
        doc_md="`recsys what-if`: compares both rule sets on the same candidates; writes `what_if/<name>.json`.",
    )
