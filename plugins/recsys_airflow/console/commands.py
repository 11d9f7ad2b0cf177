"""Publishing and rolling back from the console: by the commands that a person would type, which note who and why."""

import logging
import os
import shlex
from typing import Final

from recsys_airflow.process import StageProcess
from recsys_airflow.report import last_words
from recsys_airflow.settings import Settings

log = logging.getLogger(__name__)
MAX_REASON: Final = 500


class CommandRefusedError(RuntimeError):
    """The command ended with an error; says its last words."""


def publish(release: str, why: str, by: str, overrule: bool = False) -> None:
    """Ask the gate and the guard again about a release, or overrule them; it goes live.

    Raises
    ------
    CommandRefusedError
        If it does not pass, or there is no such release.
    """
    if not release:
        raise CommandRefusedError("choose a release")
    force = ["--force"] if overrule else []
    _run("promote", f"--release={release}", *force, f"--reason={a_reason(why)}", f"--by={by}")


def roll_back(release: str, why: str, by: str) -> None:
    """Make an earlier release live and hold the one that was.

    Raises
    ------
    CommandRefusedError
        If there is no such release, or it is damaged.
    """
    _run("release", "rollback", f"--to={release}", f"--why={a_reason(why)}", f"--by={by}")


def a_reason(text: str) -> str:
    r"""A reason as one line.

    Raises
    ------
    CommandRefusedError
        If it is empty or very long.

    >>> a_reason(" odd\n lists ")
    'odd lists'
    """
    reason = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    if not reason:
        raise CommandRefusedError("say why: the reason is kept in the history")
    if len(reason) > MAX_REASON:
        raise CommandRefusedError(f"the reason has {len(reason)} characters: {MAX_REASON} may be kept")
    return reason


def _run(*words: str) -> None:
    command = ["recsys", *words, f"--workspace={Settings.from_env().workspace}"]
    log.info("Running: %s", shlex.join(command))
    process = StageProcess(command, os.environ, log.info)
    if process.run() != 0:
        raise CommandRefusedError(last_words(process.tail))
