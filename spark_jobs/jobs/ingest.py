"""Raw files -> validated tables and quarantine.

``python -m spark_jobs.jobs.ingest --workspace DIR [--config FILE] [--data DIR] [--mapping FILE]``, or the same through
spark-submit.
Every file is a batch of its own, known by its SHA-256; a run whose tables exist ends without starting Spark.
"""

import argparse
import contextlib
import fcntl
import logging
import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from recsys_core.config import Config
from recsys_core.contracts.orders import FileReceipt
from recsys_core.data.mappings import mapping_path
from recsys_core.data.report.facts import gather
from recsys_core.data.report.page import sentences, write_report
from recsys_core.data.shop_folder import INCOMING, SUFFIXES, FoundFile
from recsys_core.store.artifacts import Artifact, ArtifactStore
from recsys_core.workspace import Workspace, flip_link
from spark_jobs.batches import batches_by_file, ensure_batch, spec_without, table_of
from spark_jobs.command import job_parser, report, run_job, workspace_and_config
from spark_jobs.currency import currency_of
from spark_jobs.files import ShopFiles
from spark_jobs.io import Checksums, find_order_files
from spark_jobs.mapping import load_sources
from spark_jobs.orders import forget_customers, readable, write_receipt
from spark_jobs.raw_file import JoinedFiles, RawFile
from spark_jobs.schemas import TableSource, kaggle_sources, order_sources
from spark_jobs.session import spark_session
from spark_jobs.side_by_side import side_by_side
from spark_jobs.tables import ensure_tables

log = logging.getLogger(__name__)


def parse_args() -> argparse.Namespace:
    parser = job_parser("Check the shop's raw files and join them into tables.")
    parser.add_argument("--data", type=Path, help="the shop's folder (Kaggle's layout; default: as last time)")
    parser.add_argument(
        "--mapping",
        help="column mapping for other column names, a file or the name of one that ships (default: as last time)",
    )
    return parser.parse_args()


def list_files(workspace: Workspace, sources: tuple[TableSource, ...], notes: list[str]) -> list[RawFile | JoinedFiles]:
    """Every file of the shop once (by checksum), all headers checked; ``notes``: what lies there and is not read.

    Raises
    ------
    ValueError
        If a table that has to be there has no file, or a file no header or not the columns that are needed.
    """
    shop, checksums = ShopFiles(workspace), Checksums(workspace)
    inputs: dict[tuple[str, str], RawFile | JoinedFiles] = {}
    for source in sources:
        made = _joined(shop, checksums, source) if source.select else _files_of(shop, checksums, source)
        for each in made:
            kept = inputs.setdefault((source.contract.name, each.sha256), each)
            if kept is not each:
                notes.append(f"{each.name}: {_same_bytes(kept)}")
    for each in inputs.values():
        each.check_header()
    notes += [f"{name}: {reason}" for name, reason in shop.not_taken().items()]
    return list(inputs.values())


def _files_of(shop: ShopFiles, checksums: Checksums, source: TableSource) -> list[RawFile | JoinedFiles]:
    contract, found = source.contract, shop.fitting(source.patterns)
    if contract.feed:
        found = latest_by_name(shop, found)
    # A copy tends to have the longer name; the batch is called after the shorter.
    found = sorted(found, key=lambda file: (len(file.path.name), file.path.name))
    files = [RawFile(file.path, file.name, checksums.of(file.path), source) for file in found]
    empty = [file for file in files if file.is_empty]
    filled = [file for file in files if file not in empty]
    for file in empty if filled or contract.optional else ():
        shop.leave(next(each for each in found if each.name == file.name), "it has no rows")
    if filled or contract.optional:
        return list(filled)
    if empty:
        empty[0].header  # noqa: B018 - says so if there is not even a header
        raise ValueError(f"{empty[0].name} has a header but no rows: the shop needs its {contract.name}")
    raise ValueError(
        f"no {contract.name} file in {shop.workspace.raw}: expected {' or '.join(source.patterns)} as "
        f"{', '.join(SUFFIXES)}. There is: {shop.listed()} (recsys ingest --data DIR points at another folder)"
    )


def _joined(shop: ShopFiles, checksums: Checksums, source: TableSource) -> list[RawFile | JoinedFiles]:
    views = {}
    for view, wanted in source.views.items():
        found = shop.fitting(wanted.patterns)
        if not found and not wanted.optional:
            raise ValueError(
                f"[files] {view} = {' or '.join(map(repr, wanted.patterns))}: no such file in {shop.workspace.raw}. "
                f"There is: {shop.listed()}"
            )
        files: dict[str, RawFile] = {}
        for file in found:
            each = RawFile(file.path, file.name, checksums.of(file.path), source)
            kept = files.setdefault(each.sha256, each)
            if kept is not each:
                shop.leave(file, _same_bytes(kept))
        views[view] = tuple(files.values())
    return [JoinedFiles(source, views)]


def _same_bytes(kept: RawFile | JoinedFiles) -> str:
    return f"it has the same bytes as {kept.name}, which is read once"


def list_orders(workspace: Workspace) -> list[RawFile]:
    """Every file with orders of our own storefront, whatever the shop's own files look like."""
    checksums = Checksums(workspace)
    return [
        RawFile(path, f"{INCOMING}{path.name}", checksums.of(path), source)
        for source in order_sources()
        for pattern in source.patterns
        for path in find_order_files(workspace, pattern)
    ]


def each_once(files: Iterable[RawFile | JoinedFiles]) -> list[RawFile | JoinedFiles]:
    """The first of files with the same bytes for the same table, in the order of the names."""
    first: dict[tuple[str, str], RawFile | JoinedFiles] = {}
    for file in files:
        first.setdefault((table_of(file), file.sha256), file)
    return sorted(first.values(), key=lambda file: (table_of(file), Path(file.name).name, file.name))


def latest_by_name(shop: ShopFiles, files: list[FoundFile]) -> list[FoundFile]:
    """The one file that counts of a feed's, or none; the ending of a name does not matter."""
    if not files:
        return []
    *older, latest = sorted(files, key=lambda file: file.stem)
    for file in older:
        shop.leave(file, f"of a feed only the latest counts, {latest.name}")
    return [latest]


def ingest(workspace: Workspace, config: Config, sources: tuple[TableSource, ...]) -> Artifact:
    """Build what is missing, point ``tables/current`` at the result, and write the receipt of the orders in it.

    ``sources`` are the shop's; the storefront's orders are read beside them, without customers who were erased.
    """
    store, erased, share = ArtifactStore(workspace), workspace.erasures(), config.data.max_bad_share
    forget_customers(workspace, erased)
    refused: dict[str, FileReceipt] = {}
    notes: list[str] = []
    orders = readable(list_orders(workspace), refused)
    files = each_once([*list_files(workspace, sources, notes), *orders])
    earlier: dict[str, Artifact] = {}
    if not all(store.find(spec_without(file, erased)) for file in files):
        spark_session("ingest", sum(file.rows for file in files))
        earlier = batches_by_file(store) if erased else {}
    batches = side_by_side(partial(ensure_batch, store, file, share, erased, earlier) for file in files)
    tables = ensure_tables(store, batches, share, erased)
    flip_link(workspace.root / "tables" / "current", tables.key)
    write_receipt(workspace, tables, orders, files, refused)
    facts = gather(tables, workspace.images, notes, currency_of(files, os.environ.get("CURRENCY", "")))
    write_report(workspace, facts)
    for sentence in sentences(facts):
        log.info("%s", sentence)
    log.info("report: %s", workspace.ingest_report)
    return tables


@contextlib.contextmanager
def alone(workspace: Workspace) -> Iterator[None]:
    """Context of one ingest at a time: the pointer and the receipt are of the same files, the latest."""
    workspace.root.mkdir(parents=True, exist_ok=True)
    with (workspace.root / ".ingest.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.info("another ingest of this workspace is under way: waiting for its end")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main() -> None:
    args = parse_args()
    workspace, config = workspace_and_config(args)
    with alone(workspace):
        tables = ingest_named(workspace, config, args)
    report("ingest", [tables])


def ingest_named(workspace: Workspace, config: Config, args: argparse.Namespace) -> Artifact:
    """Ingest the files with the mapping that the command line names, else those of last time.

    Those that are named become those of last time once their tables are current: a run that fails leaves the next ones
    what they had.
    """
    named = args.mapping or config.data.mapping
    mapping = mapping_path(named) if named else None
    if args.data:
        workspace.check_shop_folder(args.data, mapped=bool(mapping))
    of_last_time = workspace.mapping if not args.data and workspace.mapping.is_symlink() else None
    read_by = mapping or of_last_time
    sources = load_sources(read_by) if read_by else kaggle_sources()
    tables = ingest(replace(workspace, data=args.data and args.data.resolve()), config, sources)
    log.info("tables/%s are current", tables.key)
    if args.data:
        workspace.point_raw_at(args.data, mapped=bool(mapping))
    if mapping and args.mapping:
        flip_link(workspace.mapping, mapping.resolve())
    return tables


if __name__ == "__main__":
    run_job(main)
