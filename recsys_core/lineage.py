"""Which artefact is made from which: every recipe of the path, in one place.

A ``Lineage`` fixes home, configuration and cut-off date; from the key of the current tables it derives the key
of everything downstream, whether or not that exists yet.
"""

import datetime as dt
from dataclasses import dataclass, replace
from functools import cached_property

from recsys_core.artefacts import Artefact, ArtefactStore, Recipe, open_artefact
from recsys_core.config import Config
from recsys_core.data.cutoffs import TrainCutoff, plan_train_cutoffs
from recsys_core.home import Home

SNAPSHOT_VERSION = 1


@dataclass(frozen=True)
class Lineage:
    """The chain of recipes as of one cut-off date."""

    home: Home
    config: Config
    cutoff: dt.date

    @classmethod
    def of_current_tables(cls, home: Home, config: Config, cutoff: dt.date | None = None) -> "Lineage":
        """As of ``cutoff``, by default the day after the last purchase in the current tables."""
        last_day = dt.date.fromisoformat(current_tables(home).summary["last_day"])
        return cls(home, config, cutoff or last_day + dt.timedelta(days=1))

    @cached_property
    def store(self) -> ArtefactStore:
        return ArtefactStore(self.home)

    @cached_property
    def tables(self) -> Artefact:
        return current_tables(self.home)

    def at(self, cutoff: dt.date) -> "Lineage":
        """The same chain as of another cut-off."""
        return replace(self, cutoff=cutoff)

    @cached_property
    def train_cutoffs(self) -> tuple[TrainCutoff, ...]:
        return plan_train_cutoffs(self.tables.summary["rows_per_day"], self.cutoff, self.config.cutoffs)

    @property
    def snapshot(self) -> Recipe:
        return Recipe(f"features/cutoff={self.cutoff}", SNAPSHOT_VERSION, {"tables": self.tables.content_sha256})


def current_tables(home: Home) -> Artefact:
    """The tables that ``tables/current`` points at.

    Raises
    ------
    FileNotFoundError
        If nothing was ingested yet.
    """
    found = open_artefact("tables", (home.root / "tables" / "current").resolve())
    if found is None:
        raise FileNotFoundError(f"no tables in {home.root}: run `recsys ingest --data DIR` first")
    return found
