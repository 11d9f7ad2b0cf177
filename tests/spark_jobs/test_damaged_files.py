"""Files that are damaged at random: no row vanishes, no value moves to another row, no error but a sentence."""

import csv
import datetime as dt
import gzip
import io
import random
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pyspark.sql import Row, SparkSession

from recsys_core.data.csv_records import split_file
from recsys_core.workspace import Workspace
from spark_jobs.io import Checksums, read
from spark_jobs.raw_file import RawFile
from spark_jobs.schemas import LINE, REASON, TRANSACTIONS, TableSource
from spark_jobs.transforms.contract import check_rows, parse_records

pytestmark = [pytest.mark.spark, pytest.mark.usefixtures("spark")]
HEADER = ["t_dat", "customer_id", "article_id", "price", "sales_channel_id"]
SOURCE = TableSource(TRANSACTIONS, ("transactions*",), ten_digits=True)
ROWS = 12
GARBAGE = ["", '"', 'x"', "NaN", "5d", "1e400", r"\N", "2020-13-45", "👗" * 40, "=1+1", "-1", "0x10", "a,b", "a;b"]
"""Cells that are no value of any of our columns but a customer's."""
LINES = 1000
"""More than a file has."""


def row_of(number: int) -> list[str]:
    """A row whose every value tells its number."""
    day = dt.date(2020, 1, 1) + dt.timedelta(days=number)
    return [day.isoformat(), f"é{number}", f"{100_000_000 + number:010d}", str(number / 1000), str(1 + number % 2)]


def written(rows: list[list[str]], separator: str = ",", quoting: int = csv.QUOTE_MINIMAL, **options: str) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, quoting=quoting, lineterminator="\n", **options).writerows(rows)  # type: ignore[arg-type]
    return text.getvalue()


def other_cell(chance: random.Random, rows: list[list[str]]) -> bytes:
    row, column = chance.randrange(1, len(rows)), chance.randrange(len(HEADER))
    rows[row][column] = chance.choice(GARBAGE)
    return written(rows, quoting=chance.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])).encode()


def stray_quote(chance: random.Random, rows: list[list[str]]) -> bytes:
    text = written(rows, quoting=chance.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    start = text.index("\n") + 1
    at = chance.randrange(start, len(text))
    return (text[:at] + chance.choice(['"', '\\"', '""']) + text[at:]).encode()


def other_encoding(chance: random.Random, rows: list[list[str]]) -> bytes:
    return written(rows).encode(chance.choice(["utf-16", "utf-8-sig", "cp1252", "utf-16-le", "utf-16-be"]))


def other_line_ends(chance: random.Random, rows: list[list[str]]) -> bytes:
    return written(rows).replace("\n", chance.choice(["\r\n", "\r", "\n\n", "\r\n\r\n"])).encode()


def other_separator(chance: random.Random, rows: list[list[str]]) -> bytes:
    separator = chance.choice([";", "\t", "|"])
    line = chance.choice(["", f"sep={separator}\n"])
    return (line + written(rows, separator, chance.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))).encode()


def truncated(chance: random.Random, rows: list[list[str]]) -> bytes:
    whole = written(rows).encode()
    return whole[: chance.randrange(1, len(whole))]


def truncated_archive(chance: random.Random, rows: list[list[str]]) -> bytes:
    whole = gzip.compress(written(rows).encode())
    return whole[: chance.randrange(3, len(whole))]


def other_width(chance: random.Random, rows: list[list[str]]) -> bytes:
    row = chance.randrange(len(rows))
    shape: list[Callable[[], object]] = [
        lambda: [each.append("") for each in rows],
        lambda: [each.append("") for each in rows[1:]],
        lambda: [each.insert(0, str(i)) for i, each in enumerate(rows)],
        rows[row].pop,
        lambda: rows.extend([[""] * len(HEADER)] * 5),
    ]
    chance.choice(shape)()
    return written(rows).encode()


DAMAGES = (
    other_cell,
    stray_quote,
    other_encoding,
    other_line_ends,
    other_separator,
    truncated,
    truncated_archive,
    other_width,
)


def lines_of(content: bytes, file: RawFile) -> int:
    """Lines with anything but separators below the header, counted without any of the reader's code."""
    raw = gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content
    text = raw.decode(file.dialect.encoding, errors="replace").lstrip("\ufeff")
    filled = [line for line in text.replace("\r", "\n").split("\n") if line.strip(f'{file.dialect.separator} \t"')]
    return len(filled) - 1 - file.dialect.separator_line


def framed(file: RawFile, content: bytes, folder: Path) -> pa.Table | None:
    """The records of a damaged file; None if it is refused by a sentence that names it."""
    sentence = ""
    try:
        file.check_header()
        if file.is_empty:
            return None
        rows = split_file(file.path, folder, file.dialect)
    except ValueError as refused:
        sentence = str(refused)
    if sentence:
        assert file.path.name in sentence
        return None
    assert rows == lines_of(content, file)
    return pq.read_table(folder)


def check_files(spark: SparkSession, folder: Path, numbers: range) -> None:
    """Damage and check a file for each number; those of one header are parsed together, with their numbers as lines."""
    of_header: dict[tuple[tuple[str, ...], str], list[pa.Table]] = {}
    checksums = Checksums(Workspace(folder))
    for number in numbers:
        damage = DAMAGES[number % len(DAMAGES)]
        content = damage(random.Random(number), [list(HEADER), *(row_of(i) for i in range(ROWS))])
        path = folder / f"transactions_{number}.csv"
        path.write_bytes(content)
        file = RawFile(path, path.name, checksums.of(path), SOURCE)
        records = framed(file, content, folder / f"frames-{number}")
        if records is not None:
            same = of_header.setdefault((file.header, file.dialect.separator), [])
            same.append(records.set_column(0, "line", pc.add(records["line"], number * LINES)))
    for i, ((header, separator), records) in enumerate(of_header.items()):
        (folder / f"header-{i}").mkdir()
        together = pa.concat_tables(records)
        pq.write_table(together, folder / f"header-{i}" / "part.parquet")
        checked = check_rows(parse_records(read(spark, folder / f"header-{i}"), header, separator), SOURCE)
        found = checked.select(LINE, REASON, *TRANSACTIONS.columns).collect()
        assert sorted(row[LINE] for row in found) == sorted(together["line"].to_pylist())
        for row in found:
            assert row[REASON] or told_by(row) in ({n} for n in range(ROWS))
    kept = sum(records.num_rows for same in of_header.values() for records in same)
    assert kept > len(numbers) * ROWS / 2


def told_by(row: Row) -> set[int]:
    """The numbers that the values of an accepted row tell; of a customer that is garbage none."""
    customers = {row_of(number)[1]: number for number in range(ROWS)}
    return {
        (row["t_dat"] - dt.date(2020, 1, 1)).days,
        int(row["article_id"]) - 100_000_000,
        round(row["price"] * 1000),
        customers.get(row["customer_id"], round(row["price"] * 1000)),
    }


def test_a_hundred_damaged_files_lose_no_row_and_mix_no_values(spark: SparkSession, tmp_path: Path) -> None:
    check_files(spark, tmp_path, range(96))


@pytest.mark.full
def test_two_thousand_damaged_files_lose_no_row_and_mix_no_values(spark: SparkSession, tmp_path: Path) -> None:
    check_files(spark, tmp_path, range(96, 2096))
