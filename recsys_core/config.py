"""The platform's configuration: one TOML (or JSON) file, every key documented, unknown keys rejected.

Order of precedence: ``--config FILE``, else ``$RECSYS_CONFIG``, else ``<workspace>/config.toml``, else ``recsys.toml``
in the shop's folder, else the defaults below.
"""

import json
import os
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveFloat,
    PositiveInt,
    ValidationError,
    model_validator,
)

from recsys_core.contracts.features import Group
from recsys_core.contracts.retrievers import RETRIEVERS, Retriever
from recsys_core.workspace import Workspace

Part = Annotated[float, Field(ge=0.25, le=1)]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DataConfig(Section):
    """Ingest."""

    max_bad_share: float = Field(0.001, ge=0, le=1)
    """More quarantined rows than this share of a file stop the run."""
    mapping: Path | None = None
    """A column-mapping file that brings in another shop's names."""


class CutoffsConfig(Section):
    """Past cut-offs that the ranker learns from."""

    label_days: int = Field(7, ge=1)
    """Length of a label window, days from the cut-off on."""
    train_cutoffs: int = Field(5, ge=1)
    """Number of past cut-offs; fewer are used if the data does not reach back far enough. Several keep a ranker from
    learning by heart which articles sold in one label window."""
    max_age_days: int = Field(400, ge=1)
    """Largest age of a label window's first day. An older window is used only if there is no younger one."""


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
    """The learning rates fall to zero over them."""
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
    popularity_prior: bool = True
    """Learn a bias of each article from what it sold lately; design A has none."""
    seed: int = 7


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


class ExamplesConfig(Section):
    """Examples that the rankers learn from: our own candidates at past cut-offs, with features and labels."""

    max_customers: int = Field(15_000, ge=1)
    """Customers of one label window that are learned from, drawn at random beyond that."""
    negatives_per_customer: int = Field(60, ge=1)
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


Off = BeforeValidator(lambda value: None if value is False else value)
"""Reads ``false`` as null, because TOML has no null."""


class LightGbmConfig(Section):
    """Design B's ranker."""

    trees: int = Field(600, ge=1)
    """Largest number of trees; training stops when MAP@12 on the held-out label window no longer grows."""
    patience: int = Field(40, ge=1)
    """Trees without improvement before training stops."""
    learning_rate: float = Field(0.04, gt=0)
    leaves: int = Field(31, ge=2)
    min_rows_in_leaf: int = Field(100, ge=1)
    feature_share: float = Field(0.6, gt=0, le=1)
    """Features drawn for each tree."""
    ridge: float = Field(10.0, ge=0)
    rising_demand: bool = True
    """More demand never counts against a candidate (monotone constraints)."""
    categories: bool = True
    """The ranker may use attribute values as such, if that helps on the held-out label window. They name the season:
    what sold in February's departments is not what sells in September's (docs/experiments.md)."""
    seed: int = 13


class ValidationConfig(Section):
    """Validation of newly trained models on the last complete label window, before they serve."""

    max_customers: int = Field(4000, ge=10)
    """Buyers of the window who are measured, drawn at random beyond that; bounds the time."""


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
    """May an article that the customer already has be on the list?"""
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
    shard_customers: int = Field(2048, ge=1)
    """Customers scored at a time; bounds memory."""
    second_ranker: Literal["dnn", "lightgbm"] | None = None
    """A ranker of the blend whose own lists a release carries too, for the storefront's experiment (``EXPERIMENT``)."""


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


class IndexConfig(Section):
    """Milvus."""

    uri: str | None = None
    """Server address; ``$MILVUS_URI`` wins. Null: a milvus-lite server on the workspace's own folder while a stage
    runs."""
    index_type: Literal["FLAT", "IVF_FLAT", "HNSW"] = "FLAT"
    """FLAT on Milvus Lite (its HNSW silently returns short lists under a filter); free on a server."""
    min_filtered_recall: float = Field(0.99, ge=0, le=1)
    """A release below this recall against exact search does not go live."""


class Config(Section):
    data: DataConfig = DataConfig()
    cutoffs: CutoffsConfig = CutoffsConfig()
    two_tower: TwoTowerConfig = TwoTowerConfig()
    retrieval: RetrievalConfig = RetrievalConfig()
    ranker: Literal["dnn", "lightgbm", "blend"] = "blend"
    """Ranker that orders the candidates: design A's, design B's, or both together."""
    examples: ExamplesConfig = ExamplesConfig()
    dnn_ranker: DnnRankerConfig = DnnRankerConfig()
    lightgbm: LightGbmConfig = LightGbmConfig()
    validation: ValidationConfig = ValidationConfig()
    rules: RulesConfig = RulesConfig()
    lists: ListsConfig = ListsConfig()
    images: ImagesConfig = ImagesConfig()
    index: IndexConfig = IndexConfig()

    @model_validator(mode="after")
    def _second_ranker_is_blended(self) -> "Config":
        if self.lists.second_ranker and self.ranker != "blend":
            raise ValueError(f"lists.second_ranker is a part of the blend, but ranker is {self.ranker}: leave it out")
        return self

    def ranker_params(self, name: str) -> dict[str, Any]:
        """Parameters that a ranker's training depends on, beside its examples."""
        return {"dnn": self.dnn_ranker.model_dump(), "lightgbm": self.lightgbm.model_dump()}.get(name, {})


def load_config(workspace: Workspace, path: Path | None = None) -> Config:
    """Read the configuration.

    Raises
    ------
    ValueError
        On an unknown key or a value out of range, naming file, key and value.
    """
    named = path or os.environ.get("RECSYS_CONFIG")
    file = (
        Path(named)
        if named
        else next((one for one in (workspace.config, workspace.shop_config) if one.exists()), workspace.config)
    )
    if not file.exists():
        if named:
            raise ValueError(f"no configuration file {file}")
        return Config()
    try:
        text = file.read_text()
        return (
            Config.model_validate_json(text) if file.suffix == ".json" else Config.model_validate(tomllib.loads(text))
        )
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{file} is not TOML: {error}") from None
    except ValidationError as error:
        raise ValueError(f"{file}: " + "; ".join(map(_describe, error.errors()))) from None


def as_toml(config: Config) -> str:
    """Text of a file for ``--config``, with the settings that differ from the defaults."""
    changed = config.model_dump(mode="json", exclude_defaults=True)
    tables = {name: part for name, part in changed.items() if isinstance(part, dict)}
    lines = [f"{key} = {_toml(value)}" for key, value in changed.items() if key not in tables]
    for name, part in tables.items():
        lines += ["", f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in part.items())]
    return "\n".join(lines).lstrip() + "\n"


def _toml(value: object) -> str:
    """JSON's spelling is TOML's for what a configuration holds, but there is no null."""
    return json.dumps(False if value is None else value, ensure_ascii=False)


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
        raise ValueError("rules: " + "; ".join(map(_describe, error.errors()))) from None


def _describe(error: Any) -> str:
    return f"{'.'.join(map(str, error['loc']))} = {error['input']!r}: {error['msg']}"
