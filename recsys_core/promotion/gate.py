"""The gate of ``mlflow/promotion.yaml``: when a challenger becomes champion, and why not.

A *configuration* competes for the title; weights do not. Newly trained weights are checked all the same, also those of
the champion's own configuration: they must hold their own on the last complete label window
(``release/validation.py``).
"""

import datetime as dt
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from recsys_core.promotion.evaluation_records import EvaluationRecord, Window, evaluation_record_of
from recsys_core.promotion.guard import Guard
from recsys_core.promotion.list_health import ListFigures
from recsys_core.promotion.validation import CHAMPION, MEASURED, REFIT, TOWERS, TOWERS_NOW, Validation
from recsys_core.section import Section
from recsys_core.workspace import Workspace

FILE = "promotion.yaml"
SHIPPED = Path(__file__).parents[1] / "shipped" / FILE
"""``mlflow/`` of the repository, which the package carries along."""
Verdict = Literal["promote", "unproven", "refuse", "held", "stopped"]


class AgainstChampion(Section):
    """Shares of the champion's metric on the same label window."""

    min_gain: float = Field(0.0, ge=-1)
    """Least gain relative to the champion: 0.02 is 2 %."""
    lower_bound: float = Field(0.9, ge=0)
    """Least lower end of the challenger's 95 % interval; 0 switches the check off."""
    segment: float = Field(0.8, ge=0)
    """Least metric of every customer segment; 0 switches the check off."""
    min_segment_customers: int = Field(200, ge=1)
    """Least number of customers in a segment that is compared."""


class AgainstBaseline(Section):
    """Shares of the best simple baseline's MAP@12 on the same customers."""

    min_gain: float = Field(0.0, ge=-1)
    lower_bound: float = Field(1.0, ge=0)
    """Least lower end of the challenger's 95 % interval; 0 switches the check off."""


class OfTheModels(Section):
    """Requirements on newly trained models on the last complete label window, which they have not seen.

    Models are refused only if they are surely worse: the 95 % interval of the paired difference lies below zero. Few
    customers make a wide interval, so with few of them models are seldom refused.
    """

    simple_lists: float = Field(1.0, ge=0)
    """Required share of the best simple list's MAP@12, or of the champion's lift over it if that is less."""
    champion: float = Field(0.95, ge=0)
    """Required share of the champion's MAP@12 on the same customers; of its lift over the simple lists if it cannot be
    measured there."""
    refit: float = Field(0.9, ge=0)
    """Required share of the validation models' metrics for the models that serve, on the same window. The models that
    serve have learned from it."""


class OfTheLists(Section):
    """Requirements on the release's own lists. They detect a collapse, in which everybody gets the same list."""

    min_distinct: float = Field(0.01, ge=0, le=1)
    """Least number of different lists (first 12 places), as a share of all lists."""
    min_coverage: float = Field(0.005, ge=0, le=1)
    """Least number of articles in anybody's first 12 places, as a share of the catalogue."""


class Gate(Section):
    """Keys of the gate's file."""

    metric: Literal["map_at_12", "map_at_12_without_rules"] = "map_at_12"
    """Metric of the finished lists, or of the ranking before the rules (which has no interval)."""
    first: Literal["accept", "beats_baselines"] = "accept"
    """Rule for the first configuration, without a champion: it is accepted, or must beat the baselines."""
    not_evaluated: Literal["publish", "evaluate", "hold"] = "evaluate"
    """Rule for another configuration than the champion's that cannot be compared yet. It is evaluated first, waits, or
    goes live while the alias stays."""
    refused: Literal["hold", "publish"] = "hold"
    """Rule for a refused challenger: it waits while the live release stays, or goes live while the alias stays."""
    max_age_days: int = Field(60, ge=1)
    """Largest age of a label window's start before the release's cut-off; older evaluations do not count."""
    models: OfTheModels = OfTheModels()
    champion: AgainstChampion = AgainstChampion()
    baseline: AgainstBaseline = AgainstBaseline()
    lists: OfTheLists = OfTheLists()
    guard: Guard = Guard()


@dataclass(frozen=True)
class Challenger:
    """A release that asks to be named champion."""

    configuration: str
    cutoff: dt.date
    lists: ListFigures
    evaluations: Mapping[Window, EvaluationRecord]
    validation: Validation | None = None
    """Validation of the release's models; None for a release made before validations existed."""
    models: str | None = None
    """Key of its models (``pipeline/models.py``); None for a release made before they were noted."""


@dataclass(frozen=True)
class Champion:
    """The configuration that holds the alias."""

    configuration: str
    evaluations: Mapping[Window, EvaluationRecord]
    models: str | None = None


@dataclass(frozen=True)
class Decision:
    """Verdict of the gate with its reasons.

    It is ``promote``, ``refuse``, ``unproven`` (nothing speaks against it, but it was not compared), ``held`` (by a
    rollback, or by a later day's release) or ``stopped`` (by the guard).
    """

    verdict: Verdict
    reasons: tuple[str, ...]


def load_gate(workspace: Workspace) -> Gate:
    """Read the gate's requirements.

    From ``$RECSYS_PROMOTION``, else ``<workspace>/promotion.yaml``, else the repository's ``mlflow/promotion.yaml``,
    else the defaults above, which say the same.

    Raises
    ------
    ValueError
        On a file that is missing or no YAML, an unknown key or a value out of range; names it.
    """
    import yaml

    named = os.environ.get("RECSYS_PROMOTION")
    files = [Path(named)] if named else [workspace.root / FILE, SHIPPED]
    file = next((file for file in files if file.exists()), None)
    if file is None and named:
        raise ValueError(f"no promotion file {named}")
    if file is None:
        return Gate()
    try:
        return Gate.model_validate(yaml.safe_load(file.read_text()) or {})
    except yaml.YAMLError as error:
        raise ValueError(f"{file} is not YAML: {error}") from None
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, e['loc']))} = {e['input']!r}: {e['msg']}" for e in error.errors())
        raise ValueError(f"{file}: " + "; ".join(problems)) from None


def decide(gate: Gate, challenger: Challenger, champion: Champion | None) -> Decision:
    """Decide about a challenger.

    By the lists; lists of the champion's own models pass with that. Then by the models' validation, then by the
    champion's configuration, then by the latest label window that both were measured on.
    """
    if collapsed := list(_collapse(gate.lists, challenger.lists)):
        return Decision("refuse", tuple(collapsed))
    if champion and challenger.models and challenger.models == champion.models:
        return Decision("promote", ("made with the champion's models: only the data are newer",))
    if challenger.validation is None:
        return Decision("unproven", ("its models were not validated: `recsys validate`, then `recsys publish`",))
    return _of_new_models(gate, challenger, champion, challenger.validation)


def _of_new_models(gate: Gate, challenger: Challenger, champion: Champion | None, validation: Validation) -> Decision:
    validated = list(judge_models(gate.models, validation))
    said = tuple(reason for _, reason in validated)
    if champion is None and gate.first == "accept":
        return Decision("promote", ("there is no champion yet, and the first configuration is accepted", *said))
    if failed := tuple(reason for passed, reason in validated if not passed):
        return Decision("refuse", failed)
    if champion and champion.configuration == challenger.configuration:
        return Decision("promote", ("the champion's own configuration, trained on the data as of this cut-off", *said))
    return _compare(gate, challenger, champion, validation)


def _compare(gate: Gate, challenger: Challenger, champion: Champion | None, validation: Validation) -> Decision:
    """Compares a configuration with the champion's by evaluations of all buyers, else by the validation's customers."""
    known = {window: e for window, e in challenger.evaluations.items() if _is_fresh(gate, challenger, e)}
    if champion:
        known = {window: e for window, e in known.items() if window in champion.evaluations}
    if known:
        window = max(known)
        theirs = champion.evaluations[window] if champion else None
        return _verdict("refuse", _against_both(gate, known[window], theirs))
    if champion and (beside := _beside_champion(gate, validation)) and beside.verdict == "promote":
        return beside
    return Decision("unproven", (_missing(gate, challenger, champion),))


def _beside_champion(gate: Gate, validation: Validation) -> Decision | None:
    """Compares by the validation's customers, if the champion was measured on them. A failure leaves it unproven."""
    ours = evaluation_record_of(validation.result, gate.metric)
    where = {name: validation.result[name] for name in ("label_start", "label_days", "baselines")}
    theirs = evaluation_record_of({**validation.result["champion"], **where}, gate.metric)
    return _verdict("unproven", list(_against_champion(gate.champion, ours, theirs))) if ours and theirs else None


def _verdict(otherwise: Verdict, found: list[tuple[bool, str]]) -> Decision:
    failed = tuple(reason for passed, reason in found if not passed)
    return Decision(otherwise, failed) if failed else Decision("promote", tuple(reason for _, reason in found))


def judge_models(gate: OfTheModels, validation: Validation) -> Iterator[tuple[bool, str]]:
    """Yields each requirement on the models' validation: True if it holds, and its metrics in words."""
    ours, simple = validation.mean(MEASURED), f"baseline/{validation.simple_list}"
    on = f"{validation.result['customers']} buyers of {validation.window}"
    their_lift = validation.result["champion"].get("lift")
    share = gate.simple_lists if their_lift is None else min(gate.simple_lists, their_lift)
    best = f"the best simple list {validation.mean(simple):.4f} (share asked {share:.2f})"
    yield not validation.surely_below(MEASURED, simple, share), f"the models reach {ours:.4f} on {on}, {best}"
    if CHAMPION in validation.series:
        theirs, share, whose = CHAMPION, gate.champion, f"the champion's models {validation.mean(CHAMPION):.4f} there"
    else:
        theirs, share, whose = simple, gate.champion * (their_lift or 0), "the champion's lift over the simple lists"
    if share:
        yield not validation.surely_below(MEASURED, theirs, share), f"{ours:.4f}, {whose} (share asked {share:.2f})"
    for name, seen, what in ((MEASURED, REFIT, "MAP@12"), (TOWERS, TOWERS_NOW, "recall@100 of the two towers")):
        if seen in validation.series:
            before, after = validation.mean(name), validation.mean(seen)
            asked = f"{what} of the models that serve {after:.4f} there, of those that had not seen it {before:.4f}"
            yield not validation.surely_below(seen, name, gate.refit), f"{asked} (share asked {gate.refit:.2f})"


def _against_both(gate: Gate, record: EvaluationRecord, theirs: EvaluationRecord | None) -> list[tuple[bool, str]]:
    found = [*_against_baseline(gate, record)]
    return [*found, *_against_champion(gate.champion, record, theirs)] if theirs else found


def _collapse(gate: OfTheLists, lists: ListFigures) -> Iterator[str]:
    if lists.distinct < gate.min_distinct:
        yield f"only {lists.distinct:.2%} of the lists differ, the gate asks {gate.min_distinct:.2%}: a collapse"
    if lists.coverage < gate.min_coverage:
        yield f"the lists show {lists.coverage:.2%} of the catalogue, the gate asks {gate.min_coverage:.2%}"


def _is_fresh(gate: Gate, challenger: Challenger, record: EvaluationRecord) -> bool:
    return challenger.cutoff - dt.date.fromisoformat(record.label_start) <= dt.timedelta(days=gate.max_age_days)


def _missing(gate: Gate, challenger: Challenger, champion: Champion | None) -> str:
    what = f"configuration {challenger.configuration} was not evaluated within the last {gate.max_age_days} days"
    if champion and challenger.evaluations:
        what = f"no label window on which both it and the champion {champion.configuration} were evaluated lately"
    return what + ": `recsys evaluate` or `recsys compare`, then `recsys promote`"


def _against_baseline(gate: Gate, record: EvaluationRecord) -> Iterator[tuple[bool, str]]:
    best = record.best_baseline
    on = f"on {record.label_start}+{record.label_days}"
    wanted = best * (1 + gate.baseline.min_gain)
    asked = f"best baseline {best:.4f} asks {wanted:.4f}"
    yield record.value >= wanted, f"{gate.metric} {record.value:.4f} {on}, {asked}"
    if record.interval and gate.baseline.lower_bound:
        yield _lower_end(record, "best baseline", best, gate.baseline.lower_bound)


def _against_champion(
    gate: AgainstChampion, record: EvaluationRecord, champion: EvaluationRecord
) -> Iterator[tuple[bool, str]]:
    wanted = champion.value * (1 + gate.min_gain)
    yield record.value >= wanted, f"{record.value:.4f}, the champion's {champion.value:.4f} asks {wanted:.4f}"
    if record.interval and gate.lower_bound:
        yield _lower_end(record, "champion", champion.value, gate.lower_bound)
    for name, segment in record.segments.items():
        theirs = champion.segments.get(name)
        if gate.segment and theirs and segment["customers"] >= gate.min_segment_customers:
            ours, wanted = segment["map_at_12"], theirs["map_at_12"] * gate.segment
            asked = f"the champion's {theirs['map_at_12']:.4f} asks {wanted:.4f}"
            yield ours >= wanted, f"{name} customers {ours:.4f}, {asked}"


def _lower_end(record: EvaluationRecord, whose: str, value: float, share: float) -> tuple[bool, str]:
    low = record.interval[0] if record.interval else record.value
    return low >= value * share, f"lower end of the interval {low:.4f}, {whose} {value:.4f} asks {value * share:.4f}"
