import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from recsys_core.promotion.evaluation_records import EvaluationRecord
from recsys_core.promotion.gate import SHIPPED, Challenger, Champion, Decision, Gate, decide, load_gate
from recsys_core.promotion.list_health import ListFigures
from recsys_core.promotion.validation import Validation
from recsys_core.workspace import Workspace
from tests.support.validations import SIMPLE, made_up, of_series

WINDOW = ("2020-09-01", 7)
VARIED = ListFigures(distinct=0.5, coverage=0.2)
SEGMENTS = {"new": {"customers": 500, "map_at_12": 0.010}, "active": {"customers": 500, "map_at_12": 0.040}}
MEASURED = EvaluationRecord(*WINDOW, 0.025, (0.023, 0.027), {"popular": 0.010, "repurchase_popular": 0.021}, SEGMENTS)
"""Evaluation record of the champion."""


def judge(
    ours: EvaluationRecord | None, gate: Gate | None = None, theirs: EvaluationRecord | None = MEASURED, **about: Any
) -> Decision:
    """A challenger called ``new``, as of 2020-09-15, against a champion called ``old``."""

    def by_window(evidence: EvaluationRecord | None) -> dict[tuple[str, int], EvaluationRecord]:
        return {(evidence.label_start, evidence.label_days): evidence} if evidence else {}

    challenger = Challenger("new", dt.date(2020, 9, 15), VARIED, by_window(ours), made_up())
    return decide(gate or Gate(), replace(challenger, **about), Champion("old", by_window(theirs), "old models"))


def failures(decision: Decision) -> list[str]:
    assert decision.verdict == "refuse"
    return list(decision.reasons)


def test_a_better_challenger_is_promoted_with_the_figures_that_decided() -> None:
    decision = judge(replace(MEASURED, value=0.026, interval=(0.024, 0.028)))

    assert decision.verdict == "promote"
    assert decision.reasons == (
        "map_at_12 0.0260 on 2020-09-01+7, best baseline 0.0210 asks 0.0210",
        "lower end of the interval 0.0240, best baseline 0.0210 asks 0.0210",
        "0.0260, the champion's 0.0250 asks 0.0250",
        "lower end of the interval 0.0240, champion 0.0250 asks 0.0225",
        "new customers 0.0100, the champion's 0.0100 asks 0.0080",
        "active customers 0.0400, the champion's 0.0400 asks 0.0320",
    )


@pytest.mark.parametrize(
    ("worse", "reason"),
    [
        ({"value": 0.0249}, "0.0249, the champion's 0.0250 asks 0.0250"),
        ({"value": 0.030, "interval": (0.0224, 0.04)}, "lower end of the interval 0.0224, champion 0.0250 asks 0.0225"),
        (
            {"segments": {**SEGMENTS, "new": {"customers": 500, "map_at_12": 0.0079}}},
            "new customers 0.0079, the champion's 0.0100 asks 0.0080",
        ),
    ],
)
def test_a_challenger_is_refused_for_what_is_worse(worse: dict[str, Any], reason: str) -> None:
    assert failures(judge(replace(MEASURED, **worse))) == [reason]


def test_a_challenger_below_the_baseline_is_refused_though_the_champion_is_worse_still() -> None:
    poor = replace(MEASURED, value=0.015, interval=(0.014, 0.016), segments={})

    assert failures(judge(replace(poor, value=0.020, interval=(0.019, 0.021)), theirs=poor)) == [
        "map_at_12 0.0200 on 2020-09-01+7, best baseline 0.0210 asks 0.0210",
        "lower end of the interval 0.0190, best baseline 0.0210 asks 0.0210",
    ]


def test_how_much_better_is_the_files_to_say() -> None:
    gate = Gate.model_validate({"champion": {"min_gain": 0.02}})

    assert judge(replace(MEASURED, value=0.0256), gate).verdict == "promote"
    assert failures(judge(replace(MEASURED, value=0.0254), gate)) == ["0.0254, the champion's 0.0250 asks 0.0255"]


def test_how_much_better_than_the_best_simple_list_is_the_files_to_say() -> None:
    gate = Gate.model_validate({"baseline": {"min_gain": 0.2}})

    assert judge(replace(MEASURED, value=0.0253), gate).verdict == "promote"
    said = "map_at_12 0.0251 on 2020-09-01+7, best baseline 0.0210 asks 0.0252"
    assert failures(judge(replace(MEASURED, value=0.0251), gate)) == [said]


def test_what_is_exactly_as_good_as_asked_passes() -> None:
    gate = Gate.model_validate({"lists": {"min_distinct": 0.5, "min_coverage": 0.2}, "champion": {"lower_bound": 0.5}})
    at_the_bounds = replace(MEASURED, value=0.03, interval=(MEASURED.value * 0.5, 0.04), baselines={"popular": 0.01})

    assert judge(at_the_bounds, gate).verdict == "promote"
    assert judge(at_the_bounds, gate, lists=ListFigures(0.499, 0.2)).verdict == "refuse"


def test_the_champions_own_models_are_not_measured_again() -> None:
    weak = made_up({"measured": 0.001})

    assert judge(None, models="old models", validation=weak) == Decision(
        "promote", ("made with the champion's models: only the data are newer",)
    )
    assert judge(None, models="new models", validation=weak).verdict == "refuse"


def test_lists_of_the_champions_own_models_may_collapse_all_the_same() -> None:
    assert failures(judge(None, models="old models", lists=ListFigures(0.001, 0.2))) == [
        "only 0.10% of the lists differ, the gate asks 1.00%: a collapse"
    ]


def test_small_segments_are_not_compared() -> None:
    few = {**SEGMENTS, "new": {"customers": 199, "map_at_12": 0.0}}

    assert judge(replace(MEASURED, segments=few)).verdict == "promote"


def test_a_metric_without_interval_is_compared_by_its_value_alone() -> None:
    gate = Gate(metric="map_at_12_without_rules")

    assert len(judge(replace(MEASURED, interval=None, segments={}), gate).reasons) == 2


def test_the_champions_own_configuration_goes_on_if_its_new_models_hold_their_own() -> None:
    assert judge(None, configuration="old").verdict == "promote"


@pytest.mark.parametrize(
    ("validation", "reason"),
    [
        (
            made_up({"measured": 0.019}),
            "the models reach 0.0190 on 100 buyers of 2020-09-13+7, the best simple list 0.0200 (share asked 1.00)",
        ),
        (made_up({"champion": 0.043}), "0.0400, the champion's models 0.0430 there (share asked 0.95)"),
        (
            made_up({"refit": 0.035}),
            "MAP@12 of the models that serve 0.0350 there, of those that had not seen it 0.0400 (share asked 0.90)",
        ),
        (
            made_up({"two_tower": 0.3, "two_tower_now": 0.26}),
            "recall@100 of the two towers of the models that serve 0.2600 there, of those that had not seen it 0.3000 "
            "(share asked 0.90)",
        ),
        (made_up(champion={"lift": 2.2}), "0.0400, the champion's lift over the simple lists (share asked 2.09)"),
    ],
    ids=["simple list", "champion", "refit", "towers", "lift"],
)
@pytest.mark.parametrize("configuration", ["old", "new"])
def test_newly_trained_models_are_refused_for_what_is_surely_worse(
    validation: Validation, reason: str, configuration: str
) -> None:
    decision = judge(replace(MEASURED, value=0.9), configuration=configuration, validation=validation)

    assert failures(decision) == [reason]


@pytest.mark.parametrize(
    "validation",
    [
        made_up({"measured": 0.02}),
        made_up({"champion": 0.042}),
        made_up({"refit": 0.0361}),
        made_up(champion={"lift": 2.1}),
        made_up({"measured": 0.015, "refit": 0.02}, champion={"lift": 0.75}),
    ],
    ids=["simple list", "champion", "refit", "lift", "below the simple lists as the champion is"],
)
def test_newly_trained_models_that_are_about_as_good_go_on(validation: Validation) -> None:
    assert judge(None, configuration="old", validation=validation).verdict == "promote"


def test_what_may_be_chance_is_not_held_against_the_models() -> None:
    """A tenth worse than the champion on average, by ten customers of twenty."""
    champion = np.tile([0.2, 0.0], 10)
    ours = np.where(np.arange(20) < 18, champion, 0.0)
    simple = np.zeros(20)
    validation = of_series({"measured": ours, "refit": ours, "champion": champion, SIMPLE: simple})

    assert ours.mean() == pytest.approx(0.9 * champion.mean())
    assert judge(None, configuration="old", validation=validation).verdict == "promote"


def test_models_that_nobody_measured_are_unproven() -> None:
    decision = judge(replace(MEASURED, value=0.9), configuration="old", validation=None)

    assert decision.verdict == "unproven"
    assert "`recsys validate`" in decision.reasons[0]


def test_another_configuration_may_be_compared_on_the_validations_customers() -> None:
    """There is no evaluation of it; the champion's models were measured beside its own."""
    champions: dict[str, Any] = {"map_at_12": 0.040, "map_at_12_interval": (0.04, 0.04), "segments": {}, "lift": 2.0}
    as_good, worse = {"measured": 0.041, "champion": 0.040}, {"measured": 0.039, "champion": 0.040}

    def verdict(means: dict[str, float]) -> str:
        return judge(None, validation=made_up(means, champions)).verdict

    assert (verdict(as_good), verdict(worse)) == ("promote", "unproven")


@pytest.mark.parametrize("lists", [ListFigures(0.009, 0.2), ListFigures(0.5, 0.004)])
@pytest.mark.parametrize("configuration", ["old", "new"])
def test_collapsed_lists_are_refused_whoever_made_them(lists: ListFigures, configuration: str) -> None:
    decision = judge(replace(MEASURED, value=0.9), lists=lists, configuration=configuration)

    assert "the gate asks" in failures(decision)[0]


@pytest.mark.parametrize(
    ("ours", "theirs", "reason"),
    [
        (None, MEASURED, "configuration new was not evaluated within the last 60 days"),
        (MEASURED, None, "no label window on which both it and the champion old were evaluated lately"),
        (replace(MEASURED, label_days=2), MEASURED, "no label window on which both it and the champion old"),
        (
            replace(MEASURED, label_start="2020-07-16"),
            replace(MEASURED, label_start="2020-07-16"),
            "no label window on which both it and the champion old",
        ),
    ],
)
def test_what_cannot_be_compared_is_unproven_and_says_what_to_do(
    ours: EvaluationRecord | None, theirs: EvaluationRecord | None, reason: str
) -> None:
    decision = judge(ours, theirs=theirs)

    assert decision.verdict == "unproven"
    assert decision.reasons[0].startswith(reason)
    assert decision.reasons[0].endswith(": `recsys evaluate` or `recsys compare`, then `recsys promote`")


def test_the_latest_window_of_both_decides() -> None:
    later = replace(MEASURED, label_start="2020-09-08")
    ours = {WINDOW: replace(MEASURED, value=0.99), ("2020-09-08", 7): replace(later, value=0.01)}
    champion = Champion("old", {WINDOW: MEASURED, ("2020-09-08", 7): later})

    decision = decide(Gate(), Challenger("new", dt.date(2020, 9, 15), VARIED, ours, made_up()), champion)

    assert "0.0100, the champion's 0.0250 asks 0.0250" in failures(decision)


@pytest.mark.parametrize(
    ("first", "evidence", "verdict"),
    [
        ("accept", {}, "promote"),
        ("beats_baselines", {}, "unproven"),
        ("beats_baselines", {WINDOW: MEASURED}, "promote"),
        ("beats_baselines", {WINDOW: replace(MEASURED, value=0.020)}, "refuse"),
    ],
)
def test_the_first_champion(first: Any, evidence: dict[tuple[str, int], EvaluationRecord], verdict: str) -> None:
    challenger = Challenger("new", dt.date(2020, 9, 15), VARIED, evidence, made_up())

    assert decide(Gate(first=first), challenger, None).verdict == verdict


def test_the_shipped_file_says_every_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("RECSYS_PROMOTION", raising=False)

    assert yaml.safe_load(SHIPPED.read_text()) == Gate().model_dump()
    assert load_gate(Workspace(tmp_path)) == Gate()


def test_a_workspace_has_its_own_gate_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("RECSYS_PROMOTION", raising=False)
    (tmp_path / "promotion.yaml").write_text("first: beats_baselines\n")
    assert load_gate(Workspace(tmp_path)).first == "beats_baselines"

    (tmp_path / "other.yaml").write_text("")
    monkeypatch.setenv("RECSYS_PROMOTION", str(tmp_path / "other.yaml"))
    assert load_gate(Workspace(tmp_path)) == Gate()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fist: accept", "fist = 'accept': Extra inputs"),
        ("champion: {min_gain: lots}", "champion.min_gain = 'lots'"),
        ("refused: [", "is not YAML"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "promotion.yaml").write_text(text)

    with pytest.raises(ValueError, match=r"promotion\.yaml.*" + message.replace("[", r"\[")):
        load_gate(Workspace(tmp_path))


def test_a_promotion_file_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RECSYS_PROMOTION", "/no/such/gate.yaml")

    with pytest.raises(ValueError, match=r"no promotion file /no/such/gate\.yaml"):
        load_gate(Workspace(tmp_path))
