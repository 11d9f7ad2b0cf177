import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from recsys_core.contracts.release import LISTS, MANIFEST
from recsys_core.search.synonyms import Synonyms
from recsys_core.serving import NoLiveReleaseError, Release, open_live, open_release
from recsys_core.store.artifacts import DamagedArtifactError
from recsys_core.testing.damage import flip_byte
from recsys_core.workspace import Workspace, flip_link
from tests.support.release_fixture import FixtureRelease, build_release

SECONDS_TO_ANSWER = 20
"""Far more than an answer takes that waits for nobody."""


@pytest.fixture
def shop(published: FixtureRelease, tmp_path: Path) -> Workspace:
    """A workspace with two releases, of which the old one is live; nothing of it is open."""
    workspace = Workspace(tmp_path / "shop")
    for name in ("old", "new"):
        shutil.copytree(published.workspace.live.resolve(), workspace.releases / name)
    flip_link(workspace.live, "old")
    return workspace


@contextmanager
def opening(folder: Path, pool: ThreadPoolExecutor) -> Iterator[None]:
    """Another thread is opening the release that is live: it waits for the manifest until the end of the block."""
    manifest = (folder / MANIFEST).read_text()
    (folder / MANIFEST).unlink()
    os.mkfifo(folder / MANIFEST)
    opened = pool.submit(open_live, Workspace(folder.parent.parent))
    with (folder / MANIFEST).open("w") as pipe:  # opens once the other thread reads
        try:
            yield
        finally:
            pipe.write(manifest)
    assert opened.result(SECONDS_TO_ANSWER).path.name == folder.name


def in_a_process(program: str) -> str:
    """Output of a program in a process that has imported as little as a worker of the shop."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def make_again(folder: Path) -> None:
    """Puts another folder with the same files in its place, as publishing does."""
    shutil.copytree(folder, folder.with_name(".draft"))
    shutil.rmtree(folder)
    folder.with_name(".draft").rename(folder)


def test_without_a_release_the_error_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(NoLiveReleaseError, match=r"make demo.*recsys run"):
        open_live(Workspace(tmp_path))


def test_a_pointer_to_a_removed_release_is_no_live_release(tmp_path: Path) -> None:
    flip_link(Workspace(tmp_path).live, "2020-09-20-gone")
    with pytest.raises(NoLiveReleaseError):
        open_live(Workspace(tmp_path))


def test_a_release_that_is_dropped_just_after_the_pointer_was_read_is_no_missing_release(
    published: FixtureRelease, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(tmp_path)
    for name in ("old", "new"):
        shutil.copytree(published.workspace.live.resolve(), workspace.releases / name)
    flip_link(workspace.live, "old")

    def switched_meanwhile(folder: Path, wait: bool) -> Release:
        if folder.name == "old":
            flip_link(workspace.live, "new")
            shutil.rmtree(folder)
        return open_release(folder, wait)

    monkeypatch.setattr("recsys_core.serving.open_releases.open_release", switched_meanwhile)
    assert open_live(workspace).path.name == "new"


def test_a_release_is_opened_once(shop: Workspace) -> None:
    assert open_live(shop) is open_live(shop)


def test_the_garbage_collector_is_spared_an_open_release(published: FixtureRelease) -> None:
    program = f"""
import gc
from pathlib import Path
from recsys_core.serving import open_release
release = open_release(Path({str(published.release.path)!r}))
print(any(each is release.catalogue for each in gc.get_objects()))
"""
    assert in_a_process(program) == "False"


def test_a_release_with_a_changed_byte_is_not_shown_until_it_is_made_again(tmp_path: Path) -> None:
    built = build_release(tmp_path, articles=200, customers=12)
    folder = built.release.path
    for name in ("catalogue/article_ids.npy", "catalogue/articles.arrow", "related/similar.npy"):
        flip_byte(folder / name)
        with pytest.raises(DamagedArtifactError, match=rf"{name} has SHA-256 .*`recsys publish` makes it again"):
            open_live(built.workspace)
        flip_byte(folder / name)
        make_again(folder)

    for lists in (folder / "lists", folder / "second" / "lists"):
        flip_byte(lists / "article_idx.npy")
    shown = open_live(built.workspace)
    assert len(shown.lists) == len(shown.second_lists) == 0
    assert len(shown.fallback())


def test_what_is_replaced_goes(tmp_path: Path) -> None:
    """Search engines are cycles; frozen with the rest they would stay for ever."""
    built = build_release(tmp_path / "home", articles=60, customers=5)
    folders = [str(shutil.copytree(built.release.path, tmp_path / f"copy{number}")) for number in range(5)]
    program = f"""
import weakref
from pathlib import Path
from recsys_core.serving import open_release
engines = [weakref.ref(open_release(Path(folder)).search_engine()) for folder in {folders!r}]
print([each() is None for each in engines[:3]])
"""
    assert in_a_process(program) == "[True, True, True]"


def test_damaged_lists_are_back_once_the_release_is_made_again(shop: Workspace, published: FixtureRelease) -> None:
    """After a rollback to another release, as the runbook has it, and at once."""
    folder = shop.releases / "old"
    flip_byte(folder / LISTS / "article_idx.npy")
    assert len(open_live(shop).lists) == 0
    flip_link(shop.live, "new")
    open_live(shop)
    flip_byte(folder / LISTS / "article_idx.npy")
    make_again(folder)
    flip_link(shop.live, "old")
    assert len(open_live(shop).lists) == len(published.customer_ids)


def test_lists_that_could_not_be_read_are_read_again_after_a_while(
    shop: Workspace, published: FixtureRelease, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = (shop.releases / "old" / LISTS / "article_idx.npy").rename(shop.root / "away")
    without = open_live(shop)
    assert len(without.lists) == 0
    away.rename(shop.releases / "old" / LISTS / "article_idx.npy")
    assert open_live(shop) is without, "not with each request"

    away = (shop.releases / "new" / LISTS / "article_idx.npy").rename(shop.root / "away")
    flip_link(shop.live, "new")
    monkeypatch.setattr("recsys_core.serving.open_releases.RECHECK_SECONDS", 0)
    assert len(open_live(shop).lists) == 0
    away.rename(shop.releases / "new" / LISTS / "article_idx.npy")
    assert len(open_live(shop).lists) == len(published.customer_ids)


def test_a_release_stays_open_when_its_folder_is_gone(shop: Workspace) -> None:
    release = open_live(shop)
    shutil.rmtree(shop.releases / "old")
    assert open_live(shop) is release


def test_who_does_not_open_a_release_goes_on_with_the_former(shop: Workspace) -> None:
    former = open_live(shop)
    flip_link(shop.live, "new")
    with ThreadPoolExecutor(2) as pool:
        with opening(shop.releases / "new", pool):
            assert pool.submit(open_live, shop).result(SECONDS_TO_ANSWER) is former
        assert open_live(shop).path.name == "new"


def test_a_rollback_counts_while_another_release_is_opened(shop: Workspace) -> None:
    """Opened before, the release that the shop goes back to is found without the lock."""
    old = open_live(shop)
    shutil.copytree(shop.releases / "new", shop.releases / "newer")
    flip_link(shop.live, "new")
    open_live(shop)
    flip_link(shop.live, "newer")
    with ThreadPoolExecutor(2) as pool, opening(shop.releases / "newer", pool):
        flip_link(shop.live, "old")
        assert pool.submit(open_live, shop).result(SECONDS_TO_ANSWER) is old


def test_without_a_former_release_all_wait_for_the_one(shop: Workspace) -> None:
    with ThreadPoolExecutor(2) as pool:
        with opening(shop.releases / "old", pool):
            waiting = pool.submit(open_live, shop)
            with pytest.raises(TimeoutError):
                waiting.result(0.2)
        assert waiting.result(SECONDS_TO_ANSWER) is open_live(shop)


def test_a_release_of_another_workspace_is_no_former_one(shop: Workspace, published: FixtureRelease) -> None:
    open_live(published.workspace)
    with ThreadPoolExecutor(2) as pool:
        with opening(shop.releases / "old", pool):
            waiting = pool.submit(open_live, shop)
        assert waiting.result(SECONDS_TO_ANSWER).path.name == "old"


def test_the_search_engine_of_a_new_release_is_made_before_it_is_shown(shop: Workspace) -> None:
    synonyms = Synonyms.of("frobnicator => dress")
    open_live(shop).search_engine(synonyms)
    flip_link(shop.live, "new")
    assert list(open_live(shop)._engines) == [synonyms]
