"""Text search of a release: understands a query, and finds what has all of it and what has some.

An article that has everything the query says stands before one that has some of it. Within either the TF-IDF cosine
decides, raised for articles whose attributes have the very values that are named.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from recsys_core.search.analysis import words
from recsys_core.search.synonyms import Phrase, Synonyms, shipped_synonyms
from recsys_core.serving.arrays import Int32
from recsys_core.serving.catalogue import Catalogue
from recsys_core.serving.search.files import SearchFiles
from recsys_core.serving.search.lexicon import COLUMNS, Lexicon
from recsys_core.serving.search.postings import Float64
from recsys_core.serving.search.spelling import Spelling
from recsys_core.serving.search.suggestions import Suggestion, Suggestions
from recsys_core.serving.search.understanding import Reader, Understanding

EXACT_VALUE_WEIGHT: Final = 1.5
WIDER_VALUE_WEIGHT: Final = 1.25
"""Factors of an article's cosine if an attribute has the value that is named, or a wider one, not a mere word."""
KIND_WEIGHT: Final = 2.0
"""Weight of the product type among the concepts that an article has, where it has not all; any other counts 1."""
MAX_PARTIAL: Final = 480
"""Articles with some of the words; nobody pages further."""


@dataclass(frozen=True)
class Matches:
    """Articles that a query finds, each part ascending by article_idx, with scores (n,) of which higher is better."""

    all_words: Int32
    """Articles with everything that was said and understood."""
    all_scores: NDArray[np.float32]
    some_words: Int32
    """Articles with some of it, the best of them."""
    some_scores: NDArray[np.float32]


class SearchEngine:
    """Search, spelling and suggestions of a release under one list of synonyms (the shipped one by default)."""

    def __init__(self, files: SearchFiles, catalogue: Catalogue, synonyms: Synonyms | None = None) -> None:
        self._postings = postings = files.postings
        self._catalogue = catalogue
        self._words_of_values = {
            column: [(value, words(value)) for value in catalogue.facet_values(column)] for column in COLUMNS
        }
        synonyms = shipped_synonyms(postings.language) if synonyms is None else synonyms
        self.lexicon = Lexicon({column: catalogue.facet_values(column) for column in COLUMNS}, synonyms)
        self._reader = Reader(postings, catalogue, self.lexicon)
        other_words = self._synonym_words()
        self.spelling = Spelling(files, postings.__contains__, self._reader.n_holding, other_words)
        self._reader.spelling = self.spelling
        self._suggestions = Suggestions(files, self)

    def understand(self, typed: str, as_typed: bool = False) -> Understanding:
        """The meaning of a query; ``as_typed`` leaves its spelling alone."""
        return self._reader.read(typed, as_typed)

    def proposal(self, understood: Understanding) -> str | None:
        """The query with words that were left out replaced by the nearest of the catalogue, if one is near."""
        if not understood.unknown:
            return None
        near = {word: self.spelling.proposed(word) for word in understood.unknown}
        text = " ".join(near.get(each.written) or each.written for each in understood.shown)
        return text if any(near.values()) else None

    def search(self, query: str) -> Matches:
        """The articles that have all or some of a query as it is meant."""
        return self.find(self.understand(query))

    def find(self, understood: Understanding) -> Matches:
        """The articles that have all or some of a query."""
        concepts = understood.concepts
        if not concepts:
            nothing, no_scores = np.empty(0, np.int32), np.empty(0, np.float32)
            return Matches(nothing, no_scores, nothing, no_scores)
        n_held: NDArray[np.uint8] = np.sum([each.held for each in concepts], axis=0, dtype=np.uint8)
        found = np.flatnonzero(n_held).astype(np.int32)
        score = self._score(understood, found)
        has_all = n_held[found] == len(concepts)
        some, some_scores = found[~has_all], score[~has_all]
        worth = (some_scores * self._share_held(understood, some) ** 2).astype(np.float32)
        best = np.sort(np.argpartition(-worth, MAX_PARTIAL)[:MAX_PARTIAL]) if len(some) > MAX_PARTIAL else slice(None)
        return Matches(found[has_all], score[has_all].astype(np.float32), some[best], worth[best])

    def suggest(self, typed: str) -> list[Suggestion]:
        """Completions of the beginning of a query: kinds of articles, searches, then products."""
        return self._suggestions.find(typed)

    def values_beginning_with(self, column: str, beginning: str) -> list[str]:
        """Values of an attribute of which a word begins like that."""
        return [
            value
            for value, value_words in self._words_of_values[column]
            if any(word.startswith(beginning) for word in value_words)
        ]

    def cover_of(self, articles: NDArray[np.integer[Any]]) -> int:
        """The article that stands for these (at least one): in stock and most sold."""
        worth = self._catalogue.sold_30d[articles] + np.where(self._catalogue.in_stock[articles], 1 << 30, 0)
        return int(articles[np.argmax(worth)])

    def _score(self, understood: Understanding, articles: Int32) -> Float64:
        spoken = [token for concept in understood.concepts for token in concept.meaning.spoken]
        score = self._postings.cosine(spoken)[articles]
        for concept in understood.concepts:
            for column, values in concept.meaning.values.items():
                weights = dict.fromkeys(values.wider, WIDER_VALUE_WEIGHT) | dict.fromkeys(
                    values.exact, EXACT_VALUE_WEIGHT
                )
                score *= self._catalogue.weights_by_value(column, weights, articles)
        return score

    def _share_held(self, understood: Understanding, articles: Int32) -> Float64:
        weights = [KIND_WEIGHT if each is understood.kind else 1.0 for each in understood.concepts]
        held = sum(weight * each.held[articles] for weight, each in zip(weights, understood.concepts, strict=True))
        return np.asarray(held / sum(weights), np.float64)

    def _synonym_words(self) -> dict[str, int]:
        """Words of synonyms that find something, with the number of articles that they find."""
        n_found = lru_cache(maxsize=None)(self._n_found)
        found = {word: max(map(n_found, phrases)) for word, phrases in self.lexicon.synonym_words.items()}
        return {word: n_articles for word, n_articles in found.items() if n_articles}

    def _n_found(self, phrase: Phrase) -> int:
        return int(np.count_nonzero(self._reader.held(self.lexicon.meaning(phrase))))
