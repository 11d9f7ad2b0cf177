"""A page of cards with its facets: the one shape that feed, category and search pages share."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from catalog.prices import has_prices, price_label, shop_price
from catalog.query import FILTERS, Filter, ListingQuery, offered_sorts
from recsys_core.serving import Article, FacetPage, Release

Indices = NDArray[np.integer[Any]]
MarkedText = tuple[tuple[str, bool], ...]
"""Consecutive parts of a text, each with whether it is marked."""
VALUES_SHOWN = 10
NO_ARTICLES: Final[Indices] = np.empty(0, np.int32)
LATEST_POSSIBLE = np.iinfo(np.int32).max


class Card(NamedTuple):
    """An article in a grid. ``reason`` says why it is there, empty where nothing personal is claimed."""

    article: Article
    name: MarkedText
    reason: str = ""
    retriever: str = ""
    """Retriever that put the article on the list, recorded with events; empty where no retriever did."""


@dataclass(frozen=True)
class FacetValue:
    value: str
    count: int
    selected: bool


@dataclass(frozen=True)
class FacetGroup:
    filter: Filter
    values: list[FacetValue]
    selected: int
    hidden: int
    """Values beyond those shown; 0 when all are."""
    toggle_url: str
    expanded: bool


@dataclass(frozen=True)
class Chip:
    """An active filter and the address without it; ``count`` is the number of articles then left (relaxations only)."""

    title: str
    label: str
    url: str
    count: int = 0


@dataclass(frozen=True)
class PriceBounds:
    """Lowest and highest price among the articles that the other filters leave, in the shop's currency."""

    low: str
    high: str


@dataclass(frozen=True)
class SortOption:
    value: str
    label: str
    selected: bool


@dataclass(frozen=True)
class Listing:
    """Content of a listing page."""

    path: str
    query: ListingQuery
    total: int
    """Articles that match."""
    has_all_words: bool
    """True if a search has hits with all of its words, before filters."""
    lesser_total: int
    """Articles below the line: a search's hits that have only some of its words."""
    cards: list[Card]
    """Those of the page: what matches, then what stands below the line."""
    facets: list[FacetGroup]
    chips: list[Chip]
    relaxations: list[Chip]
    sorts: list[SortOption]
    prices: PriceBounds | None
    in_stock_count: int
    first: int
    page: int
    pages: int
    since: int = 1
    """First of the pages of cards that the shopper has loaded, up to ``page``."""
    by_similarity: bool = False
    """True if a least similarity can be asked for."""

    @property
    def last(self) -> int:
        return self.first + len(self.cards) - 1

    @property
    def shown(self) -> list[tuple[str, int, str]]:
        """article_id, position and retriever of each card."""
        return [(card.article.article_id, self.first + i, card.retriever) for i, card in enumerate(self.cards)]

    @property
    def url(self) -> str:
        """Address of the page itself."""
        return self.query.at_page(self.page, self.since).address(self.path)

    @property
    def canonical_url(self) -> str:
        """Address that search engines are to keep: the same page of the list as it is, in its own order.

        With filters, the whole list's first page: their combinations are without number and hold nothing else.
        """
        return ListingQuery(page=1 if self.query.is_filtered else self.page).address(self.path)

    @property
    def next_url(self) -> str:
        return self.query.at_page(self.page + 1).address(self.path) if self.page < self.pages else ""

    @property
    def more_url(self) -> str:
        """Address of the next page's cards, to be put behind those that are there."""
        return self.query.at_page(self.page + 1, self.since).address(self.path) if self.page < self.pages else ""

    @property
    def previous_url(self) -> str:
        return self.query.at_page(self.since - 1).address(self.path) if self.since > 1 else ""

    @property
    def shown_total(self) -> int:
        """Number of articles on all pages."""
        return self.total + self.lesser_total

    @property
    def line_before(self) -> int | None:
        """Place among ``cards`` of the first below the line, if it is on this page."""
        place = self.total - (self.first - 1)
        if place < 0 and not self.query.more:
            place = 0  # the page begins below it
        return place if self.lesser_total and 0 <= place < len(self.cards) else None

    @property
    def unfiltered_url(self) -> str:
        return self.query.without_filters().address(self.path)


@dataclass(frozen=True)
class ListingContext:
    """Settings of one page that lists articles."""

    path: str
    relevance_label: str = "Most popular"
    hidden_columns: frozenset[str] = frozenset()
    """Facets that the page itself fixes (a category page its collection)."""
    reasons: Mapping[int, str] | None = None
    """Reason by article_idx."""
    retrievers: Mapping[int, str] | None = None
    """Source of the article on the list, by article_idx: a retriever, or the shop itself."""
    before_limit: Indices | None = None
    """Candidates of a search by similarity, including those below the least similarity."""
    name_of: Callable[[Article], MarkedText] = lambda article: ((article.prod_name, False),)
    lesser: Indices = field(default_factory=lambda: NO_ARTICLES)
    """Hits that have only some of a search's words, best first; they stand below a line."""


@dataclass(frozen=True)
class SelectedPage:
    """The articles of one page, cut from what matches; without anything that a page says about them."""

    article_idx: Indices
    total: int
    """Articles that match."""
    lesser_total: int
    """Articles below the line."""
    counted: FacetPage
    """Counts of what matches, or of what stands below the line where a search has nothing else."""
    offset: int
    """Number of articles before those of this page."""
    page: int
    pages: int
    since: int


def select_page(
    release: Release, candidates: Indices, query: ListingQuery, lesser: Indices = NO_ARTICLES
) -> SelectedPage:
    """Filter, count, sort and cut ``candidates`` (article_idx, most relevant first), then those below the line."""
    faceted = release.catalogue.facet(candidates, query.selection)
    lesser_left = release.catalogue.matching(lesser, query.selection) if len(lesser) else lesser
    pages = max(1, -(-(len(faceted) + len(lesser_left)) // settings.PAGE_SIZE))
    page = min(query.page, pages)
    since = query.first_of(page)
    offset = ((page if query.more else since) - 1) * settings.PAGE_SIZE
    ordered = sort_articles(release, faceted.article_idx, query.sort)
    if len(lesser_left):
        ordered = np.concatenate([ordered, sort_articles(release, lesser_left, query.sort)])
    return SelectedPage(
        article_idx=ordered[offset : page * settings.PAGE_SIZE],
        total=len(faceted),
        lesser_total=len(lesser_left),
        counted=faceted if len(candidates) else release.catalogue.facet(lesser, query.selection),
        offset=offset,
        page=page,
        pages=pages,
        since=since,
    )


def build_listing(release: Release, candidates: Indices, query: ListingQuery, context: ListingContext) -> Listing:
    """The page of ``candidates`` (article_idx, most relevant first) with its cards, facets and ways on."""
    if context.before_limit is None:
        query = query.without_similarity()
    selected = select_page(release, candidates, query, context.lesser)
    shown_total = selected.total + selected.lesser_total
    return Listing(
        path=context.path,
        query=query,
        total=selected.total,
        has_all_words=len(candidates) > 0,
        lesser_total=selected.lesser_total,
        cards=make_cards(release, selected.article_idx, context),
        facets=_facet_groups(selected.counted, query, context),
        chips=active_filters(query, context.path),
        relaxations=[] if shown_total else _relaxations(release, candidates, query, context),
        sorts=_sort_options(query, context.relevance_label),
        prices=_price_bounds(selected.counted),
        in_stock_count=int(release.catalogue.in_stock[selected.counted.article_idx].sum()),
        first=selected.offset + 1 if shown_total else 0,
        page=selected.page,
        pages=selected.pages,
        since=selected.since,
        by_similarity=context.before_limit is not None,
    )


def sort_articles(release: Release, idx: Indices, sort: str) -> Indices:
    """Sorts articles by price or age, what is in stock before what is sold out; equal keys keep their relevance."""
    catalogue = release.catalogue
    if sort == "price-up":
        key = catalogue.price[idx]
    elif sort == "price-down":
        key = -catalogue.price[idx]
    elif sort == "newest":
        age = catalogue.days_since_first_sale[idx]
        key = np.where(age < 0, LATEST_POSSIBLE, age)
    else:
        return idx
    return idx[np.lexsort((key, ~catalogue.in_stock[idx]))]


def make_cards(release: Release, idx: Indices, context: ListingContext) -> list[Card]:
    reasons, retrievers = context.reasons or {}, context.retrievers or {}
    return [
        Card(
            article,
            context.name_of(article),
            reasons.get(article.article_idx, ""),
            retrievers.get(article.article_idx, ""),
        )
        for article in release.catalogue.articles(idx)
    ]


def cards_of(release: Release, article_ids: Iterable[str]) -> list[Card]:
    """Cards of those articles that the shop still has."""
    found = (release.catalogue.index_of(article_id) for article_id in article_ids)
    rows = np.array([idx for idx in found if idx is not None], np.int32)
    return make_cards(release, rows, ListingContext(""))


def active_filters(query: ListingQuery, path: str) -> list[Chip]:
    """One chip per chosen value, linking to the page without it."""
    chips = [
        Chip(filter_.title, value, query.without_value(filter_.column, value).address(path))
        for filter_ in FILTERS
        for value in sorted(query.chosen(filter_.column))
    ]
    if query.has_price:
        chips.append(Chip("Price", price_label(query.price_min, query.price_max), query.without_price().address(path)))
    if query.in_stock:
        chips.append(Chip("Availability", "In stock", query.without_stock().address(path)))
    if query.min_similarity:
        chips.append(Chip("Similarity", f"at least {query.min_similarity} %", query.without_limit().address(path)))
    return chips


def _facet_groups(faceted: FacetPage, query: ListingQuery, context: ListingContext) -> list[FacetGroup]:
    groups = (
        _facet_group(filter_, faceted.counts[filter_.column], query, context.path)
        for filter_ in FILTERS
        if filter_.column not in context.hidden_columns
    )
    return [group for group in groups if group.selected or len(group.values) > 1]


def _facet_group(filter_: Filter, counts: list[tuple[str, int]], query: ListingQuery, path: str) -> FacetGroup:
    chosen = query.chosen(filter_.column)
    expanded = filter_.param in query.show
    shown = [
        FacetValue(value, count, value in chosen)
        for rank, (value, count) in enumerate(counts)
        if expanded or rank < VALUES_SHOWN or value in chosen
    ]
    return FacetGroup(
        filter=filter_,
        values=shown,
        selected=len(chosen),
        hidden=len(counts) - len(shown),
        toggle_url=query.toggling_show(filter_.param).address(path),
        expanded=expanded and len(counts) > VALUES_SHOWN,
    )


def _relaxations(release: Release, candidates: Indices, query: ListingQuery, context: ListingContext) -> list[Chip]:
    """Suggestions for an empty page: each filter that could be dropped, with the number of articles that this finds."""
    tries = [
        (filter_.title, ", ".join(sorted(query.chosen(filter_.column))), query.without_column(filter_.column))
        for filter_ in FILTERS
        if query.chosen(filter_.column)
    ]
    if query.has_price:
        tries.append(("Price", price_label(query.price_min, query.price_max), query.without_price()))
    if query.in_stock:
        tries.append(("Availability", "In stock", query.without_stock()))
    if query.min_similarity:
        tries.append(("Similarity", f"at least {query.min_similarity} %", query.without_limit()))

    def left(relaxed: ListingQuery) -> int:
        wider = context.before_limit if query.min_similarity and not relaxed.min_similarity else None
        found = len(release.catalogue.facet(candidates if wider is None else wider, relaxed.selection))
        return found or len(release.catalogue.matching(context.lesser, relaxed.selection))

    counted = (Chip(title, label, relaxed.address(context.path), left(relaxed)) for title, label, relaxed in tries)
    return sorted((chip for chip in counted if chip.count), key=lambda chip: -chip.count)


def _sort_options(query: ListingQuery, relevance_label: str) -> list[SortOption]:
    labels = {
        "relevance": relevance_label,
        "newest": "Newest",
        "price-up": "Price: low to high",
        "price-down": "Price: high to low",
    }
    offered = offered_sorts()
    return [SortOption(value, label, value == query.sort) for value, label in labels.items() if value in offered]


def _price_bounds(faceted: FacetPage) -> PriceBounds | None:
    if faceted.price_range is None or not has_prices():
        return None
    low, high = faceted.price_range
    return PriceBounds(f"{shop_price(low):.2f}", f"{shop_price(high):.2f}")
