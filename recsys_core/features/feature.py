"""What a feature is called, means and comes from; its values are computed next door (``pairs.py``)."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from recsys_core.contracts.features import Group

Floats = npt.NDArray[np.floating]
Stage = Literal["features", "train-retrievers", "ranking"]


@dataclass(frozen=True)
class Feature:
    """One number that a ranker sees of a customer-candidate pair."""

    name: str
    group: Group
    meaning: str
    window: str = "-"
    """Days before the cut-off it looks at: ``7d``, ``last`` (the customer's last shopping day), ``all``, or ``-``."""
    unit: str = "1"
    stage: Stage = "features"
    """Who makes its parts: the Spark snapshot, a fitted retriever, or the ranker's own look at the candidates."""


def window_of(column: str) -> str:
    """The window that a snapshot column's name ends in, ``-`` if none."""
    last = column.rsplit("_", 1)[-1]
    return last if last in ("all", "last") or (last.endswith("d") and last[:-1].isdigit()) else "-"
