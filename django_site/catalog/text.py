"""Search results: which articles, and their names with the matched words marked."""

import re
from collections.abc import Callable

import numpy as np
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from catalog.categories import popularity_order
from catalog.listing import Indices
from catalog.per_release import per_release
from recsys_core.serving import Article, Release

WORD = re.compile(r"(?:\b[^\W\d_]-)?[^\W_]+")
"""A letter and a word are one (T-shirt); other compounds are two."""
SHORTEST_STEM = 4
EXAMPLES, EXAMPLE_POOL = 5, 100
OUT_OF_STOCK_WEIGHT = 0.7
UNKNOWN = "Unknown"


def highlighter(text: str) -> Callable[[Article], SafeString]:
    """A function that marks, in an article's name, the words of ``text`` (also in plural or singular)."""
    stems = {_stem(word) for word in WORD.findall(text.lower())}

    def mark(article: Article) -> SafeString:
        return highlight(article.prod_name, stems)

    return mark


def highlight(name: str, stems: set[str]) -> SafeString:
    """``name`` escaped, with ``<mark>`` around words whose stem is among ``stems``."""
    parts, end = [], 0
    for word in WORD.finditer(name):
        if _stem(word.group().lower()) in stems:
            parts += [escape(name[end : word.start()]), "<mark>", escape(word.group()), "</mark>"]
            end = word.end()
    parts.append(escape(name[end:]))
    return mark_safe("".join(parts))  # noqa: S308  every piece of the name is escaped above


def find_articles(release: Release, text: str) -> Indices:
    """Articles that match, best first: by cosine, those out of stock after what is nearly as good, then by sales."""
    found, cosine = release.search(text)
    catalogue = release.catalogue
    score = np.where(catalogue.in_stock[found], cosine, cosine * np.float32(OUT_OF_STOCK_WEIGHT))
    return found[np.lexsort((-catalogue.sold_7d[found], -score))]


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
