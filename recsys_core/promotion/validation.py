"""Validation of newly trained models on the last complete label window, as the promotion gate reads it.

``recsys validate`` (``pipeline/validate.py``) writes it::

    <workspace>/validations/<key>/validation.json     means, intervals, what was measured
    <workspace>/validations/<key>/customers.parquet   average precision of each customer and list; no ids
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from recsys_core.contracts.artifacts import VALIDATIONS
from recsys_core.evaluation.metrics.accuracy import bootstrap_interval
from recsys_core.store.artifacts import Artifact, open_artifact
from recsys_core.workspace import Workspace

RESULT = "validation.json"
CUSTOMERS = "customers.parquet"
MEASURED, REFIT, CHAMPION, SECOND = "measured", "refit", "champion", "second_ranker"
"""Lists by the validation model; by the model that serves, which has seen the window; by the champion's; by the
experiment's (``lists.second_ranker``), which is looked at and not judged."""
WINDOW, CUSTOMERS_OF_IT = "window", "customers"
"""Data that the validation model has not seen: the whole window, or some of its customers if it is the only one."""
TOWERS, TOWERS_NOW = "two_tower", "two_tower_now"
"""Recall@100 of the two towers from before the window, and of those that serve."""
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Validation:
    """The models of one cut-off on the customers of one label window."""

    result: Mapping[str, Any]
    series: Mapping[str, FloatArray]
    """(n_customers,) by name: average precision at 12, of ``TOWERS`` and ``TOWERS_NOW`` recall at 100."""

    @classmethod
    def read(cls, artifact: Artifact) -> "Validation":
        table = pq.read_table(artifact.path / CUSTOMERS)
        series = {name: table[name].to_numpy().astype(np.float64) for name in table.column_names}
        return cls(json.loads((artifact.path / RESULT).read_text()), series)

    @classmethod
    def of_release(cls, workspace: Workspace, manifest: Mapping[str, Any]) -> "Validation | None":
        """Validation of a release's models before it was made; None for an older release, which has none."""
        key = manifest.get("artifacts", {}).get("validation")
        artifact = open_artifact(VALIDATIONS, workspace.root / VALIDATIONS / key) if key else None
        return cls.read(artifact) if artifact else None

    @property
    def window(self) -> str:
        return f"{self.result['label_start']}+{self.result['label_days']}"

    @property
    def simple_list(self) -> str:
        """Name of the best simple list on these customers."""
        baselines: Mapping[str, float] = self.result["baselines"]
        return max(baselines, key=lambda name: baselines[name])

    @cached_property
    def lift(self) -> float:
        """MAP@12 in units of the best simple list's; infinite if that list finds nothing."""
        best = self.mean(f"baseline/{self.simple_list}")
        return self.mean(MEASURED) / best if best else float("inf")

    def mean(self, name: str) -> float:
        return float(self.series[name].mean())

    def surely_below(self, name: str, reference: str, share: float) -> bool:
        """True if the 95 % interval of the paired difference of ``name`` to ``share`` of ``reference`` is below 0.

        Customers are drawn with replacement (500 times). A difference that may be noise is not sure.
        """
        _, high = bootstrap_interval(self.series[name] - share * self.series[reference])
        return high < 0

    def summary(self) -> dict[str, Any]:
        """Summary that a release's manifest keeps, for comparison with the next challenger."""
        kept = {name: self.result[name] for name in ("label_start", "label_days", "customers", "held_out", "map_at_12")}
        lift = self.lift if np.isfinite(self.lift) else None
        return kept | {"simple_list": self.simple_list, "lift": lift}
