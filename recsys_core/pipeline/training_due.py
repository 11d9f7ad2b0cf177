"""``recsys training-due``: whether the models are to be trained anew, and why."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from recsys_core.contracts.training import Training
from recsys_core.errors import TooLittleToLearnError
from recsys_core.pipeline.drift import found_drift
from recsys_core.pipeline.models import (
    LEARNED_WITH,
    UnusableModelsError,
    is_past,
    noted_trainings,
    read_models,
    serving_plan,
    with_models,
)
from recsys_core.pipeline.plan import BuildPlan, TrainedModels
from recsys_core.pipeline.stage import Summary

NO_REASON = {"cutoffs": ("label_days", "retrain_after_days", "retrain_after_deletion_days")}
"""Settings that are no reason to train anew: an evaluation sets the first, the others say when."""


def training_due(plan: BuildPlan, train: Training = Training.AUTO) -> Summary:
    """``due`` and ``reason``.

    By themselves, models are due if none were trained within the last ``cutoffs.retrain_after_days`` days of data with
    the settings of today, whatever the gate said about them, if they learned from a customer whose data were deleted
    since (``cutoffs.retrain_after_deletion_days``), or if the day's drift report found a drift and the last training
    was at least ``drift.retrain_after_days`` days ago. A shop with too little to learn from is never due.
    """
    return _whatever_the_models(plan, train) or _by_the_models(plan)


def _whatever_the_models(plan: BuildPlan, train: Training) -> Summary | None:
    """The answer where nobody has to look at the latest models."""
    try:
        plan.check_trainable()
    except TooLittleToLearnError as reason:
        return {"due": False, "reason": f"nothing can be trained: {reason}"}
    if train != Training.AUTO:
        return {"due": train == Training.ALWAYS, "reason": f"a person asked for it: --train {train}"}
    if is_past(plan) and (served := serving_plan(plan).models):
        return {"due": False, "reason": f"a past day keeps its models, those as of {served.cutoff}"}
    return None


def _by_the_models(plan: BuildPlan) -> Summary:
    usable, reasons = _usable(plan)
    latest = max(usable, key=lambda models: models.cutoff, default=None)
    if latest is None:
        return {"due": True, "reason": reasons[-1] if reasons else "there are no models yet"}
    now = plan.config.model_dump(mode="json", include=set(LEARNED_WITH))
    same = [models for models in usable if not any(_changed(models.settings, now))]
    if not same:
        changed = ", ".join(sorted(_changed(latest.settings, now)))
        return {"due": True, "reason": f"the settings changed since the models were trained: {changed}"}
    trained, cutoffs = max(same, key=lambda models: (models.cutoff, models.tables_made_at)), plan.config.cutoffs
    deleted = plan.workspace.first_erasure_since(trained.tables_made_at)
    if deleted and dt.datetime.now(dt.UTC) - deleted >= dt.timedelta(days=cutoffs.retrain_after_deletion_days):
        return {
            "due": True,
            "reason": f"a customer's data were deleted at {deleted:%Y-%m-%d %H:%M}, after the training",
        }
    age = (plan.cutoff - trained.cutoff).days
    drift, patience = found_drift(plan), plan.config.drift.retrain_after_days
    drifted = bool(drift and drift["drift"])
    if drift and drifted and age >= patience:
        return {"due": True, "reason": f"drift: {drift['reason']}"}
    said = f"the models were trained as of {trained.cutoff}, {age} days ago; cutoffs.retrain_after_days is "
    waits = f"; there is a drift, but drift.retrain_after_days is {patience}" if drifted else ""
    return {"due": age >= cutoffs.retrain_after_days, "reason": f"{said}{cutoffs.retrain_after_days}{waits}"}


def _usable(plan: BuildPlan) -> tuple[list[TrainedModels], list[str]]:
    """The trainings whose models can be used, and why others cannot."""
    usable, reasons = [], []
    for noted in noted_trainings(plan.workspace):
        try:
            models = read_models(plan.workspace, noted.key)
            with_models(plan, models)
        except UnusableModelsError as reason:
            reasons.append(f"the models {noted.key} cannot be used: {reason}")
        else:
            usable.append(models)
    return usable, reasons


def _changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for section, value in now.items():
        old = before.get(section)
        if not isinstance(value, dict) or not isinstance(old, dict):
            yield from (section,) if value != old else ()
            continue
        keys = value.keys() - NO_REASON.get(section, ())
        yield from (f"{section}.{key}" for key in keys if value[key] != old.get(key))
