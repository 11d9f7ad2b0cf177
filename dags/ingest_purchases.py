"""
### Read the shop's files into validated tables

**What it does.** One Spark job reads `articles`, `customers` and `transactions` below
`RECSYS_WORKSPACE/raw`, and the orders that the storefront left in `incoming/`. Good rows become the
tables. Bad rows go to the quarantine with their text, line and reason. Customers whose data were
deleted are left out. `receipts/orders.json` tells the storefront which orders were read. The DAG runs
every night at 03:00 UTC, and when the storefront reports new orders.

**Report.** The button *Report* under *Details* of the task, or *Browse, Ingest report* in the menu, shows what the last
ingest read: rows by file, bad rows with examples, files that were not read and why, purchases that two files hold, and
a guess of the currency. The task's log has the same in short.

**Next.** The catalogue starts `embed_images`, which starts the rest. The tables start `first_release`, which publishes
a release without trained models if none is live.

**When it fails.** The last line of the log gives the reason:

- *required column ... is missing*, or *rows are bad* (more than `data.max_bad_share`): the delivery
  is broken. The bad rows are in `batches/.draft-<key>/quarantine`, purchases of unknown articles in
  `tables/.draft-<key>/quarantine`. Ask for the file again (for unknown articles: the articles
  file), and replace it. Yesterday's tables stay in use; nothing is half-written.
- *out of memory*: raise `SPARK_DRIVER_MEMORY`.

**Rerun.** Clear the task, or trigger the DAG. A rerun is always safe: a file is recognised by its
checksum and not read twice. To read another folder, trigger with the parameter `data`.
"""

from datetime import timedelta

from airflow.sdk import AssetOrTimeSchedule, CronTriggerTimetable, Param

from recsys_airflow.assets import CATALOGUE, SHOP_ORDERS, TABLES
from recsys_airflow.factory import recsys_dag
from recsys_airflow.operators import RecsysIngestOperator

with recsys_dag(
    "ingest_purchases",
    doc=__doc__,
    schedule=AssetOrTimeSchedule(
        timetable=CronTriggerTimetable("0 3 * * *", timezone="UTC", run_immediately=False),
        assets=[SHOP_ORDERS],
    ),
    tags=["spark"],
    params={
        "data": Param(
            None,
            type=["null", "string"],
            minLength=1,
            title="Folder with the shop's files",
            description="articles.csv, customers.csv, transactions_train.csv (plain, .gz or .parquet). "
            "Empty: the folder of last time.",
        ),
        "mapping": Param(
            None,
            type=["null", "string"],
            minLength=1,
            title="Column mapping",
            description="TOML file that names the columns of a shop other than H&M, or the name of a shipped one "
            "(recsys mapping list). Empty: as last time.",
        ),
    },
):
    RecsysIngestOperator(
        job="ingest",
        options={"--data": "{{ params.data or '' }}", "--mapping": "{{ params.mapping or '' }}"},
        niceness=0,  # the first page waits for it
        outlets=[TABLES, CATALOGUE],
        execution_timeout=timedelta(hours=2),
        doc_md="Raw files to `tables/<key>/`; the link `tables/current` flips when they are complete.",
    )
