"""Name, meaning and source of a feature; ``pairs.py`` computes the values."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from recsys_core.contracts.features import ARTICLE_HISTORY, CUSTOMER_SNAPSHOT, Group

Floats = npt.NDArray[np.floating]
Maker = Literal["snapshot", "pair", "retriever"]
SNAPSHOT_COLUMNS = {
    *(f"customer_{name}" for name in CUSTOMER_SNAPSHOT),
    *(f"article_{name}" for name in ARTICLE_HISTORY),
}
"""Names of the features that are a column of the snapshot as it is."""


@dataclass(frozen=True)
class Feature:
    """One number that a ranker sees of a customer-candidate pair."""

    name: str
    group: Group
    meaning: str
    window: str = "-"
    """Days before the cut-off it looks at: ``7d``, ``last`` (the customer's last shopping day), ``all``, or ``-``."""
    unit: str = "1"

    @property
    def made_by(self) -> Maker:
        """The Spark job that writes the snapshot, the retrievers, or what describes a pair from the snapshot."""
        if self.group == "retrieval":
            return "retriever"
        return "snapshot" if self.name in SNAPSHOT_COLUMNS else "pair"


def window_of(column: str) -> str:
    """The window that a snapshot column's name ends in, ``-`` if none."""
    last = column.rsplit("_", 1)[-1]
    return last if last in ("all", "last") or (last.endswith("d") and last[:-1].isdigit()) else "-"
