"""Report of a stage: one JSON object, the last line that it prints on stdout."""

import json
from collections.abc import Iterable
from typing import Any


def stage_report(lines: Iterable[str]) -> dict[str, Any] | None:
    """The last line that is a JSON object, or None.

    >>> stage_report(["fitting", '{"stage": "index", "seconds": 3.5}', ""])
    {'stage': 'index', 'seconds': 3.5}
    """
    reports = (_object(line.strip()) for line in reversed(list(lines)))
    return next((report for report in reports if report is not None), None)


def last_words(lines: Iterable[str], length: int = 500) -> str:
    """The last line that says something, for the message of a failure; cut where it is very long."""
    last = next((line.strip() for line in reversed(list(lines)) if line.strip()), "it printed nothing")
    return last if len(last) <= length else f"{last[:length]} ..."


def _object(line: str) -> dict[str, Any] | None:
    if not line.startswith("{"):
        return None
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
