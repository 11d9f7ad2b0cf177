"""Splits the bytes of a CSV file into records and counts them, independently of any CSV parser.

A parser that meets one unclosed quote may swallow thousands of lines without a word. So the records are cut, and
counted, before anything parses them: a physical line whose quotes balance is a record; a line with an open quote
may go on (a legal quoted newline) for at most ``MAX_LINES`` lines, and only if the joined text then has as many
columns as the header. Otherwise that one line is a bad record and the splitting goes on with the next line.
"""

import codecs
import contextlib
import csv
import gzip
import io
import logging
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from tqdm import tqdm

log = logging.getLogger(__name__)

CHUNK_BYTES = 8 << 20
FILE_ROWS = 250_000
"""Records a Parquet file, at least: small enough that Spark parses many side by side."""
MAX_LINES = 20
"""A record with quoted newlines has at most this many physical lines."""
UNCLOSED_QUOTE = "unclosed quote"
NOT_UTF8 = "not UTF-8 text"
QUOTE = b'"'

FRAME_SCHEMA = pa.schema([("line", pa.int64()), ("text", pa.string()), ("reason", pa.string())])
"""line: 1-based physical line of the file; text: the record without its line end; reason: null unless bad."""


@dataclass(frozen=True)
class Dialect:
    """CSV dialect of a shop. Quotes are doubled inside quoted values."""

    separator: str = ","
    encoding: str = "utf-8"


def read_header(path: Path, dialect: Dialect = Dialect()) -> tuple[str, ...]:
    """The column names in a file's first line.

    Raises
    ------
    ValueError
        If the file is empty or cannot be decoded, or its first line has an unclosed quote.
    """
    with _naming(path, dialect), open_utf8(path, dialect) as stream:
        first = stream.readline().rstrip(b"\r\n")
    if not first.strip():
        raise ValueError(f"{path.name} has no header: expected column names in its first line")
    names = _cells(first, dialect.separator)
    if names is None:
        raise ValueError(f"the header of {path.name} has an unclosed quote: {first[:200]!r}")
    return tuple(name.strip() for name in names)


def split_file(path: Path, target: Path, dialect: Dialect = Dialect()) -> int:
    """Write the records below the header as ``target/part-NNNNN.parquet`` (FRAME_SCHEMA); returns their number.

    Streams: memory is bounded whatever the file's size.

    Raises
    ------
    ValueError
        If the file is a broken gzip file or not text in the dialect's encoding.
    """
    target.mkdir(parents=True, exist_ok=True)
    columns = len(read_header(path, dialect))
    rows = 0
    progress = tqdm(desc=path.name, unit=" rows", disable=None)
    with progress, _naming(path, dialect), open_utf8(path, dialect) as stream:
        stream.readline()
        framed = frame_stream(stream, columns, dialect.separator, first_line=2)
        for number, table in enumerate(_batched(framed)):
            name = f"part-{number:05d}.parquet"
            pq.write_table(table, target / name, compression="lz4", use_dictionary=["reason"])
            rows += table.num_rows
            progress.update(table.num_rows)
    log.info("%s: %d records framed", path.name, rows)
    return rows


@contextlib.contextmanager
def _naming(path: Path, dialect: Dialect) -> Iterator[None]:
    """Errors of reading ``path`` say which file it was and what to do."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"{path.name} is a cut-off or damaged gzip file ({error}): deliver it again") from error
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path.name} is not {dialect.encoding} text ({error}): name its encoding in the column mapping "
            "(--mapping), or deliver it again"
        ) from error


def open_utf8(path: Path, dialect: Dialect = Dialect()) -> BinaryIO:
    """The bytes of a plain or gzip file as UTF-8, past a byte-order mark."""
    stream = cast(BinaryIO, gzip.GzipFile(path) if _is_gzip(path) else path.open("rb"))
    if codecs.lookup(dialect.encoding).name != "utf-8":
        return cast(BinaryIO, codecs.EncodedFile(stream, "utf-8", dialect.encoding))
    buffered = io.BufferedReader(cast(io.RawIOBase, stream), CHUNK_BYTES)
    if buffered.peek(3).startswith(codecs.BOM_UTF8):
        buffered.read(3)
    return buffered


def frame_stream(
    stream: BinaryIO, columns: int, separator: str = ",", first_line: int = 1, chunk_bytes: int = CHUNK_BYTES
) -> Iterator[pa.Table]:
    """Frame a stream of UTF-8 bytes into tables of FRAME_SCHEMA, in file order. Blank lines are no records."""
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
        return _frame_plain(block, first_line)
    framer = _QuotedFramer(block.split(b"\n")[:-1], columns, separator, at_end)
    framer.run(first_line)
    left = sum(len(line) + 1 for line in framer.lines[framer.position :])
    return framer.table(), framer.position, len(block) - left


def _frame_plain(block: bytes, first_line: int) -> tuple[pa.Table, int, int]:
    """Without quotes every line is a record: cut by offsets, no Python object per line."""
    ends = np.flatnonzero(np.frombuffer(block, dtype=np.uint8) == ord("\n")).astype(np.int32) + 1
    offsets = np.concatenate([np.zeros(1, dtype=np.int32), ends])
    lines = pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(block))
    text = pc.ascii_rtrim(lines, characters="\r\n")
    table = pa.table(
        [pa.array(np.arange(first_line, first_line + len(ends))), text, pa.nulls(len(ends), pa.string())],
        schema=FRAME_SCHEMA,
    )
    return table.filter(pc.greater(pc.binary_length(text), 0)), len(ends), len(block)


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

    def run(self, first_line: int) -> None:
        while self.position < len(self.lines):
            taken, reason = self._next_record()
            if not taken:
                return
            raw = b"\n".join(self.lines[self.position : self.position + taken]).rstrip(b"\r")
            if raw:
                self._emit(first_line + self.position, raw, reason)
            self.position += taken

    def _next_record(self) -> tuple[int, str | None]:
        """Lines of the record that starts here, 0 if its end may lie in the next block; and what is wrong."""
        first = self.lines[self.position]
        if first.count(QUOTE) % 2 == 0 or self._is_record(first):
            return 1, None
        quotes = 0
        for taken, line in enumerate(self.lines[self.position : self.position + MAX_LINES], start=1):
            quotes += line.count(QUOTE)
            if quotes % 2 == 0:
                joined = b"\n".join(self.lines[self.position : self.position + taken])
                return (taken, None) if self._is_record(joined) else (1, UNCLOSED_QUOTE)
        complete = self.at_end or len(self.lines) - self.position >= MAX_LINES
        return (1, UNCLOSED_QUOTE) if complete else (0, None)

    def _is_record(self, text: bytes) -> bool:
        cells = _cells(text.rstrip(b"\r"), self.separator)
        return cells is not None and len(cells) == self.columns

    def _emit(self, number: int, raw: bytes, reason: str | None) -> None:
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            text, reason = raw.decode(errors="replace"), reason or NOT_UTF8
        self.numbers.append(number)
        self.texts.append(text)
        self.reasons.append(reason)

    def table(self) -> pa.Table:
        return pa.table([self.numbers, self.texts, self.reasons], schema=FRAME_SCHEMA)


def _cells(text: bytes, separator: str) -> list[str] | None:
    """The cells of one record, or None where a quote stays open or more than one record is in the text."""
    try:
        (row,) = csv.reader([text.decode(errors="replace")], delimiter=separator, strict=True)
    except (csv.Error, ValueError):
        return None
    return row


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


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"
