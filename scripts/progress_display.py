"""Two displays of the progress: lines that are updated in place on a terminal, plain lines everywhere else."""

import os
import sys
import time
from collections.abc import Callable

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from scripts.progress_view import RunningLine, Snapshot, clock, duration
from scripts.terminal import say, styled

TITLE_WIDTH = 24
BAR_WIDTH = 20
REFRESHES_PER_SECOND = 2


def is_live_terminal() -> bool:
    """True if stdout is a terminal that can update lines in place."""
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def line(title: str, text: str) -> str:
    return f"{clock(time.time())}  {title:<{TITLE_WIDTH}}  {text}"


class PlainDisplay:
    """One line when a stage begins and one when it ends, without control characters."""

    def begin(self, title: str, text: str) -> None:
        say(line(title, text))

    def tell(self, title: str, text: str, style: str) -> None:
        say(line(title, text))

    def say(self, text: str) -> None:
        say(text)

    def close(self) -> None:
        """Nothing to end."""


class TerminalDisplay:
    """The running stages stand at the bottom, updated in place; above them one line for each that ended."""

    def __init__(self, snapshot: Callable[[], Snapshot]) -> None:
        self._snapshot = snapshot
        self._live: Live | None = None

    def begin(self, title: str, text: str) -> None:
        if self._live is None:
            self._live = Live(
                get_renderable=self._lines,
                console=console(),
                refresh_per_second=REFRESHES_PER_SECOND,
                transient=True,
            )
            self._live.start()

    def tell(self, title: str, text: str, style: str) -> None:
        say(line(title, styled(text, style)))

    def say(self, text: str) -> None:
        say(text)

    def close(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _lines(self) -> RenderableType:
        return rendered(self._snapshot())


def console() -> Console:
    """The terminal; without colours and weights where NO_COLOR is set."""
    colours = None if os.environ.get("NO_COLOR") else "auto"
    return Console(color_system=colours, highlight=False, markup=False, emoji=False)


def rendered(shown: Snapshot) -> RenderableType:
    """Bar, share and times of each running stage, and of the whole in the last line."""
    table = Table.grid(padding=(0, 2))
    table.add_column(width=8)
    table.add_column(min_width=TITLE_WIDTH, no_wrap=True)
    table.add_column(width=BAR_WIDTH)
    table.add_column(width=4, justify="right")
    table.add_column(no_wrap=True, overflow="ellipsis")
    for running in shown.running:
        table.add_row("", running.title, *_bar(running.share), times_of(running))
    if shown.ahead:
        table.add_row("", "all of it", *_bar(shown.share), f"{duration(shown.elapsed)}; {shown.ahead}")
    return Group(table)


def times_of(running: RunningLine) -> str:
    """Elapsed and expected time of a running stage."""
    elapsed = duration(running.elapsed)
    if running.late:
        return f"{elapsed}, {running.late}"
    return f"{elapsed} of about {duration(running.expected)}" if running.expected else elapsed


def _bar(share: float | None) -> tuple[RenderableType, str]:
    if share is None:
        return Text(""), ""
    return ProgressBar(total=1, completed=share, width=BAR_WIDTH), f"{int(share * 100)} %"
