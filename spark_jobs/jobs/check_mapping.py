"""A trial of a column mapping: the first rows of each file through the ingest's own checks, and a report of them.

``python -m spark_jobs.jobs.check_mapping --workspace DIR --data DIR [--mapping FILE] [--rows N] [--out FILE]``. The
workspace is a new one, only for the trial. Exit status 1 if something would stop an ingest.
"""

import argparse
import logging
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

import pyarrow.dataset as pads

from recsys_core.config import Config
from recsys_core.contracts import columns as c
from recsys_core.data.heads import copy_head
from recsys_core.data.mappings import mapping_path
from recsys_core.data.report.facts import queried_in_words
from recsys_core.data.shop_folder import list_folder
from recsys_core.store.artifacts import Artifact, ArtifactStore
from recsys_core.workspace import Workspace
from spark_jobs.batches import (
    MAX_SHOWN,
    QUARANTINE,
    ROWS,
    check_bad_share,
    ensure_batch,
    first_line,
    is_own,
    most_first,
    table_of,
)
from spark_jobs.command import job_parser, run_job, workspace_and_config
from spark_jobs.jobs.ingest import each_once, list_files
from spark_jobs.mapping import load_sources
from spark_jobs.schemas import (
    ARTICLES,
    CONTRACTS,
    LINE,
    QUANTITY,
    REASON,
    TEXT,
    TRANSACTIONS,
    TableSource,
    kaggle_sources,
)
from spark_jobs.session import spark_session

log = logging.getLogger(__name__)
SHOWN_PURCHASES: Final = 10
SHOWN_REASONS: Final = 5


def parse_args() -> argparse.Namespace:
    parser = job_parser("Try a column mapping on the first rows of a shop's files.")
    parser.add_argument("--data", type=Path, required=True, help="the shop's folder")
    parser.add_argument("--mapping", help="column mapping, a file or the name of one that ships (default: none)")
    parser.add_argument("--rows", type=int, default=10_000, help="first rows of each file that are read")
    parser.add_argument("--out", type=Path, required=True, help="file for the report")
    return parser.parse_args()


def copy_heads(data: Path, raw: Path, rows: int) -> None:
    """The first rows of each file that can be read, under the same names.

    Raises
    ------
    ValueError
        If a file is damaged.
    """
    raw.mkdir(parents=True)
    for file in list_folder(data):
        target = raw / file.name
        target.parent.mkdir(exist_ok=True)
        if file.suffix or "/" in file.name:
            copy_head(file.path, target, rows)


def check(workspace: Workspace, config: Config, sources: Iterable[TableSource], say: Callable[[str], None]) -> None:
    """Read the files in the workspace and say per file how; then the first purchases.

    Raises
    ------
    ValueError
        If something would stop an ingest, after all that could be read was said.
    """
    notes: list[str] = []
    files = each_once(list_files(workspace, tuple(sources), notes))
    spark_session("check", sum(file.rows for file in files))
    store, problems, batches = ArtifactStore(workspace), [], []
    for contract in CONTRACTS:
        for file in (file for file in files if table_of(file) == contract.name):
            try:
                batch = ensure_batch(store, file, max_bad_share=1.0)
            except ValueError as error:
                problems.append(str(error))
                continue
            batches.append(batch)
            say("\n".join(_account(batch)))
            problems += _too_many_bad(batch, config.data.max_bad_share)
    for note in notes:
        say(f"{note}")
    problems += _say_purchases(batches, say)
    if problems:
        raise ValueError("; ".join(problems))


def _account(batch: Artifact) -> Iterator[str]:
    summary = batch.summary
    queried = queried_in_words(summary)
    yield (
        f"{summary['table']} from {summary['name']} ({', '.join(sorted(set(summary['forms'].values())))}): "
        f"{summary['rows_in'] + summary['left_out']} rows{f' by a query over {queried}' if queried else ''}, "
        f"{summary['accepted']} accepted, {summary['left_out']} left "
        f"out, {sum(summary['quarantined'].values())} quarantined"
    )
    for reason, count in list(most_first(summary["quarantined"]).items())[:SHOWN_REASONS]:
        yield f"  quarantined: {reason}, {count} times, for example {_example(batch, reason)}"
    for text, note in summary["notes"].items():
        yield f"  note: {text}, {note['count']} times, for example line {note['line']}: {note['value']!r}"


def _example(batch: Artifact, reason: str) -> str:
    """The first row that is quarantined for the reason."""
    bad = pads.dataset(batch.path / QUARANTINE, format="parquet").to_table(filter=pads.field(REASON) == reason)
    line, text = min(zip(bad[LINE].to_pylist(), bad[TEXT].to_pylist(), strict=True))
    return f"line {line}: {text[:MAX_SHOWN]!r}"


def _too_many_bad(batch: Artifact, max_bad_share: float) -> list[str]:
    if is_own(batch.summary["name"]):
        return []
    try:
        check_bad_share(
            batch.summary, partial(first_line, batch.path / QUARANTINE), "Examples are above", max_bad_share
        )
    except ValueError as error:
        return [str(error)]
    return []


def _say_purchases(batches: Iterable[Artifact], say: Callable[[str], None]) -> list[str]:
    """Say how the first purchases are read; returns what is wrong with them as a whole."""
    found = {name: list(_rows(batches, name)) for name in (ARTICLES.name, TRANSACTIONS.name)}
    bought, known = found[TRANSACTIONS.name], {row[c.ARTICLE_ID] for row in found[ARTICLES.name]}
    if not bought:
        return ["no purchase was accepted"]
    days, customers = [row[c.T_DAT] for row in bought], {row[c.CUSTOMER_ID] for row in bought}
    say(
        f"{sum(row[QUANTITY] for row in bought)} purchases of {len(customers)} customers and "
        f"{len({row[c.ARTICLE_ID] for row in bought})} articles, from {min(days)} to {max(days)}. The first:"
    )
    for row in bought[:SHOWN_PURCHASES]:
        times = f"  {row[QUANTITY]} times" if row[QUANTITY] > 1 else ""
        say(f"  {row[c.T_DAT]}  {row[c.CUSTOMER_ID]}  {row[c.ARTICLE_ID]}  {row[c.PRICE]:g}{times}")
    unknown = [row[c.ARTICLE_ID] for row in bought if row[c.ARTICLE_ID] not in known]
    if unknown and known:
        example = sorted(known)[0]
        say(
            f"{len(unknown)} of their lines are of articles that the first rows of the articles do not hold, such "
            f"as {unknown[0]!r} (an article there: {example!r}). Are both alike? With whole files it is an error."
        )
    return [] if known else ["no article was accepted"]


def _rows(batches: Iterable[Artifact], table: str) -> Iterator[dict[str, Any]]:
    for batch in batches:
        if batch.summary["table"] == table and any((batch.path / ROWS).glob("*.parquet")):
            yield from pads.dataset(batch.path / ROWS, format="parquet").to_table().sort_by("_line").to_pylist()


def main() -> None:
    args = parse_args()
    workspace, config = workspace_and_config(args)
    said: list[str] = []
    try:
        sources = load_sources(mapping_path(args.mapping)) if args.mapping else kaggle_sources()
        copy_heads(args.data, workspace.raw, args.rows)
        check(workspace, config, sources, said.append)
        said.append(f"Nothing would stop an ingest, by the first {args.rows} rows of each file.")
    except ValueError as error:
        said.append(f"This would stop an ingest: {error}")
        raise
    finally:
        args.out.write_text("\n".join(said) + "\n")


if __name__ == "__main__":
    run_job(main)
