from pathlib import Path

import numpy as np
import pytest

from recsys_core.serving.arrays import IDS_A_BLOCK, IdFile, RowFile, map_array

TABLE = np.arange(12, dtype=np.int32).reshape(4, 3)


def saved(path: Path, array: np.ndarray) -> Path:
    np.save(path, array)
    return path


def resident_file_kb() -> int:
    """Memory of this process that stands for pages of files."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["RssFile"].split()[0])


def test_rows_are_those_of_the_array(tmp_path: Path) -> None:
    file = RowFile(saved(tmp_path / "table.npy", TABLE))

    assert len(file) == 4
    assert file[2].tolist() == [6, 7, 8]
    assert file.rows(1, 3).tolist() == [[3, 4, 5], [6, 7, 8]]
    assert file.rows(3, 9).tolist() == [[9, 10, 11]]


def test_rows_are_there_after_the_file_was_removed(tmp_path: Path) -> None:
    file = RowFile(saved(tmp_path / "table.npy", TABLE))
    (tmp_path / "table.npy").unlink()

    assert file[3].tolist() == [9, 10, 11]


def test_a_file_that_ends_early_gives_no_half_row(tmp_path: Path) -> None:
    path = saved(tmp_path / "table.npy", TABLE)
    file = RowFile(path)
    with path.open("r+b") as cut:
        cut.truncate(path.stat().st_size - 4)

    assert file[2].tolist() == [6, 7, 8]
    with pytest.raises(OSError, match="a file of 4 rows ends before row 4"):
        file[3]
    with pytest.raises(OSError, match="a file of 4 rows ends before row 4"):
        file.rows(0, 4)


def test_an_array_by_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected one by rows"):
        RowFile(saved(tmp_path / "table.npy", np.asfortranarray(TABLE)))


def test_what_was_read_of_a_large_file_is_not_held(tmp_path: Path) -> None:
    path = saved(tmp_path / "table.npy", np.ones((16_384, 1024), np.int32))
    file, mapped = RowFile(path), map_array(path)
    before = resident_file_kb()

    assert sum(int(file[row].sum()) for row in range(0, 16_384, 16)) == 1024 * 1024
    assert resident_file_kb() - before < 1024

    assert sum(int(mapped[row].sum()) for row in range(0, 16_384, 16)) == 1024 * 1024
    assert resident_file_kb() - before >= 4096  # a page for each of the 1,024 rows at least


@pytest.mark.parametrize("n", [1, IDS_A_BLOCK - 1, IDS_A_BLOCK, IDS_A_BLOCK + 1, 3 * IDS_A_BLOCK])
def test_every_id_is_found_in_its_row(tmp_path: Path, n: int) -> None:
    ids = IdFile(saved(tmp_path / "ids.npy", np.array([f"{number:03d}" for number in range(n)], "S5")))

    assert len(ids) == n
    assert [ids.find(f"{number:03d}") for number in range(n)] == list(range(n))
    for unknown in ("", "00", "000x", "999", "00000000", "000\0", "\0", "é"):
        assert ids.find(unknown) is None, unknown


def test_nobody_is_found_among_no_ids(tmp_path: Path) -> None:
    assert IdFile(saved(tmp_path / "ids.npy", np.empty(0, "S5"))).find("000") is None
