"""Raw files -> validated tables and quarantine.

``python -m spark_jobs.jobs.ingest --workspace DIR [--config FILE] [--data DIR] [--mapping FILE]``, or the same through
spark-submit.
Every file is a batch of its own, known by its SHA-256; a run whose tables exist ends without starting Spark.
"""

import argparse
import logging
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from recsys_core.config import Config
from recsys_core.contracts.orders import FileReceipt
from recsys_core.store.artifacts import Artifact, ArtifactStore
from recsys_core.workspace import Workspace, flip_link
from spark_jobs.batches import INCOMING, RawFile, ensure_batch
from spark_jobs.command import job_parser, run_job, workspace_and_config
from spark_jobs.io import Checksums, find_files, find_order_files, suffix_of
from spark_jobs.mapping import load_sources
from spark_jobs.orders import forget_customers, readable, write_receipt
from spark_jobs.schemas import TableSource, kaggle_sources, order_sources
from spark_jobs.session import spark_session
from spark_jobs.side_by_side import side_by_side
from spark_jobs.tables import ensure_tables

log = logging.getLogger(__name__)


def parse_args() -> argparse.Namespace:
    parser = job_parser("Check the shop's raw files and join them into tables.")
    parser.add_argument("--data", type=Path, help="the shop's folder (Kaggle's layout; default: as last time)")
    parser.add_argument("--mapping", type=Path, help="column mapping for other column names (default: as last time)")
    return parser.parse_args()


def list_files(workspace: Workspace, sources: tuple[TableSource, ...]) -> list[RawFile]:
    """Every file of the shop once (by checksum), all headers checked."""
    checksums = Checksums(workspace)
    files: dict[tuple[str, str], RawFile] = {}
    for source in sources:
        paths = find_files(workspace, source.pattern)
        if source.contract.feed:
            paths = latest_by_name(paths)
        if not paths and not source.contract.optional:
            raise ValueError(
                f"no {source.contract.name} file in {workspace.raw}: expected {source.pattern} as .csv, .csv.gz or "
                ".parquet (recsys ingest --data DIR points at another folder)"
            )
        # A copy tends to have the longer name; the batch is called after the shorter.
        for path in sorted(paths, key=lambda p: (len(p.name), p.name)):
            name = path.name if path.parent == workspace.raw else f"{INCOMING}{path.name}"
            file = RawFile(path, name, checksums.of(path), source)
            files.setdefault((source.contract.name, file.sha256), file)
    for file in files.values():
        file.check_header()
    return list(files.values())


def list_orders(workspace: Workspace) -> list[RawFile]:
    """Every file with orders of our own storefront, whatever the shop's own files look like."""
    checksums = Checksums(workspace)
    return [
        RawFile(path, f"{INCOMING}{path.name}", checksums.of(path), source)
        for source in order_sources()
        for path in find_order_files(workspace, source.pattern)
    ]


def each_once(files: Iterable[RawFile]) -> list[RawFile]:
    """The first of files with the same bytes for the same table, in the order of the names."""
    first: dict[tuple[str, str], RawFile] = {}
    for file in files:
        first.setdefault((file.table, file.sha256), file)
    return sorted(first.values(), key=lambda file: (file.table, file.path.name, file.name))


def latest_by_name(paths: list[Path]) -> list[Path]:
    """The one file that counts of a feed's, or none; the ending of a name does not matter."""
    latest = sorted(paths, key=lambda path: path.name.removesuffix(suffix_of(path) or ""))[-1:]
    if len(paths) > 1:
        log.info("%s is the latest of %d files; the others are not read", latest[0].name, len(paths))
    return latest


def ingest(workspace: Workspace, config: Config, sources: tuple[TableSource, ...]) -> Artifact:
    """Build what is missing, point ``tables/current`` at the result, and write the receipt of the orders in it.

    ``sources`` are the shop's; the storefront's orders are read beside them, without customers who were erased.
    """
    store, erased, share = ArtifactStore(workspace), workspace.erasures(), config.data.max_bad_share
    forget_customers(workspace, erased)
    refused: dict[str, FileReceipt] = {}
    orders = readable(list_orders(workspace), refused)
    files = each_once([*list_files(workspace, sources), *orders])
    if not all(store.find(file.spec_without(erased)) for file in files):
        spark_session("ingest", sum(file.rows for file in files))
    batches = side_by_side(partial(ensure_batch, store, file, share, erased) for file in files)
    tables = ensure_tables(store, batches, share, erased)
    flip_link(workspace.root / "tables" / "current", tables.key)
    write_receipt(workspace, tables, orders, files, refused)
    return tables


def main() -> None:
    args = parse_args()
    workspace, config = workspace_and_config(args)
    mapping = args.mapping or config.data.mapping
    if args.data:
        workspace.point_raw_at(args.data, mapped=bool(mapping))
    if args.mapping:
        flip_link(workspace.mapping, args.mapping.resolve())
    mapping = mapping or (workspace.mapping if workspace.mapping.is_symlink() else None)
    tables = ingest(workspace, config, load_sources(mapping) if mapping else kaggle_sources())
    summary = {key: value for key, value in tables.summary.items() if key != "rows_per_day"}
    log.info("tables/%s: %s", tables.key, summary)


if __name__ == "__main__":
    run_job(main)
