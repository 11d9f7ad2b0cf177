"""
### Take in the orders of the day

**What it does.** It runs when the storefront reports new orders. `ingest` (Spark) reads the files that the
storefront left in `incoming/` and those of the shop that have changed. `receipts/orders.json` tells the
storefront which orders were read. Orders of a day that is not over do not move the cut-off date: they count in
the lists once `daily_release` runs for their day. A run of `daily_release` that is under way keeps to its
tables.

**When it fails.** *rows are bad*: the tables stay as they were, and the next run reads the orders again. The
other symptoms are those of the first task of `daily_release`.

**Rerun.** Clear the task. A file is recognised by its checksum and not read twice.
"""

from datetime import timedelta

from recsys_airflow.assets import SHOP_ORDERS
from recsys_airflow.factory import recsys_dag
from recsys_airflow.operators import RecsysIngestOperator

with recsys_dag("ingest_orders", doc=__doc__, schedule=[SHOP_ORDERS], tags=["spark"]):
    RecsysIngestOperator(
        job="ingest",
        execution_timeout=timedelta(hours=2),
        doc_md="Orders and raw files to `tables/<key>/`.",
    )
