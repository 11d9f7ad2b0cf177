"""From text to terms: the one analyser that fitting and querying share. Pure Python.

Catalogue English: ``T-shirt`` stays one word (``tshirt``), so that a search for shirts finds shirts; other
compounds fall apart (``knee-length``). Plurals fold (``dresses`` -> ``dress``). Stop words go before n-grams
are made, so phrases bridge them.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
ONE_LETTER = r"(?:\b(?:[^\W\d_]-(?=[^\W\d_])|t (?=shirts?\b)|v (?=necks?\b)))?"
WORD_AS_TYPED = re.compile(ONE_LETTER + WORD.pattern)
IRREGULAR_PLURALS = {"mens": "men", "man": "men", "womens": "women", "woman": "women", "child": "children"}
"""Words to one form of theirs that the stemmer misses. Different words for one thing are synonyms, not this."""
SIGNS = {ord(sign): " " for sign in "™℠"}
"""Signs that would be letters when normalised."""
MAX_QUERY_WORDS = 32
"""A longer query is cut: nobody types it, and each word costs."""


class TypedWord(NamedTuple):
    """A word as it stands in a text, and the term that it is searched by."""

    written: str
    token: str


def typed_words(text: str) -> list[TypedWord]:
    """The words of a text with their tokens: lower case without accents, plurals folded."""
    plain = text.lower() if text.isascii() else without_accents(text.lower())
    found = (match.group() for match in WORD_AS_TYPED.finditer(plain))
    return [TypedWord(written, _token(written)) for written in found]


def tokens(text: str) -> list[str]:
    """Lower-case words without accents, plurals folded."""
    return [word.token for word in typed_words(text)]


def _token(written: str) -> str:
    word = singular(written.replace("-", "").replace(" ", "").removesuffix("'s"))
    return IRREGULAR_PLURALS.get(word, word)


def words(text: str) -> list[str]:
    """Lower-case words without accents as they are written, compounds apart: what people type."""
    return WORD.findall(without_accents(text.lower()))


def without_accents(text: str) -> str:
    """The text without its combining marks: café becomes cafe; the letters of a trade mark's sign belong to no word."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.translate(SIGNS)) if not unicodedata.combining(c))


def singular(word: str) -> str:
    """Harman's S-stemmer (1991), with the sibilant plurals that fashion is full of.

    >>> [singular(word) for word in ("dresses", "bodies", "shirts", "jersey", "dress", "dungarees")]
    ['dress', 'body', 'shirt', 'jersey', 'dress', 'dungaree']
    """
    if len(word) < 4:
        return word
    if word.endswith(("sses", "shes", "ches", "xes")):
        return word[:-2]
    if word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith(("us", "ss")):
        return word[:-1]
    return word


def terms(text: str, stop_words: Collection[str], longest: int) -> Iterator[str]:
    """All 1- to ``longest``-grams of the text's words that are no stop words."""
    words = [word for word in tokens(text) if word not in stop_words]
    for n in range(1, longest + 1):
        yield from ngrams(words, n)


def ngrams(words: Sequence[str], n: int) -> Iterator[str]:
    """Runs of ``n`` words, joined by a space."""
    for start in range(len(words) - n + 1):
        yield " ".join(words[start : start + n])
