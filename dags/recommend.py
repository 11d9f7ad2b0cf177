"""
### A finished list for every customer, and what the shop needs beside it

**What it does.** `score` (Spark) retrieves and ranks candidates for every customer; `filter`
applies the business rules, notes in a ledger what each dropped, and refills so that nobody gets a
short list. Meanwhile `catalogue` prepares the article columns, similar articles and the text
search.

**Next.** New lists start `publish_release`.

**When it fails.** *out of memory* in `score`: lower `lists.shard_customers`, it bounds what is held
at a time. *lists are shorter than*: fewer different articles were sold than a list has places; lower
`lists.length`. A rule that is too strict fails nothing: the ledger in `lists/<key>/ledger.json` shows it.

**Rerun.** Clear the failed task. Shards that were scored are kept.
"""

from datetime import timedelta

from recsys_airflow.assets import LISTS, MODELS
from recsys_airflow.factory import recsys_dag
from recsys_airflow.operators import RecsysSparkOperator, RecsysStageOperator

with recsys_dag("recommend", doc=__doc__, schedule=[MODELS], tags=["spark"]):
    score = RecsysSparkOperator(
        job="score",
        execution_timeout=timedelta(hours=6),
        doc_md="Candidates of all retrievers, ranked, to `scored/<key>/`.",
    )
    catalogue = RecsysStageOperator(
        stage="catalogue",
        doc_md="Article columns, similar articles, TF-IDF search to `catalogue/<key>/`, while `score` runs.",
    )
    rules = RecsysStageOperator(
        stage="filter",
        outlets=[LISTS],
        doc_md="Business rules, drop ledger and refill: `scored/` to `lists/<key>/`. Last, so that its asset "
        "means that lists and catalogue are both there.",
    )
    [score, catalogue] >> rules
