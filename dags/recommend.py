"""
### Make a list for every customer, and the shop's catalogue

**What it does.** `score` (Spark) retrieves and ranks candidates for every customer; `filter`
applies the business rules, counts in a ledger what each rule dropped, and refills the lists so that
none is short. At the same time `catalogue` prepares the article columns, similar articles and the
text search.

**Next.** New lists start `publish_release`.

**When it fails.** *out of memory* in `score`: lower `lists.shard_customers`; it limits the customers
in memory at a time. *lists are shorter than*: fewer different articles were sold than a list has
positions; lower `lists.length`. A rule that is too strict does not fail the run; the ledger in
`lists/<key>/ledger.json` shows it.

**Rerun.** Clear the failed task. Scored shards are kept.
"""

from datetime import timedelta

from recsys_airflow.assets import LISTS, MODELS
from recsys_airflow.factory import recsys_dag
from recsys_airflow.operators import RecsysSparkOperator, RecsysStageOperator

with recsys_dag("recommend", doc=__doc__, schedule=[MODELS], tags=["spark"]):
    score = RecsysSparkOperator(
        job="score",
        execution_timeout=timedelta(hours=6),
        doc_md="Ranked candidates of all retrievers to `scored/<key>/`.",
    )
    catalogue = RecsysStageOperator(
        stage="catalogue",
        doc_md="Article columns, similar articles, TF-IDF search to `catalogue/<key>/`, while `score` runs.",
    )
    rules = RecsysStageOperator(
        stage="filter",
        outlets=[LISTS],
        doc_md="Business rules, drop ledger and refill: `scored/` to `lists/<key>/`. It runs last, so its asset "
        "means that both lists and catalogue exist.",
    )
    [score, catalogue] >> rules
