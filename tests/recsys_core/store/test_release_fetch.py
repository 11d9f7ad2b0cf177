"""Releases fetched from a store: a folder here, a real object server in ``tests/full/test_release_store.py``."""

import hashlib
import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from recsys_core.contracts.release import MANIFEST
from recsys_core.release.hold import bring_live, hold_release
from recsys_core.release.pointer import go_live, list_releases
from recsys_core.release.upload import upload_live
from recsys_core.serving.hold import held_releases
from recsys_core.store.release_fetch import Fetcher, FetchError
from recsys_core.store.release_store import PointerError, ReleaseStore
from recsys_core.workspace import Workspace
from tests.support.tiny_releases import FILES, add_release, content_of, manifest_of

OTHER = {**FILES, "ledger.json": b"{ }"}


@pytest.fixture
def publisher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("RECSYS_RELEASE_STORE", f"file://{tmp_path}/store")
    return Workspace(tmp_path / "publisher")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def pod(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "pod")


def fetcher(pod: Workspace, store: Path) -> Fetcher:
    return Fetcher(pod, ReleaseStore(f"file://{store}"))


def published(publisher: Workspace, day: int, files: dict[str, bytes] = FILES) -> str:
    release = add_release(publisher, day, files)
    go_live(publisher, release)
    upload_live(publisher)
    return release


def live(pod: Workspace) -> str:
    return pod.live.readlink().name


def folders(pod: Workspace) -> list[str]:
    return sorted(path.name for path in pod.releases.iterdir() if path.is_dir() and not path.is_symlink())


def test_an_empty_folder_gets_the_live_release_byte_for_byte(publisher: Workspace, store: Path, pod: Workspace) -> None:
    release = published(publisher, 1)
    assert fetcher(pod, store).fetch() == release
    assert live(pod) == release
    assert content_of(pod.releases / release) == content_of(publisher.releases / release)


def test_it_follows_the_pointer_there_and_back_and_keeps_two(publisher: Workspace, store: Path, pod: Workspace) -> None:
    fetching = fetcher(pod, store)
    releases = []
    for day in (1, 2, 3):
        releases.append(published(publisher, day))
        fetching.fetch()
    assert (live(pod), folders(pod)) == (releases[2], releases[1:])
    go_live(publisher, releases[1], "rollback")
    upload_live(publisher)
    fetching.fetch()
    assert (live(pod), folders(pod)) == (releases[1], releases[1:])


def test_a_hold_is_told_with_the_rollback_and_ends_with_it(publisher: Workspace, store: Path, pod: Workspace) -> None:
    first, second = published(publisher, 1), published(publisher, 2)
    held = next(release for release in list_releases(publisher) if release.id == second)
    hold_release(publisher, held, first, "ann", "odd lists")
    bring_live(publisher, first, "rollback", "ann")
    upload_live(publisher)
    fetching = fetcher(pod, store)
    fetching.fetch()
    assert held_releases(pod) == held_releases(publisher) != ()
    published(publisher, 3)
    fetching.fetch()
    assert held_releases(pod) == ()


def cut_off(folder: Path) -> None:
    (folder / "lists/reasons.json").write_bytes(b'["pop')


def of_other_bytes(folder: Path) -> None:
    (folder / "lists/reasons.json").write_bytes(b'["POPULAR"]')


def without_a_file(folder: Path) -> None:
    (folder / "lists/reasons.json").unlink()


def without_a_manifest(folder: Path) -> None:
    (folder / MANIFEST).unlink()


def of_another_manifest(folder: Path) -> None:
    (folder / MANIFEST).write_bytes((folder / MANIFEST).read_bytes() + b"\n")


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (cut_off, "reasons.json has SHA-256 .*, expected"),
        (of_other_bytes, "reasons.json has SHA-256 .*, expected"),
        (without_a_file, "reasons.json is missing"),
        (without_a_manifest, "holds no whole release"),
        (of_another_manifest, "manifest.json has SHA-256 .*, expected"),
    ],
)
def test_a_damaged_release_does_not_go_live_and_is_fetched_once_it_is_mended(
    publisher: Workspace, store: Path, pod: Workspace, damage: Callable[[Path], None], said: str
) -> None:
    first = published(publisher, 1)
    fetching = fetcher(pod, store)
    fetching.fetch()
    second = published(publisher, 2, OTHER)
    damage(store / second)
    with pytest.raises(FetchError, match=said):
        fetching.fetch()
    assert (live(pod), content_of(pod.releases / first)) == (first, content_of(publisher.releases / first))
    assert not (pod.releases / second).exists()
    upload_live(publisher, check=True)
    assert fetching.fetch() == second
    assert content_of(pod.releases / second) == content_of(publisher.releases / second)


@pytest.mark.parametrize(
    "name", ["../outside", "/outside", "lists/../../outside", "a//b", "..", ".hidden/x", "lists\\..\\x", "", MANIFEST]
)
def test_a_manifest_that_leads_out_of_the_folder_is_refused(store: Path, pod: Workspace, name: str) -> None:
    data = b"anything"
    manifest = manifest_of({name: hashlib.sha256(data).hexdigest()}, 1)
    text = json.dumps(manifest).encode()
    folder = store / str(manifest["id"])
    folder.mkdir(parents=True)
    (folder / MANIFEST).write_bytes(text)
    (store / "outside").write_bytes(data)
    pointer = {"release": manifest["id"], "manifest_sha256": hashlib.sha256(text).hexdigest()}
    (store / "live.json").write_text(json.dumps(pointer))
    with pytest.raises(FetchError, match="is no file of a release"):
        fetcher(pod, store).fetch()
    assert {path.name for path in pod.root.rglob("*")} == {"releases", ".fetch.lock", "fetch.json"}


@pytest.mark.parametrize(
    "changed", [{"release": "../../etc"}, {"release": "live"}, {"manifest_sha256": ""}, {"previous": "../x"}]
)
def test_a_pointer_with_odd_values_moves_nothing(
    publisher: Workspace, store: Path, pod: Workspace, changed: dict[str, str]
) -> None:
    release = published(publisher, 1)
    fetching = fetcher(pod, store)
    fetching.fetch()
    pointer = json.loads((store / "live.json").read_text())
    (store / "live.json").write_text(json.dumps(pointer | changed))
    with pytest.raises(PointerError):
        fetching.fetch()
    (store / "live.json").write_text(json.dumps(pointer)[:-9])
    with pytest.raises(PointerError):
        fetching.fetch()
    assert live(pod) == release


def test_a_pointer_to_a_release_that_is_not_there_keeps_the_one_that_is(
    publisher: Workspace, store: Path, pod: Workspace
) -> None:
    release = published(publisher, 1)
    fetching = fetcher(pod, store)
    fetching.fetch()
    pointer = json.loads((store / "live.json").read_text())
    (store / "live.json").write_text(
        json.dumps(pointer | {"release": "2020-09-30-00000000", "manifest_sha256": "0" * 64})
    )
    with pytest.raises(FetchError, match="holds no whole release 2020-09-30-00000000"):
        fetching.fetch()
    assert live(pod) == release


def test_a_store_without_a_pointer_is_waited_for(publisher: Workspace, store: Path, pod: Workspace) -> None:
    fetching = fetcher(pod, store)
    assert not fetching.try_once()
    assert not pod.live.is_symlink()
    published(publisher, 1)
    assert fetching.try_once()


def test_a_killed_download_goes_on(
    publisher: Workspace, store: Path, pod: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    release = published(publisher, 1)
    draft = pod.releases / f".fetch-{release}"
    (draft / "lists").mkdir(parents=True)
    (draft / "ledger.json").write_bytes(FILES["ledger.json"])
    (draft / "lists/article_idx.npy").write_bytes(FILES["lists/article_idx.npy"][:1])
    (draft / "left_over.json").write_bytes(b"of another manifest")
    (pod.releases / ".fetch-2020-09-02-00000000").mkdir()
    caplog.set_level(logging.INFO)
    fetcher(pod, store).fetch()
    assert "2 of 3 files fetched" in caplog.text
    assert folders(pod) == [release]
    assert content_of(pod.releases / release) == content_of(publisher.releases / release)


def test_a_fetched_release_that_was_damaged_is_fetched_again_at_the_next_start(
    publisher: Workspace, store: Path, pod: Workspace
) -> None:
    release = published(publisher, 1)
    fetcher(pod, store).fetch()
    of_other_bytes(pod.releases / release)
    fetcher(pod, store).fetch()
    assert content_of(pod.releases / release) == content_of(publisher.releases / release)


def test_a_release_that_is_here_is_not_read_again(
    publisher: Workspace, store: Path, pod: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    release = published(publisher, 1)
    fetching = fetcher(pod, store)
    fetching.fetch()
    (store / release / "ledger.json").unlink()
    caplog.set_level(logging.INFO)
    caplog.clear()
    assert fetching.fetch() == release
    assert caplog.text == ""


def test_releases_are_not_fetched_into_the_workspace_that_publishes_them(publisher: Workspace, store: Path) -> None:
    published(publisher, 1)
    with pytest.raises(ValueError, match="fetch them into another workspace"):
        fetcher(publisher, store)


def test_a_failure_is_noted_beside_the_last_success_and_logged_once(
    publisher: Workspace, store: Path, pod: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    release = published(publisher, 1)
    fetching = fetcher(pod, store)
    fetching.fetch()
    fetched_at = json.loads(pod.fetch_record.read_text())["fetched_at"]
    (store / "live.json").write_text("{")
    assert [fetching.try_once(), fetching.try_once()] == [False, False]
    noted = json.loads(pod.fetch_record.read_text())
    assert noted["fetched_at"] == fetched_at is not None
    assert "live.json is damaged" in noted["problem"]
    assert caplog.text.count("the live release stays as it is") == 1
    assert live(pod) == release


def test_tries_become_rarer_while_they_fail(pod: Workspace, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr("recsys_core.store.release_fetch.time.sleep", sleep)
    with pytest.raises(KeyboardInterrupt):
        fetcher(pod, store).run(5)
    assert waits == [10, 20, 30, 30]
