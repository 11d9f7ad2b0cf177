"""``recsys evaluate`` with several ``--models-age``: the cost of training less often, on one label window."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow.parquet as pq

from recsys_core.evaluation.ages import age_rows, age_table
from recsys_core.evaluation.metrics.accuracy import FloatArray
from recsys_core.pipeline.evaluate import CUSTOMERS, MAP_SERIES, RECALL_SERIES
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.store.artifacts import ArtifactSpec, write_json
from recsys_core.tracking.runs import tracked_run

log = logging.getLogger(__name__)
VERSION: Final = 1
RESULT, TABLE = "ages.json", "ages.md"
Measure = Callable[[int], Mapping[str, Any]]
"""Function that measures lists by models of an age in days, as ``recsys evaluate`` does; it names the artifact."""


def compare_ages(plan: BuildPlan, ages: Sequence[int], days: int, measure: Measure) -> dict[str, Any]:
    """Measure the lists of the plan's cut-off by models of each age in days, and compare each with the first.

    The rows lie in ``model_ages/<key>/`` as JSON and as a table, and in MLflow. Earlier trainings and measurements are
    reused, so a stopped run continues where it was.
    """
    made = {}
    for i, age in enumerate(ages):
        log.info("models of %d days (%d of %d)", age, i + 1, len(ages))
        made[age] = str(measure(age)["artifact"])
    spec = ArtifactSpec("model_ages", VERSION, {f"age_{age}": name for age, name in made.items()}, {"days": days})
    if not plan.store.find(spec):
        precision, recall = (_series(plan, made.values(), name) for name in (MAP_SERIES, RECALL_SERIES))
        rows = age_rows(ages, precision, recall)
        with plan.store.build(spec) as draft:
            write_json(draft.path / RESULT, rows)
            (draft.path / TABLE).write_text(age_table(rows))
            name = f"age of models on {plan.cutoff}+{days}"
            with tracked_run(plan.workspace, spec, plan.tables.content_sha256, name) as run:
                for row in rows:
                    run.log({key: row[key] for key in ("map_at_12", "difference", "recall_at_100")}, row["models_age"])
                for file in (RESULT, TABLE):
                    run.log_file(draft.path / file)
            draft.summary |= {"mlflow_run_id": run.run_id, "rows": rows}
    found = plan.store.require(spec)
    return {"label_start": str(plan.cutoff), "label_days": days, **found.summary, "table": str(found.path / TABLE)}


def _series(plan: BuildPlan, evaluations: Iterable[str], name: str) -> FloatArray:
    """(n_customers, n_evaluations): a metric of each customer of the label window, whose order is always the same."""
    tables = [pq.read_table(plan.workspace.root / each / CUSTOMERS, columns=[name]) for each in evaluations]
    return np.stack([table[name].to_numpy() for table in tables], axis=1)
