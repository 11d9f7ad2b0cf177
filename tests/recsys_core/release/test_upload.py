"""Upload of the live release to a store: a folder here, a real server in ``tests/full/test_release_store.py``."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from recsys_core.contracts.environment import release_store
from recsys_core.contracts.release import MANIFEST
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.publish import publish
from recsys_core.promotion.going_live import rollback
from recsys_core.release.hold import bring_live, hold_release
from recsys_core.release.pointer import go_live, list_releases
from recsys_core.release.upload import Uploaded, upload_live
from recsys_core.store.release_store import ReleaseStore, ReleaseStoreError
from recsys_core.workspace import Workspace
from tests.support.tiny_releases import FILES, add_release, content_of


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the store that uploads go to."""
    monkeypatch.setenv("RECSYS_RELEASE_STORE", f"file://{tmp_path}/store/shop/")
    return tmp_path / "store" / "shop"


def pointer(store: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((store / "live.json").read_text())
    return found


def live(workspace: Workspace, day: int) -> str:
    release = add_release(workspace, day)
    go_live(workspace, release)
    return release


def test_without_a_store_nothing_is_uploaded(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECSYS_RELEASE_STORE", raising=False)
    live(workspace, 1)
    assert upload_live(workspace) is None


def test_nothing_is_uploaded_before_a_release_is_live(workspace: Workspace, store: Path) -> None:
    add_release(workspace, 1)
    assert upload_live(workspace) is None
    assert not store.exists()


def test_a_release_is_put_whole_with_a_pointer_that_names_its_manifest(workspace: Workspace, store: Path) -> None:
    release = live(workspace, 1)
    uploaded = upload_live(workspace)
    assert uploaded is not None
    assert (uploaded.release, uploaded.files, uploaded.removed) == (release, 3, ())
    folder = workspace.releases / release
    assert content_of(store / release) == content_of(folder)
    digest = hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest()
    assert pointer(store) == {"release": release, "manifest_sha256": digest, "previous": None, "held": []}


def test_a_second_upload_puts_nothing(workspace: Workspace, store: Path) -> None:
    live(workspace, 1)
    upload_live(workspace)
    before = {file: file.stat().st_mtime_ns for file in store.rglob("*")}
    uploaded = upload_live(workspace)
    assert uploaded is not None
    assert uploaded.files == 0
    assert {file: file.stat().st_mtime_ns for file in store.rglob("*")} == before


def test_a_killed_upload_goes_on_with_what_is_missing_or_was_cut_off(workspace: Workspace, store: Path) -> None:
    release = live(workspace, 1)
    upload_live(workspace)
    whole, cut_off, other = (store / release / name for name in FILES)
    (store / release / MANIFEST).unlink()  # it comes last
    (store / "live.json").unlink()
    cut_off.write_bytes(FILES["lists/article_idx.npy"][:2])
    other.write_bytes(b'["POPULAR"]')
    kept = whole.stat().st_mtime_ns
    uploaded = upload_live(workspace)
    assert uploaded is not None
    assert uploaded.files == 2
    assert whole.stat().st_mtime_ns == kept
    assert content_of(store / release) == content_of(workspace.releases / release)


def test_an_object_that_changed_without_changing_its_size_is_found_on_request(
    workspace: Workspace, store: Path
) -> None:
    release = live(workspace, 1)
    upload_live(workspace)
    (store / release / "ledger.json").write_bytes(b"[]")
    assert upload_live(workspace) == Uploaded(release, 0, ())
    assert upload_live(workspace, check=True) == Uploaded(release, 1, ())
    assert (store / release / "ledger.json").read_bytes() == b"{}"


def test_a_file_that_is_damaged_in_the_workspace_does_not_become_live_in_the_store(
    workspace: Workspace, store: Path
) -> None:
    first = live(workspace, 1)
    upload_live(workspace)
    second = live(workspace, 2)
    (workspace.releases / second / "ledger.json").write_bytes(b"[]")
    with pytest.raises(ReleaseStoreError, match=rf"{second}/ledger.json has another SHA-256"):
        upload_live(workspace)
    assert pointer(store)["release"] == first
    assert not (store / second / MANIFEST).exists()


def test_a_rollback_moves_the_pointer_and_tells_the_hold(workspace: Workspace, store: Path) -> None:
    first = live(workspace, 1)
    upload_live(workspace)
    second = live(workspace, 2)
    upload_live(workspace)
    assert pointer(store)["previous"] == first
    held = next(release for release in list_releases(workspace) if release.id == second)
    hold_release(workspace, held, first, "ann", "odd lists")
    bring_live(workspace, first, "rollback", "ann")
    uploaded = upload_live(workspace)
    assert uploaded is not None
    assert uploaded.files == 0
    moved = pointer(store)
    assert (moved["release"], moved["previous"]) == (first, second)
    (entry,) = moved["held"]  # type: ignore[misc]  # JSON that was read
    assert (entry["release"], entry["to"], entry["by"], entry["why"]) == (second, first, "ann", "odd lists")


def test_a_dropped_release_goes_but_the_live_one_and_the_one_before_stay(workspace: Workspace, store: Path) -> None:
    releases = []
    for day in (1, 2, 3):
        releases.append(live(workspace, day))
        upload_live(workspace)
    (store / "notes").mkdir()
    for old in releases[:2]:
        shutil.rmtree(workspace.releases / old)
    uploaded = upload_live(workspace)
    assert uploaded is not None
    assert uploaded.removed == (releases[0],)
    assert sorted(path.name for path in store.iterdir()) == sorted([*releases[1:], "live.json", "notes"])


def test_a_dropped_release_with_an_erased_customer_goes_at_once(workspace: Workspace, store: Path) -> None:
    first = live(workspace, 1)
    upload_live(workspace)
    second = live(workspace, 2)
    workspace.erase("0001")
    shutil.rmtree(workspace.releases / first)
    uploaded = upload_live(workspace)
    assert uploaded is not None
    assert uploaded.removed == (first,)
    assert pointer(store)["previous"] is None
    assert not (store / first).exists()
    assert (store / second).exists()


def test_a_damaged_pointer_is_put_anew(workspace: Workspace, store: Path) -> None:
    release = live(workspace, 1)
    upload_live(workspace)
    (store / "live.json").write_bytes(b'{"release": "2020')
    upload_live(workspace)
    assert pointer(store)["release"] == release


def test_publish_and_rollback_end_with_the_store_at_the_same_release(
    ready: BuildPlan, workspace: Workspace, store: Path
) -> None:
    published = publish(ready)
    assert pointer(store)["release"] == published.id
    assert content_of(store / published.id) == content_of(published.path)
    other = live(workspace, 30)
    upload_live(workspace)
    assert pointer(store)["release"] == other
    rollback(workspace, published.id, by="ann", why="odd lists")
    assert pointer(store)["release"] == published.id


def test_a_store_that_fails_is_an_error_and_the_next_command_makes_up_for_it(workspace: Workspace, store: Path) -> None:
    release = live(workspace, 1)
    store.parent.write_text("no folder")
    with pytest.raises(ReleaseStoreError, match="release store file://"):
        upload_live(workspace)
    store.parent.unlink()
    assert upload_live(workspace) == Uploaded(release, 3, ())


def test_an_address_is_one_and_holds_no_login() -> None:
    assert release_store({}) is None
    assert release_store({"RECSYS_RELEASE_STORE": "s3://bucket/shop/"}) == "s3://bucket/shop"
    with pytest.raises(ValueError, match="expected an address such as s3://bucket/shop"):
        release_store({"RECSYS_RELEASE_STORE": "/mnt/releases"})
    with pytest.raises(ValueError, match="holds a login") as refused:
        release_store({"RECSYS_RELEASE_STORE": "s3://key:secret@bucket/shop"})
    assert "secret" not in str(refused.value)
    with pytest.raises(ValueError, match="nowhere"):
        ReleaseStore("nowhere://bucket/shop")
