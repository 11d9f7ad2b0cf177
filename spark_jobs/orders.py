"""Orders of our own storefront on their way into the tables: what may be read, and the receipt of what was.

A file of orders never stops the shop's run: what is wrong with it stands in the receipt, and the storefront shows it.
"""

import csv
import io
import logging
import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import pyarrow.dataset as pads

from recsys_core.contracts.columns import CUSTOMER_ID
from recsys_core.contracts.orders import PATTERNS, FileReceipt
from recsys_core.erasure import Erasures
from recsys_core.store.artifacts import Artifact, write_json
from recsys_core.workspace import Workspace
from spark_jobs.batches import QUARANTINE, Input, table_of
from spark_jobs.erasing import BETWEEN_IDS
from spark_jobs.io import find_order_files
from spark_jobs.raw_file import RawFile

log = logging.getLogger(__name__)
LEFT_OVER_SECONDS: Final = 3600
"""No file takes that long to be written."""


def forget_customers(workspace: Workspace, erased: Erasures) -> None:
    """Rewrite the order files that hold an erased customer without that customer; one without a row goes.

    The batches of the other files stay as they are (``batches.spec_without``). What an exporter that was killed left
    behind goes, too.
    """
    for left_over in workspace.incoming.glob(".*"):
        if time.time() - left_over.stat().st_mtime > LEFT_OVER_SECONDS:
            left_over.unlink(missing_ok=True)
    if erased:
        for pattern in PATTERNS:
            for path in find_order_files(workspace, pattern):
                _forget(path, erased)


def _forget(path: Path, erased: Erasures) -> None:
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
    if not rows or CUSTOMER_ID not in rows[0]:
        return
    kept = [row for row in rows if not any(one in erased for one in _customers_in(row, rows[0]))]
    if len(kept) == len(rows):
        return
    log.info("%s: %d rows of erased customers go", path.name, len(rows) - len(kept))
    if len(kept) == 1:
        path.unlink()
        return
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with fresh.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(kept)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _customers_in(row: Sequence[str], header: Sequence[str]) -> Iterator[str]:
    """Values of a row that may be a customer's id: one column, but of damaged rows and values every word."""
    is_whole = len(row) == len(header)
    if is_whole:
        yield row[header.index(CUSTOMER_ID)]
    for value in row:
        words = BETWEEN_IDS.split(value)
        if len(words) > 1 or not is_whole:
            yield from words


def readable(files: Iterable[RawFile], refused: dict[str, FileReceipt]) -> list[RawFile]:
    """The order files that keep their contract; of the others ``refused`` says why."""
    good = []
    for file in files:
        try:
            file.check_header()
            if len(file.path.read_bytes().splitlines()) < 2:
                raise ValueError(f"{file.name} has no rows")
        except (ValueError, OSError) as error:
            log.error("orders in %s are not read: %s", file.name, error)
            refused[file.path.name] = FileReceipt(sha256=file.sha256, problems={}, refused=str(error))
        else:
            good.append(file)
    return good


def write_receipt(
    workspace: Workspace,
    tables: Artifact,
    found: Iterable[RawFile],
    read: Iterable[Input],
    refused: Mapping[str, FileReceipt],
) -> None:
    """Say of each file that was ``found`` what the current tables hold of it; ``read``: the files that they are of."""
    by_content = {(table_of(file), file.sha256): file for file in read}
    kept_files = [(file, by_content.get((table_of(file), file.sha256))) for file in found]
    problems = _problems(tables, [kept.name for _, kept in kept_files if kept])
    receipt: dict[str, FileReceipt] = dict(refused)
    for file, kept in kept_files:
        if kept is None:
            continue
        entry = FileReceipt(sha256=file.sha256, problems=problems.get(kept.name, {}))
        if kept.name != file.name and kept.source.own:
            entry["duplicate_of"] = Path(kept.name).name
        receipt[file.path.name] = entry
    workspace.order_receipt.parent.mkdir(parents=True, exist_ok=True)
    write_json(workspace.order_receipt, {"tables": tables.key, "files": receipt})


def _problems(tables: Artifact, files: list[str]) -> dict[str, dict[str, str]]:
    """Reasons by line, by file, of what is in quarantine of those files."""
    if not files:
        return {}
    quarantine = pads.dataset(tables.path / QUARANTINE, format="parquet")
    rows = quarantine.to_table(columns=["file", "line", "reason"], filter=pads.field("file").isin(files))
    problems: dict[str, dict[str, str]] = {}
    for row in rows.to_pylist():
        problems.setdefault(row["file"], {})[str(row["line"])] = row["reason"]
    return problems
