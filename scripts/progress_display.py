"""Two displays of the progress: lines that are updated in place on a terminal, plain lines everywhere else."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from scripts.progress_view import RunningLine, Snapshot, clock, stopwatch
from scripts.terminal import say, styled

TITLE_WIDTH = 24
BAR_WIDTHS = (8, 24)
"""Characters of a bar on a narrow terminal, and from ``WIDE`` columns on."""
WIDE = 100
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
        self._live.refresh()

    def tell(self, title: str, text: str, style: str) -> None:
        if self._live is not None:
            self._live.refresh()
        say(line(title, styled(text, style)))

    def say(self, text: str) -> None:
        say(text)

    def close(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _lines(self) -> RenderableType:
        return LiveLines(self._snapshot())


@dataclass(frozen=True)
class LiveLines:
    """Bar, share and times of each running stage, and of the whole in the last line."""

    shown: Snapshot

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = BAR_WIDTHS[options.max_width >= WIDE]
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(min_width=TITLE_WIDTH, no_wrap=True)
        table.add_column(min_width=width, no_wrap=True)
        table.add_column(min_width=4, no_wrap=True, justify="right")
        table.add_column(no_wrap=True, overflow="ellipsis")
        for running in self.shown.running:
            table.add_row(running.title, *_bar(running.share, width), times_of(running))
        if self.shown.ahead:
            table.add_row("all ends", *_bar(self.shown.share, width), self.shown.ahead)
        yield table


def console() -> Console:
    """The terminal; without colours and weights where NO_COLOR is set."""
    plain = bool(os.environ.get("NO_COLOR"))
    return Console(color_system=None if plain else "auto", highlight=False, markup=False, emoji=False)


def times_of(running: RunningLine) -> str:
    """Elapsed and expected time of a running stage."""
    elapsed = stopwatch(running.elapsed)
    if running.late:
        return f"{elapsed}, {running.late}"
    return f"{elapsed} of about {stopwatch(running.expected)}" if running.expected else elapsed


def _bar(share: float | None, width: int) -> tuple[RenderableType, str]:
    if share is None:
        return Text(""), ""
    return ProgressBar(total=1, completed=share, width=width, complete_style="cyan"), f"{int(share * 100)} %"
