"""Autocomplete of a query: suggestions, each with its address and an image."""

from dataclasses import dataclass, replace

from django.urls import reverse

from catalog.listing import MarkedText
from catalog.query import ListingQuery
from recsys_core.serving import Article, Release, Suggestion
from search.active_synonyms import active_synonyms
from search.text import mark_beginnings


@dataclass(frozen=True)
class Option:
    """One suggestion in the list."""

    name: MarkedText
    """Name with the typed beginnings of its words marked."""
    text: str
    url: str
    count: int
    """Articles behind the address; 1 for a product."""
    cover: Article
    is_product: bool


def suggest(release: Release, typed: str) -> list[Option]:
    """Kinds of articles and searches first, then products; empty if nothing begins like that."""
    found = release.search_engine(active_synonyms.now()).suggest(typed)
    covers = release.catalogue.articles(each.cover for each in found)
    return [_option(each, cover, typed) for each, cover in zip(found, covers, strict=True)]


def _option(found: Suggestion, cover: Article, typed: str) -> Option:
    name = mark_beginnings(found.text, typed)
    if found.query:
        address = ListingQuery(text=found.query).address(reverse("search:results"))
        return Option(name, found.text, address, found.count, cover, False)
    if not found.filters:
        return Option(name, found.text, reverse("catalog:product", args=[cover.article_id]), 1, cover, True)
    query = replace(ListingQuery(), values={column: frozenset({value}) for column, value in found.filters.items()})
    return Option(name, found.text, query.address(reverse("catalog:everything")), found.count, cover, False)
