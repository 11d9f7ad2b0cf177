"""Raw files -> one batch artifact: accepted rows and quarantine, never parsed twice."""

import dataclasses
import datetime as dt
import logging
import shutil
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from recsys_core.contracts.columns import T_DAT
from recsys_core.contracts.orders import is_order_file
from recsys_core.data.shop_folder import INCOMING
from recsys_core.erasure import Erasures
from recsys_core.store.artifacts import Artifact, ArtifactSpec, ArtifactStore, Draft
from spark_jobs.erasing import copy_without, rewrite_without
from spark_jobs.functions import define_functions
from spark_jobs.io import count_rows, read, shuffle_partitions_for
from spark_jobs.raw_file import RawRows, reading
from spark_jobs.schemas import FILE, LEFT_OUT, LINE, QUANTITY, REASON, TEXT, UNKNOWN_ARTICLE, UTC, TableSource
from spark_jobs.session import spark_session
from spark_jobs.transforms.contract import NOTE, check_batch, note_texts

log = logging.getLogger(__name__)
BATCH_VERSION = 4
MAX_TOLERATED_ROWS, MAX_TOLERATED_SHARE = 10, 2 / 3
"""So many bad rows do not stop a run, unless they are nearly the whole of a small file."""
MAX_SHOWN = 120
"""Characters of a row or a value that a report shows."""
ROWS, QUARANTINE = "rows", "quarantine"
ERASED: Final = "erased"
"""Parameter of a batch without the erased customers, and how many of their rows it leaves out."""
FILE_KEY: Final = "file_key"
"""Key of FILE in the rows: the same for every batch of one file, whoever is left out."""
DAYS: Final = "days"
"""ISO days with purchases, in order."""
_STATUS = "status"


class Input(Protocol):
    """Files that make one batch."""

    @property
    def name(self) -> str: ...
    @property
    def source(self) -> TableSource: ...
    @property
    def rows(self) -> int: ...
    @property
    def sha256(self) -> str: ...
    @property
    def inputs(self) -> Mapping[str, str]:
        """Checksum of each file by a name."""

    @property
    def forms(self) -> Mapping[str, str]:
        """Format of each file by its name."""

    def check_unchanged(self) -> None:
        """Raises ValueError if a file holds something else than what its checksum is of."""

    def read(self, spark: SparkSession, frames: Path) -> RawRows: ...


def table_of(file: Input) -> str:
    return file.source.contract.name


def spec_of(file: Input) -> ArtifactSpec:
    """Batch of the whole input, with everybody in it."""
    params = {"table": table_of(file), **reading(file.source)}
    return ArtifactSpec("batches", BATCH_VERSION, dict(file.inputs), params, "recsys ingest")


def spec_without(file: Input, erased: Erasures) -> ArtifactSpec:
    """Batch of the input without the erased customers.

    The storefront's orders have been rewritten without them (``orders.forget_customers``): a file of orders that did
    not hold them keeps its batch.
    """
    spec = spec_of(file)
    if not erased or file.source.own or not file.source.contract.of_customers:
        return spec
    return dataclasses.replace(spec, params={**spec.params, ERASED: erased.signature})


def ensure_batch(
    store: ArtifactStore,
    file: Input,
    max_bad_share: float,
    erased: Erasures = Erasures(),  # noqa: B008  frozen
    earlier: Mapping[str, Artifact] = {},
) -> Artifact:
    """The file's batch under the name that the file has today; built if this checksum was never seen.

    Without the ``erased`` customers it is copied from the ``earlier`` one of the same file, which is not parsed again.

    Raises
    ------
    ValueError
        If more than ``max_bad_share`` of its rows are bad; of orders of our own any share may be. If the file changed
        while it was read.
    """
    spec = spec_without(file, erased)
    tolerated = 1.0 if file.source.own else max_bad_share
    found = store.find(spec)
    if found is None:
        known = earlier.get(spec_of(file).key)
        with store.build(spec) as draft:
            if known:
                _copy(draft, file, known, erased)
            else:
                _build(draft, file, erased)
            draft.summary[FILE_KEY] = spec_of(file).key
            check_account(draft.summary)
            _check_bad_share_in(draft.path, draft.summary, tolerated)
        found = store.require(spec)
    summary = {**found.summary, "name": file.name}
    _check_bad_share_in(found.path, summary, tolerated)
    return dataclasses.replace(found, record={**found.record, "summary": summary})


def is_own(name: str) -> bool:
    """True if a batch of that name holds orders of our own storefront."""
    return name.startswith(INCOMING) and is_order_file(name.removeprefix(INCOMING))


def file_key(batch: Artifact) -> str:
    return str(batch.summary.get(FILE_KEY, batch.key))


def batches_by_file(store: ArtifactStore) -> dict[str, Artifact]:
    """The newest complete batch of each file, by its ``file_key``.

    Fewer customers are left out of it than now, since marks of erased customers are only ever added.
    """
    newest_first = store.others(ArtifactSpec("batches", BATCH_VERSION))
    return {file_key(batch): batch for batch in reversed(newest_first)}


def _copy(draft: Draft, file: Input, earlier: Artifact, erased: Erasures) -> None:
    gone = sum(copy_without(earlier.path / kept, draft.path / kept, erased) for kept in (ROWS, QUARANTINE))
    counts = _counts(draft.path, file.source, earlier.summary["rows_in"] - gone)
    draft.summary |= {**earlier.summary, **counts, ERASED: earlier.summary.get(ERASED, 0) + gone}


def _build(draft: Draft, file: Input, erased: Erasures) -> None:
    spark = batch_session(file.source, file.rows)
    frames = draft.path / ".frames"
    try:
        raw = file.read(spark, frames)
        left_out = _write_by_status(check_batch(raw.frame, file.source), draft.path, spec_of(file).key)
    finally:  # rows cannot be read either where a file is half there
        file.check_unchanged()
    shutil.rmtree(frames, ignore_errors=True)
    of_customers = erased and file.source.contract.of_customers
    gone = sum(rewrite_without(draft.path / kept, erased) for kept in (ROWS, QUARANTINE)) if of_customers else 0
    draft.summary |= {
        "table": table_of(file),
        "name": file.name,
        "sha256": file.sha256,
        "forms": dict(file.forms),
        "queried": dict(raw.queried),
        "left_out": left_out,
        **_counts(draft.path, file.source, raw.count - left_out - gone),
        **({ERASED: gone} if of_customers else {}),
    }


def batch_session(source: TableSource, rows: int) -> SparkSession:
    """The session; one of its own for a mapping's SQL, whose views are alone there, and for a clock of its own.

    The shared session's clock is no choice: every call of ``spark_session`` sets it back.
    """
    session = spark_session("ingest")
    if not source.needs_all_columns and source.time_zone == UTC:
        return session
    own = session.newSession()
    own.conf.set("spark.sql.session.timeZone", source.time_zone)
    own.conf.set("spark.sql.shuffle.partitions", shuffle_partitions_for(rows))
    if source.needs_all_columns:
        define_functions(own)
    return own


def _counts(folder: Path, source: TableSource, rows_in: int) -> dict[str, Any]:
    accepted = count_rows(folder / ROWS)
    return {
        "rows_in": rows_in,
        "accepted": accepted,
        "made": quantity_of(folder / ROWS) if source.contract.counted else accepted,
        "quarantined": quarantine_reasons(folder / QUARANTINE),
        "notes": notes_of(folder / ROWS, note_texts(source)),
        **({DAYS: [day.isoformat() for day in days_in(folder / ROWS)]} if T_DAT in source.contract.kinds else {}),
    }


def days_in(rows: Path) -> list[dt.date]:
    """Days with purchases in the rows of a folder, read part by part, in order."""
    files = pads.dataset(rows, format="parquet")
    dated = files.get_fragments() if T_DAT in files.schema.names else ()
    return sorted({day for part in dated for day in pc.unique(part.to_table(columns=[T_DAT])[T_DAT]).to_pylist()})


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


def quantity_of(rows: Path) -> int:
    """Purchases that the rows of a folder make."""
    dataset = pads.dataset(rows, format="parquet", schema=pa.schema([(QUANTITY, pa.int32())]))
    return sum(pc.sum(part[QUANTITY]).as_py() or 0 for part in dataset.to_batches())


def notes_of(rows: Path, texts: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Notes on accepted rows with their counts and an example: ``{"count", "line", "value"}`` by text."""
    found = {}
    for number, text in enumerate(texts):
        name = f"{NOTE}{number}"
        dataset = pads.dataset(rows, format="parquet", schema=pa.schema([(LINE, pa.int64()), (name, pa.string())]))
        noted = dataset.to_table(filter=pads.field(name).is_valid()).sort_by(LINE)
        if noted.num_rows:
            value = noted[name][0].as_py()[:MAX_SHOWN]
            found[text] = {"count": noted.num_rows, "line": noted[LINE][0].as_py(), "value": value}
    return found


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


def check_bad_share(
    summary: Mapping[str, Any], line_of: Callable[[str], int], where: str, max_bad_share: float
) -> None:
    """Raises ValueError if more rows of a file are bad than a run may tolerate.

    ``line_of``: the first line that is bad for a reason; ``where``: a sentence that says where the rows are.
    The message shows no row: it goes on to logs and alerts, where no erasure finds the customer.
    """
    bad, rows = sum(summary["quarantined"].values()), summary["rows_in"]
    if bad <= max(min(MAX_TOLERATED_ROWS, MAX_TOLERATED_SHARE * rows), max_bad_share * rows):
        return
    reasons = most_first(summary["quarantined"])
    commonest = [f"{r!r} {count} times, first in line {line_of(r)}" for r, count in list(reasons.items())[:3]]
    remedy = "Deliver the articles file again" if next(iter(reasons)) == UNKNOWN_ARTICLE else "Mend the file"
    raise ValueError(
        f"{summary['name']}: {bad} of {rows} rows are bad ({bad / rows:.2%}; data.max_bad_share allows "
        f"{max_bad_share:.2%}). Commonest: {'; '.join(commonest)}. {where}. {remedy}, or raise data.max_bad_share"
    )


def _check_bad_share_in(batch: Path, summary: Mapping[str, Any], max_bad_share: float) -> None:
    quarantine = batch / QUARANTINE
    check_bad_share(summary, partial(first_line, quarantine), rows_lie_in(quarantine), max_bad_share)


def rows_lie_in(quarantine: Path) -> str:
    """Sentence for ``check_bad_share``."""
    return f"The rows are in {quarantine}"


def first_line(quarantine: Path, reason: str) -> int:
    """First line of a batch's file that is quarantined for the reason."""
    found = pads.dataset(quarantine, format="parquet").to_table(columns=[LINE], filter=pads.field(REASON) == reason)
    return int(pc.min(found[LINE]).as_py())


def of_table(batches: Sequence[Artifact], table: str) -> list[Artifact]:
    """The batches of one table, in their order."""
    return [batch for batch in batches if batch.summary["table"] == table]


def rows_of(spark: SparkSession, batches: Sequence[Artifact], table: str, kind: str = ROWS) -> DataFrame | None:
    """The accepted rows of a table, or the quarantined ones (``kind``); None if there are none."""
    folders = [batch.path / kind for batch in of_table(batches, table)]
    filled = [folder for folder in folders if any(folder.glob("*.parquet"))]
    return read(spark, *filled) if filled else None
