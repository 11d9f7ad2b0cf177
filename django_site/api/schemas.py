"""Schemas of the API's requests and responses."""

from decimal import Decimal
from typing import Annotated, Literal

from ninja import Field, Schema

Relation = Literal["similar", "same_look", "same_style", "also_bought", "goes_with"]
"""``contracts.release.RELATIONS``."""


class Filters(Schema):
    """The listing pages' own parameters; several values of one name are alternatives."""

    type: list[str] = Field([], description="product types")
    colour: list[str] = Field([], description="colour groups")
    pattern: list[str] = Field([], description="graphical appearances")
    collection: list[str] = Field([], description="index groups")
    department: list[str] = Field([], description="departments")
    section: list[str] = Field([], description="sections")
    group: list[str] = Field([], description="product groups")
    price_min: Decimal | None = Field(None, description="in the shop's currency")
    price_max: Decimal | None = None
    in_stock: Annotated[int, Field(ge=0, le=1, description="1: only what is in stock")] = 0
    sort: str = Field("relevance", pattern="^(relevance|newest|price-up|price-down)$")
    page: Annotated[int, Field(ge=1, le=99_999)] = 1


class Item(Schema):
    article_id: str
    name: str
    colour: str
    product_type: str
    price: Decimal
    in_stock: bool
    url: str
    """Page of the article."""
    image: str
    reason: str = ""
    """Explanation in words; empty where nothing personal is claimed."""


class FacetCount(Schema):
    value: str
    count: int


class ItemPage(Schema):
    """A page of articles with the facets of all that match."""

    release: str
    tier: str = Field("", description="where recommendations came from: own, segment, global, newest, session, ...")
    query: str = Field("", description="what was searched for, slips put right")
    total: int
    page: int
    pages: int
    currency: str
    items: list[Item]
    facets: dict[str, list[FacetCount]]


class SuggestionOut(Schema):
    text: str
    count: int
    url: str
    is_product: bool


class Problem(Schema):
    detail: str
