"""Synonyms: words that shoppers and the catalogue use for the same thing, in the file format of Solr and Lucene.

``jumper, sweater`` means the same both ways. ``tank => tank top, vest top`` reads what stands before the arrow as what
stands behind it. Nothing behind the arrow: the word says nothing (``clothes =>``). ``#`` begins a comment.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from typing import Final, Self

from recsys_core.search.analysis import tokens, words

ARROW: Final = "=>"
SEPARATOR: Final = ","
COMMENT: Final = "#"
MAX_WORDS: Final = 4
"""Words of the longest phrase that has synonyms."""
MAX_CHARACTERS: Final = 200_000
LANGUAGES: Final = ("en",)
"""Languages with a list of our own to begin with."""
Phrase = tuple[str, ...]
"""Tokens of a few words in a row."""


class SynonymError(ValueError):
    """A line that cannot be read; the message names it and the remedy."""


@dataclass(frozen=True)
class Synonyms:
    """A list of synonyms; equal texts are equal lists."""

    text: str = ""

    @classmethod
    def of(cls, text: str) -> Self:
        """Read a list.

        Raises
        ------
        SynonymError
            At the first line that has no meaning.
        """
        made = cls(text)
        _ = made.alternatives
        return made

    @cached_property
    def alternatives(self) -> Mapping[Phrase, tuple[str, ...]]:
        """Phrase -> the phrases that are searched for it, as written; none for one that says nothing."""
        found: dict[Phrase, dict[str, None]] = {}
        if len(self.text) > MAX_CHARACTERS:
            raise SynonymError(f"{len(self.text):,} characters: a list has at most {MAX_CHARACTERS:,}")
        for number, line in enumerate(self.text.splitlines(), 1):
            for phrase, others in _read_line(line, f"line {number} ({line.strip()[:60]!r})"):
                found.setdefault(tuple(tokens(phrase)), {}).update(dict.fromkeys(others))
        return {phrase: tuple(others) for phrase, others in found.items()}

    @cached_property
    def written_words(self) -> Mapping[str, tuple[Phrase, ...]]:
        """Word as it is written -> the phrases of which it is one."""
        found: dict[str, dict[Phrase, None]] = {}
        for line in self.text.splitlines():
            for phrase, _ in _read_line(line, line):
                for word in words(phrase):
                    found.setdefault(word, {})[tuple(tokens(phrase))] = None
        return {word: tuple(phrases) for word, phrases in found.items()}


@lru_cache(maxsize=8)
def shipped_synonyms(language: str) -> Synonyms:
    """The list to begin with for a language; empty for a language without one."""
    if language not in LANGUAGES:
        return Synonyms()
    file = resources.files("recsys_core.search") / f"synonyms_{language}.txt"
    return Synonyms.of(file.read_text(encoding="utf-8"))


def _read_line(line: str, where: str) -> Iterator[tuple[str, list[str]]]:
    """Yields each phrase of the left side with those that are searched for it."""
    said = line.split(COMMENT, maxsplit=1)[0].strip()
    if not said:
        return
    sides = said.split(ARROW)
    if len(sides) > 2:
        raise SynonymError(f"{where}: more than one {ARROW}; write a line for each")
    left = _phrases(sides[0], where)
    right = _phrases(sides[-1], where)
    if not left:
        raise SynonymError(f"{where}: no word before {ARROW}; write the word that shoppers use there")
    if len(sides) == 1 and len(left) < 2:
        raise SynonymError(f"{where}: a single word; write the words that mean the same, with commas between them")
    for phrase in left:
        yield phrase, [phrase, *(other for other in right if other != phrase)] if len(sides) == 1 else right


def _phrases(side: str, where: str) -> list[str]:
    phrases = [" ".join(part.lower().split()) for part in side.split(SEPARATOR)]
    if not any(phrases):
        return []
    for phrase in phrases:
        if not 1 <= len(tokens(phrase)) <= MAX_WORDS:
            raise SynonymError(f"{where}: {phrase!r} is no phrase of 1 to {MAX_WORDS} words; shorten or remove it")
    return phrases
