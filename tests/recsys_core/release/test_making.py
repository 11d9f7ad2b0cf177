"""Several processes at one workspace while a release is made."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from typing import Any

import pytest

from recsys_core.pipeline.plan import BuildPlan
from recsys_core.promotion.going_live import rollback
from recsys_core.release import publish
from recsys_core.release.pointer import ReleaseInfo, drop_release, go_live, list_releases, live_id
from recsys_core.release.publish import make_release
from recsys_core.release.verify import verify_release
from recsys_core.workspace import Workspace
from tests.support.release_fixture import release_parts

WAIT_SECONDS = 60
Submit = Callable[..., Future[Any]]


@pytest.fixture
def submit() -> Iterator[Submit]:
    with ThreadPoolExecutor(2) as pool:
        yield pool.submit


class Step:
    """A step of making a release, which waits when it is first called."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
        self.begun, self.may_go_on = Event(), Event()
        self._step = getattr(publish, name)
        monkeypatch.setattr(publish, name, self)

    def __call__(self, *arguments: Any) -> Any:
        first = not self.begun.is_set()
        self.begun.set()
        assert not first or self.may_go_on.wait(WAIT_SECONDS)
        return self._step(*arguments)


def make(plan: BuildPlan, cutoff: str = "2020-09-20") -> ReleaseInfo:
    return make_release(plan.workspace, replace(release_parts(plan), cutoff=cutoff))


def names(workspace: Workspace) -> set[str]:
    """Names in the folder of the releases, without those of the locks."""
    return {path.name for path in workspace.releases.iterdir() if path.suffix != ".lock" and path.name != ".lock"}


@pytest.mark.parametrize("name", ["assemble", "verify_release", "_is_whole"])
def test_a_rollback_does_not_wait_for_a_release_that_is_made(
    ready: BuildPlan, monkeypatch: pytest.MonkeyPatch, submit: Submit, name: str
) -> None:
    workspace = ready.workspace
    first, second = make(ready), make(ready, "2020-09-21")
    for release in (first, second):
        go_live(workspace, release.id)
    step = Step(monkeypatch, name)
    making = submit(make, ready, "2020-09-22")
    assert step.begun.wait(WAIT_SECONDS)
    try:
        assert submit(rollback, workspace).result(WAIT_SECONDS).id == first.id
        assert not making.done()
    finally:
        step.may_go_on.set()
    third = making.result(WAIT_SECONDS)
    assert {one.id for one in list_releases(workspace)} == {first.id, second.id, third.id}
    assert live_id(workspace) == first.id


@pytest.mark.parametrize(("cutoff", "releases"), [("2020-09-20", 1), ("2020-09-21", 2)])
def test_who_publishes_second_waits_and_leaves_the_draft_of_the_first(
    plan: BuildPlan, monkeypatch: pytest.MonkeyPatch, submit: Submit, cutoff: str, releases: int
) -> None:
    """Of the same parts both end with one release, though a day's lists may be those of another day."""
    workspace = plan.workspace
    release_parts(plan)  # both find the catalogue
    step = Step(monkeypatch, "verify_release")
    first = submit(make, plan)
    assert step.begun.wait(WAIT_SECONDS)
    drafts = names(workspace)
    second = submit(make, plan, cutoff)
    try:
        with pytest.raises(TimeoutError):
            second.result(timeout=0.3)
        assert names(workspace) == drafts != set()
    finally:
        step.may_go_on.set()
    made = {first.result(WAIT_SECONDS).id, second.result(WAIT_SECONDS).id}
    assert names(workspace) == made
    assert len(made) == releases
    for release in list_releases(workspace):
        verify_release(release.path)


def test_an_equal_release_that_is_dropped_after_it_was_read_is_made_again(
    plan: BuildPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, is_whole = make(plan), publish._is_whole

    def dropped_then(*arguments: Any) -> bool:
        whole = is_whole(*arguments)
        drop_release(release)
        return whole

    monkeypatch.setattr(publish, "_is_whole", dropped_then)
    assert make(plan).id == release.id
    assert names(plan.workspace) == {release.id}
    verify_release(release.path)


def test_a_killed_runs_draft_and_what_it_had_begun_to_drop_are_removed(plan: BuildPlan) -> None:
    for name in (".draft-of-other-lists", ".dropped-2020-09-19-0badcafe"):
        (plan.workspace.releases / name / "lists").mkdir(parents=True)
    assert names(plan.workspace) == {".draft-of-other-lists", ".dropped-2020-09-19-0badcafe"}
    release = make(plan)
    assert names(plan.workspace) == {release.id}
