"""Splits the bytes of a CSV file into records and counts them, independently of any CSV parser.

A parser that meets one unclosed quote may swallow thousands of lines without a word. So the records are cut, and
counted, before anything parses them: a physical line whose quotes balance is a record; a line with an open quote
may go on (a legal quoted newline) for at most ``MAX_RECORD_BYTES``, and only if the joined text then has as many
columns as the header. Otherwise that one line is a bad record and the splitting goes on with the next line.
"""

import csv
import io
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from tqdm import tqdm

from recsys_core.data.raw_files import CHUNK_BYTES, KAGGLES, Dialect, cells_of, open_text

log = logging.getLogger(__name__)

FILE_ROWS: Final = 250_000
"""Records a Parquet file, at least: small enough that Spark parses many side by side."""
MAX_RECORD_BYTES: Final = 1 << 18
"""A record with quoted newlines is at most this long."""
UNCLOSED_QUOTE: Final = "unclosed quote"
STRAY_QUOTE: Final = "quotes that enclose no value"
NOT_TEXT: Final = "not text in the file's encoding"
QUOTE: Final = b'"'

FRAME_SCHEMA = pa.schema([("line", pa.int64()), ("text", pa.string()), ("reason", pa.string())])
"""line: 1-based physical line of the file; text: the record without its line end; reason: null unless bad."""


def read_header(path: Path, dialect: Dialect = KAGGLES) -> tuple[str, ...]:
    """The column names in a file's first line; an empty name for a column without one.

    Where all rows end with a separator too many, or the header alone does, the first row tells the number of columns.

    Raises
    ------
    ValueError
        If the file is empty or cannot be decoded, or its first line has an unclosed quote.
    """
    with open_text(path, dialect) as stream:
        first, second = (stream.readline().rstrip(b"\r\n").decode(errors="replace") for _ in range(2))
    if not first.strip():
        raise ValueError(f"{path.name} has no header: expected column names in its first line")
    names = cells_of(first, dialect.separator)
    if names is None:
        raise ValueError(f"the header of {path.name} has an unclosed quote: {first[:200]!r}")
    names = [name.strip() for name in names]
    row = cells_of(second, dialect.separator) or names
    while len(names) > max(len(row), 1) and not names[-1]:
        names.pop()
    behind = row[len(names) :]
    return (*names, *([] if any(behind) else behind))


def has_rows(path: Path, dialect: Dialect) -> bool:
    """True if something but separators stands below the header."""
    empty = dialect.separator.encode() + b' \t\r\n"'
    with open_text(path, dialect) as stream:
        stream.readline()
        return any(line.strip(empty) for line in stream)


def split_file(path: Path, target: Path, dialect: Dialect = KAGGLES) -> int:
    """Write the records below the header as ``target/part-NNNNN.parquet`` (FRAME_SCHEMA); returns their number.

    Streams: memory is bounded whatever the file's size.

    Raises
    ------
    ValueError
        If the file is a broken archive or not text in the dialect's encoding.
    """
    columns = len(read_header(path, dialect))
    with open_text(path, dialect) as stream:
        stream.readline()
        first_line = 3 if dialect.separator_line else 2
        return write_frames(frame_stream(stream, columns, dialect.separator, first_line), target, path.name)


def write_frames(tables: Iterable[pa.Table], target: Path, name: str) -> int:
    """Write tables of FRAME_SCHEMA as ``target/part-NNNNN.parquet``; returns their rows."""
    target.mkdir(parents=True, exist_ok=True)
    rows = 0
    with tqdm(desc=name, unit=" rows", disable=None) as progress:
        for number, table in enumerate(_batched(tables)):
            part = target / f"part-{number:05d}.parquet"
            pq.write_table(table, part, compression="lz4", use_dictionary=["reason"])
            rows += table.num_rows
            progress.update(table.num_rows)
    log.info("%s: %d records framed", name, rows)
    return rows


def frame_stream(
    stream: BinaryIO, columns: int, separator: str = ",", first_line: int = 1, chunk_bytes: int = CHUNK_BYTES
) -> Iterator[pa.Table]:
    """Frame a stream of UTF-8 bytes into tables of FRAME_SCHEMA, in file order.

    Blank lines are no records, nor are those of empty cells alone, which spreadsheets write below their rows.
    """
    line, rest = first_line, b""
    while chunk := stream.read(chunk_bytes):
        data = rest + chunk
        end = data.rfind(b"\n") + 1
        whole = data[:end]
        table, lines, used = _frame_block(whole, columns, separator, line, at_end=False)
        yield table
        line, rest = line + lines, data[used:]
    if rest:
        closed = rest if rest.endswith(b"\n") else rest + b"\n"
        yield _frame_block(closed, columns, separator, line, at_end=True)[0]


def _frame_block(
    block: bytes, columns: int, separator: str, first_line: int, at_end: bool
) -> tuple[pa.Table, int, int]:
    """Records of whole lines; how many lines and bytes they took (an open record at the end waits for more)."""
    if QUOTE not in block and _is_utf8(block):
        return _frame_plain(block, separator, first_line)
    framer = _QuotedFramer(block.split(b"\n")[:-1], columns, separator, at_end)
    framer.run(first_line)
    left = sum(len(line) + 1 for line in framer.lines[framer.position :])
    return framer.table(), framer.position, len(block) - left


def _frame_plain(block: bytes, separator: str, first_line: int) -> tuple[pa.Table, int, int]:
    """Without quotes every line is a record: cut by offsets, no Python object per line."""
    ends = np.flatnonzero(np.frombuffer(block, dtype=np.uint8) == ord("\n")).astype(np.int32) + 1
    offsets = np.concatenate([np.zeros(1, dtype=np.int32), ends])
    lines = pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(block))
    text = pc.ascii_rtrim(lines, characters="\r\n")
    table = pa.table(
        [pa.array(np.arange(first_line, first_line + len(ends))), text, pa.nulls(len(ends), pa.string())],
        schema=FRAME_SCHEMA,
    )
    shown = pc.ascii_trim(text, characters=f"{separator} \t\r")
    return table.filter(pc.greater(pc.binary_length(shown), 0)), len(ends), len(block)


@dataclass
class _QuotedFramer:
    """Frames lines among which quotes occur."""

    lines: list[bytes]
    columns: int
    separator: str
    at_end: bool
    position: int = 0
    numbers: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    reasons: list[str | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._empty = self.separator.encode() + b' \t\r\n"'

    def run(self, first_line: int) -> None:
        while self.position < len(self.lines):
            taken, reason = self._next_record()
            if not taken:
                return
            raw = b"\n".join(self.lines[self.position : self.position + taken]).rstrip(b"\r")
            if raw.strip(self._empty):
                self._emit(first_line + self.position, raw, reason)
            self.position += taken

    def _next_record(self) -> tuple[int, str | None]:
        """Lines of the record that starts here, 0 if its end may lie in the next block; and what is wrong."""
        first = self.lines[self.position]
        if first.count(QUOTE) % 2 == 0 or self._is_record(first):
            return 1, None
        quotes = size = 0
        for taken, position in enumerate(range(self.position, len(self.lines)), start=1):
            line = self.lines[position]
            quotes += line.count(QUOTE)
            size += len(line) + 1
            if size > MAX_RECORD_BYTES:
                return 1, UNCLOSED_QUOTE
            if quotes % 2 == 0:
                joined = b"\n".join(self.lines[self.position : self.position + taken])
                return (taken, None) if self._is_record(joined) else (1, UNCLOSED_QUOTE)
        return (1, UNCLOSED_QUOTE) if self.at_end else (0, None)

    def _is_record(self, raw: bytes) -> bool:
        text = raw.rstrip(b"\r").decode(errors="replace")
        return any(
            cells is not None and len(cells) >= self.columns and not any(cells[self.columns :])
            for cells in (cells_of(text, self.separator), cells_of(text, self.separator, backslash=True))
        )

    def _emit(self, number: int, raw: bytes, reason: str | None) -> None:
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            text, reason = raw.decode(errors="replace"), reason or NOT_TEXT
        if reason is None and '"' in text and cells_of(text, self.separator) is None:
            text, reason = self._doubled(text)
        self.numbers.append(number)
        self.texts.append(text)
        self.reasons.append(reason)

    def _doubled(self, text: str) -> tuple[str, str | None]:
        """A record whose quotes are marked by backslashes with doubled ones; and what is wrong."""
        cells = cells_of(text, self.separator, backslash=True)
        if cells is None:
            return text, STRAY_QUOTE
        written = io.StringIO(newline="")
        csv.writer(written, delimiter=self.separator, lineterminator="").writerow(cells)
        return written.getvalue(), None

    def table(self) -> pa.Table:
        return pa.table([self.numbers, self.texts, self.reasons], schema=FRAME_SCHEMA)


def _batched(tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Joins small tables to at least FILE_ROWS rows."""
    waiting: list[pa.Table] = []
    rows = 0
    for table in tables:
        waiting.append(table)
        rows += table.num_rows
        if rows >= FILE_ROWS:
            yield pa.concat_tables(waiting)
            waiting, rows = [], 0
    if rows:
        yield pa.concat_tables(waiting)


def _is_utf8(block: bytes) -> bool:
    try:
        return block.isascii() or bool(block.decode())
    except UnicodeDecodeError:
        return False
