"""Outputs of ``recsys validate`` with metrics that a test chooses."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.validate import validation_spec
from recsys_core.promotion.validation import CUSTOMERS, RESULT, Validation
from recsys_core.store.artifacts import Artifact, write_json

SIMPLE = "baseline/popular"


def made_up(means: Mapping[str, float] | None = None, champion: Mapping[str, Any] | None = None) -> Validation:
    """A validation on 100 customers who are all similar, so that every difference is sure.

    ``means``: MAP@12 by list; by default 0.04 ``measured``, 0.02 of the one simple list.
    """
    values = {"measured": 0.04, "refit": 0.05, SIMPLE: 0.02, **(means or {})}
    return of_series({name: np.full(100, value) for name, value in values.items()}, champion)


def of_series(series: Mapping[str, npt.NDArray[np.float64]], champion: Mapping[str, Any] | None = None) -> Validation:
    """A validation whose customers have these values."""
    result = {
        "label_start": "2020-09-13",
        "label_days": 7,
        "customers": len(series["measured"]),
        "held_out": "window",
        "map_at_12": float(series["measured"].mean()),
        "segments": {},
        "baselines": {"popular": float(series[SIMPLE].mean())},
        "champion": dict(champion or {}),
    }
    return Validation(result, series)


def write_validation(plan: BuildPlan, means: Mapping[str, float] | None = None) -> Artifact:
    """``made_up`` as the validation of a plan's models."""
    spec, made = validation_spec(plan, None), made_up(means)
    with plan.store.build(spec) as draft:
        write_json(draft.path / RESULT, made.result)
        pq.write_table(
            pa.table({name: pa.array(values) for name, values in made.series.items()}), draft.path / CUSTOMERS
        )
        draft.summary |= made.summary()
    return plan.store.require(spec)
