"""Text search of a release: understands a query, and finds what has all of it and what has some.

An article that has everything the query says stands before one that has some of it. Within either the TF-IDF cosine
decides, raised for articles whose attributes have the very values that are named.
"""

import math
from collections.abc import Mapping, Sequence
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
from recsys_core.serving.search.understanding import Concept, Reader, Understanding

EXACT_VALUE_WEIGHT: Final = 1.5
WIDER_VALUE_WEIGHT: Final = 1.25
"""Factors of an article's cosine if an attribute has the value that is named, or a wider one, not a mere word."""
KIND_WEIGHT: Final = 2.0
"""Weight of the product type among the concepts that an article has, where it has not all; any other counts 1."""
MAX_PARTIAL: Final = 480
"""Articles with some of the words; nobody pages further."""
ROUNDING: Final = 1e-6
"""More than scores differ by rounding."""
WeightsOfValues = tuple[str, Mapping[str, float]]
"""Column, and weights by value."""


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
        n_held = self._n_held(concepts)
        has_all = n_held == len(concepts)
        all_words = np.flatnonzero(has_all).astype(np.int32)
        some_words = np.flatnonzero((n_held > 0) & ~has_all).astype(np.int32)
        cosine = self._postings.cosine([token for concept in concepts for token in concept.meaning.spoken])
        weights = _weights_of_values(concepts)
        share = self._share_held(understood, n_held, some_words) ** 2
        likely = _can_be_best(cosine[some_words] * share, weights)
        some_words, share = some_words[likely], share[likely]
        worth = (self._score(cosine, weights, some_words) * share).astype(np.float32)
        is_more = len(worth) > MAX_PARTIAL
        best = np.sort(np.argpartition(-worth, MAX_PARTIAL)[:MAX_PARTIAL]) if is_more else slice(None)
        all_scores = self._score(cosine, weights, all_words).astype(np.float32)
        return Matches(all_words, all_scores, some_words[best], worth[best])

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

    def _n_held(self, concepts: Sequence[Concept]) -> NDArray[np.uint8]:
        """(n_articles,) number of concepts that the article has."""
        n_held = np.zeros(self._catalogue.size, np.uint8)
        for each in concepts:
            n_held += each.held.mask()
        return n_held

    def _score(self, cosine: Float64, weights: Sequence[WeightsOfValues], articles: Int32) -> Float64:
        score = cosine[articles]
        for column, by_value in weights:
            score *= self._catalogue.weights_by_value(column, by_value, articles)
        return score

    def _share_held(self, understood: Understanding, n_held: NDArray[np.uint8], articles: Int32) -> Float64:
        held, total = n_held[articles].astype(np.float64), float(len(understood.concepts))
        if understood.kind is not None:
            held += (KIND_WEIGHT - 1) * understood.kind.held.mask()[articles]
            total += KIND_WEIGHT - 1
        return np.asarray(held / total, np.float64)

    def _synonym_words(self) -> dict[str, int]:
        """Words of synonyms that find something, with the number of articles that they find."""
        n_found = lru_cache(maxsize=None)(self._n_found)
        found = {word: max(map(n_found, phrases)) for word, phrases in self.lexicon.synonym_words.items()}
        return {word: n_articles for word, n_articles in found.items() if n_articles}

    def _n_found(self, phrase: Phrase) -> int:
        return len(self._reader.held(self.lexicon.meaning(phrase)))


def _weights_of_values(concepts: Sequence[Concept]) -> list[WeightsOfValues]:
    """For each value that is named, by its column, the factor of an article's cosine."""
    return [
        (
            column,
            dict.fromkeys(values.wider, WIDER_VALUE_WEIGHT) | dict.fromkeys(values.exact, EXACT_VALUE_WEIGHT),
        )
        for concept in concepts
        for column, values in concept.meaning.values.items()
    ]


def _can_be_best(least: Float64, weights: Sequence[WeightsOfValues]) -> NDArray[np.intp] | slice:
    """Positions of what can be among the best ``MAX_PARTIAL``.

    ``least`` (n,) is the worth without the weights of values, none of which is below 1: the product of the highest says
    what it can come to. The rest need no score.
    """
    if len(least) <= MAX_PARTIAL:
        return slice(None)
    most = math.prod(max(by_value.values(), default=1.0) for _, by_value in weights)
    bar = np.partition(least, -MAX_PARTIAL)[-MAX_PARTIAL] * (1 - ROUNDING)
    return np.flatnonzero(least * most >= bar)
