"""Configuration of the rankers and of the examples that they learn from."""

from typing import Protocol

from pydantic import Field

from recsys_core.contracts.features import Group
from recsys_core.section import Section


class ExamplesConfig(Section):
    """Examples that the rankers learn from: our own candidates at past cut-offs, with features and labels."""

    max_customers: int = Field(15_000, ge=1)
    """Customers of one label window that are learned from, drawn at random beyond that."""
    negatives_per_customer: int = Field(40, ge=1)
    """Hard negatives kept of each customer's candidates, beside all hits; customers without a hit are left out."""
    cold_start_share: float = Field(0.3, ge=0, lt=1)
    """Least share of a window's examples of customers without history. If there are too few new customers, cold-start
    simulations are added: known customers a second time, with their history hidden."""
    leave_out: tuple[Group, ...] = ()
    """Groups of features that the ranker shall not see."""


class DnnRankerConfig(Section):
    """Design A's ranker."""

    hidden: tuple[int, ...] = (128,)
    dropout: float = Field(0.2, ge=0, lt=1)
    positive_weight: float = Field(20.0, gt=0)
    """w1 of the weighted binary cross-entropy; w0 is 1."""
    batch_size: int = Field(4096, ge=2)
    epochs: int = Field(20, ge=1)
    """Largest number of epochs; training keeps those up to the best MAP@12 on the held-out label window."""
    patience: int = Field(2, ge=1)
    """Epochs without a better MAP@12 before training stops."""
    learning_rate: float = Field(0.001, gt=0)
    oov_rate: float = Field(0.1, ge=0, lt=1)
    """Share of article ids replaced by the out-of-vocabulary bucket in training, as in the two-tower model."""
    customer_oov_rate: float = Field(0.5, ge=0, lt=1)
    """Share of customer ids replaced likewise."""
    image_units: int = Field(16, ge=1)
    """Units of the dense layer behind the image embeddings."""
    seed: int = 11


class LightGbmConfig(Section):
    """Design B's ranker."""

    trees: int = Field(400, ge=1)
    """Largest number of trees; training stops when MAP@12 on the held-out label window no longer grows."""
    patience: int = Field(25, ge=1)
    """Trees without improvement before training stops."""
    learning_rate: float = Field(0.08, gt=0)
    leaves: int = Field(31, ge=2)
    min_rows_in_leaf: int = Field(100, ge=1)
    feature_share: float = Field(0.3, gt=0, le=1)
    """Share of the features drawn for each tree: half as many as 0.6 halve the time, and learn no less."""
    ridge: float = Field(10.0, ge=0)
    rising_demand: bool = True
    """More demand never counts against a candidate (monotone constraints)."""
    categories: bool = True
    """The ranker may use attribute values as such, if that helps on the held-out label window. They name the season:
    what sold in February's departments is not what sells in September's (docs/experiments.md)."""
    seed: int = 13


class RankerConfigs(Protocol):
    """Sections that a ranker reads; ``recsys_core.config.Config`` has them."""

    @property
    def dnn_ranker(self) -> DnnRankerConfig: ...

    @property
    def lightgbm(self) -> LightGbmConfig: ...
