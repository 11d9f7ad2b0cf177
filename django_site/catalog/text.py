"""Search results: the articles, and their names with the matched words marked."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from catalog.categories import popularity_order
from catalog.listing import Indices, MarkedText
from catalog.per_release import per_release
from recsys_core.contracts.release import UNKNOWN
from recsys_core.serving import Article, Release, words

WORD = re.compile(r"(?:\b[^\W\d_]-)?[^\W_]+")
"""A letter and a word are one (T-shirt); other compounds are two."""
SHORTEST_STEM = 4
EXAMPLES, EXAMPLE_POOL = 5, 100
OUT_OF_STOCK_WEIGHT = 0.7
NAMED_TYPE_WEIGHT = 1.2
SCORE_DIGITS = 2
"""Decimal places up to which scores are compared; scores that agree so far count as equal."""
PRODUCT_TYPE = "product_type_name"


def highlighter(text: str) -> Callable[[Article], MarkedText]:
    """A function that marks, in an article's name, the words of ``text`` (also in plural or singular)."""
    stems = {_stem(word) for word in WORD.findall(text.lower())}

    def mark(article: Article) -> MarkedText:
        return highlight(article.prod_name, stems)

    return mark


def highlight(name: str, stems: set[str]) -> MarkedText:
    """``name`` with the words marked whose stem is among ``stems``."""
    return _marked(name, lambda word: len(word) if _stem(word) in stems else 0)


def mark_beginnings(name: str, typed: str) -> MarkedText:
    """Marks the typed beginnings of the words in ``name``."""
    beginnings = sorted(words(typed), key=len, reverse=True)
    return _marked(name, lambda word: next((len(each) for each in beginnings if word.startswith(each)), 0))


def _marked(name: str, letters_of: Callable[[str], int]) -> MarkedText:
    """``name`` with so many first letters of each word (given in lower case) marked."""
    parts, end = MarkedText(), 0
    for word in WORD.finditer(name):
        if letters := letters_of(word.group().lower()):
            marked_end = word.start() + letters
            parts += [(name[end : word.start()], False), (name[word.start() : marked_end], True)]
            end = marked_end
    return [*parts, (name[end:], False)]


@dataclass(frozen=True)
class TextHits:
    """Results of a text search."""

    article_idx: Indices
    """Best first."""
    text: str
    """Text of the search: the shopper's words with spelling mistakes corrected."""
    typed: str

    @property
    def is_put_right(self) -> bool:
        return self.text != self.typed


def find_by_text(release: Release, typed: str, as_typed: bool = False, personal: Indices | None = None) -> TextHits:
    """Search for what was meant; ``as_typed`` takes the words as they are. ``personal`` order breaks ties."""
    text = typed if as_typed else release.correct(typed)
    return TextHits(find_articles(release, text, personal), text, typed)


def find_articles(release: Release, text: str, personal: Indices | None = None) -> Indices:
    """Articles that match, best first: by cosine, those out of stock after what is nearly as good.

    Articles of a product type that is named come before what only says the word. What is as good stands in the
    order of ``personal``, the customer's own list, then by sales.
    """
    found, cosine = release.search(text)
    catalogue = release.catalogue
    score = np.where(catalogue.in_stock[found], cosine, cosine * np.float32(OUT_OF_STOCK_WEIGHT))
    score[_is_of_type(release, text, found)] *= np.float32(NAMED_TYPE_WEIGHT)
    keys: list[NDArray[Any]] = [-catalogue.sold_7d[found], -np.round(score, SCORE_DIGITS)]
    if personal is not None:
        place = np.full(catalogue.size, catalogue.size, np.int32)
        place[personal] = np.arange(len(personal))
        keys.insert(1, place[found])
    return found[np.lexsort(keys)]


def _is_of_type(release: Release, text: str, found: Indices) -> NDArray[np.bool_]:
    """(n_found,) whether the text names the article's product type; of several types the longest name."""
    said = " ".join(("", *words(text), ""))
    named = [(len(name), code) for code, name in enumerate(_type_names(release)) if name and f" {name} " in said]
    is_of_type: NDArray[np.bool_] = release.catalogue.facet_codes(PRODUCT_TYPE)[found] == (
        max(named)[1] if named else -1
    )
    return is_of_type


@per_release
def _type_names(release: Release) -> list[str]:
    return [" ".join(words(value)) for value in release.catalogue.facet_values(PRODUCT_TYPE)]


@per_release
def example_queries(release: Release) -> list[str]:
    """Queries that find something: colour and type of the most popular articles, each type once."""
    best = release.catalogue.articles(popularity_order(release)[:EXAMPLE_POOL])
    best = [a for a in best if UNKNOWN not in (a.colour_group_name, a.product_type_name)]
    by_type = {a.product_type_name: f"{a.colour_group_name} {a.product_type_name}".lower() for a in reversed(best)}
    return list(reversed(by_type.values()))[:EXAMPLES]


def _stem(word: str) -> str:
    """Dresses and dress, T-shirts and tshirt are one word to a shopper."""
    word = word.replace("-", "")
    for ending in ("es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM and not word.endswith("ss"):
            return word.removesuffix(ending)
    return word
