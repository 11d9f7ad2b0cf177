"""Files of one JSON object a line, which grow: decisions, moves of the pointer, alerts."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def append_line(file: Path, record: Mapping[str, Any]) -> None:
    """Write a record to the end of the file, and to disk."""
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(dict(record))
    with file.open("a") as out:
        out.write(text + "\n")
        out.flush()
        os.fsync(out.fileno())


def read_lines(file: Path) -> Iterator[dict[str, Any]]:
    """The records, the oldest first; none without a file. A line that a killed run left incomplete is skipped."""
    for line in file.read_text().splitlines() if file.exists() else ():
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            continue
        if isinstance(record, dict):
            yield record
