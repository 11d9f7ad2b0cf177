"""
### Make a list for every customer, and the shop's catalogue

**What it does.** `refresh_retrievers` chooses the models: those that were trained last, if `publish_release` has
not yet decided about them, else those of the live release. It fits every retriever that counts or compares as of
the cut-off, and computes the vectors of the two towers anew; nothing is trained. `score` (Spark) retrieves and
ranks candidates for every customer. `filter` applies the business rules, counts in a ledger what each rule
dropped, and refills the lists so that none is short. At the same time `catalogue` prepares the article columns,
similar articles and the text search. All tasks of a run use the same models. As long as there are none, the tasks
are skipped.

**Next.** New lists start `publish_release`.

**When it fails.** *out of memory* in `score`: lower `lists.shard_customers`; it limits the customers
in memory at a time. *lists are shorter than*: fewer different articles were sold than a list has
positions; lower `lists.length`. A rule that is too strict does not fail the run; the ledger in
`lists/<key>/ledger.json` shows it.

**Rerun.** Clear the failed task. Scored shards are kept. Clear `refresh_retrievers` to choose the models again.
"""

from datetime import timedelta

from recsys_airflow.assets import LISTS, MODELS, SNAPSHOTS
from recsys_airflow.factory import recsys_dag
from recsys_airflow.models import CHOSEN
from recsys_airflow.operators import RecsysSparkOperator, RecsysStageOperator

with recsys_dag("recommend", doc=__doc__, schedule=SNAPSHOTS | MODELS, tags=["spark", "tensorflow"]):
    refresh = RecsysStageOperator(
        stage="refresh-retrievers",
        skip_without="models",
        doc_md="Snapshot and models to `retrievers/<retriever>/<key>/` as of the cut-off, without training.",
    )
    score = RecsysSparkOperator(
        job="score",
        options={"--models": CHOSEN},
        execution_timeout=timedelta(hours=6),
        doc_md="Ranked candidates of all retrievers to `scored/<key>/`.",
    )
    catalogue = RecsysStageOperator(
        stage="catalogue",
        options={"--models": CHOSEN},
        doc_md="Article columns, similar articles, TF-IDF search to `catalogue/<key>/`, while `score` runs.",
    )
    rules = RecsysStageOperator(
        stage="filter",
        options={"--models": CHOSEN},
        outlets=[LISTS],
        doc_md="Business rules, drop ledger and refill: `scored/` to `lists/<key>/`. It runs last, so its asset "
        "means that both lists and catalogue exist.",
    )
    refresh >> [score, catalogue] >> rules
