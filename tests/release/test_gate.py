import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from recsys_core.home import Home
from recsys_core.release.evidence import Evidence
from recsys_core.release.gate import SHIPPED, Challenger, Champion, Decision, Gate, ListFigures, decide, load_gate

WINDOW = ("2020-09-01", 7)
VARIED = ListFigures(distinct=0.5, coverage=0.2)
SEGMENTS = {"new": {"customers": 500, "map_at_12": 0.010}, "active": {"customers": 500, "map_at_12": 0.040}}
MEASURED = Evidence(*WINDOW, 0.025, (0.023, 0.027), {"popular": 0.010, "repurchase_popular": 0.021}, SEGMENTS)
"""What the champion reached."""


def judge(
    ours: Evidence | None, gate: Gate | None = None, theirs: Evidence | None = MEASURED, **about: Any
) -> Decision:
    """A challenger called ``new``, as of 2020-09-15, against a champion called ``old``."""

    def by_window(evidence: Evidence | None) -> dict[tuple[str, int], Evidence]:
        return {(evidence.label_start, evidence.label_days): evidence} if evidence else {}

    challenger = Challenger("new", dt.date(2020, 9, 15), VARIED, by_window(ours))
    return decide(gate or Gate(), replace(challenger, **about), Champion("old", by_window(theirs)))


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


def test_small_segments_are_not_compared() -> None:
    few = {**SEGMENTS, "new": {"customers": 199, "map_at_12": 0.0}}

    assert judge(replace(MEASURED, segments=few)).verdict == "promote"


def test_a_metric_without_interval_is_compared_by_its_value_alone() -> None:
    gate = Gate(metric="map_at_12_without_rules")

    assert len(judge(replace(MEASURED, interval=None, segments={}), gate).reasons) == 2


def test_the_champions_own_configuration_goes_on_without_evidence() -> None:
    assert judge(None, configuration="old").verdict == "promote"


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
    ours: Evidence | None, theirs: Evidence | None, reason: str
) -> None:
    decision = judge(ours, theirs=theirs)

    assert decision.verdict == "unproven"
    assert decision.reasons[0].startswith(reason)
    assert decision.reasons[0].endswith(": `recsys evaluate` or `recsys compare`, then `recsys promote`")


def test_the_latest_window_of_both_decides() -> None:
    later = replace(MEASURED, label_start="2020-09-08")
    ours = {WINDOW: replace(MEASURED, value=0.99), ("2020-09-08", 7): replace(later, value=0.01)}
    champion = Champion("old", {WINDOW: MEASURED, ("2020-09-08", 7): later})

    decision = decide(Gate(), Challenger("new", dt.date(2020, 9, 15), VARIED, ours), champion)

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
def test_the_first_champion(first: Any, evidence: dict[tuple[str, int], Evidence], verdict: str) -> None:
    challenger = Challenger("new", dt.date(2020, 9, 15), VARIED, evidence)

    assert decide(Gate(first=first), challenger, None).verdict == verdict


def test_the_shipped_file_says_every_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("RECSYS_PROMOTION", raising=False)

    assert yaml.safe_load(SHIPPED.read_text()) == Gate().model_dump()
    assert load_gate(Home(tmp_path)) == Gate()


def test_a_home_has_its_own_gate_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("RECSYS_PROMOTION", raising=False)
    (tmp_path / "promotion.yaml").write_text("first: beats_baselines\n")
    assert load_gate(Home(tmp_path)).first == "beats_baselines"

    (tmp_path / "other.yaml").write_text("")
    monkeypatch.setenv("RECSYS_PROMOTION", str(tmp_path / "other.yaml"))
    assert load_gate(Home(tmp_path)) == Gate()


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
        load_gate(Home(tmp_path))


def test_a_promotion_file_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RECSYS_PROMOTION", "/no/such/gate.yaml")

    with pytest.raises(ValueError, match=r"no promotion file /no/such/gate\.yaml"):
        load_gate(Home(tmp_path))
