"""Meanings of words: the values of attributes that they name, and the other words for the same thing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from recsys_core.contracts.release import MEANINGLESS
from recsys_core.search.analysis import tokens
from recsys_core.search.synonyms import MAX_WORDS, Phrase, Synonyms

TYPE: Final = "product_type_name"
COLOUR: Final = "colour_group_name"
PATTERN: Final = "graphical_appearance_name"
COLLECTION: Final = "index_group_name"
SECTION, DEPARTMENT = "section_name", "department_name"
COLUMNS: Final = (TYPE, COLOUR, PATTERN, COLLECTION, "product_group_name", SECTION, DEPARTMENT)
"""Attributes whose values act as filters where a query names them; a word that names several names the first."""
MEANT_BY_VALUE_ALONE: Final = frozenset({COLOUR, COLLECTION})
"""A shirt that is described as fit for a black suit is not black."""
MEANT_BY_NAME_TOO: Final = frozenset({TYPE, "product_group_name"})
"""A "Hoodie" of the type Sweater is a hoodie; one whose description speaks of hoodies is none."""
MAX_CACHED: Final = 20_000


class Values(NamedTuple):
    """Values of one attribute that a phrase names."""

    exact: frozenset[str]
    wider: frozenset[str]
    """Further values whose last word it is: "Dark Blue" of blue."""


@dataclass(frozen=True, eq=False)
class Meaning:
    """Meaning of a phrase in a catalogue. The lexicon gives the same object for the same phrase."""

    values: Mapping[str, Values]
    """By column; an article with one of them is meant."""
    phrases: tuple[Phrase, ...]
    """Itself and the phrases that mean the same. Where no value is named their text is what an article must hold."""
    says_nothing: bool = False

    @property
    def column(self) -> str:
        """The attribute that it is a word of; empty for a word of the text alone."""
        return next(iter(self.values), "")

    @property
    def of_names(self) -> bool:
        """True if an article whose name holds a phrase is meant too."""
        return self.column in MEANT_BY_NAME_TOO

    @property
    def of_texts(self) -> bool:
        """True if an article whose text holds a phrase is meant too."""
        return not (self.column in MEANT_BY_VALUE_ALONE or self.of_names)

    @property
    def spoken(self) -> Phrase:
        """Tokens that stand for it where texts are compared: those of the one value that it names, or its own."""
        exact = [value for values in self.values.values() for value in values.exact]
        return tuple(tokens(exact[0])) if len(exact) == 1 else self.phrases[0] if self.phrases else ()


class Lexicon:
    """The phrases that name values of a catalogue's attributes or have synonyms."""

    def __init__(self, values: Mapping[str, Iterable[str]], synonyms: Synonyms) -> None:
        """``values``: those of each of ``COLUMNS``."""
        self._exact: dict[Phrase, tuple[str, set[str]]] = {}
        self._by_last_word: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        self._synonyms = synonyms
        self._alternatives = synonyms.alternatives
        for column in COLUMNS:
            for value in values.get(column, ()):
                if value not in MEANINGLESS:
                    self._add(column, value)
        self.meaning = lru_cache(MAX_CACHED)(self._meaning)

    def _add(self, column: str, value: str) -> None:
        whole = tuple(tokens(value))
        if not whole:
            return
        parts = {tuple(tokens(part)) for part in value.split("/")} if column == TYPE else set()
        for phrase in {whole, *parts} - {()}:
            of, found = self._exact.setdefault(phrase, (column, set()))
            if of == column:
                found.add(value)
        if len(whole) > 1 and len(whole[-1]) > 1:
            self._by_last_word[whole[-1]][column].add(value)

    @property
    def synonym_words(self) -> Mapping[str, tuple[Phrase, ...]]:
        """Word as it is written -> the phrases with synonyms of which it is one."""
        return self._synonyms.written_words

    def has(self, phrase: Phrase) -> bool:
        """True if the phrase as a whole names a value or has synonyms."""
        return phrase in self._exact or phrase in self._alternatives

    def longest_at(self, said: Phrase, start: int) -> int:
        """Number of tokens from ``start`` on that are one phrase: of the longest that it has, else 1."""
        lengths = range(min(MAX_WORDS, len(said) - start), 1, -1)
        phrases = ((length, said[start : start + length]) for length in lengths)
        return next((length for length, phrase in phrases if self.has(phrase) and not self._says_more_apart(phrase)), 1)

    def _says_more_apart(self, phrase: Phrase) -> bool:
        """True for the name of a department whose words name a type, colour or pattern each: denim shorts."""
        if phrase in self._alternatives or self._exact[phrase][0] not in (SECTION, DEPARTMENT):
            return False
        return all(self._exact.get((token,), ("",))[0] in (TYPE, COLOUR, PATTERN) for token in phrase)

    def _meaning(self, phrase: Phrase) -> Meaning:
        if phrase not in self._alternatives:
            return Meaning(self._values(phrase), (phrase,))
        others = tuple(tuple(tokens(other)) for other in self._alternatives[phrase])
        found: dict[str, Values] = {}
        for other in others:
            for column, values in self._values(other).items():
                known = found.get(column, Values(frozenset(), frozenset()))
                found[column] = Values(known.exact | values.exact, known.wider | values.wider)
        if TYPE in found and len(found) > 1:
            found = {TYPE: found[TYPE]}  # a department of the same name says no more
        return Meaning(found, others, not others)

    def _values(self, phrase: Phrase) -> dict[str, Values]:
        by_last_word = self._by_last_word.get(phrase[0], {}) if len(phrase) == 1 else {}
        if phrase in self._exact:
            column, exact = self._exact[phrase]
            return {column: Values(frozenset(exact), frozenset(by_last_word.get(column, ())) - exact)}
        column = next((column for column in COLUMNS if column in by_last_word), "")
        return {column: Values(frozenset(), frozenset(by_last_word[column]))} if column else {}
