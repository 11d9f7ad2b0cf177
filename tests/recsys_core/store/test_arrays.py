from pathlib import Path

import numpy as np
import pytest

from recsys_core.store.arrays import ArrayWriter, load_array


def test_rows_that_come_one_after_the_other_are_one_array(tmp_path: Path) -> None:
    rows = np.arange(24, dtype=np.float32).reshape(12, 2)

    with ArrayWriter(tmp_path, "numbers") as numbers:
        for part in (rows[:0], rows[:9], rows[9:]):
            numbers.append(part)

    found = load_array(tmp_path, "numbers")
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, rows)


def test_rows_of_another_shape_or_type_are_refused(tmp_path: Path) -> None:
    with ArrayWriter(tmp_path, "numbers") as numbers:
        numbers.append(np.zeros((2, 3), np.float32))
        for other in (np.zeros((2, 4), np.float32), np.zeros((2, 3))):
            with pytest.raises(ValueError, match="holds rows of"):
                numbers.append(other)


def test_without_rows_there_is_no_file(tmp_path: Path) -> None:
    with ArrayWriter(tmp_path, "numbers"):
        pass

    assert not (tmp_path / "numbers.npy").exists()
