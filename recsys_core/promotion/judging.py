"""Champions and challengers: judges a release by the gate, keeps the decision, tells MLflow."""

import datetime as dt
import json
import logging
from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from recsys_core.config import Config
from recsys_core.contracts.artifacts import TRAININGS
from recsys_core.errors import StageError
from recsys_core.promotion.aliases import CHAMPION, move_alias
from recsys_core.promotion.evaluation_records import (
    champion_models,
    champion_of,
    note_decision,
    read_decisions,
    read_evaluation_records,
)
from recsys_core.promotion.gate import (
    Challenger,
    Champion,
    Decision,
    Gate,
    decide,
    judge_models,
    load_gate,
)
from recsys_core.promotion.list_health import ReleaseLists, list_health
from recsys_core.promotion.validation import Validation
from recsys_core.release.pointer import ReleaseInfo, cutoff_of
from recsys_core.serving.first_release import is_first
from recsys_core.tracking.best_effort import unless_away
from recsys_core.workspace import Workspace

log = logging.getLogger(__name__)
CONFIGURATION = "configuration"
"""Name of the configuration's key among the manifest's artifact keys."""
NEVER_CHAMPION: Final = "it is a first release, which nothing was trained for: it may serve, but is never champion"


class HeldBackError(StageError):
    """A release that the gate keeps from going live; it is whole and can be promoted by hand."""


def check_models(workspace: Workspace, validation: Validation) -> list[str]:
    """Stop a run early if its models would be kept from going live; returns the gate's checks of them in words.

    Raises
    ------
    HeldBackError
        If the gate refuses them, there is a champion, and what is refused is held.
    """
    gate = load_gate(workspace)
    found = list(judge_models(gate.models, validation))
    may_stop = gate.refused == "hold" and (champion_of(workspace) is not None or gate.first != "accept")
    if may_stop and (failed := [reason for passed, reason in found if not passed]):
        raise HeldBackError(
            f"the models are trained but will not serve: {'; '.join(failed)}. What is asked: mlflow/promotion.yaml"
        )
    return [f"{'passed' if passed else 'FAILED'}: {reason}" for passed, reason in found]


def judge(
    workspace: Workspace,
    release: ReleaseInfo,
    gate: Gate,
    validation: Validation | None = None,
    config: Config | None = None,
    lists: ReleaseLists | None = None,
) -> Decision:
    """Decision of the gate on a release.

    ``validation`` is given if it is not the one that the release was made with. ``config`` is the configuration that
    made the release. If it equals the champion's, only the code is newer, and only the models' validation is checked.
    ``lists`` are the release's where the caller has them open: what was counted in them is not counted again.
    """
    configuration = configuration_in(release)
    challenger = Challenger(
        configuration,
        dt.date.fromisoformat(release.manifest["cutoff"]),
        list_health(lists or ReleaseLists(release)),
        read_evaluation_records(workspace, configuration, gate.metric),
        validation or Validation.of_release(workspace, release.manifest),
        models_in(release),
    )
    holder = champion_of(workspace)
    if holder and config and champion_config(workspace, config) == config:
        holder = configuration
    records = read_evaluation_records(workspace, holder, gate.metric) if holder else {}
    champion = Champion(holder, records, champion_models(workspace)) if holder else None
    return decide(gate, challenger, champion)


def decided_by_hand(release: ReleaseInfo, reason: str) -> Decision:
    """Decision of a person, which names a champion too, unless the release is a first one."""
    first = is_first(release.manifest)
    return Decision("unproven", (reason, NEVER_CHAMPION)) if first else Decision("promote", (reason,))


def goes_live(decision: Decision, gate: Gate) -> bool:
    """Returns True if the shop may show the release, even if it does not become champion."""
    if decision.verdict == "promote":
        return True
    return (gate.refused if decision.verdict == "refuse" else gate.not_evaluated) != "hold"


def hold_back(release: ReleaseInfo, decision: Decision) -> HeldBackError:
    """Error that names the reasons and the command that overrules them."""
    return HeldBackError(
        f"release {release.id} is made but not live: {'; '.join(decision.reasons)}. "
        f"`recsys promote --release {release.id} --force` makes it live all the same"
    )


def keep_decision(
    workspace: Workspace,
    release: ReleaseInfo,
    decision: Decision,
    by: str,
    live: bool,
    settings: Mapping[str, Any] | None = None,
    health: Mapping[str, Any] | None = None,
) -> None:
    """Write one JSON line to the workspace and the log, tags and alias to MLflow, whose failure is only logged.

    ``health``: figures of the lists as ``GuardReport.as_dict``; ``now`` alone if there was nothing to compare with.
    """
    line = {
        "release": release.id,
        "cutoff": cutoff_of(release),
        "configuration": configuration_in(release),
        TRAININGS: models_in(release),
        "verdict": decision.verdict,
        "by": by,
        "live": live,
        "reasons": list(decision.reasons),
        "validation": release.manifest.get("validation"),
    }
    more = {"settings": settings, "health": health}
    note_decision(workspace, line | {name: value for name, value in more.items() if value})
    log.log(logging.INFO if decision.verdict == "promote" else logging.WARNING, "promotion: %s", json.dumps(line))
    if decision.verdict == "promote":
        why = "; ".join(decision.reasons)
        models = models_in(release) or release.id  # before models were noted a release stands for its own
        move_alias(workspace, CHAMPION, runs_in(release), models=models, release=release.id, by=by, why=why)
    if runs := runs_in(release):
        with unless_away(f"the decision on release {release.id}"):
            from recsys_core.tracking.registry import note_promotion

            note_promotion(workspace, runs, _tags(line))


def runs_in(release: ReleaseInfo) -> list[str]:
    """Runs in MLflow of the models that a release was made with."""
    models = release.manifest.get("models", {}).values()
    return [str(model["mlflow_run_id"]) for model in models if model.get("mlflow_run_id")]


def configuration_in(release: ReleaseInfo) -> str:
    """Key of the configuration that made a release; a release older than the gate uses its own id instead."""
    return str(release.manifest.get("artifacts", {}).get(CONFIGURATION, release.id))


def models_in(release: ReleaseInfo) -> str | None:
    """Key of the models that a release was made with; None if nobody noted it."""
    key = (release.manifest.get("artifacts") or {}).get(TRAININGS)
    return str(key) if key else None


def champion_config(workspace: Workspace, beside: Config) -> Config | None:
    """The champion's settings, with the addresses of ``beside``; None if nobody noted them, or of another version."""
    champion = champion_of(workspace)
    noted = [
        line["settings"]
        for line in read_decisions(workspace)
        if line["configuration"] == champion and "settings" in line
    ]
    if not noted:
        return None
    try:
        return Config.model_validate({**noted[-1], **beside.model_dump(include={"data", "index"})})
    except ValidationError as error:
        log.warning("the champion's settings are of another version and were not looked at: %s", error)
        return None


def _tags(line: Mapping[str, Any]) -> dict[str, str]:
    found = {f"promotion.{name}": str(line[name]) for name in ("verdict", "by", "release", "live")}
    validation = line["validation"] or {}
    found |= {f"validation.{name}": str(validation[name]) for name in ("map_at_12", "lift") if name in validation}
    return found | {"promotion.reasons": "; ".join(line["reasons"]), CONFIGURATION: line["configuration"]}
