"""The search that other tests rely on finds what is hidden."""

import gzip
import sqlite3
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.traces import traces_of

WHO = "customer-of-many-words" * 8


def test_what_is_compressed_is_found_too(tmp_path: Path) -> None:
    pq.write_table(pa.table({"who": [WHO[:-1] + "x", WHO]}), tmp_path / "a.parquet", compression="zstd")
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(WHO.encode()))
    np.save(tmp_path / "c.npy", np.array([WHO.encode(), b"other"]))
    with sqlite3.connect(tmp_path / "d.sqlite3") as database:
        database.execute("create table t (who)")
        database.execute("insert into t values (?)", [WHO])
    (tmp_path / WHO[:100]).mkdir()
    (tmp_path / "e.csv").write_text("nobody")
    assert traces_of(WHO, tmp_path) == ["a.parquet", "b.csv.gz", "c.npy", "d.sqlite3"]
    assert WHO[:100] in traces_of(WHO[:100], tmp_path)
