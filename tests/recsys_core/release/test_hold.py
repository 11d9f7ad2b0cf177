"""A rollback holds until a newer release passes the gate, or somebody lifts it."""

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from recsys_core.contracts.release import LISTS, MANIFEST, TABLES_MADE_AT
from recsys_core.pipeline import publish as publishing
from recsys_core.pipeline import stages
from recsys_core.pipeline.configuration import configuration_key
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.publish import publish
from recsys_core.promotion.evaluation_records import champion_of, read_decisions
from recsys_core.promotion.going_live import lift, promote, rollback
from recsys_core.promotion.judging import HeldBackError
from recsys_core.release import history
from recsys_core.release.hold import behind, bring_live, hold_release, kept_off, lift_hold
from recsys_core.release.listing import release_table
from recsys_core.release.pointer import ReleaseInfo, go_live, list_releases, live_id, publishing_alone
from recsys_core.release.publish import too_old
from recsys_core.serving import Release, open_live
from recsys_core.serving.hold import held_releases, hold_path
from recsys_core.store.artifacts import ArtifactSpec, ArtifactStore, write_json
from recsys_core.testing.damage import flip_byte
from recsys_core.workspace import Workspace, flip_link
from tests.recsys_core.release.test_promotion import evaluated, other


def made(workspace: Workspace, name: str, cutoff: str = "2020-09-20", minute: int | None = None) -> ReleaseInfo:
    """A release of one letter, made in the minute of its place in the alphabet."""
    folder = workspace.releases / name
    folder.mkdir(parents=True)
    at = f"2020-09-20T00:{ord(name) - ord('a') if minute is None else minute:02d}:00Z"
    (folder / MANIFEST).write_text(json.dumps({"id": name, "created_at": at, "cutoff": cutoff}))
    return next(release for release in list_releases(workspace) if release.id == name)


@pytest.fixture
def three(workspace: Workspace) -> Sequence[ReleaseInfo]:
    """a, b and c, which were live in this order."""
    releases = [made(workspace, name) for name in "abc"]
    for release in releases:
        go_live(workspace, release.id)
    return releases


def roll(workspace: Workspace, release: ReleaseInfo, to: str) -> None:
    hold_release(workspace, release, to, "ann", "odd lists")
    bring_live(workspace, to, history.ROLLBACK, "ann", "odd lists")


def held(workspace: Workspace) -> list[str]:
    return [entry.release for entry in held_releases(workspace)]


def test_successive_rollbacks_hold_all_that_they_left(workspace: Workspace, three: Sequence[ReleaseInfo]) -> None:
    a, b, c = three
    roll(workspace, c, to="b")
    roll(workspace, b, to="a")

    assert held(workspace) == ["c", "b"]
    entry = held_releases(workspace)[1]
    assert (entry.release, entry.to, entry.cutoff, entry.by, entry.why) == ("b", "a", "2020-09-20", "ann", "odd lists")
    assert entry.at.startswith("20")
    assert kept_off(workspace, a, passed=False) is None  # it is live
    assert "rolled back at" in str(kept_off(workspace, b, passed=True))


def test_going_to_a_held_release_lifts_it_and_keeps_what_was_held_before(
    workspace: Workspace, three: Sequence[ReleaseInfo]
) -> None:
    roll(workspace, three[2], to="b")
    roll(workspace, three[1], to="a")
    bring_live(workspace, "b", history.ROLLBACK, "ben")
    assert held(workspace) == ["c"]
    bring_live(workspace, "c", history.PROMOTE, "ben")
    assert held(workspace) == []
    assert not hold_path(workspace).exists()
    lines = [json.loads(line) for line in workspace.history.read_text().splitlines()]
    assert [(line["action"], line["release"], line["by"]) for line in lines[-4:]] == [
        ("rollback", "b", "ben"),
        ("lift", "b", "ben"),
        ("promote", "c", "ben"),
        ("lift", "c", "ben"),
    ]


@pytest.mark.parametrize(
    ("name", "cutoff", "minute", "passed", "reason"),
    [
        ("d", "2020-09-20", 3, True, None),
        ("d", "2020-09-21", 3, True, None),
        ("d", "2020-09-19", 3, True, "not newer than c"),
        ("d", "2020-09-20", 1, True, "not newer than c"),
        ("d", "2020-09-20", 3, False, "the gate has not compared it"),
    ],
)
def test_only_a_newer_release_that_passed_gets_past_a_hold(
    workspace: Workspace,
    three: Sequence[ReleaseInfo],
    name: str,
    cutoff: str,
    minute: int,
    passed: bool,
    reason: str | None,
) -> None:
    roll(workspace, three[2], to="b")
    release = made(workspace, name, cutoff, minute)

    said = kept_off(workspace, release, passed)

    assert (said is None) if reason is None else (reason in str(said))


def test_what_was_live_before_is_no_newer_when_it_is_made_again(
    workspace: Workspace, three: Sequence[ReleaseInfo]
) -> None:
    roll(workspace, three[2], to="b")
    again = replace(three[0], manifest={**three[0].manifest, "created_at": "2020-09-20T00:09:00Z"})
    assert "not newer than c" in str(kept_off(workspace, again, passed=True))


def test_a_release_whose_flip_was_killed_is_still_newer(workspace: Workspace, three: Sequence[ReleaseInfo]) -> None:
    roll(workspace, three[2], to="b")
    release = made(workspace, "d")
    history.note(workspace, history.PUBLISH, "d")
    assert kept_off(workspace, release, passed=True) is None


def test_a_rollback_killed_before_its_flip_holds_nothing(workspace: Workspace, three: Sequence[ReleaseInfo]) -> None:
    roll(workspace, three[2], to="b")
    hold_release(workspace, three[1], "a", "ann", "")
    assert held(workspace) == ["c"]
    bring_live(workspace, "a", history.ROLLBACK, "ann")
    assert held(workspace) == ["c", "b"]


def test_lifting_is_noted_and_the_way_back_stays(workspace: Workspace, three: Sequence[ReleaseInfo]) -> None:
    roll(workspace, three[2], to="b")
    hold_path(workspace).write_text("{")
    with pytest.raises(ValueError, match=r"hold\.json is damaged"):
        held(workspace)
    hold_path(workspace).unlink()
    go_live(workspace, "c")
    roll(workspace, three[2], to="b")
    assert lift_hold(workspace, "ben", "it was the weather") == ["c"]
    assert held(workspace) == []
    last = json.loads(workspace.history.read_text().splitlines()[-1])
    assert (last["action"], last["release"], last["by"], last["why"]) == ("lift", "c", "ben", "it was the weather")
    assert history.line_of_releases(workspace, "abc") == ["a", "b"]
    with pytest.raises(ValueError, match="nothing is on hold"):
        lift_hold(workspace, "ben", "again")


def test_held_releases_are_kept_however_old(workspace: Workspace, three: Sequence[ReleaseInfo]) -> None:
    roll(workspace, three[2], to="b")
    for name in "def":
        made(workspace, name)
    assert too_old(workspace, keep=2) == [release for release in list_releases(workspace) if release.id == "d"]


def test_the_table_says_what_is_live_and_what_is_held(workspace: Workspace, three: Sequence[ReleaseInfo]) -> None:
    roll(workspace, three[2], to="b")
    at = held_releases(workspace)[0].at
    assert release_table(workspace) == [
        "   RELEASE  STATE  MADE                  CUT-OFF     HOLD",
        f"   c        held   2020-09-20T00:02:00Z  2020-09-20  rolled back at {at} by ann: odd lists",
        "*  b        live   2020-09-20T00:01:00Z  2020-09-20",
        "   a        -      2020-09-20T00:00:00Z  2020-09-20",
    ]


def test_publishing_the_same_again_stays_rolled_back_until_a_newer_release_passes(
    ready: BuildPlan, caplog: pytest.LogCaptureFixture
) -> None:
    workspace, second, third = ready.workspace, other(ready), other(ready, within_days=9)
    publish(ready)
    publish(second)
    bad = live_id(workspace)
    good = rollback(workspace, by="ann", why="odd lists").id

    made_again = stages.run_stage("publish", second)

    assert live_id(workspace) == good
    assert made_again["release"] == good
    assert made_again["held"] == bad
    assert "by ann: odd lists" in made_again["why"]
    assert f"`recsys promote --release {bad} --force`" in caplog.text
    assert [line["verdict"] for line in read_decisions(workspace)][-1] == "held"
    with pytest.raises(HeldBackError, match=r"by ann: odd lists\. `recsys release lift"):
        promote(workspace, bad)
    assert live_id(workspace) == good

    evaluated(ready)
    evaluated(third, map_at_12=0.031)
    assert publish(third).held == ""
    assert live_id(workspace) not in (good, bad)
    assert held(workspace) == []


def test_a_release_does_not_replace_that_of_a_later_day(ready: BuildPlan, caplog: pytest.LogCaptureFixture) -> None:
    """A backfill makes days again that have passed."""
    workspace = ready.workspace
    go_live(workspace, made(workspace, "later", cutoff="2020-12-01", minute=1).id)

    done = publish(ready)

    assert (done.id, live_id(workspace)) == ("later", "later")
    remedy = f"`recsys promote --release {done.held} --force` makes it live"
    assert done.why == f"later, of a later day, is live; {remedy}"
    assert done.why in caplog.text
    with pytest.raises(HeldBackError, match="later, of a later day, is live"):
        promote(workspace, done.held)
    promote(workspace, done.held, force=True)
    assert live_id(workspace) == done.held


def of_tables(workspace: Workspace, name: str, made_at: str, cutoff: str = "2020-09-20") -> ReleaseInfo:
    """A release of tables that no other was made from."""
    release = made(workspace, name, cutoff, minute=1)
    data = {"content_sha256": f"tables of {name}", TABLES_MADE_AT: made_at}
    write_json(release.path / MANIFEST, {**release.manifest, "data": data})
    return next(each for each in list_releases(workspace) if each.id == name)


def make_current(workspace: Workspace, name: str) -> None:
    """Tables that a later ingest made, and that are current now."""
    store, spec = ArtifactStore(workspace), ArtifactSpec("tables", 1, {"name": name})
    with store.build(spec):
        pass
    flip_link(workspace.tables, spec.key)


@pytest.mark.parametrize(
    ("made_at", "cutoff", "is_behind"),
    [
        ("2020-09-20T03:00:00Z", "2020-09-20", True),
        ("2020-09-20T10:00:00Z", "2020-09-20", False),
        ("2020-09-20T03:00:00Z", "2020-09-21", False),
    ],
)
def test_a_release_is_behind_one_of_newer_tables_as_of_the_same_day(
    workspace: Workspace, made_at: str, cutoff: str, is_behind: bool
) -> None:
    go_live(workspace, of_tables(workspace, "a", "2020-09-20T09:00:00Z").id)
    assert bool(behind(workspace, of_tables(workspace, "b", made_at, cutoff))) == is_behind


def test_an_old_release_that_does_not_name_the_time_of_its_tables_stops_none(workspace: Workspace) -> None:
    go_live(workspace, made(workspace, "a").id)
    assert behind(workspace, of_tables(workspace, "b", "2020-09-20T03:00:00Z")) is None


def test_a_run_of_older_tables_does_not_replace_what_newer_ones_made_the_same_day(ready: BuildPlan) -> None:
    """A red run is cleared after a file was corrected, or a customer's data were deleted, and another run published."""
    workspace, changed = ready.workspace, other(ready)
    go_live(workspace, of_tables(workspace, "newer", "2999-01-01T00:00:00Z").id)
    make_current(workspace, "corrected")

    done = publish(ready)

    assert (done.id, live_id(workspace)) == ("newer", "newer")
    assert done.why == f"newer, of newer tables, is live; `recsys promote --release {done.held} --force` makes it live"
    promote(workspace, done.held, force=True)
    assert publish(changed).live  # the same tables, and other rules
    assert rollback(workspace).id == done.held


def test_tables_that_are_current_again_are_not_older(ready: BuildPlan) -> None:
    """The shop took a correction back: ingest finds the tables of before."""
    go_live(ready.workspace, of_tables(ready.workspace, "newer", "2999-01-01T00:00:00Z").id)
    assert publish(ready).held == ""


def test_a_release_that_was_there_counts_by_the_tables_that_it_was_made_of_again(ready: BuildPlan) -> None:
    workspace = ready.workspace
    first = publish(ready)
    write_json(first.path / MANIFEST, {**first.manifest, "data": {"content_sha256": "x", TABLES_MADE_AT: "2019"}})
    go_live(workspace, of_tables(workspace, "newer", "2019-12-31").id)
    make_current(workspace, "of orders that came since")
    assert publish(ready).id == first.id


def test_a_release_that_nobody_compared_does_not_lift_a_hold(ready: BuildPlan) -> None:
    workspace, challenger = ready.workspace, other(ready)
    first, second = publish(ready), publish(challenger)  # the second not evaluated, and live all the same
    assert second.live
    rollback(workspace, by="ann")
    newer = other(ready, within_days=9)

    again = publish(newer)

    assert (again.id, live_id(workspace)) == (first.id, first.id)
    assert "the gate has not compared it" in again.why
    assert champion_of(workspace) == configuration_key(ready)
    evaluated(ready)
    evaluated(newer, map_at_12=0.031)
    assert publish(newer).id == again.held
    assert held(workspace) == []
    assert champion_of(workspace) == configuration_key(newer)


def test_what_is_held_names_no_champion_until_the_hold_is_lifted(ready: BuildPlan) -> None:
    workspace, challenger = ready.workspace, other(ready)
    publish(ready)
    evaluated(ready)
    evaluated(challenger, map_at_12=0.031)
    second = publish(challenger).id
    rollback(workspace)

    assert publish(challenger).held == second
    assert champion_of(workspace) == configuration_key(ready)
    assert lift(workspace, "measured again") == [second]
    assert publish(challenger).id == second
    assert champion_of(workspace) == configuration_key(challenger)


def test_damaged_lists_come_back_as_the_runbook_says(ready: BuildPlan) -> None:
    """``docs/runbooks/fewer-own-lists.md``, in one process that has the damaged release open all the while."""
    workspace, second = ready.workspace, other(ready)
    publish(ready)
    damaged = publish(second)
    n_lists = len(Release(damaged.path).lists)
    flip_byte(damaged.path / LISTS / "article_idx.npy")
    assert len(open_live(workspace).lists) == 0

    rollback(workspace, why="lists are damaged")
    assert publish(second).held == damaged.id
    lift(workspace, why="lists were made again")
    assert publish(second).id == damaged.id
    assert len(open_live(workspace).lists) == n_lists > 0


def test_forcing_an_older_release_live_holds_the_newer_one(ready: BuildPlan) -> None:
    workspace, challenger = ready.workspace, other(ready)
    first = publish(ready)
    write_json(first.path / MANIFEST, {**first.manifest, "created_at": "2020-09-20T00:00:00Z"})
    second = publish(challenger)

    promote(workspace, first.id, force=True, reason="as last year", by="ben")

    assert [(entry.release, entry.by, entry.why) for entry in held_releases(workspace)] == [
        (second.id, "ben", "as last year")
    ]
    assert publish(challenger).id == first.id
    promote(workspace, second.id, force=True)
    assert held(workspace) == []


KILLED = """
import os, signal, sys
from pathlib import Path
from recsys_core.workspace import Workspace
from recsys_core.release import pointer
from recsys_core.promotion.going_live import rollback
def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)
pointer.flip_link = die
rollback(Workspace(Path(sys.argv[1])))
"""


def test_a_rollback_killed_between_note_and_flip_changed_nothing_and_can_be_done_again(ready: BuildPlan) -> None:
    workspace, challenger = ready.workspace, other(ready)
    first, second = publish(ready), publish(challenger)
    killed = subprocess.run([sys.executable, "-c", KILLED, str(workspace.root)], check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr

    assert (live_id(workspace), held(workspace)) == (second.id, [])
    assert publish(challenger).id == second.id
    assert rollback(workspace).id == first.id
    assert held(workspace) == [second.id]


def test_a_rollback_while_another_process_publishes_wins(ready: BuildPlan, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace, challenger = ready.workspace, other(ready)
    first, second = publish(ready), publish(challenger)
    judge = publishing.judge

    def judge_late(*arguments: Any) -> Any:
        decision = judge(*arguments)
        rollback(workspace)  # what an operator does while the gate thinks
        return decision

    monkeypatch.setattr(publishing, "judge", judge_late)
    assert publish(challenger).held == second.id
    assert live_id(workspace) == first.id


def test_a_rollback_waits_for_the_process_that_flips(ready: BuildPlan) -> None:
    workspace = ready.workspace
    first, second = publish(ready), publish(other(ready))
    with ThreadPoolExecutor(1) as pool:
        with publishing_alone(workspace):
            waiting = pool.submit(rollback, workspace)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.3)
            assert (live_id(workspace), held(workspace)) == (second.id, [])
        assert waiting.result(timeout=60).id == first.id
