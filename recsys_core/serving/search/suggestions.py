"""Autocomplete: kinds of articles whose words begin as typed, then searches that find something, then products.

It reads words as the search does: synonyms lead to the catalogue's own words, and slips are put right.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from recsys_core.contracts.release import MEANINGLESS
from recsys_core.search.analysis import tokens, words
from recsys_core.serving.arrays import Int32
from recsys_core.serving.search.files import SearchFiles
from recsys_core.serving.search.lexicon import COLLECTION, COLOUR, PATTERN, TYPE
from recsys_core.serving.tables import take_rows

if TYPE_CHECKING:
    from recsys_core.serving.search.engine import SearchEngine

MAX_WORDS = 6
KINDS, PRODUCTS = 6, 4
MAX_TRIED = 8
"""Words that a beginning is completed to, the most frequent first."""
SHORTEST_BEGINNING = 2
"""Letters of a word that is completed to a search; below, too many begin so."""
MAX_TIMES_FEWER = 50
"""A search that finds fewer than one in so many of what the best one finds is not offered."""
BEFORE_THE_KIND = (COLOUR, PATTERN)
"""Attributes whose value stands before the other words: black jeans."""
AFTER_ALL = b"\xff"
"""Sorts after every letter."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Completion of a shopper's query: a kind of articles with ``filters``, a search with a ``query``, or a product."""

    text: str
    filters: dict[str, str]
    """Column -> value that finds it."""
    count: int
    """Articles of it."""
    cover: int
    """article_idx whose image stands for it."""
    query: str = ""
    """Query that finds it."""


class _Found(NamedTuple):
    """Rows of phrases."""

    kinds: list[int]
    products: list[int]


Readings = Sequence[Sequence[str]]
"""Ways to read a typed phrase, each as beginnings of words that a suggestion must all have."""


class Suggestions:
    """The phrases of a release, by the beginnings of their words, and searches made from the words typed so far."""

    def __init__(self, files: SearchFiles, engine: "SearchEngine") -> None:
        self._phrases = files.phrases
        self._words = files.phrase_words
        self._rows = files.phrase_rows
        self._is_product = files.is_product
        self._engine = engine

    def find(self, typed: str) -> list[Suggestion]:
        """Up to ``KINDS`` kinds and searches, then up to ``PRODUCTS`` products; the typed words in any order.

        None for more than ``MAX_WORDS`` words: nothing that is offered has as many.
        """
        said = words(typed)
        if not 1 <= len(said) <= MAX_WORDS:
            return []
        found = self._phrases_of(said)
        if not any(each.filters for each in found):
            meant = self._put_right(said)
            right = self._phrases_of(meant) if meant != said else []
            products = [each for each in found if not each.filters]
            found = [each for each in right if each.filters or not products] + products
            said = meant
        return self._with_searches(said, found)

    def _phrases_of(self, said: list[str]) -> list[Suggestion]:
        rows = self._matching(self._readings(said))
        is_product = self._is_product[rows]
        return self._read(_Found(rows[~is_product][:KINDS].tolist(), rows[is_product][:PRODUCTS].tolist()))

    def _with_searches(self, said: list[str], found: list[Suggestion]) -> list[Suggestion]:
        """Puts searches between kinds and products where no kind has the very words."""
        n_kinds = sum(bool(each.filters) for each in found)
        if n_kinds == KINDS or not self._is_product[self._with_all(said)].all():
            return found
        searches = self._searches(said, [each.text for each in found], KINDS - n_kinds)
        return found[:n_kinds] + searches + found[n_kinds:]

    def _readings(self, typed: list[str]) -> list[Readings]:
        """For each typed phrase the ways to read it: as it is written, and as each of its synonyms."""
        said = tuple(tokens(word)[0] if tokens(word) else word for word in typed)
        found: list[Readings] = []
        at = 0
        while at < len(typed):
            length = self._engine.lexicon.longest_at(said, at)
            phrase = said[at : at + length]
            ways = [typed[at : at + length]]
            if self._engine.lexicon.has(phrase):
                meaning = self._engine.lexicon.meaning(phrase)
                ways += [list(other) for other in meaning.phrases if other != phrase]
                ways += [words(value) for values in meaning.values.values() for value in values.exact]
            found.append(ways)
            at += length
        return found

    def _matching(self, readings: Sequence[Readings]) -> Int32:
        """Rows that have, of each phrase, words that begin like one of its readings, most sold first: ascending."""
        found: Int32 | None = None
        for ways in readings:
            each_way = [self._with_all(beginnings) for beginnings in ways]
            rows = _distinct(np.concatenate(each_way))
            found = rows if found is None else np.intersect1d(found, rows, assume_unique=True)
        return np.empty(0, np.int32) if found is None else found

    def _with_all(self, beginnings: Sequence[str]) -> Int32:
        found: Int32 | None = None
        for beginning in sorted(beginnings, key=len, reverse=True):
            rows = _distinct(self._beginning_with(beginning))
            found = rows if found is None else np.intersect1d(found, rows, assume_unique=True)
        return np.empty(0, np.int32) if found is None else found

    def _beginning_with(self, beginning: str) -> Int32:
        width = self._words.dtype.itemsize
        key = beginning.encode()[:width]
        bounds = np.array([key, key.ljust(width, AFTER_ALL)], self._words.dtype)  # any other width copies all words
        return self._rows[slice(*np.searchsorted(self._words, bounds))]

    def _searches(self, typed: list[str], known: Sequence[str], limit: int) -> list[Suggestion]:
        """Queries of the words before the last with a word or value that begins like the last, most found first."""
        before, last = " ".join(typed[:-1]), typed[-1]
        understood = self._engine.understand(before)
        if len(last) < SHORTEST_BEGINNING or understood.unknown:
            return []
        made: dict[str, Suggestion | None] = dict.fromkeys(map(_folded, known))
        for text in self._completed(understood.text, last):
            if _folded(text) not in made:
                made[_folded(text)] = self._search(text)
        best = sorted((each for each in made.values() if each), key=lambda each: -each.count)[:limit]
        return [each for each in best if each.count * MAX_TIMES_FEWER >= best[0].count]

    def _completed(self, before: str, last: str) -> Iterator[str]:
        """Texts of queries that complete what was typed."""
        for column in (COLOUR, PATTERN, TYPE, COLLECTION) if before else ():
            for value in self._engine.values_beginning_with(column, last):
                if value not in MEANINGLESS:
                    first, second = (value, before) if column in BEFORE_THE_KIND else (before, value)
                    yield f"{first} {second}".lower()
        if self._engine.lexicon.has(tuple(tokens(last))):
            yield f"{before} {last}".strip()
            return
        counts = self._engine.spelling.counts
        begun = sorted(self._engine.spelling.beginning_with(last), key=lambda word: -counts[word])[:MAX_TRIED]
        for word in begun:
            yield f"{before} {word}".strip()

    def _search(self, text: str) -> Suggestion | None:
        understood = self._engine.understand(text, as_typed=True)
        if understood.unknown or not understood.concepts:
            return None
        found = np.flatnonzero(understood.held_by_all.mask())
        return Suggestion(text, {}, len(found), self._engine.cover_of(found), text) if len(found) else None

    def _put_right(self, typed: list[str]) -> list[str]:
        """The words put right as the search does; else the last completed to a word of a kind or colour."""
        before, last = " ".join(typed[:-1]), typed[-1]
        corrected = self._engine.spelling.corrected
        if self._is_begun(last):
            return [*words(corrected(before)), last]
        meant = words(corrected(" ".join(typed)))
        if meant and meant[-1] != last:
            return meant
        return [*words(corrected(before)), self._engine.spelling.completing(last) or last]

    def _is_begun(self, beginning: str) -> bool:
        begun = self._beginning_with(beginning)
        return not self._is_product[begun].all()

    def _read(self, found: _Found) -> list[Suggestion]:
        rows = take_rows(self._phrases, np.array(found.kinds + found.products, np.int64))
        return [Suggestion(text, json.loads(filters), count, cover) for text, filters, count, cover, _ in rows]


def _folded(text: str) -> str:
    """Equal for texts of the same words in any order."""
    return " ".join(sorted(tokens(text)))


def _distinct(rows: Int32) -> Int32:
    """Ascending, each once; numpy's own hashes the numbers first, which takes several times as long."""
    ordered = np.sort(rows)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered
