"""Metrics of the pipeline, of records that the pipeline's own code wrote."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from recsys_core.contracts.release import MANIFEST
from recsys_core.release.hold import hold_path
from recsys_core.serving import Release
from recsys_core.store.release_fetch import note_fetch
from recsys_core.workspace import Workspace
from tests.support.metrics_samples import samples, series
from tests.support.operated import COMPARED, decide, hold, raise_alert, take_in, workspace_with

DAY_20 = 1_600_560_000
"""2020-09-20T00:00:00Z."""
HOUR = 3600
RECORDS = {
    "live": ("recsys_live",),
    "hold": ("recsys_hold",),
    "fetch": ("recsys_release_fetch",),
    "ingest": ("recsys_ingest", "recsys_newest"),
    "decisions": ("recsys_decisions", "recsys_last_decision", "recsys_last_publish"),
    "alerts": ("recsys_alerts", "recsys_last_alert"),
}
"""Beginnings of the names of each record's metrics."""


@pytest.fixture
def workspace(shop: Settings, release: Release, tmp_path: Path) -> Workspace:
    shop.RECSYS_WORKSPACE = tmp_path / "operated"
    return workspace_with(release, shop.RECSYS_WORKSPACE)


def last_publish() -> float | None:
    return samples().get("recsys_last_publish_timestamp_seconds")


def of_workspace(found: dict[str, float]) -> set[str]:
    """Names of the metrics that come from records."""
    return {name.partition("{")[0] for name in found if name.startswith("recsys_")} - {"recsys_record_readable"}


def test_the_live_release_tells_its_day_its_age_and_its_size(workspace: Workspace, release: Release) -> None:
    found = samples()
    assert found[series("shop_live_release", release=release.id)] == 1
    assert found["shop_first_release"] == 0
    assert found["recsys_live_release_cutoff_timestamp_seconds"] == DAY_20
    made = dt.datetime.fromisoformat(release.manifest["created_at"]).timestamp()
    assert found["recsys_live_release_created_timestamp_seconds"] == made
    assert found["recsys_live_release_since_timestamp_seconds"] == workspace.live.lstat().st_mtime
    assert found[series("recsys_live_release_rows", table="articles")] == 300
    assert found[series("recsys_live_release_rows", table="customers")] == 50


def test_a_release_tells_of_which_day_its_models_are_or_that_there_are_none(
    shop: Settings, release: Release, tmp_path: Path
) -> None:
    shop.RECSYS_WORKSPACE = tmp_path / "trained"
    workspace_with(release, shop.RECSYS_WORKSPACE, models_as_of="2020-09-18")
    assert samples()["recsys_live_release_models_timestamp_seconds"] == DAY_20 - 2 * 24 * HOUR
    shop.RECSYS_WORKSPACE = tmp_path / "first"
    workspace_with(release, shop.RECSYS_WORKSPACE, models_as_of=None, first_release=True)
    found = samples()
    assert found["shop_first_release"] == 1
    assert "recsys_live_release_models_timestamp_seconds" not in found


def test_the_last_ingest_tells_the_newest_purchase_and_what_became_of_the_rows(workspace: Workspace) -> None:
    transactions = [("transactions", 90, 2, 5), ("transactions", 10, 0, 0)]
    take_in(workspace, *transactions, ("articles", 7, 3, 0), days={"2020-09-20": 4, "2020-09-19": 96})
    found = samples()
    rows = {name: value for name, value in found.items() if name.startswith("recsys_ingest_rows{")}
    assert rows == {
        series("recsys_ingest_rows", table="transactions", status="accepted"): 100,
        series("recsys_ingest_rows", table="transactions", status="quarantined"): 2,
        series("recsys_ingest_rows", table="transactions", status="left_out"): 5,
        series("recsys_ingest_rows", table="articles", status="accepted"): 7,
        series("recsys_ingest_rows", table="articles", status="quarantined"): 3,
        series("recsys_ingest_rows", table="articles", status="left_out"): 0,
    }
    assert found["recsys_newest_purchase_timestamp_seconds"] == DAY_20
    report = workspace.ingest_report.with_suffix(".json")
    assert found["recsys_ingest_timestamp_seconds"] == report.stat().st_mtime


def test_a_run_that_brings_a_release_live_or_finds_it_live_has_published(workspace: Workspace) -> None:
    assert last_publish() is None
    decide(workspace, "2020-09-20T01:00:00Z")
    assert last_publish() == DAY_20 + HOUR
    decide(workspace, "2020-09-20T02:00:00Z", "unproven")
    assert last_publish() == DAY_20 + 2 * HOUR


@pytest.mark.parametrize("verdict", ["stopped", "refuse"])
def test_a_release_that_was_stopped_or_refused_is_no_publish(workspace: Workspace, verdict: str) -> None:
    decide(workspace, "2020-09-20T01:00:00Z")
    decide(workspace, "2020-09-20T02:00:00Z", verdict)
    assert last_publish() == DAY_20 + HOUR
    decide(workspace, "2020-09-20T03:00:00Z", by="force")
    assert last_publish() == DAY_20 + 3 * HOUR


def test_a_rollback_is_no_publish_and_a_run_that_it_holds_is_one(workspace: Workspace) -> None:
    decide(workspace, "2020-09-20T01:00:00Z")
    decide(workspace, "2020-09-20T02:00:00Z", by="rollback", cutoff="2020-09-19")
    assert last_publish() == DAY_20 + HOUR
    decide(workspace, "2020-09-20T03:00:00Z", "held", cutoff="2020-09-21")
    assert last_publish() == DAY_20 + 3 * HOUR


def test_a_backfill_of_earlier_days_does_not_hide_that_no_day_is_made(workspace: Workspace) -> None:
    decide(workspace, "2020-09-20T01:00:00Z")
    decide(workspace, "2020-09-20T02:00:00Z", "held", cutoff="2020-09-18")
    assert last_publish() == DAY_20 + HOUR


def test_decisions_are_counted_by_verdict_with_the_time_of_the_last(workspace: Workspace) -> None:
    for hour, verdict in enumerate(["promote", "stopped", "promote"]):
        decide(workspace, f"2020-09-20T0{hour}:00:00Z", verdict)
    found = samples()
    assert found[series("recsys_decisions_total", verdict="promote")] == 2
    assert found[series("recsys_decisions_total", verdict="stopped")] == 1
    assert found[series("recsys_last_decision_timestamp_seconds", verdict="promote")] == DAY_20 + 2 * HOUR
    assert found[series("recsys_last_decision_timestamp_seconds", verdict="stopped")] == DAY_20 + HOUR


def test_the_figures_of_the_guard_are_those_of_the_last_comparison(workspace: Workspace) -> None:
    decide(workspace, "2020-09-20T01:00:00Z", health=COMPARED | {"changed": 1.0})
    decide(workspace, "2020-09-20T02:00:00Z", health=COMPARED)
    decide(workspace, "2020-09-20T03:00:00Z")
    ratios = {name: value for name, value in samples().items() if name.startswith("recsys_guard_ratio")}
    assert ratios == {
        series("recsys_guard_ratio", figure="changed"): 0.03125,
        series("recsys_guard_ratio", figure="repriced"): 0,
        series("recsys_guard_ratio", figure="in_stock"): 0.75,
        series("recsys_guard_ratio", figure="distinct"): 0.5,
        series("recsys_guard_ratio", figure="coverage"): 0.25,
        series("recsys_guard_ratio", figure="gini"): 0.125,
        series("recsys_guard_ratio", figure="cold"): 0.0625,
    }


def test_alerts_are_counted_by_kind_and_dag(workspace: Workspace) -> None:
    raise_alert(workspace, "2020-09-20T00:00:00+00:00")  # of a version without the DAG
    raise_alert(workspace, "2020-09-20T01:00:00+00:00", dag="daily_release")
    raise_alert(workspace, "2020-09-20T02:00:00+00:00", dag="daily_release")
    raise_alert(workspace, "2020-09-20T03:00:00+00:00", "deadline_missed", dag="daily_release")
    found = samples()
    failed = {"kind": "task_failed", "dag": "daily_release"}
    assert found[series("recsys_alerts_total", **failed)] == 2
    assert found[series("recsys_last_alert_timestamp_seconds", **failed)] == DAY_20 + 2 * HOUR
    assert found[series("recsys_alerts_total", kind="deadline_missed", dag="daily_release")] == 1
    assert found[series("recsys_alerts_total", kind="task_failed", dag="")] == 1


def test_a_rollback_that_holds_has_its_time(workspace: Workspace, release: Release) -> None:
    assert samples()["shop_held_releases"] == 0
    before = dt.datetime.now(dt.UTC).timestamp()
    hold(workspace, release)
    found = samples()
    assert found["shop_held_releases"] == 1
    assert before - 1 <= found["recsys_hold_timestamp_seconds"] <= before + 60


def test_a_store_that_fails_is_told_with_the_last_time_when_it_did_not(workspace: Workspace) -> None:
    note_fetch(workspace)
    whole = samples()
    note_fetch(workspace, "cannot read the pointer")
    failing = samples()
    fetched_at = whole["recsys_release_fetch_timestamp_seconds"]
    assert dt.datetime.now(dt.UTC).timestamp() - 60 < fetched_at <= dt.datetime.now(dt.UTC).timestamp()
    assert failing["recsys_release_fetch_timestamp_seconds"] == fetched_at
    assert (whole["recsys_release_fetch_failing"], failing["recsys_release_fetch_failing"]) == (0, 1)


def test_an_empty_workspace_has_no_metrics_of_records(empty_home: Workspace) -> None:
    found = samples()
    assert of_workspace(found) == set()
    assert {found[series("recsys_record_readable", record=record)] for record in RECORDS} == {1}
    assert (found["shop_first_release"], found["shop_held_releases"]) == (0, 0)
    assert not [name for name in found if name.startswith("shop_live_release")]


def test_a_pointer_to_a_release_that_is_gone_is_no_live_release(workspace: Workspace) -> None:
    workspace.live.unlink()
    workspace.live.symlink_to("2020-09-21-00000000")
    assert not [name for name in samples() if "live_release" in name]


def file_of(workspace: Workspace, record: str) -> Path:
    return {
        "live": workspace.live / MANIFEST,
        "hold": hold_path(workspace),
        "fetch": workspace.fetch_record,
        "ingest": workspace.ingest_report.with_suffix(".json"),
        "decisions": workspace.decisions,
        "alerts": workspace.alerts,
    }[record]


def write_all(workspace: Workspace) -> None:
    take_in(workspace, ("transactions", 1, 0, 0))
    decide(workspace, "2020-09-20T01:00:00Z")
    raise_alert(workspace, "2020-09-20T01:00:00+00:00", dag="daily_release")
    hold_path(workspace).write_text("[]")
    note_fetch(workspace)


def cut_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-3])


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def no_text(file: Path) -> None:
    file.write_bytes(b"\xff\xfe\x00")


def of_another_kind(file: Path) -> None:
    file.write_text("[1]\n")


def a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def a_loop(file: Path) -> None:
    file.unlink()
    file.symlink_to(file.name)


@pytest.mark.parametrize("damage", [cut_off, emptied, no_text, of_another_kind, a_folder, a_loop])
@pytest.mark.parametrize("record", RECORDS)
def test_a_damaged_record_silences_no_other_one(
    workspace: Workspace, record: str, damage: Callable[[Path], None]
) -> None:
    write_all(workspace)
    whole = of_workspace(samples())
    damage(file_of(workspace, record))
    found = samples()
    others = {series("recsys_record_readable", record=other) for other in RECORDS if other != record}
    assert {found[other] for other in others} == {1}
    assert {name for name in whole if not name.startswith(RECORDS[record])} <= of_workspace(found)
    is_of_lines = record in ("decisions", "alerts")
    may_be_left_out = is_of_lines and damage in (cut_off, emptied, of_another_kind)
    assert found[series("recsys_record_readable", record=record)] == int(may_be_left_out)


def test_a_decision_with_nothing_to_compare_with_counts(workspace: Workspace) -> None:
    """The first of a shop: there are figures of its lists alone."""
    decide(workspace, "2020-09-20T01:00:00Z", health={"now": COMPARED["now"]})
    found = samples()
    assert found[series("recsys_decisions_total", verdict="promote")] == 1
    assert found["recsys_last_publish_timestamp_seconds"] == DAY_20 + HOUR
    assert not [name for name in found if name.startswith("recsys_guard_ratio")]


def test_a_torn_last_line_leaves_the_lines_before(workspace: Workspace) -> None:
    decide(workspace, "2020-09-20T01:00:00Z")
    decide(workspace, "2020-09-20T02:00:00Z")
    cut_off(workspace.decisions)
    assert last_publish() == DAY_20 + HOUR
