"""The first rows of a shop's files as text, read without Spark."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from recsys_core.data.csv_records import read_header
from recsys_core.data.excel import read_sheet_rows
from recsys_core.data.raw_files import KAGGLES, cells_of, content_of, detect_dialect, open_text
from recsys_core.data.shop_folder import FoundFile, list_folder

SAMPLE_ROWS: Final = 2_000


@dataclass(frozen=True)
class TableSample:
    """Columns of a file with some of their values."""

    file: FoundFile
    form: str
    """Format in words."""
    columns: Mapping[str, tuple[str, ...]]
    """Values by column, spaces around them removed; row by row, as many of each."""

    @property
    def name(self) -> str:
        return self.file.shown

    def has(self, names: tuple[str, ...]) -> bool:
        """True if all columns are there, in any case."""
        present = {name.casefold() for name in self.columns}
        return all(name.casefold() in present for name in names)


def read_samples(folder: Path, rows: int = SAMPLE_ROWS) -> tuple[list[TableSample], dict[str, str]]:
    """A sample of each file in the folder, and by name the reason why others cannot be read.

    Of a folder of Parquet files the first is read.
    """
    samples, reasons = [], {}
    seen = set()
    for file in list_folder(folder):
        if file.shown in seen:
            continue
        seen.add(file.shown)
        if file.suffix is None and file.shown == file.name:
            reasons[file.name] = "no format that is read, by its ending"
            continue
        try:
            samples.append(read_sample(file, rows))
        except ValueError as error:
            reasons[file.name] = str(error)
    return samples, reasons


def read_sample(file: FoundFile, rows: int = SAMPLE_ROWS) -> TableSample:
    """The first rows of one file.

    Raises
    ------
    ValueError
        If its content is of no format that is read, damaged, or without a header.
    """
    content = content_of(file.path)
    if content == "parquet":
        return _of_parquet(file, rows)
    if content == "excel":
        header, *cells = read_sheet_rows(file.path, rows + 1)
        return TableSample(file, content, _columns([name.strip() for name in header], cells))
    if content != "text":
        raise ValueError(f"{file.name} is {content}: unpack it, or save it as .xlsx or CSV")
    return _of_text(file, rows)


def _of_text(file: FoundFile, rows: int) -> TableSample:
    dialect = detect_dialect(file.path)
    header = read_header(file.path, dialect)
    records: list[list[str]] = []
    with open_text(file.path, dialect) as stream:
        stream.readline()
        for line in stream:
            cells = cells_of(line.rstrip(b"\r\n").decode(errors="replace"), dialect.separator)
            if cells is not None and any(cells):  # others are records of several lines, or broken
                records.append(cells)
            if len(records) >= rows:
                break
    return TableSample(file, "" if dialect == KAGGLES else str(dialect), _columns(list(header), records))


def _of_parquet(file: FoundFile, rows: int) -> TableSample:
    with pq.ParquetFile(file.path) as table:
        batch = next(table.iter_batches(batch_size=rows), None)
    columns = batch.to_pydict() if batch is not None else {}
    texts = {name: tuple("" if value is None else str(value) for value in values) for name, values in columns.items()}
    return TableSample(file, "parquet", texts)


def _columns(header: list[str], records: list[list[str]]) -> dict[str, tuple[str, ...]]:
    whole = [[cell.strip() for cell in cells] for cells in records if len(cells) >= len(header)]
    return {name: tuple(cells[i] for cells in whole) for i, name in enumerate(header) if name}
