"""A file with too many bad rows, in a quarantine that is written here by hand."""

from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spark_jobs.batches import check_bad_share, first_line, rows_lie_in


def test_too_many_bad_rows_are_named_by_their_lines_and_not_shown(tmp_path: Path) -> None:
    reasons = ["repeated id", "repeated id", "wrong number of columns"]
    bad = pa.table({"_line": [7, 5, 4], "_text": ["anna,19", "anna,20", "bert"], "_reason": reasons})
    pq.write_table(bad, tmp_path / "part-00000.parquet")
    counts = {"wrong number of columns": 1, "repeated id": 2}
    summary = {"name": "customers.csv", "rows_in": 4, "quarantined": counts}

    with pytest.raises(ValueError, match=r"customers\.csv: 3 of 4 rows are bad") as stopped:
        check_bad_share(summary, partial(first_line, tmp_path), rows_lie_in(tmp_path), 0.1)

    assert str(stopped.value).endswith(
        "Commonest: 'repeated id' 2 times, first in line 5; 'wrong number of columns' 1 times, first in line 4. "
        f"The rows are in {tmp_path}. Mend the file, or raise data.max_bad_share"
    )
