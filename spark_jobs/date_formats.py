"""Forms in which shops write days, and the checks of a pattern when a mapping is read: a wrong one makes wrong days."""

import re
from typing import Final

from recsys_core.data.mappings import EPOCH_MILLISECONDS, EPOCH_SECONDS

EPOCHS: Final = (EPOCH_SECONDS, EPOCH_MILLISECONDS)

_LETTERS: Final = frozenset("GyMLdEaHkKhmsSVzOXxZ")
"""Letters that Spark's patterns know (and Q, q, D, F, with which no day is told)."""
_OF_ZONE: Final = frozenset("VzOXxZ")
_PYTHON: Final = {
    "%Y": "yyyy",
    "%y": "yy",
    "%m": "MM",
    "%-m": "M",
    "%d": "dd",
    "%-d": "d",
    "%H": "HH",
    "%-H": "H",
    "%I": "hh",
    "%M": "mm",
    "%S": "ss",
    "%f": "SSSSSS",
    "%p": "a",
    "%z": "Z",
    "%b": "MMM",
    "%B": "MMMM",
    "%a": "EEE",
    "%A": "EEEE",
    "%F": "yyyy-MM-dd",
    "%T": "HH:mm:ss",
    "%D": "MM/dd/yy",
}
_RUN: Final = re.compile(r"'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+")


def check_date_format(pattern: str) -> None:
    """Raises ValueError unless the pattern tells year, month and day; it proposes the right pattern."""
    if pattern in EPOCHS:
        return
    proposal = proposed(pattern)
    missing = [name for name, letters in _PARTS.items() if not letters & set(_letters(proposal))]
    if missing:
        raise ValueError(
            f"date_format = {pattern!r} tells no {' and no '.join(missing)}: expected a pattern such as 'yyyy-MM-dd', "
            f"'d.M.yyyy H:mm', or {EPOCH_SECONDS} or {EPOCH_MILLISECONDS}"
        )
    if proposal != pattern:
        raise ValueError(f"date_format = {pattern!r} would be read wrongly: write {proposal!r}")
    unknown = sorted(set(_letters(pattern)) - _LETTERS)
    if unknown:
        raise ValueError(
            f"date_format = {pattern!r} has the letter {unknown[0]!r}, which stands for no part of a day or time: "
            "put words in single quotes"
        )


_PARTS: Final = {"year": frozenset("y"), "month": frozenset("ML"), "day": frozenset("d")}


def tells_zone(pattern: str) -> bool:
    """True if values of the pattern say their time zone."""
    return bool(_OF_ZONE & set(_letters(pattern)))


def proposed(pattern: str) -> str:
    """The pattern that was meant: Python's form translated, letters of the wrong case put right."""
    if "%" in pattern:
        for python, spark in _PYTHON.items():
            pattern = pattern.replace(python, spark)
        return pattern
    runs = [match.group() for match in _RUN.finditer(pattern)]
    if not {"M", "L"} & set(_letters(pattern)):
        # Minutes before the hours were meant for months.
        first = next((i for i, run in enumerate(runs) if run[0] == "m"), None)
        hours = next((i for i, run in enumerate(runs) if run[0] in "HhkK"), len(runs))
        if first is not None and first < hours:
            runs[first] = runs[first].upper()
    runs = [run.replace("Y", "y").replace("u", "y") if run[0] in "Yu" else run for run in runs]
    if "d" not in _letters(pattern):
        runs = [run.replace("D", "d") if run[0] == "D" else run for run in runs]
    return "".join(runs)


def _letters(pattern: str) -> str:
    return "".join(run.group() for run in _RUN.finditer(pattern) if run.group()[0].isalpha())
