"""Configuration of the image encoder."""

from typing import Annotated

from pydantic import Field, PositiveInt

from recsys_core.section import Section

Part = Annotated[float, Field(ge=0.25, le=1)]


class ImagesConfig(Section):
    """Image encoder, and the settings for training one if none is given."""

    encoder: str = ""
    """Ready image encoder: a folder, or a name on the Hugging Face hub (yainage90/fashion-image-feature-extractor). If
    empty, an encoder is trained on the catalogue's own images."""
    revision: str | None = None
    """Revision of the hub's model: a branch, tag or commit."""
    download: bool = False
    """A hub's model may be downloaded; otherwise it must be in the hub's cache."""
    height: int = Field(96, ge=16)
    width: int = Field(64, ge=16)
    """Pixels that an encoder of our own looks at."""
    patch: int = Field(4, ge=1)
    channels: int = Field(48, ge=8)
    """Channels of the first stage; each further stage has twice as many."""
    depths: tuple[PositiveInt, ...] = Field((1, 1, 4), min_length=1)
    """Transformer blocks by stage; in the same time fewer of them learn more (docs/experiments.md)."""
    heads: tuple[PositiveInt, ...] = Field((3, 6, 12), min_length=1)
    """Attention heads by stage."""
    window: int = Field(4, ge=1)
    parts: tuple[Part, ...] = Field((1.0, 0.85, 0.7), min_length=1)
    """Central crops of an image, by their share of its sides; its vector is the mean of the vectors of the crops."""
    query_parts: tuple[Part, ...] = Field((1.0, 0.85), min_length=1)
    """Central crops of a shopper's image, which may already be a crop of the shop's image."""
    batch_size: int = Field(64, ge=2)
    """Articles at a time, each as it is shown and in an altered view."""
    epochs: int = Field(40, ge=1)
    """Largest number of epochs; ``minutes`` and ``patience`` may end training earlier."""
    minutes: float = Field(27.0, gt=0)
    """The training is planned to end by then: its learning rate falls with the clock where that is faster than the
    epochs."""
    patience: int = Field(4, ge=1)
    """Epochs without a better score on held-out images before the learning rate begins to fall."""
    learning_rate: float = Field(0.001, gt=0)
    weight_decay: float = Field(0.05, ge=0)
    temperature: float = Field(0.07, gt=0)
    sibling_weight: float = Field(0.1, ge=0, le=1)
    """Weight of a pair of articles with one product code; two views of one image weigh 1."""
    type_weight: float = Field(0.2, ge=0)
    colour_weight: float = Field(0.15, ge=0)
    pattern_weight: float = Field(0.1, ge=0)
    """Weights of the losses for type, colour and pattern; the loss that tells articles apart weighs 1."""
    held_out: float = Field(0.2, gt=0, lt=1)
    """Share of the images that are not trained on, whole products; `recsys images-report` asks about them."""
    max_images: int = Field(20_000, ge=2)
    """Largest number of images trained on, drawn at random beyond that; bounds time and memory."""
    embed_batch: int = Field(64, ge=1)
    """Images embedded at a time."""
    seed: int = 17

    @property
    def is_trained_here(self) -> bool:
        return not self.encoder
