"""Guesses of what a shop's columns hold, by their names in several languages and by their values."""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from recsys_core.data.mappings import EPOCH_MILLISECONDS, EPOCH_SECONDS

ENOUGH: Final = 0.8
"""Share of a column's values that have to be of a kind."""
SHORTEST_PART: Final = 5
"""Letters of a word that a longer one may end with, as Belegdatum with datum."""
MAX_STATES: Final = 30
"""Different values of a status at most."""

NAMES: Final[Mapping[str, Sequence[str]]] = tomllib.loads(Path(__file__).with_name("column_names.toml").read_text())
"""Names of columns, the most telling first, by what the column holds."""

_LISTS: Final = {role: [name.split() for name in names] for role, names in NAMES.items()}
_DATE: Final = re.compile(
    r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})(?:[T ](\d{1,2}:\d{2})(:\d{2})?(?:\.\d+)?( ?[AaPp][Mm])?)?"
    r"( ?(?:Z|UTC|[+-]\d{2}:?\d{2}))?"
)
_POINT: Final = re.compile(r"[+-]?\d+(\.\d+)?")
_LETTERS: Final = re.compile(r".*[^\W\d]{2}.*", re.DOTALL)
_COMMA: Final = re.compile(r"[+-]?\d{1,3}((\.\d{3})*|\d*)(,\d+)?")


@dataclass(frozen=True)
class Column:
    """A column and what its values are."""

    name: str
    values: tuple[str, ...]

    @property
    def filled(self) -> list[str]:
        return [value for value in self.values if value]

    @property
    def filled_share(self) -> float:
        return len(self.filled) / max(len(self.values), 1)

    @property
    def distinct_share(self) -> float:
        """Distinct values among the filled ones."""
        return len(set(self.filled)) / max(len(self.filled), 1)

    def share(self, pattern: re.Pattern[str]) -> float:
        return sum(bool(pattern.fullmatch(value)) for value in self.filled) / max(len(self.filled), 1)


def name_score(name: str, role: str) -> float:
    """0 (no sign of it) to 100 (the most telling name) that a column of the name holds ``role``."""
    words = _words(name)
    best = 0.0
    for rank, listed in enumerate(_LISTS[role]):
        if words == listed or "".join(words) == "".join(listed):
            return 100 - rank
        if _holds(words, listed):
            best = max(best, 50 - rank / 2 - 3 * (len(words) - len(listed)))
        elif len(listed) == 1 and len(listed[0]) >= SHORTEST_PART and any(word.endswith(listed[0]) for word in words):
            best = max(best, 30 - rank / 4)
    return best


def _words(name: str) -> list[str]:
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", name)
    for letter, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        spaced = spaced.lower().replace(letter, plain)
    plain = unicodedata.normalize("NFKD", spaced).encode("ascii", "ignore").decode()
    return re.findall(r"[a-z0-9]+", plain)


def _holds(words: Sequence[str], listed: Sequence[str]) -> bool:
    return any(list(words[i : i + len(listed)]) == list(listed) for i in range(len(words)))


def fits(column: Column, role: str) -> bool:
    """True if the values may be of the role."""
    if not column.filled:
        return False
    is_day = date_format(column.values) is not None
    if role == "t_dat":
        return is_day
    if role in ("price", "quantity", "age"):
        return max(column.share(_POINT), column.share(_COMMA)) >= ENOUGH
    if role in ("prod_name", "detail_desc"):
        return column.share(_LETTERS) > 0.5
    if role == "status":
        return len(set(column.filled)) <= MAX_STATES
    return not is_day and (role != "customer_id" or len(set(column.filled)) > 1)


def best_column(columns: Iterable[Column], role: str, taken: Iterable[str] = ()) -> tuple[Column, float] | None:
    """The column that most likely holds the role, with its score; None if no name speaks for it.

    A column of days is one even if its name says nothing.
    """
    least = 1.0 if role == "t_dat" else 0.0
    free = [column for column in columns if column.name not in set(taken)]
    scored = [(column, max(name_score(column.name, role), least)) for column in free]
    fitting = [(column, score) for column, score in scored if score > 0 and fits(column, role)]
    return max(fitting, key=lambda pair: pair[1], default=None)


def decimal_comma(values: Iterable[str]) -> bool:
    """True if numbers are written as ``1.249,00``."""
    filled = [value for value in values if value]
    with_comma, with_point = (sum(bool(form.fullmatch(value)) for value in filled) for form in (_COMMA, _POINT))
    return with_comma > with_point


@dataclass(frozen=True)
class DateForm:
    """Form of a column's days."""

    patterns: tuple[str, ...]
    """For ``date_format``; none: ISO 8601, which needs none."""
    unsure: str = ""
    """A remark on something that the values do not tell."""


def date_format(values: Iterable[str]) -> DateForm | None:
    """The form in which nearly all of the values are days; None if they are none."""
    filled = [value for value in values if value]
    if not filled:
        return None
    for pattern, digits in ((EPOCH_MILLISECONDS, 13), (EPOCH_SECONDS, 10)):
        if _share(value.isdigit() and len(value) == digits and value[0] == "1" for value in filled) >= ENOUGH:
            return DateForm((pattern,))
    if _share(bool(re.fullmatch(r"(19|20)\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])", value)) for value in filled) >= ENOUGH:
        return DateForm(("yyyyMMdd",))
    found = [match for value in filled if (match := _DATE.fullmatch(value))]
    return _of_parts(found) if len(found) >= ENOUGH * len(filled) else None


def _share(tests: Iterable[bool]) -> float:
    told = list(tests)
    return sum(told) / len(told)


def _of_parts(found: list[re.Match[str]]) -> DateForm | None:
    first = found[0]
    between = first[2]
    if len(first[1]) == 4:
        iso = between == "-" and all(len(match[3]) == 2 and len(match[4]) == 2 and not match[7] for match in found)
        return DateForm(() if iso else _with_times(f"yyyy{between}M{between}d", found))
    year = "yyyy" if len(first[4]) == 4 else "yy"
    firsts, seconds = ({int(match[i]) for match in found} for i in (1, 3))
    if max(firsts) > 31 or max(seconds) > 31 or (max(firsts) > 12 and max(seconds) > 12):
        return None
    month_first = max(seconds) > 12
    unsure = ""
    if max(firsts) <= 12 and max(seconds) <= 12:
        month_first = between == "/" and bool(first[7])
        unsure = "the first rows do not tell whether the day or the month comes first"
    parts = ("M", "d", year) if month_first else ("d", "M", year)
    return DateForm(_with_times(between.join(parts), found), unsure)


def _with_times(day: str, found: Iterable[re.Match[str]]) -> tuple[str, ...]:
    """The pattern of a day with each form of a time that follows it."""
    return tuple(dict.fromkeys(day + _time(match) for match in found))


def _time(match: re.Match[str]) -> str:
    if not match[5]:
        return ""
    mark = match[7] or ""
    return (
        f" {'h' if mark else 'H'}:mm{':ss' if match[6] else ''}{' a' if mark.startswith(' ') else 'a' if mark else ''}"
    )
