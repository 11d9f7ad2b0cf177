"""Formats of a shop's raw files, told by their first bytes, and the text of a file as UTF-8 with plain line ends.

Names tell little: shops deliver zip archives called .csv, spreadsheets saved as UTF-16, Mac line ends.
"""

import codecs
import contextlib
import csv
import gzip
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Literal, cast

CHUNK_BYTES: Final = 8 << 20
SAMPLE_BYTES: Final = 1 << 20
"""Bytes of a file by which its encoding and its separator are told."""
SEPARATORS: Final = (",", ";", "\t", "|")
SEPARATOR_NAMES: Final = {"\t": "tab"}
LATIN: Final = "cp1252"
"""The encoding that text which is not UTF-8 is taken for: Windows' for western languages."""
SEPARATOR_LINE: Final = b"sep="
"""Start of a line before the header that tells Excel the separator."""

Content = Literal["text", "parquet", "excel", "zip", "old excel"]
_SIGNATURES: Final[tuple[tuple[bytes, Content], ...]] = (
    (b"PAR1", "parquet"),
    (b"\xd0\xcf\x11\xe0", "old excel"),
)
_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = b"PK\x03\x04"
_MARKS: Final = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class Dialect:
    """Dialect of a text file."""

    separator: str = ","
    encoding: str = "utf-8"
    separator_line: bool = False
    """True if a line with the separator stands before the header."""
    carriage_returns: bool = False
    """True if lines end with a carriage return alone."""

    def __str__(self) -> str:
        separator = SEPARATOR_NAMES.get(self.separator, self.separator)
        return f"{self.encoding}, separated by {separator}"


KAGGLES: Final = Dialect()
"""Dialect of Kaggle's files."""


def content_of(path: Path) -> Content:
    """Format of a file's content; gzip and a zip archive of one text file count as text."""
    with path.open("rb") as file:
        start = file.read(8)
    for signature, content in _SIGNATURES:
        if start.startswith(signature):
            return content
    if not start.startswith(_ZIP):
        return "text"
    names = _members(path)
    if "xl/workbook.xml" in names:
        return "excel"
    return "text" if len(names) == 1 else "zip"


def _members(path: Path) -> list[str]:
    """Files in a zip archive, without what a Mac adds."""
    with _naming(path), zipfile.ZipFile(path) as archive:
        names = [info.filename for info in archive.infolist() if not info.is_dir()]
    return [name for name in names if not name.startswith("__MACOSX/")]


def detect_dialect(path: Path, separator: str | None = None, encoding: str | None = None) -> Dialect:
    """Dialect of a text file: what is given, the rest by its first bytes.

    Raises
    ------
    ValueError
        If the file is a broken archive, or its text cannot be decoded.
    """
    with _naming(path, encoding or "utf-8"), open_bytes(path) as stream:
        sample = stream.read(SAMPLE_BYTES)
        complete = len(sample) < SAMPLE_BYTES
        encoding = encoding or _encoding_of(sample, complete)
        text = _decoded(sample, encoding)
    carriage_returns = "\n" not in text and "\r" in text
    lines = text.replace("\r", "\n").splitlines() if carriage_returns else text.splitlines()
    first = lines[0] if lines else ""
    separator_line = first.strip().strip('"').lower().startswith(SEPARATOR_LINE.decode())
    if separator_line:
        separator = separator or (first.strip().strip('"')[4:] or "\t")[:1]
        lines = lines[1:]
    return Dialect(separator or _separator_of(lines), encoding, separator_line, carriage_returns)


def _encoding_of(sample: bytes, complete: bool) -> str:
    for mark, encoding in _MARKS:
        if sample.startswith(mark):
            return encoding
    nulls = sample[:4096].count(0)
    if nulls > len(sample[:4096]) / 4:
        return "utf-16-le" if sample[1:2] == b"\0" else "utf-16-be"
    lines = sample.split(b"\n") if complete else sample.split(b"\n")[:-1]
    kinds = [_kind_of(line) for line in lines if not line.isascii()]
    # A line or two of another encoding among others in UTF-8 are bad rows, not the file's encoding.
    return LATIN if kinds.count(False) > kinds.count(True) and _is_latin(sample) else "utf-8"


def _kind_of(line: bytes) -> bool:
    """True for valid UTF-8."""
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_latin(sample: bytes) -> bool:
    try:
        sample.decode(LATIN)
    except UnicodeDecodeError:
        return False
    return True


def _decoded(sample: bytes, encoding: str) -> str:
    """The text of a sample, whose last character may be cut."""
    return codecs.getincrementaldecoder(encoding)(errors="replace").decode(sample).removeprefix("\ufeff")


def _separator_of(lines: list[str]) -> str:
    """The separator that splits the first lines into as many cells as the header, in the most cells."""
    some = [line for line in lines[:20] if line.strip()]
    if not some:
        return SEPARATORS[0]

    def score(separator: str) -> tuple[int, int]:
        counts = [len(cells_of(line, separator) or ()) for line in some]
        return (counts[0] if counts[0] > 1 else 0, sum(count == counts[0] for count in counts))

    return max(SEPARATORS, key=score)  # of equals the first


def cells_of(text: str, separator: str, backslash: bool = False) -> list[str] | None:
    """The cells of one record; None where a quote stays open, or text follows a closed one, or there are more records.

    ``backslash``: a quote inside a value may also be marked by a backslash.
    """
    escape = "\\" if backslash else None
    try:
        (row,) = csv.reader([text], delimiter=separator, strict=True, escapechar=escape)
    except (csv.Error, ValueError):
        return None
    return row


@contextlib.contextmanager
def open_text(path: Path, dialect: Dialect) -> Iterator[BinaryIO]:
    """The bytes of a plain, gzip or zip file as UTF-8 with line feeds, past a byte-order mark.

    Raises
    ------
    ValueError
        If the archive is broken, or the text is not in the dialect's encoding; it names the file and the remedy.
    """
    with _naming(path, dialect.encoding), open_bytes(path) as raw:
        stream = raw
        if codecs.lookup(dialect.encoding).name != "utf-8":
            stream = cast(BinaryIO, codecs.EncodedFile(raw, "utf-8", dialect.encoding))
        if dialect.carriage_returns:
            stream = cast(BinaryIO, _LineFeeds(stream))
        buffered = io.BufferedReader(cast(io.RawIOBase, _Readable(stream)), CHUNK_BYTES)
        if buffered.peek(3).startswith(codecs.BOM_UTF8):
            buffered.read(3)
        if dialect.separator_line:
            buffered.readline()
        yield buffered


class _Readable(io.RawIOBase):
    """A stream that only has ``read`` as a raw one."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._rest = stream, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast(bytearray, buffer)).cast("B")
        if not self._rest:
            self._rest = self._stream.read(len(view))
        taken = self._rest[: len(view)]
        view[: len(taken)] = taken
        self._rest = self._rest[len(taken) :]
        return len(taken)


class _LineFeeds:
    """A stream with carriage returns read as line feeds."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        return self._stream.read(size).replace(b"\r", b"\n")


@contextlib.contextmanager
def open_bytes(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a plain, gzip or zip file, unpacked."""
    with path.open("rb") as file:
        start = file.read(4)
        file.seek(0)
        if start.startswith(_GZIP):
            yield cast(BinaryIO, gzip.GzipFile(fileobj=file))
        elif start == _ZIP:
            with zipfile.ZipFile(file) as archive, archive.open(_members(path)[0]) as member:
                yield cast(BinaryIO, member)
        else:
            yield file


@contextlib.contextmanager
def _naming(path: Path, encoding: str = "utf-8") -> Iterator[None]:
    """Errors of reading ``path`` say which file it was and what to do."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"{path.name} is a cut-off or damaged gzip file ({error}): deliver it again") from error
    except zipfile.BadZipFile as error:
        raise ValueError(f"{path.name} is a cut-off or damaged zip file ({error}): deliver it again") from error
    except UnicodeError as error:
        raise ValueError(
            f"{path.name} is not {encoding} text ({error}): name its encoding in the column mapping "
            "(--mapping), or deliver it again"
        ) from error
