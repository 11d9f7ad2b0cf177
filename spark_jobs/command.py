"""What every job's command line shares: ``--home``, ``--config``, logging to stderr, one clear line on bad input."""

import argparse
import datetime as dt
import logging
import sys
from collections.abc import Callable
from pathlib import Path

from recsys_core.config import Config, load_config
from recsys_core.home import Home

log = logging.getLogger(__name__)


def job_parser(description: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--home", type=Path, help="folder of all outputs (default: $RECSYS_HOME or var)")
    parser.add_argument("--config", type=Path, help="configuration TOML (default: <home>/config.toml if present)")
    return parser


def home_and_config(args: argparse.Namespace) -> tuple[Home, Config]:
    home = Home.from_env(args.home)
    return home, load_config(home, args.config)


def iso_day(text: str) -> dt.date:
    """An argparse type."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date: expected YYYY-MM-DD") from None


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
