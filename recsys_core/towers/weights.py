"""Weights of a trained two-tower model, so that the model as of a later cut-off goes on from them.

Rows of embedding tables are kept by outside ids and values: codes are numbered anew as of each cut-off. Parquet and
plain arrays; nothing is unpickled.
"""

import datetime as dt
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from recsys_core.features.snapshot import FloatArray

ABOUT = "about.json"
LAYERS = "layers.npz"
KEY, ROW = "key", "row"
SHARED = ""
"""Key of the row that ids and values without one of their own share."""


@dataclass(frozen=True)
class EmbeddingTable:
    """Rows of an embedding table by what they stand for."""

    keys: tuple[str, ...]
    """Outside id or value of each row; the empty one is shared by all others."""
    rows: FloatArray
    """(n, dim)"""

    def carried_over(self, keys: Sequence[str], fresh: FloatArray) -> FloatArray:
        """``fresh`` (len(keys), dim) with the known rows in place; what is new keeps its fresh row."""
        known = pd.Index(self.keys).get_indexer(pd.Index(keys))
        rows: FloatArray = np.where((known >= 0)[:, None], self.rows[known], fresh)
        return rows

    def extended(self, keys: Sequence[str]) -> Self:
        """The table with a row for each of ``keys``, which nothing was learned about if they are new.

        A new one has the row that others without their own share; where no row is shared, the mean of all.
        """
        shared = self.rows[self.keys.index(SHARED)] if SHARED in self.keys else self.rows.mean(axis=0)
        fresh = np.broadcast_to(shared, (len(keys), self.rows.shape[1])).astype(np.float32)
        return type(self)(tuple(keys), self.carried_over(keys, fresh))


@dataclass(frozen=True)
class Scaling:
    """Mean and standard deviation by which a model's numbers are standardised: those of what it was trained on."""

    customers: tuple[tuple[float, ...], tuple[float, ...]]
    """Of each of the customer's numbers."""
    price: tuple[float, float]
    """Of the logarithm of an article's mean price."""


@dataclass(frozen=True)
class TowerWeights:
    """All weights of a model as of ``cutoff``."""

    cutoff: dt.date
    tables: Mapping[str, EmbeddingTable]
    """Embedding tables by the name of the input."""
    layers: tuple[FloatArray, ...]
    """Everything else, in the order of the model."""
    scaling: Scaling

    def extended(self, keys: Mapping[str, Sequence[str]]) -> Self:
        """The weights for other ids and values, by table, without any learning."""
        return replace(self, tables={name: self.tables[name].extended(values) for name, values in keys.items()})

    def save(self, folder: Path) -> None:
        """Write the weights into ``folder``, in place of what a killed run left there."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, table in self.tables.items():
            dim = table.rows.shape[1]
            rows = pa.FixedSizeListArray.from_arrays(pa.array(table.rows.ravel()), dim)
            pq.write_table(pa.table({KEY: list(table.keys), ROW: rows}), folder / f"{name}.parquet", compression="zstd")
        layers = {f"{i:02d}": layer for i, layer in enumerate(self.layers)}
        np.savez(folder / LAYERS, allow_pickle=False, **layers)
        about = {"cutoff": self.cutoff.isoformat(), "tables": list(self.tables), "scaling": asdict(self.scaling)}
        (folder / ABOUT).write_text(json.dumps(about, indent=1))

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read what ``save`` wrote."""
        about = json.loads((folder / ABOUT).read_text())
        with np.load(folder / LAYERS, allow_pickle=False) as kept:
            layers = tuple(kept[name] for name in sorted(kept.files))
        tables = {name: _table(folder / f"{name}.parquet") for name in about["tables"]}
        (mean, scale), price = about["scaling"]["customers"], about["scaling"]["price"]
        scaling = Scaling((tuple(mean), tuple(scale)), tuple(price))
        return cls(dt.date.fromisoformat(about["cutoff"]), tables, layers, scaling)


def _table(path: Path) -> EmbeddingTable:
    table = pq.read_table(path)
    rows = table[ROW].combine_chunks()
    flat: FloatArray = rows.flatten().to_numpy()
    return EmbeddingTable(tuple(table[KEY].to_pylist()), flat.reshape(len(table), rows.type.list_size))
