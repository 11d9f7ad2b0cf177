import json
from pathlib import Path

import pytest

from recsys_core.contracts.release import MANIFEST
from recsys_core.home import Home
from recsys_core.promotion.going_live import rollback
from recsys_core.release.history import ROLLBACK, history_path, live_before
from recsys_core.release.pointer import drop_release, go_live, list_releases, live_id, previous_release
from recsys_core.release.publish import too_old
from recsys_core.serving import open_live
from recsys_core.testing.release_fixture import build_release


def make_folder(home: Home, name: str, minute: int) -> str:
    folder = home.releases / name
    folder.mkdir(parents=True)
    manifest = {"id": name, "created_at": f"2020-09-20T00:{minute:02d}:00Z"}
    (folder / MANIFEST).write_text(json.dumps(manifest))
    return name


@pytest.fixture
def five(home: Home) -> list[str]:
    """Releases a..e, published in this order."""
    names = [make_folder(home, name, minute) for minute, name in enumerate("abcde")]
    for name in names:
        go_live(home, name)
    return names


def test_releases_are_listed_newest_first(home: Home, five: list[str]) -> None:
    assert [release.id for release in list_releases(home)] == five[::-1]
    assert [release.id for release in list_releases(home) if release.live] == ["e"]


def test_what_was_live_before_a_release_last_went_live(home: Home, five: list[str]) -> None:
    assert live_before(home, "c") == {"a", "b"}
    assert live_before(home, "a") == set()
    go_live(home, "c", ROLLBACK)
    assert live_before(home, "c") == set("abcde")


def test_a_dropped_release_leaves_nothing(home: Home, five: list[str]) -> None:
    (oldest,) = [release for release in list_releases(home) if release.id == "a"]
    drop_release(oldest)
    assert [release.id for release in list_releases(home)] == ["e", "d", "c", "b"]
    assert not [path for path in home.releases.iterdir() if path.name == "a" or path.name.startswith(".dropped")]


def test_the_pointer_is_relative_so_the_home_can_move(home: Home, five: list[str], tmp_path: Path) -> None:
    assert home.live.readlink() == Path("e")
    home.root.rename(tmp_path / "moved")
    assert live_id(Home(tmp_path / "moved")) == "e"


def test_rolling_back_twice_goes_back_twice(home: Home, five: list[str]) -> None:
    for expected in ("d", "c"):
        assert previous_release(home) == expected
        go_live(home, expected, ROLLBACK)
    go_live(home, "e")
    assert previous_release(home) == "c"


def test_a_release_published_again_is_followed_by_what_was_live_before(home: Home, five: list[str]) -> None:
    go_live(home, "a")
    assert previous_release(home) == "e"


def test_a_torn_line_of_history_is_skipped(home: Home, five: list[str]) -> None:
    with history_path(home).open("a") as file:
        file.write('{"at": "2020-')
    assert previous_release(home) == "d"


def test_the_first_release_cannot_be_rolled_back(home: Home) -> None:
    go_live(home, make_folder(home, "a", 0))
    with pytest.raises(ValueError, match="no release before a"):
        previous_release(home)


@pytest.mark.parametrize(("live", "dropped"), [("e", ["b", "a"]), ("a", ["b"])])
def test_the_newest_and_the_live_release_are_kept(home: Home, five: list[str], live: str, dropped: list[str]) -> None:
    go_live(home, live, ROLLBACK)
    assert [release.id for release in too_old(home, keep=3)] == dropped


def test_the_release_before_the_live_one_is_kept_however_old(home: Home, five: list[str]) -> None:
    go_live(home, "b", ROLLBACK)
    go_live(home, make_folder(home, "f", 9))
    assert previous_release(home) == "b"
    assert [release.id for release in too_old(home, keep=3)] == ["c", "a"]


def test_rollback_brings_the_former_lists_back(home: Home) -> None:
    first = build_release(home.root, articles=60, customers=20)
    second = build_release(home.root, articles=60, customers=21)
    assert open_live(home).id == second.release.id
    assert rollback(home).id == first.release.id
    assert len(open_live(home).lists) == 20
    assert rollback(home, to=second.release.id).live
    assert open_live(home).id == second.release.id


def test_rollback_to_an_unknown_release_names_those_there_are(home: Home) -> None:
    built = build_release(home.root, articles=60, customers=20)
    with pytest.raises(ValueError, match=rf"no release 'nope'.*{built.release.id}"):
        rollback(home, to="nope")
