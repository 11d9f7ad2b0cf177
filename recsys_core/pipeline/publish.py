"""``recsys publish``: one immutable release is assembled, verified and judged, and goes live."""

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from recsys_core.contracts.artifacts import TRAININGS
from recsys_core.contracts.features import CUSTOMERS
from recsys_core.pipeline.catalogue import catalogue_spec
from recsys_core.pipeline.configuration import configuration_key
from recsys_core.pipeline.encoder_card import describe_encoder
from recsys_core.pipeline.features import snapshot_spec
from recsys_core.pipeline.filter import lists_spec
from recsys_core.pipeline.index import index_spec
from recsys_core.pipeline.models import (
    VALIDATION,
    approval_to_go_live,
    challenge,
    is_past,
    missing_approval,
    newer_serve,
    withdraw_challenger,
)
from recsys_core.pipeline.plan import BuildPlan, TrainedModels
from recsys_core.pipeline.score import scored_spec
from recsys_core.pipeline.stage import StageGroup, Summary
from recsys_core.pipeline.train_ranker import BLENDED, ranker_spec
from recsys_core.pipeline.train_retrievers import TWO_TOWER, retriever_spec
from recsys_core.pipeline.validate import validate
from recsys_core.promotion.approvals import Approval
from recsys_core.promotion.gate import Decision, Gate, load_gate
from recsys_core.promotion.guard import guard_report
from recsys_core.promotion.judging import CONFIGURATION, champion_config, goes_live, hold_back, judge, keep_decision
from recsys_core.promotion.list_health import ReleaseLists, list_health
from recsys_core.promotion.validation import Validation
from recsys_core.release import history
from recsys_core.release.assemble import ReleaseParts
from recsys_core.release.hold import behind, bring_live, kept_off, stays_off
from recsys_core.release.pointer import ReleaseInfo, live_or_none, publishing_alone
from recsys_core.release.publish import KEPT_RELEASES, make_release
from recsys_core.release.upload import upload_live
from recsys_core.store.artifacts import Artifact
from recsys_core.workspace import Workspace

log = logging.getLogger(__name__)
Evaluate = Callable[[Sequence[BuildPlan], int], object]
"""Function that measures plans on the days from their cut-offs on."""


@dataclass(frozen=True)
class Published(ReleaseInfo):
    """The live release after publishing."""

    held: str = ""
    """Id of the release that was made but stays off the shop because of a rollback's hold."""
    why: str = ""
    """Reason why it stays off, or why none was made."""


def publish(plan: BuildPlan, keep: int = KEPT_RELEASES, evaluate: Evaluate | None = None) -> Published:
    """Measure the models, assemble, verify, ask the gate, go live; then drop releases beyond ``keep``.

    A release of an earlier day than the live one does not go live, nor as of the same day one of older tables, nor one
    whose models a person has yet to approve.
    While a rollback holds, only a newer release that passed the gate does, which lifts the hold. Any other is kept
    whole beside the live one. Models that a person approved challenge until the gate has decided about them, so that
    the next run makes its lists with them where this one cannot: the live release is of a later day, and then none is
    made, or parts are gone. ``evaluate`` measures a plan, for a gate that wants challengers evaluated first.

    Raises
    ------
    FileNotFoundError
        If lists, catalogue or index are missing; names the command that makes them.
    ReleaseDefectError
        If the release is not fit to go live; the live one stays.
    HeldBackError
        If the gate or the guard (``mlflow/promotion.yaml``) lets it wait; the live one stays.
    """
    from recsys_core.promotion.going_live import GATE, drop_old, find_release  # Milvus's client is slow to import

    workspace, gate = plan.workspace, load_gate(plan.workspace)
    approval = approval_to_go_live(plan)
    if approval and (too_late := challenge_approved(plan, approval)):
        return too_late
    validated = plan.store.require(plan.models.specs[VALIDATION]) if plan.models else validate(plan)
    validation = Validation.read(validated)
    release = make_release(workspace, release_parts(plan, validated))
    off = behind(workspace, release) or missing_approval(plan)  # then it stays off, whatever the gate would say
    lists = ReleaseLists(release)
    decision = Decision("held", (off,)) if off else asked_gate(plan, release, gate, validation, evaluate, lists)
    may_go_live = not off and goes_live(decision, gate)
    with publishing_alone(workspace):
        find_release(workspace, release.id)  # another process may have dropped it meanwhile
        held = stays_off(workspace, release, decision.verdict == "promote") if may_go_live else off
        compares = may_go_live and not held
        health = guard_report(gate.guard, release, live_or_none(workspace), lists) if compares else None
        if held:
            decision = Decision("held", (held,))
        elif health and health.stops:
            decision, may_go_live = Decision("stopped", health.stops), False
        elif may_go_live:
            by, why = (approval.by, approval.reason) if approval else (GATE, "")
            bring_live(workspace, release.id, history.PUBLISH, by, why)
        figures = health.as_dict() if health else figures_of(lists) if may_go_live and not held else None
        keep_decision(workspace, release, decision, GATE, may_go_live and not held, settings_in(plan), figures)
        if plan.models:
            settle_challenge(workspace, plan.models, release, decision)
        drop_old(workspace, plan.config.index, keep)
        live = live_or_none(workspace) if may_go_live or held else None
    upload_live(workspace)
    describe_encoder(workspace, plan.encoder)
    if live is None:
        raise hold_back(release, decision)
    if held:
        log.warning("release %s is made but not live: %s", release.id, held)
    return Published(live.id, live.path, True, live.manifest, release.id if held else "", held or "")


def asked_gate(
    plan: BuildPlan,
    release: ReleaseInfo,
    gate: Gate,
    validation: Validation,
    evaluate: Evaluate | None,
    lists: ReleaseLists,
) -> Decision:
    """Decision of the gate; where it wants challengers evaluated first, ``evaluate`` does so and it is asked again."""
    workspace = plan.workspace
    decision = judge(workspace, release, gate, validation, plan.config, lists)
    may_compare = gate.not_evaluated == "evaluate" and not kept_off(workspace, release, passed=True)
    if decision.verdict != "unproven" or not may_compare or not evaluate:
        return decision
    evaluate_both(plan, evaluate)
    return judge(workspace, release, gate, validation, plan.config, lists)


def challenge_approved(plan: BuildPlan, approval: Approval) -> Published | None:
    """Have the next lists made with approved models until the gate has decided, unless newer ones serve by now.

    Returns the live release if that is of a later day: then the plan makes none.
    """
    workspace, models = plan.workspace, plan.models
    if models is None:
        return None
    if newer_serve(workspace, models.cutoff.isoformat()):
        log.warning("the models %s make no lists: newer ones serve", models.key)
    else:
        challenge(workspace, models.key, str(approval))
    live = live_or_none(workspace)
    if live is None or not is_past(plan):
        return None
    why = f"{live.id}, of a later day, was live before the models {models.key} were approved"
    log.warning("no release is made: %s", why)
    return Published(live.id, live.path, True, live.manifest, why=why)


def settle_challenge(workspace: Workspace, models: TrainedModels, release: ReleaseInfo, decision: Decision) -> None:
    """End the challenge of models, unless a newer release kept theirs off and they may make the next lists.

    Then the gate was not asked: it decides about the lists of the next run.
    """
    if behind(workspace, release) and not newer_serve(workspace, models.cutoff.isoformat()):
        log.info("the models %s were not judged: a newer release than %s is live", models.key, release.id)
        return
    withdraw_challenger(workspace, models.key, release.id, f"{decision.verdict}: {'; '.join(decision.reasons)}")


def figures_of(lists: ReleaseLists) -> dict[str, Any]:
    """Figures of the lists of a release that there was nothing to compare with."""
    return {"now": list_health(lists).as_dict()}


def evaluate_both(plan: BuildPlan, evaluate: Evaluate) -> None:
    """Measure the plan's configuration and the champion's on the latest label days before its cut-off."""
    days = plan.config.cutoffs.label_days
    past = plan.at(plan.cutoff - dt.timedelta(days=days))
    evaluate([past], days)
    config = champion_config(plan.workspace, plan.config)
    if config is None:
        return
    cutoffs = config.cutoffs.model_copy(update={"label_days": days})
    evaluate([replace(past, config=config.model_copy(update={"cutoffs": cutoffs}))], days)


def settings_in(plan: BuildPlan) -> dict[str, Any]:
    """Part of the configuration that a decision keeps, so that a later challenger can be compared with it."""
    return plan.config.model_dump(mode="json", exclude={"data", "index"})


def release_parts(plan: BuildPlan, validated: Artifact) -> ReleaseParts:
    """Artifacts of this plan that a release is made of, and the validation of its models (``validated``)."""
    require = plan.store.require
    specs = {
        "two_tower": retriever_spec(plan, TWO_TOWER),
        "ranker": ranker_spec(plan),
        "snapshot": snapshot_spec(plan),
        "scored": scored_spec(plan),
        "lists": lists_spec(plan),
        "catalogue": catalogue_spec(plan),
        "index": index_spec(plan),
    }
    taken_over = {"image_embeddings": plan.embeddings, "image_encoder": plan.encoder, "validation": validated}
    return ReleaseParts(
        cutoff=plan.cutoff.isoformat(),
        models_as_of=(plan.models.cutoff if plan.models else plan.cutoff).isoformat(),
        tables=plan.tables,
        customers=require(specs["snapshot"]).path / CUSTOMERS,
        lists=require(specs["lists"]),
        catalogue=require(specs["catalogue"]),
        index=require(specs["index"]),
        models=models_of(plan),
        stages={
            "tables": plan.tables.key,
            CONFIGURATION: configuration_key(plan),
            **({TRAININGS: plan.models.key} if plan.models else {}),
            **{name: spec.key for name, spec in specs.items()},
            **{name: artifact.key for name, artifact in taken_over.items() if artifact},
        },
        validation=Validation.read(validated).summary(),
    )


def models_of(plan: BuildPlan) -> dict[str, Artifact]:
    """Trained models that still exist. A blend adds both of its rankers, which are the models in MLflow."""
    two_tower = plan.models.specs[TWO_TOWER] if plan.models else retriever_spec(plan, TWO_TOWER)
    specs = {"two_tower": two_tower, "ranker": ranker_spec(plan)}
    blended = BLENDED if plan.config.ranker == "blend" else ()
    specs |= {f"ranker_{name}": ranker_spec(plan, name) for name in blended}
    found = {name: plan.store.find(spec) for name, spec in specs.items()}
    found["image_encoder"] = plan.encoder
    return {name: artifact for name, artifact in found.items() if artifact}


def _publish(plan: BuildPlan) -> Summary:
    from recsys_core.pipeline.evaluate import evaluate_plans

    made = publish(plan, evaluate=evaluate_plans)
    if made.why and not made.held:
        return {"live": made.id, "skipped": made.why}
    return {"release": made.id} | ({"held": made.held, "why": made.why} if made.held else {})


STAGE = StageGroup(
    "publish",
    {},
    _publish,
)
