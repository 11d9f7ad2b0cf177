"""The build plan: workspace, configuration and cut-off date, from which every stage derives what it makes.

The key of the current tables and the artifact specs of the stages (``*_spec`` in the file of each) describe every
artifact, whether or not it exists yet.
"""

import contextlib
import datetime as dt
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from recsys_core.config import Config
from recsys_core.contracts.artifacts import CLOSED_DAY, EMBEDDINGS, ENCODERS, NO_EMBEDDINGS
from recsys_core.data.cutoffs import TrainCutoff, plan_train_cutoffs
from recsys_core.errors import CollapsedError, TooLittleToLearnError
from recsys_core.store.artifacts import (
    Artifact,
    ArtifactSpec,
    ArtifactStore,
    check_files,
    digest_of,
    open_artifact,
    sha256_of,
)
from recsys_core.store.image_files import image_names, names_digest
from recsys_core.workspace import Workspace

log = logging.getLogger(__name__)
MIN_ARTICLES: Final = 12
"""As many as Kaggle's lists have places."""
MIN_PURCHASES: Final = 100
FEW_PURCHASES: Final = 1_000
"""With fewer purchases a training that collapses is no defect: there was too little to learn from."""


@dataclass(frozen=True)
class TrainedModels:
    """The models of one training (``pipeline/models.py``)."""

    key: str
    cutoff: dt.date
    """They have seen nothing dated on or after it."""
    tables_made_at: dt.datetime
    """Customers whose data were deleted later are among what they have seen."""
    specs: Mapping[str, ArtifactSpec]
    """Specs of their artifacts by name: two_tower, ranker, validation, the rankers of a blend, image_encoder."""
    settings: Mapping[str, Any]
    """Sections of the configuration that they were trained with."""


@dataclass(frozen=True)
class BuildPlan:
    """Workspace, configuration and cut-off date, from which every stage derives what it makes."""

    workspace: Workspace
    config: Config
    cutoff: dt.date
    earlier_cutoffs: tuple[dt.date, ...] | None = None
    """As of a training cut-off of another plan: that plan's cut-offs before it, latest first."""
    models: TrainedModels | None = None
    """Models of an earlier training that the lists are made with; None: those of the plan's own training."""
    looks_back: bool = False
    """True if another plan looks back to this cut-off, to learn from it or to measure: no lists of a day are made."""
    catalogue: str = ""
    """``kind/key`` of the catalogue that the run has made, whose image files are the plan's; empty: those of now."""

    @classmethod
    def of_current_tables(cls, workspace: Workspace, config: Config, cutoff: dt.date | None = None) -> "BuildPlan":
        """Plan as of ``cutoff``, by default the day after the last purchase in the current tables."""
        return cls(workspace, config, cutoff or production_cutoff(current_tables(workspace)))

    @cached_property
    def store(self) -> ArtifactStore:
        return ArtifactStore(self.workspace)

    @cached_property
    def tables(self) -> Artifact:
        """The current tables, their files compared with their record."""
        return check_files(current_tables(self.workspace), "recsys ingest")

    @property
    def is_production(self) -> bool:
        """True if the cut-off is the day after the last purchase.

        A run that holds on to its tables is of a day of its own: files that already hold purchases of the running day
        do not make it one of the past. A cut-off that it looks back to is one.
        """
        last = production_cutoff(self.tables)
        if self.cutoff == last - dt.timedelta(days=1):
            return bool(self.workspace.tables_key) and not self.looks_back
        return self.cutoff == last

    @property
    def stock(self) -> Path | None:
        """The tables, if their stock may be looked at.

        The feeds are undated, a statement of now, so they act as of the production cut-off alone. This is the one place
        where that is checked: as of a past date (an evaluation, a training cut-off) there is no stock, and the rules
        fall back on sales before the cut-off.
        """
        return self.tables.path if self.is_production else None

    @property
    def stock_params(self) -> dict[str, bool]:
        """Parameters of an artifact that depends on stock: with it, it is another one than without."""
        return {"stock": True} if self.tables.summary.get("inventory") and self.is_production else {}

    def at(self, cutoff: dt.date) -> "BuildPlan":
        """The same plan as of another cut-off, with training cut-offs of its own."""
        return replace(self, cutoff=cutoff, earlier_cutoffs=None, models=None, looks_back=True)

    @cached_property
    def train_cutoffs(self) -> tuple[TrainCutoff, ...]:
        return plan_train_cutoffs(self.tables.summary["rows_per_day"], self.cutoff, self.config.cutoffs)

    @property
    def purchases(self) -> int:
        """Number of purchases before the cut-off."""
        by_day: dict[str, int] = self.tables.summary["rows_per_day"]
        return sum(rows for day, rows in by_day.items() if day < self.cutoff.isoformat())

    def check_trainable(self) -> None:
        """Raises TooLittleToLearnError if the shop has too few articles, purchases or days of purchases for models."""
        articles = self.tables.summary["articles"]
        if articles < MIN_ARTICLES:
            raise TooLittleToLearnError(
                f"the shop has {articles} articles: with fewer than {MIN_ARTICLES} there is nothing to choose from"
            )
        if self.purchases < MIN_PURCHASES:
            raise TooLittleToLearnError(
                f"the shop has {self.purchases} purchases: fewer than {MIN_PURCHASES} are too few to learn from"
            )
        log.info("training cut-offs: %s", ", ".join(str(each.cutoff) for each in self.train_cutoffs))

    @contextlib.contextmanager
    def learning(self) -> Iterator[None]:
        """Context of a training.

        Raises
        ------
        TooLittleToLearnError
            In place of CollapsedError where the shop has few purchases.
        """
        try:
            yield
        except CollapsedError as error:
            if self.purchases < FEW_PURCHASES:
                raise TooLittleToLearnError(f"{self.purchases} purchases are too few to learn from: {error}") from None
            raise

    @property
    def past_plans(self) -> list["BuildPlan"]:
        """The same plan as of each training cut-off, latest first."""
        return [self._within(i) for i in range(len(self.train_cutoffs))]

    @property
    def predecessor(self) -> "BuildPlan | None":
        """The same plan as of the training cut-off before this one; None as of the oldest.

        Models that are trained incrementally go on from there: they have seen nothing on or after that cut-off.
        """
        if self.earlier_cutoffs is None:
            return self._within(0)
        if not self.earlier_cutoffs:
            return None
        latest, *others = self.earlier_cutoffs
        return self._of_training(latest, tuple(others))

    def _within(self, i: int) -> "BuildPlan":
        cutoffs = tuple(train.cutoff for train in self.train_cutoffs)
        return self._of_training(cutoffs[i], cutoffs[i + 1 :])

    def _of_training(self, cutoff: dt.date, earlier: tuple[dt.date, ...]) -> "BuildPlan":
        """The plan as of a training cut-off, on the tables and images of this one: they are read and hashed once."""
        made = replace(self, cutoff=cutoff, earlier_cutoffs=earlier, models=None, looks_back=True)
        vars(made).update(tables=self.tables, image_embeddings=self.image_embeddings, image_inputs=self.image_inputs)
        return made

    @cached_property
    def image_embeddings(self) -> Path | None:
        """The folder of the image embeddings; None without any.

        They are those that the workspace holds on to, else the ones that are current when first asked. Embeddings made
        by our own stage are compared with their record.

        Raises
        ------
        FileNotFoundError
            If those that the workspace holds on to are gone.
        """
        folder, held = self.workspace.image_embeddings.resolve(), self.workspace.embeddings_folder
        if made := open_artifact(EMBEDDINGS, folder):
            check_files(made, "recsys embed-images")
        if any(folder.glob("*.parquet")):
            return folder
        if held not in ("", NO_EMBEDDINGS):
            raise FileNotFoundError(f"the image embeddings {held} are gone: run the day again from embed-images on")
        return None

    @property
    def held_embeddings(self) -> str:
        """The image embeddings as another process is told to hold on to them (``Workspace.embeddings_folder``)."""
        folder = self.image_embeddings
        if folder is None:
            return NO_EMBEDDINGS
        return folder.name if folder.parent == (self.workspace.root / EMBEDDINGS).resolve() else str(folder)

    @cached_property
    def image_inputs(self) -> dict[str, str]:
        """The digest of the image embeddings, as an input of what reads them; empty without any."""
        folder = self.image_embeddings
        if folder is None:
            return {}
        return {"image_embeddings": digest_of({part.name: sha256_of(part) for part in folder.glob("*.parquet")})}

    @cached_property
    def image_names(self) -> str:
        """Digest of the names of the shop's image files; a new image makes a new catalogue.

        Raises
        ------
        FileNotFoundError
            If the catalogue that the run has made is gone.
        """
        if not self.catalogue:
            return names_digest(image_names(self.workspace.images))
        made = open_artifact("catalogue", self.workspace.root / self.catalogue)
        if made is None:
            raise FileNotFoundError(f"{self.catalogue} is missing: run `recsys catalogue` again")
        return str(made.record["inputs"]["images"])

    @property
    def embeddings(self) -> Artifact | None:
        """The image embeddings as a stage's output; None without any, or if they come from elsewhere."""
        return open_artifact(EMBEDDINGS, self.image_embeddings) if self.image_embeddings else None

    @property
    def encoder(self) -> Artifact | None:
        """The encoder that the image embeddings were made with."""
        made = self.embeddings
        return (
            open_artifact(ENCODERS, self.workspace.root / ENCODERS / made.record["inputs"]["encoder"]) if made else None
        )

    @property
    def eligibility(self) -> dict[str, object]:
        """The settings that decide which articles may be retrieved."""
        return {"sold_within_days": self.config.rules.sold_within_days}


def production_cutoff(tables: Artifact) -> dt.date:
    """The day after the last purchase, or after the last closed day if orders of a day that is not over are later."""
    last = tables.summary.get(CLOSED_DAY) or tables.summary["last_day"]
    return dt.date.fromisoformat(last) + dt.timedelta(days=1)


def current_tables(workspace: Workspace) -> Artifact:
    """The tables that ``tables/current`` points at, or those that the workspace holds on to.

    Raises
    ------
    FileNotFoundError
        If nothing was ingested yet, or those tables are gone.
    """
    found = open_artifact("tables", workspace.tables.resolve())
    if found is None and workspace.tables_key:
        raise FileNotFoundError(f"the tables {workspace.tables_key} are gone: run the day again from ingest on")
    if found is None:
        raise FileNotFoundError(f"no tables in {workspace.root}: run `recsys ingest --data DIR` first")
    return found
