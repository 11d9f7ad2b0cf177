"""``recsys``: every stage of the path as a command.

Heavy libraries are imported by the command that needs them. Logs go to stderr; the last line on stdout is one JSON
object that says what was made. Bad input gives one line on stderr and exit status 2, of a shop that has too little to
learn from exit status 3 (``contracts/exit_status.py``).
"""

import logging
import os
import sys

from typer.exceptions import TyperException

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")  # before anything can import TensorFlow
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ.setdefault(
    "OMP_WAIT_POLICY", "PASSIVE"
)  # LightGBM's idle threads sleep: beside other work spinning starves it

from recsys_core.cli import images, mapping, path, quality, releases, tuning  # noqa: F401 - each adds its commands
from recsys_core.cli.base import app
from recsys_core.contracts.exit_status import BAD_INPUT, FAILED, TOO_LITTLE_TO_LEARN
from recsys_core.errors import StageError, TooLittleToLearnError

__all__ = ["app", "main"]


def main() -> None:
    """Entry point; turns bad input into one line and exit status 2."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        datefmt="%H:%M:%S",
    )
    try:
        status = app(prog_name="recsys", standalone_mode=False)
    except TyperException as error:
        status = _fail(error.format_message() if hasattr(error, "format_message") else str(error))
    except TooLittleToLearnError as error:
        status = _fail(str(error), TOO_LITTLE_TO_LEARN)
    except (ValueError, FileNotFoundError) as error:
        status = _fail(str(error))
    except (StageError, ConnectionError) as error:
        status = _fail(str(error), FAILED)
    except KeyboardInterrupt:
        status = 130
    raise SystemExit(status if isinstance(status, int) else 0)


def _fail(message: str, status: int = BAD_INPUT) -> int:
    one_line = " ".join(message.split())
    sys.stderr.write(f"recsys: {one_line}\n")
    return status
