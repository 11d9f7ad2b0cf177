"""``recsys drift``: whether the day's data are still those that the serving models were trained on.

Compares the snapshot of the day with the one that the models were trained as of, column by column. Measures lists of
these models that were live on the purchases since. ``recsys training-due`` reads the answer.
"""

import datetime as dt
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from recsys_core.contracts.artifacts import DRIFT
from recsys_core.drift.detection import Movement, movements, natural_movements
from recsys_core.drift.samples import samples_of
from recsys_core.features.snapshot import Snapshot
from recsys_core.pipeline.features import snapshot_spec
from recsys_core.pipeline.models import VALIDATION, serving_plan
from recsys_core.pipeline.plan import BuildPlan, TrainedModels
from recsys_core.pipeline.stage import Specs, Stage, StageGroup, Summary, Work
from recsys_core.pipeline.train_retrievers import TWO_TOWER
from recsys_core.promotion.live_lists import LiveLists, Measurable, measurable_release, measure_live_lists
from recsys_core.promotion.validation import Validation
from recsys_core.store.artifacts import Artifact, ArtifactSpec, open_artifact, write_json

log = logging.getLogger(__name__)
VERSION = 1
RESULT: Final = "drift.json"
SNAPSHOT, TRAINED_ON, OF_LISTS = "snapshot", "trained_on", "snapshot_of_lists"
NO_MODELS: Final = "there are no models yet that the data could have drifted from"
SAID_COLUMNS: Final = 3
"""Columns that the reason names."""


@dataclass(frozen=True)
class Comparison:
    """The models that serve, what is left of what they were trained on, and lists of theirs that were live."""

    plan: BuildPlan
    models: TrainedModels
    trained_on: Artifact | None
    """The snapshot as of the models' cut-off; None if it is gone."""
    lists: Measurable | None
    """None if no release of these models was live before the cut-off's day, or if its snapshot is gone."""
    snapshot_of_lists: Artifact | None

    @classmethod
    def of(cls, plan: BuildPlan) -> "Comparison | None":
        """The comparison of a plan; None without models."""
        models = serving_plan(plan).models
        if models is None:
            return None
        root, kind = plan.workspace.root, f"features/cutoff={models.cutoff}"
        trained_on = open_artifact(kind, root / kind / models.specs[TWO_TOWER].inputs[SNAPSHOT])
        days = plan.config.cutoffs.label_days
        lists = measurable_release(plan.workspace, models.key, plan.cutoff, days)
        of_lists = open_artifact(lists.snapshot[0], root.joinpath(*lists.snapshot)) if lists else None
        return cls(plan, models, trained_on, lists if of_lists else None, of_lists)

    @property
    def spec(self) -> ArtifactSpec:
        """Artifact spec of the report."""
        inputs = {name: spec.key for name, spec in self.inputs.items()} | {"models": self.models.key}
        inputs |= {"release": self.lists.release.id} if self.lists else {}
        settings = self.plan.config.drift.model_dump(exclude={"enabled", "retrain_after_days"})
        params = {**settings, "label_days": self.plan.config.cutoffs.label_days}
        return ArtifactSpec(DRIFT, VERSION, inputs, params, "recsys drift")

    @property
    def inputs(self) -> Specs:
        """The snapshots that are read."""
        found = {TRAINED_ON: self.trained_on, OF_LISTS: self.snapshot_of_lists}
        return {SNAPSHOT: snapshot_spec(self.plan)} | {name: _spec_of(made) for name, made in found.items() if made}

    def stage(self) -> Stage:
        """The stage that makes the report."""
        return Stage("drift", VERSION, lambda _: self.inputs, lambda _: self.spec, self._write)

    def _write(self, work: Work) -> None:
        from recsys_core.drift.report import REPORT, write_report

        now = Snapshot.open(work.inputs[SNAPSHOT])
        today = samples_of(now, work.config.drift.max_rows)
        then, moved = self._moved(work, today)
        measured = self._measured(work)
        summary = summary_of(self.models.cutoff, moved if self.trained_on else None, measured)
        title = f"Drift of the data as of {work.cutoff}"
        write_report(work.folder, title, summary["said"], moved, then, today)
        lists = measured.as_dict() if measured else None
        write_json(
            work.folder / RESULT, {**summary, "columns": [move.as_dict() for move in moved], "live_lists": lists}
        )
        with work.track(f"drift as of {work.cutoff}, models as of {self.models.cutoff}") as run:
            run.log(metrics_of(moved, measured))
            run.log_file(work.folder / RESULT)
            run.log_file(work.folder / REPORT)
        work.summary.update({**summary, "mlflow_run_id": run.run_id})

    def _moved(self, work: Work, today: Mapping[str, Any]) -> tuple[Mapping[str, Any], list[Movement]]:
        """The samples of then, and how the columns moved since; neither if the snapshot of then is gone."""
        if TRAINED_ON not in work.inputs:
            return {}, []
        reference, config = Snapshot.open(work.inputs[TRAINED_ON]), work.config.drift
        then = samples_of(reference, config.max_rows)
        natural = natural_movements(reference, (work.cutoff - self.models.cutoff).days, config)
        return then, movements(then, today, natural, config)

    def _measured(self, work: Work) -> LiveLists | None:
        if self.lists is None:
            return None
        config, of_models = work.config.drift, self.models.specs.get(VALIDATION)
        made = self.plan.store.find(of_models) if of_models else None
        return measure_live_lists(
            self.lists,
            work.tables,
            Snapshot.open(work.inputs[OF_LISTS]),
            Validation.read(made) if made else None,
            config.min_buyers,
            config.max_buyers,
        )


def summary_of(trained: dt.date, moved: list[Movement] | None, lists: LiveLists | None) -> dict[str, Any]:
    """The answer, and the sentences that explain it.

    Parameters
    ----------
    trained
        Cut-off of the models.
    moved
        None if the snapshot of then is gone.
    lists
        None if no lists could be measured.
    """
    found = sorted((move for move in moved or () if move.drifted), key=lambda move: -move.value / move.bound)
    falls = list(lists.falls()) if lists else []
    reasons = [*map(str, found[:SAID_COLUMNS]), *falls]
    if len(found) > SAID_COLUMNS:
        reasons.insert(SAID_COLUMNS, f"{len(found) - SAID_COLUMNS} other columns moved too")
    said = [f"since the models were trained as of {trained}: {'; '.join(reasons) or 'no drift'}"]
    if moved is None:
        said.append(f"the snapshot of {trained} that the models were trained on is gone: no column is compared")
    if lists is None:
        said.append("no lists of these models were live before the label days, or too few customers bought since")
    return {
        "drift": bool(reasons),
        "reason": said[0],
        "said": said,
        "models_as_of": trained.isoformat(),
        "columns_compared": len(moved or ()),
        "columns_drifted": [move.column for move in found],
        "map_at_12": lists.map_at_12 if lists else None,
    }


def metrics_of(moved: list[Movement], lists: LiveLists | None) -> dict[str, float]:
    """Metrics for MLflow: each column's measure, the number of those that drifted, MAP@12 of the live lists."""
    found = {f"drift_{move.column}": move.value for move in moved}
    found["columns_drifted"] = float(sum(move.drifted for move in moved))
    if lists:
        found |= {"map_at_12_live_lists": lists.map_at_12, "map_at_12_simple_list": lists.simple_map_at_12}
    return found


def found_drift(plan: BuildPlan) -> Summary | None:
    """Summary of the plan's drift report; None if there is none."""
    comparison = Comparison.of(plan) if plan.config.drift.enabled else None
    made = plan.store.find(comparison.spec) if comparison else None
    return dict(made.summary) if made else None


def _make(plan: BuildPlan) -> Summary:
    if not plan.config.drift.enabled:
        return {"drift": False, "reason": "drift.enabled is false"}
    comparison = Comparison.of(plan)
    if comparison is None:
        return {"drift": False, "reason": NO_MODELS}
    summary = comparison.stage()(plan)
    log.log(logging.WARNING if summary["drift"] else logging.INFO, "%s", "; ".join(summary["said"]))
    return {name: value for name, value in summary.items() if name != "said"}


def _spec_of(made: Artifact) -> ArtifactSpec:
    record = made.record
    return ArtifactSpec(made.kind, record["version"], record["inputs"], record["params"], "recsys features")


STAGE = StageGroup("drift", VERSION, _make)
