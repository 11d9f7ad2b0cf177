"""Configuration of the business rules and of the finished lists."""

import tomllib
from collections.abc import Iterable
from typing import Annotated, Literal, Protocol

from pydantic import BeforeValidator, Field, ValidationError

from recsys_core.retrieval.config import RetrieverConfigs
from recsys_core.section import Section, described

Off = BeforeValidator(lambda value: None if value is False else value)
"""Reads ``false`` as null, because TOML has no null."""


class RulesConfig(Section):
    """Business rules. A rule set to null (or false) is off; the other numbers say what it takes to judge."""

    sold_within_days: Annotated[int | None, Off] = Field(60, ge=1, strict=True)
    """Availability without an inventory feed: sold in the last N days."""
    region_min_share: Annotated[float | None, Off] = Field(0.02, ge=0, le=1, strict=True)
    """Location without the feeds: an article must sell in the customer's postal code at least this share of what the
    code's part of all sales would give."""
    region_min_expected: float = Field(20.0, gt=0)
    """Least number of expected purchases from which on missing sales count against an article."""
    season_min_share: Annotated[float | None, Off] = Field(0.1, ge=0, le=1, strict=True)
    """An article type must make at least this share of its even share around this time of year."""
    season_days: int = Field(30, ge=1, le=182)
    """Around the same date of any year."""
    season_min_sales: int = Field(200, ge=1)
    """A type with fewer sales so far has no season that could be read off."""
    channel_min_share: Annotated[float | None, Off] = Field(0.02, ge=0, le=1, strict=True)
    """The customer's usual channel must have at least this share of the article's sales."""
    channel_min_sales: int = Field(100, ge=1)
    """An article with fewer sales may lack a channel by chance."""
    price_band: Annotated[float | None, Off] = Field(4.0, gt=0, strict=True)
    """Price at most this multiple of the customer's highest price so far."""
    price_floor: Annotated[float | None, Off] = Field(0.25, gt=0, strict=True)
    """Price at least this multiple of the customer's lowest price so far."""
    only_if_bought: tuple[str, ...] = ("Baby/Children",)
    """Customer type: articles of these groups go only to customers who bought from the group; an empty list is off."""
    only_if_bought_attribute: Literal[
        "index_group_name", "index_name", "section_name", "department_name", "product_group_name", "product_type_name"
    ] = "index_group_name"
    """Article attribute that names the groups."""
    min_purchases_to_judge: int = Field(2, ge=1)
    """Customers with fewer purchases have no price range and no type yet."""
    purchased: Literal["allow", "exclude"] = "allow"
    """Policy for articles that the customer already has."""
    purchased_within_days: Annotated[int | None, Off] = Field(None, ge=1, strict=True)
    """``exclude`` forgets purchases older than this; null: never."""
    one_per_product_code: bool = False
    """Only the best colour variant of a product."""


class ListsConfig(Section):
    """The finished lists."""

    length: int = Field(60, ge=12)
    """Articles a customer, for everybody the same."""
    scored_length: int = Field(120, ge=12)
    """Ranked candidates kept before the rules; the refill takes from here first."""
    shard_customers: int = Field(1024, ge=1)
    """Customers scored at a time; bounds memory."""
    head: int = Field(24, ge=1)
    """First places of a list, what a shopper sees of the feed at once; the bounds below hold there."""
    head_max_of_type: Annotated[int | None, Off] = Field(8, ge=1, strict=True)
    """At most so many articles of one product type at the head."""
    head_max_repurchases: Annotated[int | None, Off] = Field(8, ge=0, strict=True)
    """At most so many articles at the head that the customer bought before."""
    second_ranker: Literal["dnn", "lightgbm"] | None = None
    """A ranker of the blend whose own lists a release carries too, for the storefront's experiment (``EXPERIMENT``)."""


class ListConfigs(RetrieverConfigs, Protocol):
    """Sections that making lists reads; ``recsys_core.config.Config`` has them."""

    @property
    def rules(self) -> RulesConfig: ...

    @property
    def lists(self) -> ListsConfig: ...


def changed_rules(rules: RulesConfig, changes: Iterable[str]) -> RulesConfig:
    """``rules`` with ``key=value`` changes, values as in TOML (a plain word is a string).

    Raises
    ------
    ValueError
        On a change that is no ``key=value``, an unknown key or a value out of range.
    """
    values = rules.model_dump()
    for change in changes:
        key, equals, text = change.partition("=")
        if not equals:
            raise ValueError(f"{change!r}: expected key=value, e.g. purchased=exclude")
        try:
            values[key.strip()] = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            values[key.strip()] = text.strip()
    try:
        return RulesConfig.model_validate(values)
    except ValidationError as error:
        raise ValueError("rules: " + described(error)) from None
