"""The first rows of a file as a file of its own, to try something on."""

from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from recsys_core.data.excel import read_sheet_rows, record_text
from recsys_core.data.raw_files import content_of, detect_dialect, open_bytes

MAX_OPEN_LINES: Final = 1_000
"""Lines beyond the wanted ones to which an open quote may lead."""


def copy_head(source: Path, target: Path, rows: int) -> None:
    """Write the header and the first rows of ``source``, unpacked; Excel sheets as CSV, whatever ``target`` is called.

    Formats that are told by their first bytes are told of the copy, too. Other content than text, Excel and Parquet is
    copied as it is.

    Raises
    ------
    ValueError
        If the file is damaged.
    """
    if not source.stat().st_size:
        target.touch()
        return
    content = content_of(source)
    if content == "parquet":
        with pq.ParquetFile(source) as table, pq.ParquetWriter(target, table.schema_arrow) as writer:
            batch = next(table.iter_batches(batch_size=rows), None)
            if batch is not None:
                writer.write_batch(batch)
    elif content == "excel":
        sheet = read_sheet_rows(source, rows + 1)
        target.write_text("".join(f"{record_text(row)}\n" for row in sheet))
    elif content == "text":
        _copy_lines(source, target, rows + 1)
    else:
        target.symlink_to(source.resolve())


def _copy_lines(source: Path, target: Path, lines: int) -> None:
    """The first lines as they are; with the rest of a record whose quotes are open."""
    dialect = detect_dialect(source)
    lines += dialect.separator_line
    wide = dialect.encoding.startswith("utf-16")
    quotes = size = 0
    with open_bytes(source) as stream, target.open("wb") as copy:
        for number, line in enumerate(iter(stream.readline, b"")):
            if number >= lines and (quotes % 2 == 0 or number >= lines + MAX_OPEN_LINES):
                break
            quotes += line.count(b'"')
            size += copy.write(line)
        if wide and size % 2:
            copy.write(b"\0")  # the second byte of the last line feed
