"""The models that lists are made with. They are trained now and then; everything that is counted is of the day.

``recsys validate`` notes a training as an artifact and points ``models/challenger`` at it. ``recsys publish`` asks the
gate about the lists made with the challenger, and takes the pointer away. Until there is another challenger, lists are
made with the models of the live release::

    <workspace>/models/<key>/models.json     the artifacts of one training, and its settings
    <workspace>/models/challenger            a link, from a training until the gate has decided about it
"""

import datetime as dt
import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from pydantic import ValidationError

from recsys_core.config import Config
from recsys_core.contracts.artifacts import ENCODERS, TRAININGS, VALIDATIONS
from recsys_core.pipeline.plan import BuildPlan, TrainedModels
from recsys_core.pipeline.stage import Stage, Work, no_inputs
from recsys_core.pipeline.train_ranker import BLENDED, RANKER_VERSION, ranker_spec
from recsys_core.pipeline.train_retrievers import TWO_TOWER, retriever_spec
from recsys_core.promotion.aliases import CHALLENGER, move_alias
from recsys_core.promotion.approvals import ASKED, REJECTED, Approval, approval_of, note_approval
from recsys_core.promotion.evaluation_records import read_decisions
from recsys_core.promotion.judging import models_in
from recsys_core.release.history import line_of_releases
from recsys_core.release.pointer import cutoff_of, live_or_none
from recsys_core.retrieval.registry import RETRIEVERS
from recsys_core.store.artifacts import Artifact, ArtifactSpec, open_artifact, write_json
from recsys_core.workspace import Workspace, flip_link

log = logging.getLogger(__name__)
VERSION = 1
FILE: Final = "models.json"
OWN: Final = "own"
"""Stands for the models that are trained as of a plan's cut-off itself."""
RANKER: Final = "ranker"
VALIDATION: Final = "validation"
ENCODER: Final = "image_encoder"
LEARNED_WITH: Final = ("two_tower", "retrieval", "ranker", "examples", "dnn_ranker", "lightgbm", "cutoffs")
"""Sections of the configuration that belong to a training: lists made with its models keep them."""


class UnusableModelsError(ValueError):
    """Models that this code or this data cannot use; the message says why."""


def note_models(plan: BuildPlan, validated: Artifact | None = None) -> Artifact:
    """Note the models of the plan's own training; without a validation they are good for measurements only."""
    specs = {TWO_TOWER: retriever_spec(plan, TWO_TOWER), RANKER: ranker_spec(plan)}
    blended = BLENDED if plan.config.ranker == "blend" else ()
    specs |= {f"{RANKER}_{name}": ranker_spec(plan, name) for name in blended}
    made = {name: (spec.kind, spec.key) for name, spec in specs.items()}
    if validated:
        made[VALIDATION] = (VALIDATIONS, validated.key)
    if encoder := plan.encoder:
        made[ENCODER] = (ENCODERS, encoder.key)

    def write(work: Work) -> None:
        content = {
            "cutoff": plan.cutoff.isoformat(),
            "tables_made_at": plan.tables.record["created_at"],
            "artifacts": {name: {"kind": kind, "key": key} for name, (kind, key) in made.items()},
            "settings": plan.config.model_dump(mode="json", include=set(LEARNED_WITH)),
        }
        write_json(work.folder / FILE, content)
        work.summary.update({"cutoff": content["cutoff"]})

    spec = ArtifactSpec(TRAININGS, VERSION, {name: key for name, (_, key) in made.items()}, {}, "recsys validate")
    return Stage("validate", VERSION, no_inputs, lambda _: spec, write).make(plan)


def challenge(workspace: Workspace, key: str, why: str = "") -> None:
    """Have the next lists made with these models, and the gate decide about them."""
    flip_link(workspace.challenger, key)
    move_alias(workspace, CHALLENGER, runs_of(workspace, key), models=key, by="validation", why=why)


def ask_for_approval(workspace: Workspace, key: str) -> None:
    """Keep these models off the shop until a person approves them, unless one did, or they serve already."""
    answer = approval_of(workspace, key)
    if key != live_models_key(workspace) and not (answer and answer.is_given):
        note_approval(workspace, key, ASKED)


def missing_approval(plan: BuildPlan) -> str | None:
    """Reason why a person's answer keeps the plan's models off the shop; None if it does not, or they serve already."""
    key = models_key(plan)
    answer = approval_of(plan.workspace, key)
    if answer is None or answer.is_given or key == live_models_key(plan.workspace):
        return None
    return f"its models {key} are {answer}"


def approval_to_go_live(plan: BuildPlan) -> Approval | None:
    """The approval by which the plan's models go live; None if nobody was asked, or they serve already."""
    key = models_key(plan)
    answer = approval_of(plan.workspace, key)
    return answer if answer and answer.is_given and key != live_models_key(plan.workspace) else None


def plan_with(plan: BuildPlan, models: str) -> BuildPlan:
    """The plan with the models of a key, with ``OWN`` models, or ("") with those that ``serving_plan`` chooses.

    Raises
    ------
    UnusableModelsError
        If the named models are not there or cannot be used.
    """
    if models == OWN:
        return replace(plan, models=None)
    return with_models(plan, read_models(plan.workspace, models)) if models else serving_plan(plan)


def models_named(plan: BuildPlan) -> str:
    """The models of a plan, as ``plan_with`` takes them."""
    return plan.models.key if plan.models else OWN


def serving_plan(plan: BuildPlan) -> BuildPlan:
    """The plan with the models that its lists are to be made with: the challenger's, else the live release's.

    Without usable models of an earlier training it is the plan itself, with models of its own.
    """
    for name in candidate_keys(plan):
        try:
            return with_models(plan, read_models(plan.workspace, name))
        except UnusableModelsError as reason:
            log.warning("models %s are not used: %s", name, reason)
    return plan


def noted_trainings(workspace: Workspace) -> list[Artifact]:
    """All validated trainings, oldest first; those that were made for measurements are not among them."""
    folder = workspace.root / TRAININGS
    noted = [made for file in folder.glob(f"[!.]*/{FILE}") if (made := open_artifact(TRAININGS, file.parent))]
    validated = [made for made in noted if VALIDATION in made.record["inputs"]]
    return sorted(validated, key=lambda made: (made.record["created_at"], made.key))


def candidate_keys(plan: BuildPlan) -> list[str]:
    """Keys of the models that lists may be made with, the first choice first.

    These are the challenger's and the live release's. As of a day before the live release's they are those that served
    then, so that a day's lists can be made again; if nobody knows which those were, all of earlier trainings.
    """
    if is_past(plan):
        return [*_served_as_of(plan), *(made.key for made in reversed(noted_trainings(plan.workspace)))]
    return [key for key in (challenger_key(plan.workspace), live_models_key(plan.workspace)) if key]


def waiting_keys(workspace: Workspace) -> list[str]:
    """Keys of the models that a person was asked about and that may yet go live.

    Nobody has rejected them, the gate has not decided about them, and no newer ones serve.
    """
    decided = {line.get(TRAININGS) for line in read_decisions(workspace) if line["verdict"] != "held"}
    undecided = [made for made in noted_trainings(workspace) if made.key not in decided]
    asked = [made for made in undecided if (answer := approval_of(workspace, made.key)) and answer.state != REJECTED]
    return [made.key for made in asked if not newer_serve(workspace, _cutoff(made))]


def _cutoff(training: Artifact) -> str:
    """Cut-off of a noted training, YYYY-MM-DD."""
    return str(json.loads((training.path / FILE).read_text())["cutoff"])


def newer_serve(workspace: Workspace, cutoff: str) -> bool:
    """True if the live release was made with models as of a later day than ``cutoff``."""
    live = live_or_none(workspace)
    return live is not None and str(live.manifest.get("models_as_of") or "") > cutoff


def is_past(plan: BuildPlan) -> bool:
    """True if the live release is of a later day, so that nothing that this plan makes goes live."""
    live = live_or_none(plan.workspace)
    return live is not None and plan.cutoff.isoformat() < cutoff_of(live)


def _served_as_of(plan: BuildPlan) -> list[str]:
    """Keys of the models of releases that went live as of the plan's cut-off or earlier days, the latest first.

    Releases that a rollback took off do not count.
    """
    lines = [line for line in read_decisions(plan.workspace) if line["live"] and line.get(TRAININGS)]
    served = set(line_of_releases(plan.workspace, (line["release"] for line in lines)))
    until_then = [line for line in lines if "" < line.get("cutoff", "") <= plan.cutoff.isoformat()]
    latest_last = sorted(
        (line for line in until_then if line["release"] in served), key=lambda line: str(line["cutoff"])
    )
    return list(dict.fromkeys(line[TRAININGS] for line in reversed(latest_last)))


def challenger_key(workspace: Workspace) -> str | None:
    """Key of the models that the gate has not decided about yet."""
    link = workspace.challenger
    return link.readlink().name if link.is_symlink() else None


def live_models_key(workspace: Workspace) -> str | None:
    """Key of the models that the live release was made with; None if it is a first release.

    A release of before models were noted names its ranker alone: they are those of the training with that ranker.
    """
    live = live_or_none(workspace)
    if live is None or (key := models_in(live)):
        return key if live else None
    return _training_with(workspace, (live.manifest.get("artifacts") or {}).get(RANKER))


def models_key(plan: BuildPlan) -> str | None:
    """Key of a plan's models; None if they are its own and were never validated."""
    return plan.models.key if plan.models else _training_with(plan.workspace, ranker_spec(plan).key)


def _training_with(workspace: Workspace, ranker: str | None) -> str | None:
    """Key of the training with a ranker."""
    return next((made.key for made in noted_trainings(workspace) if made.record["inputs"][RANKER] == ranker), None)


def withdraw_challenger(workspace: Workspace, key: str, release: str = "", why: str = "") -> None:
    """End the challenge of these models, unless a later training challenges by now."""
    if challenger_key(workspace) == key:
        workspace.challenger.unlink(missing_ok=True)
        move_alias(workspace, CHALLENGER, (), models="", release=release, by="gate", why=why)


def runs_of(workspace: Workspace, key: str) -> list[str]:
    """Runs in MLflow of the trainings that noted models are of."""
    noted = open_artifact(TRAININGS, workspace.root / TRAININGS / key)
    artifacts = json.loads((noted.path / FILE).read_text())["artifacts"] if noted else {}
    made = (open_artifact(each["kind"], workspace.root / each["kind"] / each["key"]) for each in artifacts.values())
    runs = (each.summary.get("mlflow_run_id") for each in made if each and each.kind != VALIDATIONS)
    return sorted(str(run) for run in runs if run)


def read_models(workspace: Workspace, key: str) -> TrainedModels:
    """Models by key, with the specs of their artifacts.

    Raises
    ------
    UnusableModelsError
        If they, or one of their artifacts, are gone.
    """
    noted = open_artifact(TRAININGS, workspace.root / TRAININGS / key)
    if noted is None:
        raise UnusableModelsError(f"there are none in {workspace.root / TRAININGS / key}")
    content = json.loads((noted.path / FILE).read_text())
    specs = {name: _spec(workspace, **made) for name, made in content["artifacts"].items()}
    cutoff, made_at = dt.date.fromisoformat(content["cutoff"]), dt.datetime.fromisoformat(content["tables_made_at"])
    return TrainedModels(key, cutoff, made_at, specs, content["settings"])


def _spec(workspace: Workspace, kind: str, key: str) -> ArtifactSpec:
    made = open_artifact(kind, workspace.root / kind / key)
    if made is None:
        raise UnusableModelsError(f"{kind}/{key} is gone")
    record = made.record
    return ArtifactSpec(kind, record["version"], record["inputs"], record["params"], "recsys run --train always")


def with_models(plan: BuildPlan, models: TrainedModels) -> BuildPlan:
    """The plan with these models, and the settings that they were trained with.

    Raises
    ------
    UnusableModelsError
        If they have seen the plan's cut-off, are of another version of the code, or if the images' vectors are now
        made by another encoder.
    """
    if models.cutoff > plan.cutoff:
        raise UnusableModelsError(f"they were trained as of {models.cutoff}, after {plan.cutoff}")
    for name, version in ((RANKER, RANKER_VERSION), (TWO_TOWER, RETRIEVERS[TWO_TOWER].version)):
        if models.specs[name].version != version:
            raise UnusableModelsError(f"{name} is of version {models.specs[name].version}, this code of {version}")
    now, then = plan.encoder, models.specs.get(ENCODER)
    if (now.key if now else None) != (then.key if then else None):
        raise UnusableModelsError("the vectors of the images are made by another encoder than when they were trained")
    return replace(plan, models=models, config=with_settings(plan.config, models.settings))


def with_settings(config: Config, settings: Mapping[str, Any]) -> Config:
    """The configuration with the sections that models were trained with.

    Raises
    ------
    UnusableModelsError
        If this version of the code does not know them.
    """
    try:
        return Config.model_validate({**config.model_dump(), **settings})
    except ValidationError as error:
        raise UnusableModelsError(f"their settings are of another version: {error.errors()[0]['msg']}") from None
