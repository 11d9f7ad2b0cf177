"""Schemas of the API's requests and responses."""

from decimal import Decimal
from typing import Annotated, Literal

from ninja import Field, Schema

Relation = Literal["similar", "same_look", "same_style", "also_bought", "goes_with"]
"""``contracts.release.RELATIONS``."""
MAX_EXCLUDED = 200
"""Ids that a request may leave out: an address of 200 of H&M's stays below 4 kB, which is what gunicorn takes."""


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


class Recommended(Filters):
    """Parameters of lists of recommendations."""

    exclude: list[str] = Field(
        [],
        max_length=MAX_EXCLUDED,
        description=f"ids of articles to leave out, {MAX_EXCLUDED} at most; unknown ones are ignored",
    )
    diversity: float = Field(
        0,
        ge=0,
        le=1,
        description="0 to 1: 0 leaves the order as it is; the higher, the fewer articles of one product, product type "
        "and colour stand close together. Next comes the article with the greatest (1 - diversity) x relevance - "
        "diversity x similarity, where relevance falls evenly along the list and similarity is the mean similarity to "
        "the articles before: 1 for the same product, else 0.5 for the same product type plus 0.25 for the same "
        "colour. Acts before pins, boosts and filters, and on no order but relevance",
    )


class Item(Schema):
    article_id: str
    name: str
    colour: str
    product_type: str
    price: Decimal | None
    """In the shop's currency; null in a shop without prices."""
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
