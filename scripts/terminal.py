"""Lines for people: steps with their time, a box at the end. Plain text; colour only on a terminal."""

import contextlib
import os
import sys
import time
from collections.abc import Iterator, Sequence

STYLES = {"good": "32", "bad": "31", "dim": "2", "bold": "1"}


def say(text: str = "") -> None:
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()


def styled(text: str, style: str) -> str:
    """The text in colour where the output is a terminal and NO_COLOR is not set."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\033[{STYLES[style]}m{text}\033[0m"


@contextlib.contextmanager
def step(title: str) -> Iterator[None]:
    """Say what begins, and how long it took."""
    say(f"• {title} ...")
    started = time.monotonic()
    yield
    say(styled(f"  done in {time.monotonic() - started:.0f} s", "dim"))


def box(title: str, lines: Sequence[str]) -> None:
    """The lines in a frame."""
    width = max(map(len, [title, *lines])) + 2
    say(f"┌─ {title} {'─' * (width - len(title) - 3)}┐")
    for line in lines:
        say(f"│ {line.ljust(width - 1)}│")
    say(f"└{'─' * width}┘")


def failed(message: str) -> int:
    """Say what went wrong, on stderr; the exit status of a failure."""
    sys.stderr.write(f"{styled('failed:', 'bad')} {message}\n")
    return 1
