"""One raw file -> one batch artifact: accepted rows and quarantine, never parsed twice."""

import dataclasses
import logging
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as pq
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as sf

from recsys_core.contracts.java import PACKED, ROW_BYTES
from recsys_core.contracts.orders import is_order_file
from recsys_core.data.csv_records import Dialect, read_header, split_file
from recsys_core.erasure import Erasures
from recsys_core.store.artifacts import RECORD, Artifact, ArtifactSpec, ArtifactStore, Draft, open_artifact
from spark_jobs.erasing import copy_without, rewrite_without
from spark_jobs.io import count_rows, read
from spark_jobs.schemas import FILE, LEFT_OUT, LINE, REASON, TEXT, UNKNOWN_ARTICLE, TableSource
from spark_jobs.session import spark_session
from spark_jobs.transforms.contract import check_batch, parse_records

log = logging.getLogger(__name__)
BATCH_VERSION = 2
MAX_TOLERATED_ROWS = 10
"""Bad rows that never stop a run, however small the file."""
ROWS, QUARANTINE = "rows", "quarantine"
ERASED: Final = "erased"
"""Parameter of a batch without the erased customers, and how many of their rows it leaves out."""
INCOMING: Final = "incoming/"
"""Before the name of a file of the incoming folder."""
FILE_KEY: Final = "file_key"
"""Key of FILE in the rows: the same for every batch of one file, whoever is left out."""
_STATUS = "status"


@dataclass(frozen=True)
class RawFile:
    """A file of the shop and how it is read."""

    path: Path
    name: str
    sha256: str
    source: TableSource

    @property
    def table(self) -> str:
        return self.source.contract.name

    @property
    def is_parquet(self) -> bool:
        return self.path.suffix == ".parquet"

    @property
    def rows(self) -> int:
        """Rows of the file; of text, about so many."""
        if self.is_parquet:
            return int(pq.read_metadata(self.path).num_rows)
        packed = PACKED if self.path.suffix == ".gz" else 1
        return self.path.stat().st_size * packed // ROW_BYTES

    @property
    def dialect(self) -> Dialect:
        return Dialect(self.source.separator, self.source.encoding)

    @cached_property
    def header(self) -> tuple[str, ...]:
        if self.is_parquet:
            return tuple(pq.read_schema(self.path).names)
        return read_header(self.path, self.dialect)

    @property
    def spec(self) -> ArtifactSpec:
        """Batch of the whole file, with everybody in it."""
        reading = {f.name: getattr(self.source, f.name) for f in dataclasses.fields(TableSource)}
        del reading["contract"], reading["pattern"], reading["own"]
        return ArtifactSpec(
            "batches", BATCH_VERSION, {"file": self.sha256}, {"table": self.table, **reading}, "recsys ingest"
        )

    def spec_without(self, erased: Erasures) -> ArtifactSpec:
        """Batch of the file without the erased customers."""
        if not erased or not self.source.contract.of_customers:
            return self.spec
        return dataclasses.replace(self.spec, params={**self.spec.params, ERASED: erased.signature})

    def check_header(self) -> None:
        """Raises ValueError on a missing required column or a name that stands twice."""
        self.source.contract.require_columns(self.header, self.source.names, self.name)
        twice = sorted({name for name in self.header if self.header.count(name) > 1})
        if twice:
            raise ValueError(f"{self.name}: column {twice[0]!r} stands more than once in the header")


def ensure_batch(
    store: ArtifactStore,
    file: RawFile,
    max_bad_share: float,
    erased: Erasures = Erasures(),  # noqa: B008  frozen
) -> Artifact:
    """The file's batch under the name that the file has today; built if this checksum was never seen.

    Without the ``erased`` customers it is copied from an earlier one of the same file, which is not parsed again.

    Raises
    ------
    ValueError
        If more than ``max_bad_share`` of its rows are bad; of orders of our own any share may be.
    """
    spec = file.spec_without(erased)
    tolerated = 1.0 if file.source.own else max_bad_share
    found = store.find(spec)
    if found is None:
        earlier = _earlier(store, file) if ERASED in spec.params else None
        with store.build(spec) as draft:
            if earlier:
                _copy(draft, earlier, erased)
            else:
                _build(draft, file, erased)
            draft.summary[FILE_KEY] = file.spec.key
            check_account(draft.summary)
            check_bad_share(draft.summary, partial(_example, draft.path / QUARANTINE), tolerated)
        found = store.require(spec)
    summary = {**found.summary, "name": file.name}
    check_bad_share(summary, partial(_example, found.path / QUARANTINE), tolerated)
    return dataclasses.replace(found, record={**found.record, "summary": summary})


def is_own(name: str) -> bool:
    """True if a batch of that name holds orders of our own storefront."""
    return name.startswith(INCOMING) and is_order_file(name.removeprefix(INCOMING))


def file_key(batch: Artifact) -> str:
    return str(batch.summary.get(FILE_KEY, batch.key))


def _earlier(store: ArtifactStore, file: RawFile) -> Artifact | None:
    """A batch of the same file, read the same way, with fewer customers left out: marks are only ever added."""
    for record in sorted((store.workspace.root / file.spec.kind).glob(f"[!.]*/{RECORD}")):
        found = open_artifact(file.spec.kind, record.parent)
        if found is None or found.record["version"] != BATCH_VERSION or found.record["inputs"] != file.spec.inputs:
            continue
        if {name: value for name, value in found.record["params"].items() if name != ERASED} == file.spec.params:
            return found
    return None


def _copy(draft: Draft, earlier: Artifact, erased: Erasures) -> None:
    gone = sum(copy_without(earlier.path / kept, draft.path / kept, erased) for kept in (ROWS, QUARANTINE))
    counts = _counts(draft.path, earlier.summary["rows_in"] - gone)
    draft.summary |= {**earlier.summary, **counts, ERASED: earlier.summary.get(ERASED, 0) + gone}


def _build(draft: Draft, file: RawFile, erased: Erasures) -> None:
    spark = spark_session("ingest")
    raw, framed = _read_raw(spark, file, draft.path / ".frames")
    left_out = _write_by_status(check_batch(raw, file.source), draft.path, file.spec.key)
    shutil.rmtree(draft.path / ".frames", ignore_errors=True)
    of_customers = erased and file.source.contract.of_customers
    gone = sum(rewrite_without(draft.path / kept, erased) for kept in (ROWS, QUARANTINE)) if of_customers else 0
    draft.summary |= {
        "table": file.table,
        "name": file.name,
        "sha256": file.sha256,
        "left_out": left_out,
        **_counts(draft.path, framed - left_out - gone),
        **({ERASED: gone} if of_customers else {}),
    }


def _counts(folder: Path, rows_in: int) -> dict[str, Any]:
    return {
        "rows_in": rows_in,
        "accepted": count_rows(folder / ROWS),
        "quarantined": quarantine_reasons(folder / QUARANTINE),
    }


def _read_raw(spark: SparkSession, file: RawFile, frames: Path) -> tuple[DataFrame, int]:
    """The file's columns as strings beside LINE, TEXT, REASON; and its rows, counted without Spark."""
    if not file.is_parquet:
        rows = split_file(file.path, frames, file.dialect)
        if not rows:
            raise ValueError(f"{file.name} has a header but no rows")
        return parse_records(read(spark, frames), file.header, file.source.separator), rows
    table = spark.read.parquet(str(_without_nanoseconds(file.path, frames)))
    strings = [_as_string(table, name) for name in file.header]
    raw = table.select(
        (sf.col("_metadata.row_index") + 1).alias(LINE),
        sf.to_json(sf.struct(*strings)).alias(TEXT),
        sf.lit(None).cast("string").alias(REASON),
        *strings,
    )
    return raw, file.rows


def _without_nanoseconds(path: Path, folder: Path) -> Path:
    """A Parquet file that Spark can read: ``path``, or a copy in ``folder`` where its times are in nanoseconds.

    Spark has no such type, but pandas writes it by default. Row groups and so the rows' order stay.
    """
    if not any(pa.types.is_timestamp(t) and t.unit == "ns" for t in pq.read_schema(path).types):
        return path
    folder.mkdir()
    copy = folder / path.name
    with pq.ParquetFile(path) as source:
        options = {"coerce_timestamps": "us", "allow_truncated_timestamps": True}
        with pq.ParquetWriter(copy, source.schema_arrow, **options) as target:
            for group in range(source.num_row_groups):
                target.write_table(source.read_row_group(group))
    return copy


def _as_string(table: DataFrame, name: str) -> Column:
    """A typed Parquet column as the text that a CSV file would have."""
    column = sf.col(f"`{name}`")
    if dict(table.dtypes)[name].startswith("timestamp"):
        column = column.cast("date")
    return column.cast("string").alias(name)


def _write_by_status(checked: DataFrame, folder: Path, batch: str) -> int:
    """``rows/`` and ``quarantine/`` in one pass over the file; returns how many rows were left out."""
    good, left_out = sf.col(REASON).isNull(), sf.col(REASON) == LEFT_OUT
    split = checked.select(
        sf.when(good, ROWS).when(left_out, LEFT_OUT).otherwise(QUARANTINE).alias(_STATUS),
        sf.lit(batch).alias(FILE),
        sf.when(~good & ~left_out, sf.col(TEXT)).alias(TEXT),
        *(column for column in checked.columns if column != TEXT),
    )
    staging = folder / ".checked"
    split.write.partitionBy(_STATUS).parquet(str(staging))
    for kept in (ROWS, QUARANTINE):
        (folder / kept).mkdir()
        for number, path in enumerate(sorted((staging / f"{_STATUS}={kept}").glob("*.parquet"))):
            path.rename(folder / kept / f"part-{number:05d}.parquet")
    rest = count_rows(staging / f"{_STATUS}={LEFT_OUT}")
    shutil.rmtree(staging)
    return rest


def quarantine_reasons(folder: Path) -> dict[str, int]:
    """Quarantined rows by reason, most first."""
    reasons = pads.dataset(folder, format="parquet", schema=pa.schema([(REASON, pa.string())])).to_table()[REASON]
    return most_first({found["values"]: found["counts"] for found in reasons.value_counts().to_pylist()})


def most_first(reasons: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))


def check_account(summary: Mapping[str, Any]) -> None:
    """Every row that the framer counted was accepted or quarantined; RuntimeError if not."""
    bad = sum(summary["quarantined"].values())
    if summary["rows_in"] != summary["accepted"] + bad:
        raise RuntimeError(
            f"{summary['name']}: {summary['rows_in']} rows were framed but {summary['accepted']} accepted + {bad} "
            "quarantined are another number; nothing was published. This is a defect of the ingest: please report it"
        )


def check_bad_share(summary: Mapping[str, Any], example: Callable[[str], str], max_bad_share: float) -> None:
    """Raises ValueError if more rows of a file are bad than a run may tolerate; ``example`` shows one of a reason."""
    bad, rows = sum(summary["quarantined"].values()), summary["rows_in"]
    if bad <= max(MAX_TOLERATED_ROWS, max_bad_share * rows):
        return
    reasons = most_first(summary["quarantined"])
    commonest = [f"{r!r} {count} times, for example {example(r)}" for r, count in list(reasons.items())[:3]]
    remedy = "Deliver the articles file again" if next(iter(reasons)) == UNKNOWN_ARTICLE else "Mend the file"
    raise ValueError(
        f"{summary['name']}: {bad} of {rows} rows are bad ({bad / rows:.2%}; data.max_bad_share allows "
        f"{max_bad_share:.2%}). Commonest: {'; '.join(commonest)}. {remedy}, or raise data.max_bad_share"
    )


def _example(quarantine: Path, reason: str) -> str:
    found = pads.dataset(quarantine, format="parquet").to_table(
        columns=[LINE, TEXT], filter=pads.field(REASON) == reason
    )
    line, text = min(zip(found[LINE].to_pylist(), found[TEXT].to_pylist(), strict=True))
    return show_row(line, text)


def show_row(line: int, text: str) -> str:
    return f"line {line}: {text[:120]!r}"
