"""
### One immutable release, checked, then live

**What it does.** `index` fills this release's own Milvus collections and checks them: every article
present, a sample that finds itself, filtered search against exact search. `publish` copies lists, catalogue
and search into a fresh folder with a manifest of checksums, verifies it, and flips the link
`releases/live`. The shop follows within seconds.

**Next.** A new release starts `clean_up`.

**When it fails.** The shop goes on with the release before. *is made but not live*: the gate of
`mlflow/promotion.yaml` refused a new configuration and says why; change it back, or `recsys promote
--release ID --force`. *recall ... is below*: on Milvus Lite
`index.index_type` must be FLAT; so it may be on a server. *no Milvus at*: see
`MILVUS_URI`.

**Rollback.** `recsys release rollback --why TEXT` flips the link back to the release before, and
holds the one it left: later runs make it again but do not show it, and end well with a warning that
says so. A newer release that passes the gate ends the hold, or `recsys release lift --why TEXT`;
`recsys release list` shows what is live, what is held, by whom and why.

**Rerun.** Clear the failed task. A release has its content in its name: publishing it twice changes
nothing.
"""

from datetime import timedelta

from recsys_airflow.assets import LISTS, RELEASE
from recsys_airflow.factory import recsys_dag
from recsys_airflow.operators import RecsysStageOperator

with recsys_dag("publish_release", doc=__doc__, schedule=[LISTS], tags=["milvus"]):
    index = RecsysStageOperator(
        stage="index",
        execution_timeout=timedelta(hours=2),
        doc_md="Two-tower and image vectors to Milvus collections, and the record of their checks to `index/<key>/`.",
    )
    publish = RecsysStageOperator(
        stage="publish",
        outlets=[RELEASE],
        execution_timeout=timedelta(hours=1),
        doc_md="Lists, catalogue and index to `releases/<id>/`; flips `releases/live`.",
    )
    index >> publish
