"""Memory-mapped Arrow rows, by number, as Python values."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def map_rows(path: Path, columns: Sequence[str]) -> Any:
    """The rows in ``path`` as one record batch, memory-mapped if they were written as one, ``columns`` in that order.

    Raises
    ------
    ValueError
        If a column is missing.
    """
    table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    if missing := sorted(set(columns) - set(table.column_names)):
        raise ValueError(
            f"{path} lacks the columns {missing}: it was made by another version; run `recsys publish` again"
        )
    rows = table.select(list(columns)).combine_chunks()
    batches = rows.to_batches()
    return batches[0] if batches else pa.record_batch([pa.nulls(0, each.type) for each in rows.schema], rows.schema)


def take_rows(batch: Any, rows: NDArray[np.int64]) -> Iterator[tuple[Any, ...]]:
    """The values of ``rows`` in their order, column by column.

    The numbers go in by their buffer: pyarrow's own conversion imports pandas where it is installed.
    """
    taken = batch.take(pa.Array.from_buffers(pa.int64(), len(rows), [None, pa.py_buffer(rows)]))
    return zip(*(column.to_pylist() for column in taken.columns), strict=True)
