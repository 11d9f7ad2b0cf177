import json
from pathlib import Path

import pytest

from recsys_core.contracts.release import MANIFEST
from recsys_core.promotion.going_live import rollback
from recsys_core.release.history import ROLLBACK, live_before
from recsys_core.release.pointer import drop_release, go_live, list_releases, live_id, previous_release
from recsys_core.release.publish import too_old
from recsys_core.serving import open_live
from recsys_core.workspace import Workspace
from tests.support.release_fixture import build_release


def make_folder(workspace: Workspace, name: str, minute: int) -> str:
    folder = workspace.releases / name
    folder.mkdir(parents=True)
    manifest = {"id": name, "created_at": f"2020-09-20T00:{minute:02d}:00Z"}
    (folder / MANIFEST).write_text(json.dumps(manifest))
    return name


@pytest.fixture
def five(workspace: Workspace) -> list[str]:
    """Releases a..e, published in this order."""
    names = [make_folder(workspace, name, minute) for minute, name in enumerate("abcde")]
    for name in names:
        go_live(workspace, name)
    return names


def test_releases_are_listed_newest_first(workspace: Workspace, five: list[str]) -> None:
    assert [release.id for release in list_releases(workspace)] == five[::-1]
    assert [release.id for release in list_releases(workspace) if release.live] == ["e"]


def test_what_was_live_before_a_release_last_went_live(workspace: Workspace, five: list[str]) -> None:
    assert live_before(workspace, "c") == {"a", "b"}
    assert live_before(workspace, "a") == set()
    go_live(workspace, "c", ROLLBACK)
    assert live_before(workspace, "c") == set("abcde")


def test_a_dropped_release_leaves_nothing(workspace: Workspace, five: list[str]) -> None:
    (oldest,) = [release for release in list_releases(workspace) if release.id == "a"]
    drop_release(oldest)
    assert [release.id for release in list_releases(workspace)] == ["e", "d", "c", "b"]
    assert not [path for path in workspace.releases.iterdir() if path.name == "a" or path.name.startswith(".dropped")]


def test_the_pointer_is_relative_so_the_workspace_can_move(
    workspace: Workspace, five: list[str], tmp_path: Path
) -> None:
    assert workspace.live.readlink() == Path("e")
    workspace.root.rename(tmp_path / "moved")
    assert live_id(Workspace(tmp_path / "moved")) == "e"


def test_rolling_back_twice_goes_back_twice(workspace: Workspace, five: list[str]) -> None:
    for expected in ("d", "c"):
        assert previous_release(workspace) == expected
        go_live(workspace, expected, ROLLBACK)
    go_live(workspace, "e")
    assert previous_release(workspace) == "c"


def test_a_release_published_again_is_followed_by_what_was_live_before(workspace: Workspace, five: list[str]) -> None:
    go_live(workspace, "a")
    assert previous_release(workspace) == "e"


def test_a_torn_line_of_history_is_skipped(workspace: Workspace, five: list[str]) -> None:
    with workspace.history.open("a") as file:
        file.write('{"at": "2020-')
    assert previous_release(workspace) == "d"


def test_the_first_release_cannot_be_rolled_back(workspace: Workspace) -> None:
    go_live(workspace, make_folder(workspace, "a", 0))
    with pytest.raises(ValueError, match="no release before a"):
        previous_release(workspace)


@pytest.mark.parametrize(("live", "dropped"), [("e", ["b", "a"]), ("a", ["b"])])
def test_the_newest_and_the_live_release_are_kept(
    workspace: Workspace, five: list[str], live: str, dropped: list[str]
) -> None:
    go_live(workspace, live, ROLLBACK)
    assert [release.id for release in too_old(workspace, keep=3)] == dropped


def test_the_release_before_the_live_one_is_kept_however_old(workspace: Workspace, five: list[str]) -> None:
    go_live(workspace, "b", ROLLBACK)
    go_live(workspace, make_folder(workspace, "f", 9))
    assert previous_release(workspace) == "b"
    assert [release.id for release in too_old(workspace, keep=3)] == ["c", "a"]


def test_rollback_brings_the_former_lists_back(workspace: Workspace) -> None:
    first = build_release(workspace.root, articles=60, customers=20)
    second = build_release(workspace.root, articles=60, customers=21)
    assert open_live(workspace).id == second.release.id
    assert rollback(workspace).id == first.release.id
    assert len(open_live(workspace).lists) == 20
    assert rollback(workspace, to=second.release.id).live
    assert open_live(workspace).id == second.release.id


def test_rollback_to_an_unknown_release_names_those_there_are(workspace: Workspace) -> None:
    built = build_release(workspace.root, articles=60, customers=20)
    with pytest.raises(ValueError, match=rf"no release 'nope'.*{built.release.id}"):
        rollback(workspace, to="nope")
