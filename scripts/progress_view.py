"""Words of the progress: durations, clock times, and the lines of the stages that run now."""

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class RunningLine:
    """A running stage."""

    title: str
    elapsed: float
    share: float | None
    """From 0 to below 1; None where no time is expected."""
    expected: float | None
    late: str
    """Says that it takes longer than expected, and how long that is; empty before."""


@dataclass(frozen=True)
class Snapshot:
    """All running stages, and the whole run."""

    running: tuple[RunningLine, ...]
    share: float
    ahead: str
    """Expected end of the whole; empty where nobody knows."""


def duration(seconds: float) -> str:
    """A duration in words.

    >>> [duration(seconds) for seconds in (0.4, 89.4, 90, 263, 5400)]
    ['0 s', '89 s', '1 min 30 s', '4 min 23 s', '1 h 30 min']
    """
    whole_seconds = round(seconds)
    if whole_seconds < 90:
        return f"{whole_seconds} s"
    minutes, rest = divmod(whole_seconds, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def stopwatch(seconds: float) -> str:
    """A duration in digits, which change in place.

    >>> [stopwatch(seconds) for seconds in (7, 263, 5400)]
    ['0:07', '4:23', '1:30:00']
    """
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}" if minutes < 60 else f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def left(seconds: float) -> str:
    """Rough time that is left.

    >>> [left(seconds) for seconds in (20, 89, 700, 5400)]
    ['less than a minute left', 'about 1 min left', 'about 12 min left', 'about 1 h 30 min left']
    """
    minutes = round(seconds / 60)
    if seconds < 60:
        return "less than a minute left"
    return f"about {minutes} min left" if minutes < 60 else f"about {minutes // 60} h {minutes % 60} min left"


def clock(now: float) -> str:
    """Local time of day."""
    return time.strftime("%H:%M:%S", time.localtime(now))


def whole(now: float, remaining: float | None) -> str:
    """Expected end of the whole as a clock time, with the day if it is another; empty where nobody knows."""
    if remaining is None:
        return ""
    end, today = time.localtime(now + remaining), time.localtime(now)
    day = "" if end[:3] == today[:3] else "%a "
    return f"about {time.strftime(f'{day}%H:%M', end)}, {left(remaining)}"
