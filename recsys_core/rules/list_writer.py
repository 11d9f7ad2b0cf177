"""Writes finished lists with outside ids, and what was counted while they were made (docs/data-contracts.md)."""

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from recsys_core.contracts.release import REASONS
from recsys_core.features.snapshot import IntArray, Snapshot
from recsys_core.ranking.scored import Scored
from recsys_core.retrieval.candidates import PAD
from recsys_core.retrieval.explanations import Explanations
from recsys_core.rules.ledger import Ledger
from recsys_core.store.artifacts import atomic_path

LEDGER_KEY: Final = b"recsys.ledger"
"""Key in the Parquet file's metadata, so that a part and its counts are written in one step."""
EXPLAINED_BY_KEY: Final = b"recsys.explained_by"
"""The same for the names of the retrievers whose recommendations are explained, as JSON."""


class ListWriter:
    """Writes the lists of a snapshot's customers, each place with the purchase that explains it."""

    def __init__(self, snapshot: Snapshot, explanations: Explanations) -> None:
        self._snapshot = snapshot
        self._explanations = explanations

    def write(self, path: Path, lists: Scored, ledger: Ledger) -> None:
        """Write one part atomically, with the counts of ``ledger``, which is that of its customers."""
        n, length = lists.article_idx.shape
        offsets = np.arange(0, n * length + 1, length, dtype=np.int32)

        def as_lists(values: pa.Array) -> pa.Array:
            return pa.ListArray.from_arrays(offsets, values)

        snapshot, ages = self._snapshot, self._snapshot.customer_codes("age_interval")
        reasons = pa.DictionaryArray.from_arrays(pa.array(lists.reason.ravel()), pa.array(REASONS)).cast(pa.string())
        purchase = self._explanations.purchase(lists.customer, lists.article_idx, lists.reason)
        columns: Mapping[str, pa.Array] = {
            "customer_id": pa.array(snapshot.customer_ids[lists.customer], pa.string()),
            "age_interval": pa.array(np.array(ages.values, object)[ages.codes[lists.customer]], pa.string()),
            "purchases": pa.array(snapshot.customer("articles_all")[lists.customer].astype(np.int32)),
            "article_ids": as_lists(self._ids(lists.article_idx)),
            "scores": as_lists(pa.array(lists.score.ravel())),
            "reasons": as_lists(reasons),
            "source_purchases": as_lists(self._ids(purchase)),
        }
        metadata = {LEDGER_KEY: json.dumps(ledger.counts()), EXPLAINED_BY_KEY: self._explained_by}
        table = pa.table(dict(columns)).replace_schema_metadata(metadata)
        with atomic_path(path) as fresh:
            pq.write_table(table, fresh, compression="zstd")

    def has_written(self, path: Path) -> bool:
        """Whether the part is there, with the explanations that this writer gives."""
        return path.exists() and pq.read_schema(path).metadata[EXPLAINED_BY_KEY].decode() == self._explained_by

    @property
    def _explained_by(self) -> str:
        return json.dumps(self._explanations.retrievers)

    def _ids(self, article_idx: IntArray) -> pa.Array:
        """Outside ids of articles, row by row; null for ``PAD``."""
        flat = article_idx.ravel()
        return self._article_ids.take(pa.array(flat, mask=flat == PAD))

    @cached_property
    def _article_ids(self) -> pa.Array:
        return pa.array(self._snapshot.article_ids, pa.string())


def read_counts(path: Path) -> dict[str, Any]:
    """Counts of the ledger of a written part (``Ledger.counts``)."""
    counts: dict[str, Any] = json.loads(pq.read_schema(path).metadata[LEDGER_KEY])
    return counts
