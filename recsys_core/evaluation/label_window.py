"""The truth of a label window: the buyers and their purchases, in rows of a snapshot."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recsys_core.data.labels import load_labels
from recsys_core.evaluation.metrics.accuracy import Truth
from recsys_core.features.snapshot import IntArray, Snapshot


@dataclass(frozen=True)
class LabelWindow:
    """Purchases of the label days, by customer and article rows of the snapshot before them."""

    customers: IntArray
    """(n,) rows of the snapshot; ``n_customers`` for a customer it does not know."""
    truth: Truth

    @classmethod
    def open(cls, tables: Path, snapshot: Snapshot, first: dt.date, days: int) -> "LabelWindow":
        """Reads the ``days`` days from ``first`` on from a ``tables/<key>/`` folder."""
        labels = load_labels(tables, first, days)
        ids, customer = np.unique(labels["customer_id"].to_numpy(zero_copy_only=False), return_inverse=True)
        article = snapshot.article_rows(labels["article_id"].to_numpy(zero_copy_only=False))
        return cls(snapshot.customer_rows(ids), Truth(customer.astype(np.int64), article, len(ids)))
