"""Autocomplete: phrases of a release that hold words which begin as typed, most sold first."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsys_core.contracts.release import PHRASE_COLUMNS
from recsys_core.search.analysis import words
from recsys_core.serving.arrays import Int32, map_array
from recsys_core.serving.spelling import Spelling
from recsys_core.serving.tables import map_rows, take_rows

MAX_WORDS = 6
AFTER_ALL = b"\xff"
"""Sorts after every letter."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Completion of a shopper's query."""

    text: str
    filters: dict[str, str]
    """Column -> value that finds it; empty for a product."""
    count: int
    """Articles of it."""
    cover: int
    """article_idx whose image stands for it."""


class _Found(NamedTuple):
    """Rows of phrases."""

    kinds: list[int]
    products: list[int]


class Suggestions:
    """The phrases of a release, by the beginnings of their words."""

    def __init__(self, folder: Path, spelling: Spelling) -> None:
        self._phrases = map_rows(folder / "phrases.arrow", PHRASE_COLUMNS)
        self._words: NDArray[np.bytes_] = map_array(folder / "phrase_words.npy")
        self._rows: Int32 = map_array(folder / "phrase_rows.npy")
        filters = self._phrases.column("filters").to_pylist()
        self._is_product = np.array([each == "{}" for each in filters], dtype=bool)
        self._spelling = spelling

    def find(self, typed: str, kinds: int = 6, products: int = 4) -> list[Suggestion]:
        """Up to ``kinds`` kinds of articles and ``products`` products; every word of theirs may be meant, in any order.

        Where no kind begins as typed, words are put right.
        """
        beginnings = words(typed)[:MAX_WORDS]
        if not beginnings:
            return []
        rows = self._matching(beginnings)
        found = self._of_each(rows, kinds, products)
        if not found.kinds:
            meant = [self._put_right(word) for word in beginnings]
            found = self._of_each(self._matching(meant), kinds, products)._replace(products=found.products)
        return self._read(found.kinds + found.products)

    def _of_each(self, rows: Int32, kinds: int, products: int) -> "_Found":
        is_product = self._is_product[rows]
        return _Found(rows[~is_product][:kinds].tolist(), rows[is_product][:products].tolist())

    def _matching(self, beginnings: list[str]) -> Int32:
        """Rows of which some word begins with each of ``beginnings``, most sold first: ascending."""
        found: Int32 | None = None
        for beginning in sorted(beginnings, key=len, reverse=True):
            rows = np.unique(self._beginning_with(beginning))
            found = rows if found is None else np.intersect1d(found, rows, assume_unique=True)
        return np.empty(0, np.int32) if found is None else found

    def _beginning_with(self, beginning: str) -> Int32:
        width = self._words.dtype.itemsize
        key = beginning.encode()[:width]
        bounds = np.array([key, key.ljust(width, AFTER_ALL)], self._words.dtype)  # any other width copies all words
        return self._rows[slice(*np.searchsorted(self._words, bounds))]

    def _put_right(self, word: str) -> str:
        begun = self._beginning_with(word)
        return word if not self._is_product[begun].all() else self._spelling.completing(word) or word

    def _read(self, rows: list[int]) -> list[Suggestion]:
        found = take_rows(self._phrases, np.array(rows, np.int64))
        return [Suggestion(text, json.loads(filters), count, cover) for text, filters, count, cover, _ in found]
