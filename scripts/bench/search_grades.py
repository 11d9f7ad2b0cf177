"""Grades of articles for judged search queries, and figures of a search by them. The queries: ``search_queries.json``.

A query is judged by attributes, so that the file fits any catalogue in H&M's columns. It names a condition for the
right type of article, and further ones. An article's grade is

- 3 if it is of the right type and every further condition holds,
- 2 if it is of the right type and at least half of the further conditions hold,
- 1 if it is of the right type and fewer hold,
- 0 if it is of another type.

A condition is a list of alternatives, or the name of one that the file defines. It holds if any alternative holds:

- ``{"column": NAME, "values": [...]}`` the column has one of the values;
- ``{"column": NAME, "contains": [...]}`` a word of the column begins with one of these, in lower case; an ending space
  asks for the whole word, and only letters, digits, hyphens and apostrophes are told apart;
- ``{"all": [CONDITION, ...]}`` each of these conditions holds.

Prices are not judged.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, reduce
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

QUERIES = Path(__file__).with_name("search_queries.json")
DEPTH: Final = 10
"""Results that count."""
BEST: Final = 3
TYPO: Final = "typo"
"""The kind of the queries that are misspelt."""
AS_TYPED, RIGHT, WRONG = "as typed", "right", "wrong"
SEPARATORS: Final = r"[^\p{L}\p{N}'-]+"
"""RE2: runs of anything but letters, digits, apostrophes and hyphens."""
WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)?")

Condition = str | list[dict[str, Any]]
Holds = NDArray[np.bool_]
Grades = NDArray[np.int8]


@dataclass(frozen=True)
class Query:
    """A search as a shopper types it, and the articles that answer it."""

    query: str
    kind: str
    meant: tuple[str, ...]
    """Acceptable texts after spelling correction, the query itself where nothing is misspelt."""
    type: Condition
    also: tuple[Condition, ...]

    def correction(self, searched: str) -> str:
        """``RIGHT`` if the searched text is meant, else ``AS_TYPED`` or ``WRONG``."""
        if plain(searched) in map(plain, self.meant):
            return RIGHT
        return AS_TYPED if plain(searched) == plain(self.query) else WRONG


def plain(text: str) -> str:
    """The words in lower case with single spaces between; hyphens and signs do not count."""
    return " ".join(WORD.findall(text.lower()))


def read_queries(file: Path = QUERIES) -> tuple[list[Query], dict[str, Condition]]:
    """The judged queries, and the conditions by name."""
    read = json.loads(file.read_text(encoding="utf-8"))
    queries = [
        Query(each["query"], each["kind"], tuple(each["meant"]), each["type"], tuple(each["also"]))
        for each in read["queries"]
    ]
    return queries, read["conditions"]


class Judge:
    """Grades the articles of a catalogue (one row an article, strings in H&M's columns)."""

    def __init__(self, articles: pa.Table, conditions: Mapping[str, Condition]) -> None:
        self._articles = articles
        self._conditions = conditions
        self._named = cache(lambda name: self.holds(self._conditions[name]))
        self._padded = cache(self._padded_words)

    def is_right_type(self, query: Query) -> Holds:
        """(n_articles,) whether the article is of the type that the query asks for."""
        return self.holds(query.type)

    def grades(self, query: Query) -> Grades:
        """(n_articles,) grades from 0 to 3."""
        held = np.zeros(self._articles.num_rows, np.int8)
        for condition in query.also:
            held += self.holds(condition)
        grades = np.ones_like(held)
        if query.also:
            grades[2 * held >= len(query.also)] = 2
        grades[held == len(query.also)] = BEST
        grades[~self.is_right_type(query)] = 0
        return grades

    def holds(self, condition: Condition) -> Holds:
        """(n_articles,) whether the condition holds."""
        if isinstance(condition, str):
            named: Holds = self._named(condition)
            return named
        return reduce(np.logical_or, map(self._alternative, condition))

    def _alternative(self, alternative: Mapping[str, Any]) -> Holds:
        if "all" in alternative:
            return reduce(np.logical_and, map(self.holds, alternative["all"]))
        name = alternative["column"]
        if "values" in alternative:
            return _as_bools(pc.is_in(self._articles.column(name), value_set=pa.array(alternative["values"])))
        pattern = "|".join(" " + re.escape(beginning) for beginning in alternative["contains"])
        return _as_bools(pc.match_substring_regex(self._padded(name), pattern))

    def _padded_words(self, name: str) -> pa.ChunkedArray:
        """The column's words in lower case, a space before and after each."""
        lower = pc.utf8_lower(pc.fill_null(self._articles.column(name), ""))
        return pc.replace_substring_regex(pc.binary_join_element_wise("", lower, "", " "), SEPARATORS, " ")


def _as_bools(values: pa.ChunkedArray) -> Holds:
    bools: Holds = values.to_numpy().astype(bool)
    return bools


def ndcg(found: Sequence[int], grades: Grades) -> float:
    """nDCG of the first ``DEPTH`` results: gain 2**grade - 1, ideal of the whole catalogue; it must hold one."""
    ideal = np.sort(grades)[::-1][:DEPTH]
    return _dcg(grades[np.asarray(found[:DEPTH], np.int64)]) / _dcg(ideal)


def _dcg(grades: Grades) -> float:
    gains = np.exp2(grades.astype(np.float64)) - 1
    return float((gains / np.log2(np.arange(2, len(grades) + 2))).sum())


def right_type(found: Sequence[int], is_right: Holds) -> float:
    """Share of the first ``DEPTH`` places, or of as many as there are such articles, that hold the right type."""
    places = min(DEPTH, int(is_right.sum()))
    return float(is_right[np.asarray(found[:places], np.int64)].sum()) / places


@dataclass(frozen=True)
class Outcome:
    """The results of one query, judged."""

    query: Query
    searched: str
    """Text that was searched for after spelling correction."""
    found: tuple[int, ...]
    """Row numbers of the first articles, best first."""
    grades: tuple[int, ...]
    ndcg: float
    right_type: float

    @property
    def correction(self) -> str:
        return self.query.correction(self.searched)

    @property
    def is_missed(self) -> bool:
        """A misspelt query that was left as typed, or put wrong."""
        return self.query.kind == TYPO and self.correction != RIGHT


def judged(query: Query, judge: Judge, searched: str, found: Sequence[int]) -> Outcome:
    """The outcome of a query that some article answers."""
    first, grades = list(found[:DEPTH]), judge.grades(query)
    share = right_type(first, judge.is_right_type(query))
    of_first = tuple(int(grades[row]) for row in first)
    return Outcome(query, searched, tuple(first), of_first, ndcg(first, grades), share)


def figures(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Means over the queries, of ``missed_corrections`` over the misspelt ones alone (without one, none)."""
    n = len(outcomes)
    misspelt = [each for each in outcomes if each.query.kind == TYPO]
    made = {
        "queries": n,
        "ndcg": round(sum(each.ndcg for each in outcomes) / n, 4),
        "right_type": round(sum(each.right_type for each in outcomes) / n, 4),
        "wrong_corrections": round(sum(each.correction == WRONG for each in outcomes) / n, 4),
    }
    if misspelt:
        made["missed_corrections"] = round(sum(each.is_missed for each in misspelt) / len(misspelt), 4)
    return made
