"""Splitting CSV: where records begin and end, and how many there are."""

import csv
import gzip
import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from recsys_core.data.csv_records import MAX_RECORD_BYTES, frame_stream, read_header, split_file
from recsys_core.data.raw_files import Dialect


def framed(data: bytes, columns: int = 3, chunk_bytes: int = 1 << 20) -> list[tuple[int, str, str | None]]:
    tables = list(frame_stream(io.BytesIO(data), columns, chunk_bytes=chunk_bytes))
    return [(row["line"], row["text"], row["reason"]) for row in pa.concat_tables(tables).to_pylist()] if tables else []


def test_plain_lines_are_records_and_blank_lines_are_not() -> None:
    assert framed(b"a,b,c\r\n\r\n\nd,e,f\nlast,with,no end") == [
        (1, "a,b,c", None),
        (4, "d,e,f", None),
        (5, "last,with,no end", None),
    ]


def damaged(good: bytes) -> bytes:
    return good[:-8] + bytes(byte ^ 0xFF for byte in good[-8:-4]) + good[-4:]


@pytest.mark.parametrize(
    "harm",
    [lambda good: good[:-20], damaged, lambda good: good[:10] + b"\xff" * 40 + good[50:]],
    ids=["cut off", "wrong checksum", "wrong deflate block"],
)
def test_a_broken_gzip_file_is_named_with_a_remedy(tmp_path: Path, harm: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "transactions.csv.gz"
    rows = np.random.default_rng(0).integers(0, 1000, size=(200, 2))
    path.write_bytes(harm(gzip.compress(b"a,b\n" + b"".join(b"%d,%d\n" % tuple(row) for row in rows))))
    with pytest.raises(ValueError, match=r"transactions\.csv\.gz is a cut-off or damaged gzip.*deliver it again"):
        split_file(path, tmp_path / "frames")


def test_bytes_outside_the_encoding_are_named_with_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "articles.csv"
    path.write_bytes(b"a,b\n1,\x81\n")
    with pytest.raises(ValueError, match=r"articles\.csv is not cp1252 text.*name its encoding in the column mapping"):
        split_file(path, tmp_path / "frames", Dialect(encoding="cp1252"))


def test_quoted_newline_stays_in_its_record() -> None:
    assert framed(b'1,"two\nlines",x\n2,b,c\n') == [(1, '1,"two\nlines",x', None), (3, "2,b,c", None)]


def test_unclosed_quote_costs_its_own_line_only() -> None:
    assert framed(b'1,"open,x\n2,b,c\n3,"closed, fine",z\n') == [
        (1, '1,"open,x', "unclosed quote"),
        (2, "2,b,c", None),
        (3, '3,"closed, fine",z', None),
    ]


def test_two_unclosed_quotes_do_not_swallow_what_lies_between() -> None:
    data = b'1,"open,x\n2,b,c\n3,"open,z\n4,e,f\n'
    assert [(line, reason) for line, _, reason in framed(data)] == [
        (1, "unclosed quote"),
        (2, None),
        (3, "unclosed quote"),
        (4, None),
    ]


def test_unclosed_quote_in_the_last_line() -> None:
    assert framed(b'1,a,b\n2,"open,c')[-1] == (2, '2,"open,c', "unclosed quote")


def test_stray_quote_inside_an_unquoted_value_is_text() -> None:
    assert framed(b'1,12" vinyl,c\n2,b,c\n') == [(1, '1,12" vinyl,c', None), (2, "2,b,c", None)]


def test_a_record_longer_than_the_limit_is_cut_at_its_first_line() -> None:
    text = b'1,"' + b"\n" * MAX_RECORD_BYTES + b'",x\n2,b,c\n'
    assert framed(text)[0] == (1, '1,"', "unclosed quote")
    assert framed(text)[-1] == (MAX_RECORD_BYTES + 2, "2,b,c", None)


def test_a_long_quoted_description_is_one_record() -> None:
    text = b'1,"' + b"line\n" * 500 + b'end",x\n2,b,c\n'
    assert [(line, len(text)) for line, text, _ in framed(text)] == [(1, 2509), (502, 5)]


def test_rows_of_empty_cells_are_no_records() -> None:
    assert framed(b"1,a,b\n,,\n , ,\n") == [(1, "1,a,b", None)]
    assert framed(b'1,"a",b\n,"",\n') == [(1, '1,"a",b', None)]


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (r'1,"Bra \"soft\" cups",x', '1,"Bra ""soft"" cups",x'),
        (r'1,"5"" heel \"x\"",y', '1,"5"" heel ""x""",y'),
        (r'1,"C:\",x', r'1,"C:\",x'),
    ],
)
def test_quotes_marked_by_backslashes_are_doubled(record: str, text: str) -> None:
    assert framed(record.encode()) == [(1, text, None)]


def test_quotes_that_enclose_no_value_are_a_bad_record() -> None:
    assert framed(b'1,"a" b,c\n') == [(1, '1,"a" b,c', "quotes that enclose no value")]


def test_bytes_that_are_not_utf8_are_a_bad_record() -> None:
    assert [(line, reason) for line, _, reason in framed(b"1,\xff,x\n2,\xc3\xa5,c\n")] == [
        (1, "not text in the file's encoding"),
        (2, None),
    ]


CELL = st.text(st.sampled_from('ab,"\n\r ;å'), max_size=8)
ROWS = st.lists(st.tuples(CELL, CELL, CELL), max_size=12)


@given(rows=ROWS, quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]), chunk_bytes=st.integers(1, 200))
def test_every_record_comes_back_as_python_csv_reads_it(
    rows: list[tuple[str, str, str]], quoting: int, chunk_bytes: int
) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, quoting=quoting).writerows(rows)
    records = framed(buffer.getvalue().encode(), 3, chunk_bytes)
    filled = [list(row) for row in rows if "".join(row).strip(' \t\r\n",')]
    assert [reason for *_, reason in records] == [None] * len(filled)
    assert [next(csv.reader([text], strict=True)) for _, text, _ in records] == filled


@given(data=st.binary(max_size=300).map(lambda b: b.translate(bytes(b'ab,"\n\r12' * 32))))
@example(data=b',\r,\naa"\n')  # a line of empty cells, in a block without quotes and in one with some
def test_no_letter_is_lost_whatever_the_file_holds(data: bytes) -> None:
    whole = framed(data)
    letters = re.compile("[ab12]")
    assert letters.findall("".join(text for _, text, _ in whole)) == letters.findall(data.decode())
    assert framed(data, chunk_bytes=7) == whole


@pytest.mark.parametrize("name", ["rows.csv", "rows.csv.gz"])
def test_split_file_writes_parquet_and_counts(tmp_path: Path, name: str) -> None:
    data = "\ufeffid;name\r\n1;å\r\n2;b".encode()
    source = tmp_path / name
    source.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    dialect = Dialect(separator=";")
    assert read_header(source, dialect) == ("id", "name")
    assert split_file(source, tmp_path / "frames", dialect) == 2
    assert pq.read_table(tmp_path / "frames")["text"].to_pylist() == ["1;å", "2;b"]
    assert pq.read_table(tmp_path / "frames")["line"].to_pylist() == [2, 3]


def test_another_encoding_is_read_as_the_dialect_says(tmp_path: Path) -> None:
    source = tmp_path / "latin.csv"
    source.write_bytes("id,name\n1,Ärmel\n".encode("latin-1"))
    assert split_file(source, tmp_path / "frames", Dialect(encoding="latin-1")) == 1
    assert pq.read_table(tmp_path / "frames")["text"].to_pylist() == ["1,Ärmel"]


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "articles.csv").write_bytes(b"")
    with pytest.raises(ValueError, match=r"articles\.csv has no header"):
        read_header(tmp_path / "articles.csv")
