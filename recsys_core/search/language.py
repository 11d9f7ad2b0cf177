"""Plain words of a language, from the frequency lists that come with pyspellchecker."""

from functools import lru_cache
from typing import Final

from spellchecker import SpellChecker

from recsys_core.search.analysis import without_accents

MIN_SHARE: Final = 6e-8
"""Share of all words of a list's texts from which on one is taken for a word; rarer ones are often slips themselves."""
MIN_LETTERS: Final = 3


@lru_cache(maxsize=2)
def plain_words(language: str) -> list[str]:
    """Common words of a language, lower case without accents, ascending; none for a language without a list."""
    if language not in SpellChecker.languages():
        return []
    counts = SpellChecker(language=language, distance=1).word_frequency
    least = MIN_SHARE * counts.total_words
    common = (word for word, count in counts.items() if count >= least and len(word) >= MIN_LETTERS)
    return sorted({without_accents(word.lower()) for word in common if word.isalpha()})
