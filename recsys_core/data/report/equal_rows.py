"""Purchases that two files hold, counted in both: exports that overlap, or one that was saved twice."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

MUCH: Final = 0.5
"""A file of which another file holds this share, too, seems to be there twice."""
MIN_EQUAL_ROWS: Final = 20
"""Fewer rows that a file has in common with others are no matter for a warning."""
MAX_WARNINGS: Final = 5
"""Files that have a sentence each."""


@dataclass(frozen=True)
class EqualRows:
    """Purchases of two files that are of the same day, customer, article, price and channel."""

    file: str
    """The file of which they are the larger share."""
    other: str
    rows: int
    of: int
    """Accepted rows of ``file``."""

    @property
    def is_much(self) -> bool:
        return self.rows >= MUCH * self.of


def equal_rows(pairs: Iterable[Mapping[str, Any]], accounts: Iterable[Mapping[str, Any]]) -> Iterable[EqualRows]:
    """Pairs of the tables' summary with the sizes that the accounts of the files tell."""
    accepted = {account["name"]: account["accepted"] for account in accounts if account["table"] == "transactions"}
    for pair in pairs:
        file, other = sorted(pair["files"], key=lambda name: accepted[name])
        yield EqualRows(file, other, pair["rows"], accepted[file])


def equal_warnings(pairs: Iterable[EqualRows]) -> Iterable[str]:
    """One sentence for each file that holds much of others: a year's export beside its months, or another version."""
    of_others: dict[str, list[EqualRows]] = {}
    for pair in pairs:
        if pair.is_much:
            of_others.setdefault(pair.other, []).append(pair)
    held = [(other, much) for other, much in of_others.items() if sum(pair.rows for pair in much) >= MIN_EQUAL_ROWS]
    for other, much in held[:MAX_WARNINGS]:
        names = ", ".join(pair.file for pair in much[:3])
        files = names if len(much) == 1 else f"{len(much)} files ({names}{', ...' if len(much) > 3 else ''})"
        yield (
            f"{sum(pair.rows for pair in much):,} of {sum(pair.of for pair in much):,} purchases in {files} equal "
            f"purchases in {other} (day, customer, article, price, channel), and each is counted in both: if files "
            "repeat one another, take all but one out of the folder, or the days that both have, and ingest again"
        )
    if len(held) > MAX_WARNINGS:
        yield f"so it is with {len(held) - MAX_WARNINGS} more files: the report lists their equal purchases"
