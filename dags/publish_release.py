"""
### Make one immutable release, check it, bring it live

**What it does.** `index` fills this release's own Milvus collections and checks them: every article is
present, sampled articles find themselves, and filtered search is compared with exact search. `publish`
copies lists, catalogue and search into a new folder with a manifest of checksums, verifies it, and flips
the link `releases/live`. The shop uses the new release within seconds.

**Next.** A new release starts `clean_up`.

**When it fails.** The shop keeps the previous release. *is made but not live*: the gate of
`mlflow/promotion.yaml` refused a new configuration and gives the reason. Change it back, or run
`recsys promote --release ID --force`. *recall ... is below*: on Milvus Lite `index.index_type` must be
FLAT; on a server it may be FLAT too. *no Milvus at*: see `MILVUS_URI`.

**Rollback.** `recsys release rollback --why TEXT` flips the link back to the previous release and holds
the one that was live. Later runs make the held release again, but do not bring it live; they succeed with
a warning. The hold ends when a newer release passes the gate, or with `recsys release lift --why TEXT`.
`recsys release list` shows which releases are live or held, by whom and why.

**Rerun.** Clear the failed task. The name of a release depends on its content, so publishing it twice
changes nothing.
"""

from datetime import timedelta

from recsys_airflow.assets import LISTS, RELEASE
from recsys_airflow.factory import recsys_dag
from recsys_airflow.models import OF_THE_LISTS
from recsys_airflow.operators import RecsysStageOperator

with recsys_dag("publish_release", doc=__doc__, schedule=[LISTS], tags=["milvus"]):
    index = RecsysStageOperator(
        stage="index",
        options={"--models": OF_THE_LISTS},
        execution_timeout=timedelta(hours=2),
        doc_md="Two-tower and image vectors to Milvus collections, and the record of their checks to `index/<key>/`.",
    )
    publish = RecsysStageOperator(
        stage="publish",
        options={"--models": OF_THE_LISTS},
        outlets=[RELEASE],
        execution_timeout=timedelta(hours=1),
        doc_md="Lists, catalogue and index to `releases/<id>/`; flips `releases/live`.",
    )
    index >> publish
