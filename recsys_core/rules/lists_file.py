"""Writes finished lists with outside ids (docs/data-contracts.md)."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from recsys_core.contracts.release import REASONS
from recsys_core.features.snapshot import Snapshot
from recsys_core.ranking.scored import Scored
from recsys_core.retrieval.candidates import PAD
from recsys_core.retrieval.explanations import Explanations


def write_lists(path: Path, lists: Scored, snapshot: Snapshot, explanations: Explanations) -> None:
    """One part of lists/<key>/ (docs/data-contracts.md)."""
    n, length = lists.article_idx.shape
    offsets = np.arange(0, n * length + 1, length, dtype=np.int32)

    def as_lists(values: pa.Array) -> pa.Array:
        return pa.ListArray.from_arrays(offsets, values)

    reasons = pa.DictionaryArray.from_arrays(pa.array(lists.reason.ravel()), pa.array(REASONS)).cast(pa.string())
    purchase = explanations.purchase(lists.customer, lists.article_idx, lists.reason).ravel()
    ages = snapshot.customer_codes("age_interval")
    columns: Mapping[str, pa.Array] = {
        "customer_id": pa.array(snapshot.customer_ids[lists.customer], pa.string()),
        "age_interval": pa.array(np.array(ages.values, object)[ages.codes[lists.customer]], pa.string()),
        "purchases": pa.array(snapshot.customer("articles_all")[lists.customer].astype(np.int32)),
        "article_ids": as_lists(pa.array(snapshot.article_ids[lists.article_idx.ravel()], pa.string())),
        "scores": as_lists(pa.array(lists.score.ravel())),
        "reasons": as_lists(reasons),
        "source_purchases": as_lists(pa.array(snapshot.article_ids[purchase], pa.string(), mask=purchase == PAD)),
    }
    pq.write_table(pa.table(dict(columns)), path, compression="zstd")
