"""Parts of the console's pages, made from a workspace's records."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from recsys_core.records import alias_moves, decisions
from recsys_core.release import history
from recsys_core.release.hold import bring_live, hold_release
from recsys_core.release.pointer import ReleaseInfo
from recsys_core.store.artifacts import write_json
from recsys_core.store.json_lines import append_line
from recsys_core.workspace import Workspace
from tests.support.image_encoders import write_encoder, write_given_encoder, write_manifest, write_report
from tests.support.operated import decide, raise_alert
from tests.support.operated_workspace import MARKUP, operated_workspace, write_batch, write_measurement, write_record

NOW = dt.datetime(2020, 9, 23, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _before_airflow_is_imported(_airflow_environment: None) -> None:
    """Its own folders."""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("RECSYS_WORKSPACE", str(tmp_path))
    return Workspace(tmp_path)


def release(workspace: Workspace, name: str, **more: Any) -> ReleaseInfo:
    """A release of nothing but its manifest; its id begins with its cut-off."""
    made = {"id": name, "cutoff": name[:10], "created_at": f"{name[:10]}T03:20:00Z", "first_release": False}
    manifest = made | {"milvus": {"collections": {"articles": "a"}}, "content": {}} | more
    (workspace.releases / name).mkdir(parents=True)
    write_json(workspace.releases / name / "manifest.json", manifest)
    return ReleaseInfo(name, workspace.releases / name, False, manifest)


def said(workspace: Workspace, **schedule: Any) -> list[str]:
    """Troubles at noon on the 23rd."""
    from recsys_airflow.console.schedule import Schedule
    from recsys_airflow.console.state import State
    from recsys_airflow.console.troubles import troubles

    known = Schedule(is_known=True, **schedule)
    return [trouble.text for trouble in troubles(State.read(workspace), known, NOW)]


def test_a_fresh_release_has_no_trouble(workspace: Workspace) -> None:
    bring_live(workspace, release(workspace, "2020-09-23-a").id, history.PUBLISH, "gate")
    assert said(workspace, last_state="success") == []


def test_what_is_wrong_with_the_schedule_and_an_empty_workspace_is_told(workspace: Workspace) -> None:
    assert said(workspace, is_paused=True, last_run="r1", last_state="failed") == [
        "daily_release is paused, no run will begin",
        "the last run failed: r1",
        "no release is live: the shop has no lists",
    ]


def test_an_old_first_release_without_its_parts_is_told(workspace: Workspace) -> None:
    lost = {"first_release": True, "milvus": None, "content": {"ledger.json": "0", "fallbacks.json": "1"}}
    bring_live(workspace, release(workspace, "2020-09-20-a", **lost).id, history.FIRST, "gate")
    assert said(workspace) == [
        "the live release was made 3 days ago",
        "the live release is a first one: nothing was trained for it",
        "the live release has no Milvus collection",
        "the live release lacks fallbacks.json and 1 more",
    ]


def test_a_hold_a_guard_stop_and_the_alerts_of_the_last_days_are_told(workspace: Workspace) -> None:
    earlier, later = release(workspace, "2020-09-22-a"), release(workspace, "2020-09-23-b")
    bring_live(workspace, later.id, history.PUBLISH, "gate")
    hold_release(workspace, later, earlier.id, "ann", "odd lists")
    bring_live(workspace, earlier.id, history.ROLLBACK, "ann", "odd lists")
    stopped = {"release": "2020-09-24-c", "cutoff": "2020-09-24", "reasons": ["a median price of 2499"]}
    decide(workspace, verdict="stopped", **stopped)
    for at in ("2020-09-20T11:00:00+00:00", "2020-09-23T03:00:00+00:00"):
        raise_alert(workspace, at, text=f"ingest failed at {at[8:10]}", where="the log")
    hold, stop, alert = said(workspace)
    assert hold.startswith("2020-09-23-b is on hold, rolled back at ")
    assert hold.endswith(" by ann: odd lists")
    assert (stop, alert) == ("the guard stopped 2020-09-24-c: a median price of 2499", "ingest failed at 23")


def test_a_decision_about_an_earlier_day_than_the_live_one_is_no_trouble(workspace: Workspace) -> None:
    bring_live(workspace, release(workspace, "2020-09-23-a").id, history.PUBLISH, "gate")
    decide(workspace, verdict="held", release="x", cutoff="2020-09-21", reasons=["past"])
    assert said(workspace) == []


def test_records_are_the_latest_ones_of_a_month(workspace: Workspace) -> None:
    from recsys_airflow.console.state import SHOWN, State

    for i in range(SHOWN + 5):
        raise_alert(workspace, text=str(i))
    with workspace.alerts.open("a") as file:
        file.write('{"text": "torn')
    alerts = State.read(workspace).alerts
    assert (alerts[0].text, len(alerts)) == (str(SHOWN + 4), SHOWN)


def test_a_file_is_late_by_the_days_from_its_first_purchase_to_the_awaited_day(workspace: Workspace) -> None:
    """After the 19th, the 20th is awaited. Two files of one ingest do not make each other late."""
    from recsys_airflow.console.arrivals import read_arrivals

    write_batch(workspace, "all.csv", "2020-09-20T03:00:00Z", ("2018-09-20", "2020-09-19"))
    write_record(workspace.root / "tables" / "a", "2020-09-20T03:02:00Z", {})
    write_batch(workspace, "20.csv", "2020-09-21T03:00:00Z", ("2020-09-20", "2020-09-20"), {"no price": 2})
    write_batch(workspace, "18.csv", "2020-09-21T03:01:00Z", ("2020-09-18", "2020-09-18"))
    write_record(workspace.root / "tables" / "b", "2020-09-21T03:02:00Z", {})
    write_batch(workspace, "19.csv", "2020-09-22T03:00:00Z", ("2020-09-19", "2020-09-20"))
    write_batch(workspace, "articles.csv", "2020-09-22T03:00:01Z", None)
    arrivals = read_arrivals(workspace)
    assert [(arrival.name, arrival.late_by, arrival.bad) for arrival in arrivals] == [
        ("articles.csv", 0, 0),
        ("19.csv", 2, 0),
        ("18.csv", 2, 0),
        ("20.csv", 0, 2),
        ("all.csv", 0, 0),
    ]


def test_a_file_that_was_read_again_without_an_erased_customer_arrived_once(workspace: Workspace) -> None:
    from recsys_airflow.console.arrivals import read_arrivals

    for at in ("2020-09-21T03:00:00Z", "2020-09-20T03:00:00Z"):
        write_batch(workspace, "all.csv", at, ("2018-09-20", "2020-09-19"))
    assert [(arrival.name, arrival.at) for arrival in read_arrivals(workspace)] == [("all.csv", "2020-09-20T03:00:00Z")]


def test_rows_are_counted_by_the_day_of_their_arrival(workspace: Workspace) -> None:
    from recsys_airflow.console.arrivals import by_day, read_arrivals

    write_batch(workspace, "a.csv", "2020-09-20T23:00:00Z", ("2020-09-19", "2020-09-19"), {"no price": 2})
    write_batch(workspace, "b.csv", "2020-09-20T23:30:00Z", None, {"no id": 1})
    write_batch(workspace, "c.csv", "2020-09-21T00:10:00Z", ("2020-09-20", "2020-09-20"))
    assert by_day(read_arrivals(workspace)) == {
        "2020-09-20": {"accepted": 200, "quarantined": 3, "left out": 0},
        "2020-09-21": {"accepted": 100, "quarantined": 0, "left out": 0},
    }


def test_quarantined_rows_are_text_and_not_too_many(workspace: Workspace) -> None:
    from recsys_airflow.console.app import data
    from recsys_airflow.console.arrivals import MAX_ROWS

    operated_workspace(workspace.root)
    page = bytes(data().body).decode()
    assert page.count("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;") == MAX_ROWS
    assert MARKUP not in page
    assert f"150 rows of the current tables' files were not taken; the first {MAX_ROWS} are shown" in page
    assert page.index("transactions_2020-09-18.csv") < page.index("<strong>2 days</strong>")


def test_the_history_of_the_aliases_is_told_the_latest_first(workspace: Workspace) -> None:
    from recsys_airflow.console.app import measured_quality

    first, second = operated_workspace(workspace.root)
    page = bytes(measured_quality().body).decode()
    history = page[page.index("History of the aliases") :]
    assert history.index("9a0b1c2d3e4f5a6b") < history.index(second.id) < history.index("4f3ef2a3c0b5ab6d")
    assert first.id in history
    assert "good &lt;script&gt;" in history


def test_image_encoders_stand_with_alias_report_and_releases(workspace: Workspace) -> None:
    from recsys_airflow.console import quality
    from recsys_airflow.console.app import measured_quality

    write_encoder(workspace, "e1", "2020-09-18T04:00:00Z", run="run-1")
    write_encoder(workspace, "e2", "2020-09-20T04:00:00Z", run="run-2")
    write_given_encoder(workspace, "e3")
    write_report(workspace, "r1", "e2", "2020-09-20T06:00:00Z", 0.93)
    write_manifest(workspace, "2020-09-19-a", "e1")
    write_manifest(workspace, "2020-09-20-b", "e2")
    for runs, alias in ((["run-1"], "champion"), (["run-2"], "challenger"), (["other", "run-2"], "champion")):
        append_line(workspace.aliases, {"at": "2020-09-20T05:00:00Z", "alias": alias, "runs": runs})
    append_line(workspace.aliases, {"at": "2020-09-20T05:00:00Z", "alias": "challenger", "runs": []})

    later, earlier = quality.encoders(workspace, alias_moves(workspace))

    assert (later.model, later.aliases, later.releases) == ("model-e2", ["champion"], ["2020-09-20-b"])
    assert (earlier.model, earlier.aliases, earlier.releases) == ("model-e1", [], ["2020-09-19-a"])
    assert (later.images, later.score, later.report["altered_in_top10"]) == (1200, 0.75, 0.93)
    assert earlier.report == {}
    page = bytes(measured_quality().body).decode()
    section = page[page.index("Image encoders") : page.index("Champion and challengers")]
    assert section.index("model-e2") < section.index("champion") < section.index("0.93") < section.index("model-e1")


def test_pages_of_an_empty_workspace_say_so(workspace: Workspace) -> None:
    from recsys_airflow.console import app
    from recsys_airflow.console.access import Rights

    for answer, text in (
        (app.releases(Rights(True, "")), "There is none yet."),
        (app.diff(), "There are not two releases to compare yet."),
        (app.data(), "No file has been read yet."),
        (app.lists(), "No figures are noted yet"),
        (app.measured_quality(), "Nothing is measured yet."),
    ):
        assert text in bytes(answer.body).decode(), text


@pytest.mark.parametrize(
    ("text", "shown"),
    [("the shop has no lists", "The shop has no lists"), ("daily_release is paused", "daily_release is paused")],
)
def test_a_trouble_begins_with_a_capital_but_a_dags_name_stays_as_it_is(text: str, shown: str) -> None:
    from recsys_airflow.console.pages import sentence

    assert sentence(text) == shown


def test_the_figures_of_a_release_are_those_of_its_latest_decision(workspace: Workspace) -> None:
    from recsys_airflow.console.figures import ListHistory

    now = {"coverage": 0.1, "departments": {"Men": 0.25, "Ladies": 0.75}, "dropped": {"season": 0.5}}
    decide(workspace, release="a", health={"now": {**now, "dropped": {}}})
    decide(workspace, release="b")
    decide(workspace, release="b", health={"now": now})
    decide(workspace, release="b", verdict="stopped", health={"now": now | {"coverage": 0.3}, "changed": 0.9})
    found = ListHistory.of(decisions(workspace)[::-1])
    lines = {line.title: line.values for line in found.lines()}
    assert found.labels == ["a (promote)", "b (stopped)"]
    assert lines["share of the catalogue that is shown"] == [0.1, 0.3]
    assert lines["share of lists that changed wholly"] == [None, 0.9]
    assert [(line.title, line.values) for line in found.drops()] == [("season", [None, 0.5])]
    assert [dict(mix.series) for mix in found.mixes()] == [{"Ladies": [0.75, 0.75], "Men": [0.25, 0.25]}]


def test_a_measurement_stands_beside_the_champion_and_names_its_releases(workspace: Workspace) -> None:
    from recsys_airflow.console import quality

    champion = {"release": "x", "map_at_12": 0.03}
    write_measurement(workspace, "validations/a", "2020-09-20T04:00:00Z", "2020-09-06", 0.02)
    write_measurement(workspace, "validations/b", "2020-09-21T04:00:00Z", "2020-09-13", 0.04, champion)
    later, earlier = quality.validations(workspace)
    assert (later.window, later.value, later.interval) == ("2020-09-13+7", 0.04, (0.038, 0.042))
    assert (later.simple_list, later.simple) == ("popular", 0.018)
    noted = {"map_at_12": 0.02, "label_start": "2020-09-06"}
    decide(workspace, release="r2", validation=noted)
    decide(workspace, release="r1")
    decide(workspace, release="r2", validation=noted)
    assert quality.releases_of(earlier, decisions(workspace)) == ["r2"]
    assert quality.releases_of(later, decisions(workspace)) == []
    plot = quality.intervals("MAP@12", [later, earlier])
    assert plot.ends == (0.018, 0.042)
    assert [span.label for span in plot.spans] == ["2020-09-06+7", "2020-09-13+7"]
    assert [sorted(mark["beside"]) for mark in plot.marks] == [["simple"], ["champion", "simple"]]


@pytest.mark.parametrize(
    ("values", "points"),
    [
        ([1.0, 3.0, 2.0], [(100.0, 114.0), (300.0, 6.0), (500.0, 60.0)]),
        ([5.0, None, 5.0], [(100.0, 60.0), (500.0, 60.0)]),
        ([5.0], [(300.0, 60.0)]),
    ],
)
def test_a_line_fills_its_box(values: list[float | None], points: list[tuple[float, float]]) -> None:
    from recsys_airflow.console.plots import Line

    assert Line("figure", ["a", "b", "c"][: len(values)], values).points == points


def test_a_stack_takes_its_smallest_parts_together_and_leaves_out_empty_ones() -> None:
    from recsys_airflow.console.plots import stack_of

    columns = [{f"p{i}": float(i) for i in range(9)}, {"p8": 4.0, "new": 1.0}]
    stack = stack_of("parts", ["a", "b"], columns)
    assert list(stack.series) == ["p8", "p7", "p6", "p5", "p4", "p3", "3 others"]
    assert stack.series["3 others"] == [3.0, 1.0]
    assert stack.highest == 36.0
    assert [round(bar[3], 2) for bar in stack.bars[:1]] == [40.0]  # a twelfth of the box, less the gaps


def test_the_live_release_and_held_ones_are_marked(workspace: Workspace) -> None:
    from recsys_airflow.console.access import Rights
    from recsys_airflow.console.app import releases

    rows = {"rows": {"customers": 235010, "articles": 105542}, "models_as_of": None}
    earlier, later = (release(workspace, name, **rows) for name in ("2020-09-22-a", "2020-09-23-b"))
    hold_release(workspace, replace(later, live=True), earlier.id, "<b>ann</b>", "odd")
    bring_live(workspace, earlier.id, history.ROLLBACK, "<b>ann</b>", "odd")
    page = bytes(releases(Rights(False, "")).body).decode()
    assert '<strong class="promote">live</strong>' in page
    assert "by &lt;b&gt;ann&lt;/b&gt;: odd" in page
    assert "235,010" in page
    assert "<form" not in page
    assert "<form" in bytes(releases(Rights(True, "t")).body).decode()
