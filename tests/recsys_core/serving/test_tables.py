from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from recsys_core.serving.tables import map_rows, take_rows

SCHEMA = pa.schema([pa.field("name", pa.string(), nullable=False), pa.field("price", pa.float32())])


def written(path: Path, *batches: list[dict[str, object]]) -> Path:
    with pa.ipc.new_file(str(path), SCHEMA) as file:
        for batch in batches:
            file.write_batch(pa.RecordBatch.from_pylist(batch, SCHEMA))
    return path


@pytest.mark.parametrize(
    "batches",
    [
        ([{"name": "coat", "price": 2.5}, {"name": "hat", "price": None}, {"name": "sock", "price": 0.5}],),
        ([{"name": "coat", "price": 2.5}], [{"name": "hat", "price": None}, {"name": "sock", "price": 0.5}]),
    ],
)
def test_rows_come_in_the_order_asked_for(tmp_path: Path, batches: tuple[list[dict[str, object]], ...]) -> None:
    rows = map_rows(written(tmp_path / "rows.arrow", *batches), ["price", "name"])
    assert list(take_rows(rows, np.array([2, 1, 2]))) == [(0.5, "sock"), (None, "hat"), (0.5, "sock")]


def test_a_file_without_rows_has_none(tmp_path: Path) -> None:
    rows = map_rows(written(tmp_path / "rows.arrow"), ["name"])
    assert rows.num_rows == 0
    assert list(take_rows(rows, np.array([], np.int64))) == []


def test_a_missing_column_is_named_with_what_helps(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"lacks the columns \['stock'\].*recsys publish"):
        map_rows(written(tmp_path / "rows.arrow"), ["name", "stock"])
