"""Rows of an Excel workbook as CSV records, so that they are checked as those of a text file are."""

import csv
import datetime as dt
import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from recsys_core.data.csv_records import FRAME_SCHEMA, write_frames

log = logging.getLogger(__name__)
TABLE_ROWS: Final = 100_000


def read_sheet_header(path: Path) -> tuple[str, ...]:
    """The column names in the first row of the first sheet that has any.

    Raises
    ------
    ValueError
        If the workbook is damaged or has no filled sheet.
    """
    return tuple(name.strip() for name in read_sheet_rows(path, 1)[0])


def read_sheet_rows(path: Path, rows: int) -> list[list[str]]:
    """The header and the first rows of the first sheet that has any, as text.

    Raises
    ------
    ValueError
        If the workbook is damaged or has no filled sheet.
    """
    for _, cells in _sheets(path):
        return [[_text(cell) for cell in row] for row in cells[:rows]]
    raise ValueError(f"{path.name} has no filled sheet: expected column names in the first row")


def split_workbook(path: Path, target: Path) -> int:
    """Write the rows below the header as ``target/part-NNNNN.parquet`` (FRAME_SCHEMA); returns their number.

    Sheets with the header of the first one are read one after the other, their lines counted on; others are named in
    the log.
    """
    return write_frames(_frames(path), target, path.name)


def _frames(path: Path) -> Iterator[pa.Table]:
    header: list[str] = []
    first_line = 1
    for name, rows in _sheets(path):
        names = [_text(cell).strip() for cell in rows[0]]
        header = header or names
        if names != header:
            log.warning("%s: sheet %r is not read: its columns are not those of the first sheet", path.name, name)
            continue
        for start in range(1, len(rows), TABLE_ROWS):
            numbered = enumerate(rows[start : start + TABLE_ROWS], start=first_line + start)
            records = [(number, record_text(row)) for number, row in numbered if any(_text(cell) for cell in row)]
            lines, texts = zip(*records, strict=True) if records else ((), ())
            yield pa.table([lines, texts, pa.nulls(len(lines), pa.string())], schema=FRAME_SCHEMA)
        first_line += len(rows)


def _sheets(path: Path) -> Iterator[tuple[str, list[list[Any]]]]:
    """Name and rows of each sheet that has any."""
    import python_calamine

    try:
        workbook = python_calamine.CalamineWorkbook.from_path(path)
        for name in workbook.sheet_names:
            rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=True)
            if rows:
                yield name, rows
    except python_calamine.CalamineError as error:
        raise ValueError(f"{path.name} is a damaged Excel workbook ({error}): save it again") from error


def record_text(row: list[Any]) -> str:
    """A row as a CSV record."""
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="").writerow([_text(cell) for cell in row])
    return written.getvalue()


def _text(cell: Any) -> str:
    """A cell as a CSV file would have it: whole numbers without a fraction, dates in ISO form."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.isoformat(" ")
    return str(cell)
