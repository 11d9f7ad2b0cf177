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
from recsys_core.serving import Article, Release, Understanding, words
from search.active_synonyms import active_synonyms
from search.price_words import PriceWords, price_words

WORD = re.compile(r"(?:\b[^\W\d_]-)?[^\W_]+")
"""A letter and a word are one (T-shirt); other compounds are two."""
SHORTEST_STEM = 4
EXAMPLES, EXAMPLE_POOL = 5, 100
OUT_OF_STOCK_WEIGHT = 0.7
SCORE_DIGITS = 2
"""Decimal places up to which scores are compared; scores that agree so far count as equal."""


def highlighter(*texts: str) -> Callable[[Article], MarkedText]:
    """A function that marks, in an article's name, the words of the texts (also in plural or singular)."""
    stems = {_stem(word) for text in texts for word in WORD.findall(text.lower())}

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
    parts, end = list[tuple[str, bool]](), 0
    for word in WORD.finditer(name):
        if letters := letters_of(word.group().lower()):
            marked_end = word.start() + letters
            parts += [(name[end : word.start()], False), (name[word.start() : marked_end], True)]
            end = marked_end
    return (*parts, (name[end:], False))


@dataclass(frozen=True)
class TextHits:
    """Results of a text search."""

    typed: str
    understood: Understanding
    """Meaning of the words, but for those that name a price."""
    price: PriceWords
    all_words: Indices
    """Articles with everything that was said, best first."""
    some_words: Indices
    """Articles with some of it, best first."""
    n_before_price: tuple[int, int] = (0, 0)
    """Number of articles with all and with some words, whatever they cost."""
    proposal: str = ""
    """The query with words that were left out replaced by near ones; empty if none is near."""

    @property
    def article_idx(self) -> Indices:
        """All of them, best first."""
        return np.concatenate([self.all_words, self.some_words])

    @property
    def text(self) -> str:
        """Text of the search: the shopper's words with spelling mistakes corrected."""
        return " ".join(filter(None, (self.understood.text, self.price.said))) if self.is_put_right else self.typed

    @property
    def is_put_right(self) -> bool:
        return self.understood.is_put_right


def find_by_text(release: Release, typed: str, as_typed: bool = False, personal: Indices | None = None) -> TextHits:
    """Search for what was meant; ``as_typed`` leaves the spelling alone. ``personal`` order breaks ties.

    Articles with everything that is said come first. Within those, and within the rest, the score decides, what is out
    of stock after what is nearly as good. What is as good stands in the order of ``personal``, the customer's own list,
    then by sales.
    """
    engine = release.search_engine(active_synonyms.now())
    price = price_words(typed)
    understood = engine.understand(price.rest, as_typed)
    found = engine.find(understood)
    all_words = _best_first(release, found.all_words, found.all_scores, personal)
    some_words = _best_first(release, found.some_words, found.some_scores, personal)
    if not understood.concepts and not understood.unknown and (understood.shown or price):
        all_words = popularity_order(release)  # nothing was said of which clothes
    n_before_price = len(all_words), len(some_words)
    if price:
        low, high = price.units
        prices = release.catalogue.price
        all_words, some_words = (idx[(prices[idx] >= low) & (prices[idx] <= high)] for idx in (all_words, some_words))
    proposal = engine.proposal(understood) or ""
    return TextHits(typed, understood, price, all_words, some_words, n_before_price, proposal)


def _best_first(
    release: Release, found: Indices, score: NDArray[np.float32], personal: Indices | None
) -> NDArray[np.integer[Any]]:
    catalogue = release.catalogue
    score = np.where(catalogue.in_stock[found], score, score * np.float32(OUT_OF_STOCK_WEIGHT))
    keys: list[NDArray[Any]] = [-catalogue.sold_7d[found], -np.round(score, SCORE_DIGITS)]
    if personal is not None:
        place = np.full(catalogue.size, catalogue.size, np.int32)
        place[personal] = np.arange(len(personal))
        keys.insert(1, place[found])
    return found[np.lexsort(keys)]


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
