"""Files that would run code if they were unpickled, in place of those that a loader reads."""

import io
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

TRIGGERED = "triggered"


class Trap:
    """Whoever unpickles it makes a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[..., object], tuple[Any, ...]]:
        return Path.touch, (self.marker,)


def hostile_contents(suffix: str, marker: Path) -> Iterator[tuple[str, bytes]]:
    """Kinds of hostile files that may stand under a name with such a suffix, and their bytes."""
    trap = Trap(marker)
    yield "a pickle", pickle.dumps(trap)
    objects = np.array([trap], object)
    if suffix in (".npy", ".npz"):
        yield "an array of objects", _written(lambda file: np.save(file, objects, allow_pickle=True))
        yield "arrays of objects", _written(lambda file: np.savez(file, allow_pickle=True, mean=objects))
    if suffix in (".parquet", ".arrow"):
        yield "a table with a pickled type", _table_with_pickled_type(suffix, pickle.dumps(trap))


def assert_nothing_is_unpickled(folder: Path, load: Callable[[], object], optional: tuple[str, ...] = ()) -> None:
    """``load`` refuses ``folder`` with any file of it replaced by a hostile one, and runs nothing of it.

    It may go on without files whose names begin with one of ``optional``.
    """
    load()
    marker = folder.with_name(TRIGGERED)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = path.read_bytes()
        for kind, hostile in hostile_contents(path.suffix, marker):
            path.write_bytes(hostile)
            refused = _refuses(load)
            path.write_bytes(content)
            assert not marker.exists(), f"{kind} in place of {path} ran code"
            is_optional = str(path.relative_to(folder)).startswith(optional)
            assert refused or is_optional, f"{kind} in place of {path} was loaded"
    load()


def _refuses(load: Callable[[], object]) -> bool:
    try:
        load()
    except Exception:  # any library's own: what matters is that nothing came of it
        return True
    return False


def _written(write: Callable[[io.BytesIO], None]) -> bytes:
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def _table_with_pickled_type(suffix: str, pickled: bytes) -> bytes:
    """A table whose column claims to be of a Python type, which older readers unpickled from its metadata."""
    said = {"ARROW:extension:name": "arrow.py_extension_type", "ARROW:extension:metadata": pickled}
    field = pa.field("article_id", pa.int64(), metadata=said)
    table = pa.table([pa.array([1])], schema=pa.schema([field]))
    file = io.BytesIO()
    if suffix == ".parquet":
        pq.write_table(table, file)
    else:
        with pa.ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)
    return file.getvalue()
