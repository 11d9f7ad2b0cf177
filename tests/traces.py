"""Looks for a text in everything below a folder, inside compressed and columnar files too."""

import gzip
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq


def traces_of(text: str, *folders: Path) -> list[str]:
    """Files that hold ``text`` in their name, their bytes or their decoded content, by path below their folder."""
    found = []
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            name = str(path.relative_to(folder))
            if text in name or (path.is_file() and any(text.encode() in content for content in _contents(path))):
                found.append(name)
    return found


def _contents(path: Path) -> Iterator[bytes]:
    yield path.read_bytes()
    if path.suffix == ".parquet":
        yield str(pq.read_table(path, partitioning=None).to_pydict()).encode()
    elif path.suffix == ".gz":
        yield gzip.decompress(path.read_bytes())
    elif path.suffix == ".npy":
        array = np.load(path, allow_pickle=False)
        yield repr(array.tolist()).encode() if array.dtype.kind in "SU" else b""
    elif path.suffix in (".sqlite3", ".db"):
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            yield "\n".join(database.iterdump()).encode()
