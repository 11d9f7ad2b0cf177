"""The search files of a release, read once and shared by the search engines of all lists of synonyms."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recsys_core.contracts.release import PHRASE_COLUMNS
from recsys_core.serving.arrays import Int32, map_array, read_json
from recsys_core.serving.search.postings import Postings
from recsys_core.serving.tables import map_rows


class SearchFiles:
    """``contracts.release.SEARCH`` in memory: postings, words for spelling, phrases for autocomplete."""

    def __init__(self, folder: Path) -> None:
        self.postings = Postings(folder)
        self.counts: dict[str, int] = read_json(folder / "words.json")
        """Words as they are written -> number of articles that hold one."""
        self.named_words: list[str] = read_json(folder / "named_words.json")
        """Words of kinds, colours and departments, ascending."""
        plain_words = folder / "plain_words.json"
        self.plain_words: frozenset[str] = frozenset(read_json(plain_words) if plain_words.exists() else ())
        """Common words of the shoppers' language; none in a release of a version that knew none."""
        self.phrases = map_rows(folder / "phrases.arrow", PHRASE_COLUMNS)
        self.phrase_words: NDArray[np.bytes_] = map_array(folder / "phrase_words.npy")
        self.phrase_rows: Int32 = map_array(folder / "phrase_rows.npy")
        filters = self.phrases.column("filters").to_pylist()
        self.is_product = np.array([each == "{}" for each in filters], dtype=bool)
        """(n_phrases,) whether the phrase is the name of a product."""
