"""Purchases of a label window: the truth that rankers learn from and lists are measured on."""

import datetime as dt
from pathlib import Path

import pyarrow as pa
import pyarrow.dataset as ds


def load_labels(tables: Path, cutoff: dt.date, days: int) -> pa.Table:
    """Distinct ``customer_id, article_id`` bought on the ``days`` days from ``cutoff`` on, sorted."""
    day = ds.field("t_dat")
    window = (day >= cutoff) & (day < cutoff + dt.timedelta(days=days))
    columns = ["customer_id", "article_id"]
    bought = ds.dataset(tables / "transactions", format="parquet").to_table(columns, filter=window)
    pairs = bought.group_by(columns).aggregate([])
    return pairs.select(columns).sort_by([(column, "ascending") for column in columns])
