"""Common parts of every job's command line.

``--workspace``, ``--config``, logging to stderr, one clear line on bad input.
"""

import argparse
import datetime as dt
import json
import logging
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from recsys_core.config import Config, load_config
from recsys_core.store.artifacts import Artifact
from recsys_core.workspace import Workspace

log = logging.getLogger(__name__)


def job_parser(description: str, reads_tables: bool = False) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--workspace", type=Path, help="folder of all outputs (default: $RECSYS_WORKSPACE or var)")
    parser.add_argument("--config", type=Path, help="configuration TOML (default: <workspace>/config.toml if present)")
    if reads_tables:
        parser.add_argument("--tables", default="", metavar="KEY", help="tables to read (default: the current ones)")
    return parser


def workspace_and_config(args: argparse.Namespace) -> tuple[Workspace, Config]:
    held = (getattr(args, name, "") for name in ("tables", "image_embeddings"))
    workspace = Workspace.from_env(args.workspace, *held)
    return workspace, load_config(workspace, args.config)


def iso_day(text: str) -> dt.date:
    """An argparse type."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date: expected YYYY-MM-DD") from None


def report(job: str, artifacts: Iterable[Artifact]) -> None:
    """Print a job's last line, as a stage's: one JSON object that names the artifacts that it made or found."""
    summary = {"artifacts": [artifact.name for artifact in artifacts]}
    sys.stdout.write(json.dumps({"stage": job, "summary": summary}) + "\n")
    sys.stdout.flush()


def run_job(main: Callable[[], None]) -> None:
    """Run a job's ``main``; bad input ends with its message and exit code 1, a defect with its traceback."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", datefmt="%H:%M:%S"
    )
    try:
        main()
    except (ValueError, FileNotFoundError) as error:
        log.error("%s", error)
        raise SystemExit(1) from None
