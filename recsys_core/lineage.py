"""Which artefact is made from which: every recipe of the path, in one place.

A ``Lineage`` fixes home, configuration and cut-off date; from the key of the current tables it derives the key
of everything downstream, whether or not that exists yet.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from recsys_core.config import Config
from recsys_core.contracts.artifacts import EMBEDDINGS, ENCODER_VERSION, ENCODERS, VALIDATIONS
from recsys_core.contracts.retrievers import IMAGE_RETRIEVERS
from recsys_core.data.cutoffs import TrainCutoff, plan_train_cutoffs
from recsys_core.home import Home
from recsys_core.store.artifacts import (
    Artefact,
    ArtefactStore,
    Recipe,
    check_files,
    digest_of,
    open_artefact,
    sha256_of,
)
from recsys_core.store.image_files import article_ids_with_picture, names_digest

EMBEDDINGS_VERSION = 1
SNAPSHOT_VERSION = 4
LANE_VERSIONS = {"two_tower": 4, "popular": 6, "repurchase": 1, "also_bought": 1}
LANE_VERSIONS |= {"similar_purchases": 1, "similar_attributes": 1, "similar_images": 1, "new_articles": 1}
EXAMPLES_VERSION = 6
RANKER_VERSION = 7
SCORED_VERSION = 3
LISTS_VERSION = 4
CATALOGUE_VERSION = 3
INDEX_VERSION = 3
EVALUATION_VERSION = 3
COMPARISON_VERSION = 2
VALIDATION_VERSION = 1
BLENDED = ("dnn", "lightgbm")
"""The rankers that the blend is made of."""


@dataclass(frozen=True)
class Lineage:
    """The chain of recipes as of one cut-off date."""

    home: Home
    config: Config
    cutoff: dt.date

    @classmethod
    def of_current_tables(cls, home: Home, config: Config, cutoff: dt.date | None = None) -> "Lineage":
        """As of ``cutoff``, by default the day after the last purchase in the current tables."""
        return cls(home, config, cutoff or production_cutoff(current_tables(home)))

    @cached_property
    def store(self) -> ArtefactStore:
        return ArtefactStore(self.home)

    @cached_property
    def tables(self) -> Artefact:
        """The current tables, their files compared with their record."""
        return check_files(current_tables(self.home), "recsys ingest")

    @property
    def is_production(self) -> bool:
        """Whether the cut-off is the day after the last purchase: only there may undated statements of now act."""
        return self.cutoff == production_cutoff(self.tables)

    def at(self, cutoff: dt.date) -> "Lineage":
        """The same chain as of another cut-off."""
        return replace(self, cutoff=cutoff)

    @cached_property
    def train_cutoffs(self) -> tuple[TrainCutoff, ...]:
        return plan_train_cutoffs(self.tables.summary["rows_per_day"], self.cutoff, self.config.cutoffs)

    @property
    def configuration(self) -> str:
        """Key of what lists depend on beside the data: settings, and the versions of the stages. Champions go by it.

        Addresses, shard sizes, the length of the label windows and the settings of rankers that are off are no part.
        """
        config = self.config.model_dump(mode="json", exclude={"data", "index"})
        config["cutoffs"].pop("label_days")
        for elsewhere in ("shard_customers", "second_ranker"):
            config["lists"].pop(elsewhere)
        config.pop("validation")
        for elsewhere in ("embed_batch", "download", "revision"):
            config["images"].pop(elsewhere)
        for ranker, unused in (("dnn", "lightgbm"), ("lightgbm", "dnn_ranker")):
            if self.config.ranker == ranker:
                config.pop(unused)
        recipes = [*self.lanes.values(), self.ranker, self.scored(), self.lists]
        versions = {recipe.kind: recipe.version for recipe in recipes} | {"features": self.snapshot.version}
        return hashlib.sha256(json.dumps([config, versions], sort_keys=True).encode()).hexdigest()[:16]

    @property
    def encoder_params(self) -> dict[str, object]:
        """The settings that an image encoder of our own depends on."""
        elsewhere = {"encoder", "revision", "download", "embed_batch"}
        return self.config.images.model_dump(mode="json", exclude=elsewhere)

    def image_encoder(self, pictures: str, articles: str) -> Recipe:
        """An encoder trained on pictures, by their digest, and what is known of their articles, as text."""
        inputs = {"pictures": pictures, "articles": hashlib.sha256(articles.encode()).hexdigest()}
        return Recipe(ENCODERS, ENCODER_VERSION, inputs, self.encoder_params)

    @staticmethod
    def image_vectors(encoder: str, pictures: str) -> Recipe:
        """What an encoder, by its key or its weights' digest, makes of pictures, by their digest."""
        return Recipe(EMBEDDINGS, EMBEDDINGS_VERSION, {"encoder": encoder, "pictures": pictures})

    @property
    def snapshot(self) -> Recipe:
        return Recipe(f"features/cutoff={self.cutoff}", SNAPSHOT_VERSION, {"tables": self.tables.content_sha256})

    def lane(self, name: str) -> Recipe:
        """A retriever fitted as of this cut-off."""
        params = self.config.two_tower.model_dump() if name == "two_tower" else self._lane_params(name)
        inputs = self._snapshot_input | (self._images_input if name in IMAGE_RETRIEVERS else {})
        return Recipe(f"retrievers/{name}", LANE_VERSIONS[name], inputs, params)

    def _lane_params(self, name: str) -> dict[str, object]:
        settings = self.config.retrieval.model_dump()
        params = {key: value for key, value in settings.items() if key.startswith(f"{name}_")}
        if name.startswith("similar_"):
            params["fresh_days"] = settings["fresh_days"]
        return params | (self._eligibility if name not in ("popular", "repurchase") else {})

    @property
    def _eligibility(self) -> dict[str, object]:
        """What decides which articles the lanes may retrieve."""
        return {"sold_within_days": self.config.rules.sold_within_days}

    @property
    def two_tower(self) -> Recipe:
        return self.lane("two_tower")

    @property
    def lanes(self) -> dict[str, Recipe]:
        return {name: self.lane(name) for name in self.config.retrieval.lanes}

    @property
    def examples(self) -> Recipe:
        """What the rankers learn from: the training cut-offs and the retrievers fitted before each of them."""
        past = [(train, self.at(train.cutoff)) for train in self.train_cutoffs]
        inputs = {
            f"{train.cutoff}+{train.days}/{name}": recipe.key
            for train, lineage in past
            for name, recipe in {"snapshot": lineage.snapshot, **lineage.lanes}.items()
        }
        inputs |= self._images_input
        params = {"examples": self.config.examples.model_dump(), "retrieval": self.config.retrieval.model_dump()}
        return Recipe("examples", EXAMPLES_VERSION, inputs, params | self._eligibility)

    @property
    def ranker(self) -> Recipe:
        """The ranker that is switched on."""
        return self.ranker_called(self.config.ranker)

    def ranker_called(self, name: str) -> Recipe:
        inputs = {"examples": self.examples.key}
        inputs |= {part: self.ranker_called(part).key for part in BLENDED if name == "blend"}
        return Recipe(f"rankers/{name}", RANKER_VERSION, inputs, self.config.ranker_params(name))

    def scored(self, customers: str = "all", length: int | None = None) -> Recipe:
        """Ranked candidates of a set of customers (``all``, or a label window's name)."""
        inputs = {"snapshot": self.snapshot.key, "ranker": self.ranker.key}
        inputs |= {name: recipe.key for name, recipe in self.lanes.items()}
        params = {
            "customers": customers,
            "length": length or self.config.lists.scored_length,
            "shard_customers": self.config.lists.shard_customers,
            "retrieval": self.config.retrieval.model_dump(),
        }
        second = self.config.lists.second_ranker
        params |= {"second_ranker": second} if second and customers == "all" else {}
        return Recipe("scored", SCORED_VERSION, inputs, params | self._eligibility)

    def validation(self, champion: str | None) -> Recipe:
        """What the ranker's validation model is worth on the last complete label window.

        ``champion`` is the key of the champion's ranker, which is measured beside it.
        """
        train = self.train_cutoffs[0]
        past = self.at(train.cutoff)
        inputs = {"ranker": self.ranker.key, "snapshot": past.snapshot.key, "refill": past.lane("popular").key}
        inputs |= {name: recipe.key for name, recipe in past.lanes.items()} | self._trained_now
        params = {"rules": self.config.rules.model_dump(), "lists": self.config.lists.model_dump(), "days": train.days}
        params |= self.config.validation.model_dump()
        return Recipe(VALIDATIONS, VALIDATION_VERSION, inputs | ({"champion": champion} if champion else {}), params)

    @property
    def _trained_now(self) -> dict[str, str]:
        """The two towers as of the cut-off itself, if they yield candidates, with the snapshot that they read."""
        if "two_tower" not in self.config.retrieval.lanes:
            return {}
        return {"two_tower_now": self.two_tower.key, "snapshot_now": self.snapshot.key}

    @property
    def lists(self) -> Recipe:
        """The finished lists of all customers."""
        params = {"rules": self.config.rules.model_dump(), "length": self.config.lists.length}
        inputs = {"scored": self.scored().key, "refill": self.lane("popular").key}
        return Recipe("lists", LISTS_VERSION, inputs, params)

    def evaluation(self, customers: str, length: int, ablation: str | None = None) -> Recipe:
        """Figures and report of a label window that was scored with ``length`` candidates a customer.

        ``ablation`` is the key of one that the report shows.
        """
        inputs = {"scored": self.scored(customers, length).key, "refill": self.lane("popular").key}
        inputs |= {"configuration": self.configuration} | ({"ablation": ablation} if ablation else {})
        return Recipe("evaluations", EVALUATION_VERSION, inputs, self.config.model_dump(mode="json"))

    def evaluation_over(self, folds: Sequence[str]) -> Recipe:
        """What several evaluations, by key, say together."""
        inputs = {f"fold_{i}": key for i, key in enumerate(folds)}
        return Recipe("evaluations", EVALUATION_VERSION, inputs, self.config.model_dump(mode="json"))

    @cached_property
    def catalogue(self) -> Recipe:
        """What the shop shows of the articles; a new picture makes a new one."""
        pictures = names_digest(article_ids_with_picture(self.home.images))
        inputs = {**self._snapshot_input, "two_tower": self.two_tower.key, "pictures": pictures}
        params = {"sold_within_days": self.config.rules.sold_within_days}
        return Recipe("catalogue", CATALOGUE_VERSION, inputs, params)

    @property
    def index(self) -> Recipe:
        """The record of the Milvus collection's checks."""
        params = {"index": self.config.index.model_dump(exclude={"uri"})}
        inputs = {"catalogue": self.catalogue.key, "two_tower": self.two_tower.key}
        return Recipe("index", INDEX_VERSION, inputs, params)

    @cached_property
    def image_embeddings(self) -> Path | None:
        """The folder of the image embeddings that are current when first asked; None without any.

        Those of a stage of our own are compared with their record.
        """
        folder = self.home.image_embeddings.resolve()
        if made := open_artefact(EMBEDDINGS, folder):
            check_files(made, "recsys embed-images")
        return folder if any(folder.glob("*.parquet")) else None

    @property
    def embeddings(self) -> Artefact | None:
        """The image embeddings as a stage's output; None without any, or where they come from elsewhere."""
        return open_artefact(EMBEDDINGS, self.image_embeddings) if self.image_embeddings else None

    @property
    def encoder(self) -> Artefact | None:
        """The encoder that the image embeddings were made with."""
        made = self.embeddings
        return open_artefact(ENCODERS, self.home.root / ENCODERS / made.record["inputs"]["encoder"]) if made else None

    @cached_property
    def _images_input(self) -> dict[str, str]:
        folder = self.image_embeddings
        if folder is None:
            return {}
        return {"image_embeddings": digest_of({part.name: sha256_of(part) for part in folder.glob("*.parquet")})}

    @property
    def _snapshot_input(self) -> dict[str, str]:
        return {"snapshot": self.snapshot.key}


def production_cutoff(tables: Artefact) -> dt.date:
    """The day after the last purchase."""
    return dt.date.fromisoformat(tables.summary["last_day"]) + dt.timedelta(days=1)


def current_tables(home: Home) -> Artefact:
    """The tables that ``tables/current`` points at.

    Raises
    ------
    FileNotFoundError
        If nothing was ingested yet.
    """
    found = open_artefact("tables", home.tables.resolve())
    if found is None:
        raise FileNotFoundError(f"no tables in {home.root}: run `recsys ingest --data DIR` first")
    return found
