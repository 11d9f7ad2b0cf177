"""Files of the shop and how their rows become text columns in Spark."""

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial, reduce
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as sf

from recsys_core.contracts.java import PACKED, ROW_BYTES
from recsys_core.data.csv_records import has_rows, read_header, split_file
from recsys_core.data.excel import read_sheet_header, split_workbook
from recsys_core.data.raw_files import KAGGLES, Content, Dialect, content_of, detect_dialect
from spark_jobs.io import Checksum, count_rows, read
from spark_jobs.schemas import FILE_NUMBER, LINE, REASON, TEXT, TableSource
from spark_jobs.transforms.contract import parse_records, said


@dataclass(frozen=True)
class RawRows:
    """Rows of a file, or of a query over several."""

    frame: DataFrame
    count: int
    queried: Sequence[tuple[str, int]] = ()
    """Files that a query read, with their rows: more or fewer than it gives."""


@dataclass(frozen=True)
class RawFile:
    """A file of the shop and how it is read."""

    path: Path
    name: str
    checksum: Checksum
    source: TableSource

    @property
    def sha256(self) -> str:
        return self.checksum.sha256

    @cached_property
    def content(self) -> Content:
        return content_of(self.path)

    @cached_property
    def dialect(self) -> Dialect:
        """Dialect of a text file."""
        if self.content == "excel":
            return KAGGLES  # as which its rows are written
        return detect_dialect(self.path, self.source.separator, self.source.encoding)

    @property
    def rows(self) -> int:
        """Rows of the file; of text, about so many."""
        if self.content == "parquet":
            return int(pq.read_metadata(self.path).num_rows)
        packed = PACKED if self.path.suffix.lower() in (".gz", ".zip", ".xlsx") else 1
        return self.path.stat().st_size * packed // ROW_BYTES

    @cached_property
    def header(self) -> tuple[str, ...]:
        """Names of the columns.

        Raises
        ------
        ValueError
            If the content is of no format that is read, or has no header.
        """
        self._check_content()
        if self.content == "parquet":
            return tuple(pq.read_schema(self.path).names)
        if self.content == "excel":
            return read_sheet_header(self.path)
        return read_header(self.path, self.dialect)

    @property
    def is_empty(self) -> bool:
        """True for a file without a row, also for one of no bytes."""
        if not self.path.stat().st_size:
            return True
        self._check_content()
        if self.content == "text":
            return not has_rows(self.path, self.dialect)
        return self.content == "parquet" and not self.rows

    @property
    def form(self) -> str:
        """Format in words, for reports."""
        return str(self.dialect) if self.content == "text" else self.content

    @property
    def inputs(self) -> Mapping[str, str]:
        return {"file": self.sha256}

    @property
    def forms(self) -> Mapping[str, str]:
        return {self.name: self.form}

    def _check_content(self) -> None:
        called_parquet = self.path.suffix.lower() == ".parquet"
        if called_parquet and self.content != "parquet":
            raise ValueError(f"{self.name} is called .parquet but holds {self.content}: rename it, or deliver it again")
        if self.content == "zip":
            raise ValueError(f"{self.name} is a zip archive of several files: unpack it")
        if self.content == "old excel":
            raise ValueError(f"{self.name} is an old Excel workbook: save it as .xlsx or as CSV")
        if self.content == "parquet":
            self._check_parquet()

    def _check_parquet(self) -> None:
        try:
            schema = pq.read_schema(self.path)
        except (pa.ArrowInvalid, OSError) as error:
            raise ValueError(f"{self.name} is a damaged Parquet file ({error}): deliver it again") from None
        for field in schema:
            if _is_unreadable(field.type) and self._uses(field.name):
                raise ValueError(
                    f"{self.name}: column {field.name!r} has the Parquet type {field.type}, which cannot be read "
                    "without loss: write it as double or string"
                )

    def _uses(self, name: str) -> bool:
        return self.source.needs_all_columns or name in self.source.names.values()

    def check_header(self) -> None:
        """Raises ValueError on a missing or unclear column that is needed."""
        if not self.source.select:
            self.source.contract.require_columns(self.header, self.source, self.name)

    def check_unchanged(self) -> None:
        """Raises ValueError if the file holds something else than what its checksum is of."""
        self.checksum.check(self.path, self.name)

    def read(self, spark: SparkSession, frames: Path) -> RawRows:
        """The file's columns as strings beside LINE, TEXT, REASON; they are counted without Spark.

        Raises
        ------
        ValueError
            If there is no row.
        """
        if self.content == "parquet":
            return RawRows(self._read_parquet(spark, frames), self.rows)
        split = split_workbook if self.content == "excel" else None
        rows = split(self.path, frames) if split else split_file(self.path, frames, self.dialect)
        if not rows:
            raise ValueError(f"{self.name} has a header but no rows")
        return RawRows(parse_records(read(spark, frames), self.header, self.dialect.separator), rows)

    def _read_parquet(self, spark: SparkSession, frames: Path) -> DataFrame:
        readable = _readable_copy(self.path, frames)
        table = spark.read.parquet(str(readable))
        names = pq.read_schema(readable).names
        strings = [_as_string(table, name) for name in names]
        return table.select(
            (sf.col("_metadata.row_index") + 1).alias(LINE),
            sf.to_json(sf.struct(*strings)).alias(TEXT),
            sf.lit(None).cast("string").alias(REASON),
            *strings,
        )


def _is_unreadable(kind: pa.DataType) -> bool:
    return bool(pa.types.is_float16(kind) or pa.types.is_nested(kind))


def _readable_copy(path: Path, folder: Path) -> Path:
    """A Parquet file that Spark can read: ``path``, or a copy in ``folder`` where its types are others.

    Spark has no times in nanoseconds, which pandas writes by default, and no half floats. Row groups and so the rows'
    order stay.
    """
    schema = pq.read_schema(path)
    columns = [field.name for field in schema if not _is_unreadable(field.type)]
    nanoseconds = any(pa.types.is_timestamp(field.type) and field.type.unit == "ns" for field in schema)
    if not nanoseconds and len(columns) == len(schema.names):
        return path
    folder.mkdir()
    copy = folder / path.name
    kept = pa.schema([schema.field(name) for name in columns])
    with pq.ParquetFile(path) as source:
        options = {"coerce_timestamps": "us", "allow_truncated_timestamps": True}
        with pq.ParquetWriter(copy, kept, **options) as target:
            for group in range(source.num_row_groups):
                target.write_table(source.read_row_group(group, columns=columns).cast(kept))
    return copy


def _as_string(table: DataFrame, name: str) -> Column:
    """A typed Parquet column as the text that a CSV file would have."""
    return sf.col(f"`{name}`").cast("string").alias(name)


@dataclass(frozen=True)
class JoinedFiles:
    """Files of the shop that a query of the mapping makes one table of."""

    source: TableSource
    views: Mapping[str, tuple[RawFile, ...]]
    """Files by view; none for one that may be without."""

    @property
    def files(self) -> list[RawFile]:
        return [file for members in self.views.values() for file in members]

    @property
    def name(self) -> str:
        return " + ".join(dict.fromkeys(file.name for file in self.files))

    @property
    def sha256(self) -> str:
        return hashlib.sha256("".join(self.inputs.values()).encode()).hexdigest()

    @property
    def inputs(self) -> Mapping[str, str]:
        return {f"{view}-{i:05d}": file.sha256 for view, files in self.views.items() for i, file in enumerate(files)}

    @property
    def forms(self) -> Mapping[str, str]:
        return {file.name: file.form for file in self.files}

    @property
    def rows(self) -> int:
        return sum(file.rows for file in self.files)

    def check_header(self) -> None:
        """Raises ValueError if a file has no header, lacks a listed column, or is of no format that is read."""
        for view, files in self.views.items():
            for file in files:
                present = {name.casefold() for name in file.header}
                missing = [name for name in self.source.views[view].columns if name.casefold() not in present]
                if missing:
                    raise ValueError(
                        f"{file.name} has no column {missing[0]!r}, which the mapping's [files] {view} lists. "
                        f"Columns found: {', '.join(filter(None, file.header))}"
                    )

    def check_unchanged(self) -> None:
        """Raises ValueError if a file holds something else than what its checksum is of."""
        for file in self.files:
            file.check_unchanged()

    def read(self, spark: SparkSession, frames: Path) -> RawRows:
        """The result of the query as strings beside LINE, TEXT, REASON, with the rows that are in no view.

        Raises
        ------
        ValueError
            If the query cannot be read, or gives columns that the table has not.
        """
        bad, queried = [], list[tuple[str, int]]()
        for view, files in self.views.items():
            bad.append(self._make_view(spark, view, files, frames / view, queried))
        both = reduce(partial(DataFrame.unionByName, allowMissingColumns=True), bad, self._select(spark))
        try:
            both.write.parquet(str(frames / "selected"))
        except PySparkException as error:
            raise ValueError(f"[{self.source.contract.name}] select fails on the rows: {said(error)}") from None
        return RawRows(spark.read.parquet(str(frames / "selected")), count_rows(frames / "selected"), queried)

    def _make_view(
        self, spark: SparkSession, view: str, files: tuple[RawFile, ...], folder: Path, queried: list[tuple[str, int]]
    ) -> DataFrame:
        """The view of all rows that are whole; returns the others as LINE, TEXT, REASON.

        ``queried``: the files before these, with their rows; these are added.
        """
        folder.mkdir(parents=True)
        parts = []
        for file in files:
            number = len(queried)
            of_file = file.read(spark, folder / str(number))
            queried.append((file.name, of_file.count))
            parts.append(of_file.frame.withColumn(FILE_NUMBER, sf.lit(number)))
        rows = reduce(partial(DataFrame.unionByName, allowMissingColumns=True), parts or [_no_rows(spark)])
        listed = self.source.views[view]
        present = {name.casefold() for name in rows.columns}
        for name in (*listed.columns, *listed.optional_columns):
            if name.casefold() not in present:
                rows = rows.withColumn(name, sf.lit(None).cast("string"))
        whole = sf.col(REASON).isNull()
        rows.where(whole).drop(TEXT, REASON).createOrReplaceTempView(view)
        named = sf.concat(sf.lit(f"{view}: "), sf.col(REASON)).alias(REASON)
        return rows.where(~whole).select(LINE, TEXT, named)

    def _select(self, spark: SparkSession) -> DataFrame:
        table, contract = self.source.contract.name, self.source.contract
        try:
            found = spark.sql(self.source.select or "", args=dict(self.source.variables) or None)
            names = found.columns
        except PySparkException as error:
            views = "; ".join(f"{view}: {', '.join(files[0].header)}" for view, files in self.views.items() if files)
            raise ValueError(
                f"[{table}] select cannot be read: {said(error)}. Views and their columns: {views}"
            ) from None
        unknown = [name for name in names if name not in (*contract.mapped, LINE, FILE_NUMBER)]
        missing = [name for name in contract.required if name not in (*names, *self.source.constants)]
        if unknown or missing or len(set(names)) < len(names):
            wrong = f"gives the columns {', '.join(names)}"
            lacks = f", without {', '.join(missing)}" if missing else ""
            raise ValueError(f"[{table}] select {wrong}{lacks}: expected each once of {', '.join(contract.mapped)}")
        ours = [sf.col(f"`{name}`").cast("string").alias(name) for name in names if name not in (LINE, FILE_NUMBER)]
        # Rows have no order of their own: one of their values, so that two runs number them alike.
        line = (
            sf.col(LINE) if LINE in names else sf.row_number().over(Window.orderBy(*(sf.col(f"`{n}`") for n in names)))
        )
        number = [sf.col(FILE_NUMBER)] if FILE_NUMBER in names else []
        return found.select(
            line.cast("long").alias(LINE),
            *(each.cast("int").alias(FILE_NUMBER) for each in number),
            sf.to_json(sf.struct(*(self._file_called(each).alias("file") for each in number), *ours)).alias(TEXT),
            sf.lit(None).cast("string").alias(REASON),
            *ours,
        )

    def _file_called(self, number: Column) -> Column:
        """The name of the file of that FILE_NUMBER."""
        return sf.element_at(sf.array(*(sf.lit(file.name) for file in self.files)), number.cast("int") + 1)


def _no_rows(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame([], f"{LINE} long, {TEXT} string, {REASON} string, {FILE_NUMBER} int")


def reading(source: TableSource) -> dict[str, object]:
    """The fields of a source that decide how its rows are read, for the key of their batch."""
    fields = {f.name: getattr(source, f.name) for f in dataclasses.fields(TableSource)}
    for name in ("contract", "patterns", "own", "views"):
        del fields[name]
    return fields
