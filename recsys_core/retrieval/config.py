"""Configuration of candidate retrieval."""

from typing import Protocol

from pydantic import Field, PositiveFloat, PositiveInt

from recsys_core.contracts.retrievers import RETRIEVERS, Retriever
from recsys_core.section import Section
from recsys_core.towers.config import TwoTowerConfig


class RetrievalConfig(Section):
    """Candidate retrieval."""

    retrievers: tuple[Retriever, ...] = Field(RETRIEVERS, min_length=1)
    """A retriever whose inputs the shop lacks (images, attributes) is off by itself; a log line says so."""
    two_tower_k: int = Field(100, ge=1)
    two_tower_min_score: float = Field(-1.0, ge=-1, le=1)
    """Cosine threshold; design A presets 0.3."""
    popular_k: int = Field(300, ge=1)
    popular_pool: int = Field(600, ge=1)
    """Most bought articles of late that the popular retriever chooses from."""
    popular_days: tuple[PositiveInt, ...] = Field((7, 28), min_length=1)
    """Periods, in days, whose purchases may count as recent; the last days before the cut-off decide between them."""
    popular_penalties: tuple[PositiveFloat, ...] = Field((100.0, 30.0), min_length=1)
    """Penalties, in baskets, that hold a segment to what everybody buys; chosen in the same way."""
    repurchase_k: int = Field(100, ge=1)
    also_bought_k: int = Field(100, ge=1)
    also_bought_days: int = Field(90, ge=1)
    """Co-purchases of this many days are counted."""
    fresh_days: int = Field(7, ge=1)
    """The similar retrievers retrieve only what was sold within this many days."""
    similar_purchases_k: int = Field(100, ge=1)
    similar_purchases_days: int = Field(365, ge=1)
    """Articles are similar if the same customers bought them within this many days."""
    similar_attributes_k: int = Field(60, ge=1)
    similar_attributes_latest: int = Field(10, ge=1)
    """Number of the customer's latest purchases that are looked at."""
    similar_images_k: int = Field(60, ge=1)
    similar_images_latest: int = Field(10, ge=1)
    """Number of the customer's latest purchases that are looked at."""
    new_articles_k: int = Field(30, ge=1)
    new_articles_days: int = Field(14, ge=1)
    """An article is new for this many days from its first sale on, and in stock before it."""
    new_articles_latest: int = Field(10, ge=1)
    """Number of the customer's latest purchases that make up the profile."""


class RetrieverConfigs(Protocol):
    """Settings that a retriever reads; ``recsys_core.config.Config`` has them."""

    @property
    def retrieval(self) -> RetrievalConfig: ...

    @property
    def two_tower(self) -> TwoTowerConfig: ...

    @property
    def sold_within_days(self) -> int | None: ...
