"""Configuration of the two-tower model."""

from typing import Literal

from pydantic import Field

from recsys_core.section import Section


class TwoTowerConfig(Section):
    """Design A's retrieval model, trained with TensorFlow Recommenders."""

    dim: int = Field(64, ge=4)
    """Length of the output vectors."""
    id_dim: int = Field(128, ge=4)
    """Embedding length of customer_id and article_id."""
    hidden: tuple[int, ...] = (512, 256)
    """Units of the dense layers before the output."""
    output_activation: Literal["linear", "relu"] = "linear"
    """Design A writes relu; linear keeps negative cosines and has no dead units."""
    log_q: Literal["after_temperature", "before_temperature", "off"] = "after_temperature"
    """Place of the log q correction: ``s/tau - log q`` (Yi et al. 2019), design A's ``(s - log q)/tau``, or none."""
    temperature: float = Field(0.07, gt=0)
    batch_size: int = Field(1024, ge=2)
    """Largest batch; a small shop gets smaller ones."""
    epochs: int = Field(4, ge=1)
    """Most epochs; the learning rates fall to zero over them."""
    max_seen: int = Field(4_000_000, ge=1)
    """All epochs together see at most so many purchases, but each purchase once: a large shop needs fewer epochs. Where
    training goes on from a cut-off before, there are no more epochs either."""
    incremental_epochs: int = Field(4, ge=0)
    """Epochs over the purchases since the training cut-off before, where training goes on from the weights as of that
    one; 0: each cut-off starts from nothing."""
    learning_rate: float = Field(0.001, gt=0)
    """Learning rate of the dense layers (Adam)."""
    embedding_learning_rate: float = Field(0.1, gt=0)
    """Learning rate of the embedding tables (Adagrad)."""
    train_days: int = Field(90, ge=1)
    """Purchases of this many days before the cut-off are trained on: what sold earlier has left the shop."""
    max_purchases: int = Field(3_000_000, ge=1)
    """At most this many of the latest purchases; bounds time and memory."""
    oov_rate: float = Field(0.1, ge=0, lt=1)
    """Share of article ids replaced by the out-of-vocabulary bucket in training, so that new articles get useful
    vectors."""
    customer_oov_rate: float = Field(0.5, ge=0, lt=1)
    """Share of customer ids replaced likewise, because purchases tell more than the customer's id."""
    history_length: int = Field(50, ge=0)
    """The customer tower reads this many of the last purchases; 0 leaves the history out, as design A does."""
    more_article_attributes: tuple[str, ...] = (
        "product_code",
        "graphical_appearance_name",
        "perceived_colour_master_name",
        "index_name",
        "garment_group_name",
    )
    """Article columns that are inputs beside design A's five."""
    image_units: int = Field(32, ge=1)
    """Units of the dense layer behind the image embeddings."""
    mixed_precision: bool = True
    """Train with products in bfloat16 where the processor or GPU has instructions for them; all else is float32."""
    popularity_prior: bool = True
    """Learn a bias of each article from what it sold lately; design A has none."""
    seed: int = 7
