"""A query as it was understood: its words, those that nothing explains, and what the others ask of an article."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from typing import Final

import numpy as np

from recsys_core.search.analysis import MAX_QUERY_WORDS, TypedWord, tokens, typed_words
from recsys_core.search.synonyms import Phrase
from recsys_core.serving.catalogue import Catalogue
from recsys_core.serving.search.article_set import ArticleSet
from recsys_core.serving.search.lexicon import COLOUR, TYPE, Lexicon, Meaning
from recsys_core.serving.search.postings import Postings
from recsys_core.serving.search.spelling import Spelling

SHORTEST_BEGINNING = 3
MAX_CACHED_SETS: Final = 1_024
"""Meanings whose articles are kept, a bit an article each: more than a catalogue has types, colours and departments."""
MAX_CACHED_MEANINGS = 5_000
MAX_CACHED_COUNTS: Final = 5_000
JOINING = frozenset({"with", "and", "w", "plus"})
"""Words after which a product type says what belongs to the kind."""
MAX_BEGUN = 12
"""Words that a beginning may stand for."""


@dataclass(frozen=True, eq=False)
class Concept:
    """A phrase of a query that articles can have."""

    written: str
    said: Phrase
    """Its tokens."""
    meaning: Meaning
    held: ArticleSet
    """The articles that have it."""
    is_joined: bool = False
    """True if it is said beside the kind, after "with" or "and"."""

    @property
    def value(self) -> str:
        """The one value that it names, else the phrase as it is written."""
        named = [value for values in self.meaning.values.values() for value in values.exact]
        return named[0] if len(named) == 1 else self.written


@dataclass(frozen=True)
class ShownWord:
    """A phrase of a query as a page shows it."""

    written: str
    is_known: bool
    """False if it was left out, because nothing in the catalogue has to do with it."""


@dataclass(frozen=True)
class Understanding:
    """Meaning of a query in a catalogue."""

    typed: str
    text: str
    """The query with its slips put right."""
    shown: tuple[ShownWord, ...]
    """All its phrases in order."""
    concepts: tuple[Concept, ...]
    kind: Concept | None = None
    """The concept that names the product type; of several the last, as English has it: shirt dress."""

    @property
    def is_put_right(self) -> bool:
        return self.text != self.typed

    @property
    def unknown(self) -> tuple[str, ...]:
        """Words that were left out."""
        return tuple(each.written for each in self.shown if not each.is_known)

    @property
    def held_by_all(self) -> ArticleSet:
        """The articles that have all concepts, of which there must be one."""
        return reduce(ArticleSet.__and__, [each.held for each in self.concepts])

    def without(self, concept: Concept) -> str:
        """The query without a phrase of its own, however often it is said."""
        return " ".join(each.written for each in self.shown if tuple(tokens(each.written)) != concept.said)


class Reader:
    """Reads queries by a release's words and a list of synonyms."""

    def __init__(self, postings: Postings, catalogue: Catalogue, lexicon: Lexicon) -> None:
        self._postings = postings
        self._catalogue = catalogue
        self._lexicon = lexicon
        self.held = lru_cache(MAX_CACHED_SETS)(self._held)
        self._holding = lru_cache(MAX_CACHED_SETS)(lambda said: ArticleSet.of(postings.holding(said)))
        self.n_holding = lru_cache(MAX_CACHED_COUNTS)(self._n_holding)
        self.meaning = lru_cache(MAX_CACHED_MEANINGS)(self._meaning)
        self.spelling: Spelling | None = None
        """Set once the words are known; it asks this reader in turn how many articles a query finds."""

    def read(self, typed: str, as_typed: bool = False) -> Understanding:
        """Understand a query; ``as_typed`` leaves its spelling alone."""
        text = typed if as_typed or self.spelling is None else self.spelling.corrected(typed)
        return self._read(typed, text)

    def _n_holding(self, text: str) -> int:
        """Number of articles that have all that is said, of which every word must be known."""
        understood = self._read(text, text)
        if understood.unknown or not understood.concepts:
            return 0
        return len(understood.held_by_all)

    def _read(self, typed: str, text: str) -> Understanding:
        said = typed_words(text)[:MAX_QUERY_WORDS]
        shown: list[ShownWord] = []
        concepts: list[Concept] = []
        is_joined = False
        for phrase in self._phrases(said):
            written = " ".join(word.written for word in phrase)
            said_here = tuple(word.token for word in phrase)
            if self._says_nothing(said_here):
                shown.append(ShownWord(written, True))
                if written in JOINING and any(each.meaning.column == TYPE for each in concepts):
                    is_joined = True
                continue
            meaning = self.meaning(said_here, written)
            held = self.held(meaning)
            is_known = len(held) > 0
            shown.append(ShownWord(written, is_known))
            if is_known and all(said_here != each.said for each in concepts):
                concepts.append(Concept(written, said_here, meaning, held, is_joined))
        kind = next((each for each in reversed(concepts) if each.meaning.column == TYPE and not each.is_joined), None)
        return Understanding(typed, text, tuple(shown), tuple(self._as_meant_together(concepts, kind)), kind)

    def _phrases(self, said: Sequence[TypedWord]) -> list[Sequence[TypedWord]]:
        all_tokens = tuple(word.token for word in said)
        found, at = [], 0
        while at < len(said):
            length = self._lexicon.longest_at(all_tokens, at)
            found.append(said[at : at + length])
            at += length
        return found

    def _says_nothing(self, said: Phrase) -> bool:
        if all(token in self._postings.stop_words for token in said) and not self._lexicon.has(said):
            return True
        return self._lexicon.meaning(said).says_nothing

    def _meaning(self, said: Phrase, written: str) -> Meaning:
        meaning = self._lexicon.meaning(said)
        if not self._lexicon.has(said) and self.spelling is not None and (usual := self.spelling.usual_form(written)):
            also = self._lexicon.meaning(tuple(each.token for each in typed_words(usual)))
            return Meaning(also.values, (said, *also.phrases))
        is_explained = self._lexicon.has(said) or meaning.values or said[0] in self._postings
        if is_explained or self.spelling is None or len(written) < SHORTEST_BEGINNING:
            return meaning
        return self._of_begun_words(written, self.spelling) or meaning

    def _of_begun_words(self, beginning: str, spelling: Spelling) -> Meaning | None:
        begun = sorted(spelling.beginning_with(beginning), key=lambda word: -spelling.counts[word])[:MAX_BEGUN]
        meant = [self._lexicon.meaning(tuple(each.token for each in typed_words(word))) for word in begun]
        if not meant:
            return None
        if meant[0].values:
            return meant[0]
        return Meaning({}, tuple(phrase for each in meant for phrase in each.phrases))

    def _held(self, meaning: Meaning) -> ArticleSet:
        """The articles that have what is meant."""
        has = np.zeros(self._postings.n_articles, dtype=bool)
        for column, values in meaning.values.items():
            has |= self._catalogue.has_value(column, values.exact | values.wider)
        for phrase in meaning.phrases:
            if meaning.of_names:
                has |= self._postings.naming(phrase)
            elif meaning.of_texts:
                has |= self._postings.holding(phrase)
        return ArticleSet.of(has)

    def _as_meant_together(self, concepts: Sequence[Concept], kind: Concept | None) -> list[Concept]:
        """Product types beside the kind only say more of it (shirt dress, dress with belt); of colours one will do."""
        colours = [each.held for each in concepts if each.meaning.column == COLOUR]
        any_colour = reduce(ArticleSet.__or__, colours) if len(colours) > 1 else None

        def held(concept: Concept) -> ArticleSet:
            if concept.meaning.column == COLOUR and any_colour is not None:
                return any_colour
            if concept.meaning.column == TYPE and concept is not kind:
                return concept.held | self._holding(concept.said)
            return concept.held

        return [each if each is kind else replace(each, held=held(each)) for each in concepts]
