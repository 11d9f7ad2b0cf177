"""A shopper's choices on a listing, read from and written to the address."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict

from catalog.prices import has_prices, units_at_least, units_at_most
from recsys_core.serving import FacetSelection

MAX_VALUES = 50
MAX_TEXT_LENGTH = 120
MAX_QUERY_VECTOR_LENGTH = 3000
HIGHEST_PRICE = Decimal(999_999_999)
MAX_PAGES_AT_ONCE = 10
"""Pages of cards that one page shows where a shopper comes back to what was loaded bit by bit."""
GRID_TARGET = "grid"
"""Element that further cards are put into by htmx."""


class Filter(NamedTuple):
    """A facet as the shopper meets it: column of the catalogue, name in the address, title on the page."""

    column: str
    param: str
    title: str


FILTERS = (
    Filter("product_type_name", "type", "Product type"),
    Filter("colour_group_name", "colour", "Colour"),
    Filter("graphical_appearance_name", "pattern", "Pattern"),
    Filter("index_group_name", "collection", "Collection"),
    Filter("department_name", "department", "Department"),
    Filter("section_name", "section", "Section"),
    Filter("product_group_name", "group", "Product group"),
)
"""Filters in the order of the page: those that shoppers use most come first."""

BY_PARAM = {filter_.param: filter_ for filter_ in FILTERS}
BY_COLUMN = {filter_.column: filter_ for filter_ in FILTERS}
SORTS = ("relevance", "price-up", "price-down", "newest")


def offered_sorts() -> tuple[str, ...]:
    """The orders that shoppers can choose: by price only where there are prices."""
    return SORTS if has_prices() else tuple(sort for sort in SORTS if not sort.startswith("price"))


@dataclass(frozen=True)
class ListingQuery:
    """Facet values by column, price bounds in the shop's currency, and how to show what is left."""

    values: Mapping[str, frozenset[str]] = field(default_factory=dict)
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    in_stock: bool = False
    sort: str = "relevance"
    page: int = 1
    since: int = 0
    """First of the pages of cards that are shown, up to ``page``; 0: ``page`` alone."""
    more: bool = False
    """Asks for the cards of ``page`` alone, to be put behind those that are there."""
    text: str = ""
    as_typed: bool = False
    """Search for ``text`` as it is spelt."""
    image: str = ""
    """Query vector of an image search, as text (``imagesearch/query_vector.py``)."""
    min_similarity: int = 0
    """Least similarity of what is found, in per cent; of searches by similarity only."""
    show: frozenset[str] = frozenset()
    """Facets (by param) whose whole list of values is shown."""

    @classmethod
    def read(cls, params: QueryDict) -> "ListingQuery":
        """Reads the query from the address and ignores invalid values."""
        if not params:
            return cls()
        values = {f.column: frozenset(filter(None, params.getlist(f.param)[:MAX_VALUES])) for f in FILTERS}
        sort = params.get("sort", "")
        return cls(
            values={column: chosen for column, chosen in values.items() if chosen},
            price_min=_price(params.get("price_min", "")),
            price_max=_price(params.get("price_max", "")),
            in_stock=params.get("in_stock") == "1",
            sort=sort if sort in offered_sorts() else SORTS[0],
            page=_page(params.get("page", "")),
            since=_page(params.get("since", ""), otherwise=0),
            text=" ".join(params.get("q", "").replace("\x00", " ").split())[:MAX_TEXT_LENGTH],
            as_typed=params.get("as_typed") == "1",
            image=params.get("v", "")[:MAX_QUERY_VECTOR_LENGTH],
            min_similarity=_per_cent(params.get("similarity", "")),
            show=frozenset(params.getlist("show")) & BY_PARAM.keys(),
        )

    @classmethod
    def asked(cls, request: HttpRequest) -> "ListingQuery":
        """Reads the query of a page; htmx may ask for further cards alone."""
        query = cls.read(request.GET)
        is_more = bool(request.htmx) and request.htmx.target == GRID_TARGET  # type: ignore[attr-defined]
        return replace(query, more=is_more)

    @property
    def selection(self) -> FacetSelection:
        return FacetSelection(
            values=self.values,
            price_min=None if self.price_min is None else units_at_least(self.price_min),
            price_max=None if self.price_max is None else units_at_most(self.price_max),
            in_stock=self.in_stock,
        )

    @property
    def is_filtered(self) -> bool:
        return bool(self.values or self.has_price or self.in_stock or self.min_similarity)

    @property
    def has_price(self) -> bool:
        return self.price_min is not None or self.price_max is not None

    def chosen(self, column: str) -> frozenset[str]:
        return self.values.get(column, frozenset())

    def without_value(self, column: str, value: str) -> "ListingQuery":
        left = self.chosen(column) - {value}
        others = {name: chosen for name, chosen in self.values.items() if name != column}
        return replace(self, values={**others, column: left} if left else others, page=1)

    def without_column(self, column: str) -> "ListingQuery":
        return replace(self, values={n: chosen for n, chosen in self.values.items() if n != column}, page=1)

    def without_price(self) -> "ListingQuery":
        return replace(self, price_min=None, price_max=None, page=1)

    def without_stock(self) -> "ListingQuery":
        return replace(self, in_stock=False, page=1)

    def without_limit(self) -> "ListingQuery":
        return replace(self, min_similarity=0, page=1)

    def without_similarity(self) -> "ListingQuery":
        """Returns the query for a listing that is not by similarity."""
        return replace(self, image="", min_similarity=0) if self.image or self.min_similarity else self

    def without_filters(self) -> "ListingQuery":
        return ListingQuery(text=self.text, as_typed=self.as_typed, image=self.image, sort=self.sort)

    def at_page(self, page: int, since: int = 0) -> "ListingQuery":
        return replace(self, page=page, since=since)

    def first_of(self, page: int) -> int:
        """First of the pages of cards that are shown up to ``page``, the last that there is."""
        since = self.since if 0 < self.since <= page else page
        return max(since, page - MAX_PAGES_AT_ONCE + 1)

    def toggling_show(self, param: str) -> "ListingQuery":
        return replace(self, show=self.show ^ {param}, page=1)

    def address(self, path: str) -> str:
        """``path`` with this query; the same choices always give the same address."""
        encoded = urlencode(list(self._params()))
        return f"{path}?{encoded}" if encoded else path

    def _params(self) -> Iterator[tuple[str, str]]:
        if self.text:
            yield "q", self.text
        if self.text and self.as_typed:
            yield "as_typed", "1"
        if self.image:
            yield "v", self.image
        if self.min_similarity:
            yield "similarity", str(self.min_similarity)
        for filter_ in FILTERS:
            for value in sorted(self.chosen(filter_.column)):
                yield filter_.param, value
        if self.price_min is not None:
            yield "price_min", f"{self.price_min:f}"
        if self.price_max is not None:
            yield "price_max", f"{self.price_max:f}"
        if self.in_stock:
            yield "in_stock", "1"
        if self.sort != SORTS[0]:
            yield "sort", self.sort
        for param in sorted(self.show):
            yield "show", param
        yield from self._pages()

    def _pages(self) -> Iterator[tuple[str, str]]:
        if self.page > 1:
            yield "page", str(self.page)
        if 0 < self.since < self.page:
            yield "since", str(self.since)


def _price(text: str) -> Decimal | None:
    """A sum of money in cents, or None, as always in a shop without prices; a comma is a decimal point too."""
    if not has_prices():
        return None
    try:
        price = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    return round(price, 2) if price.is_finite() and 0 <= price <= HIGHEST_PRICE else None


def _per_cent(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0


def _page(text: str, otherwise: int = 1) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    return number or otherwise
