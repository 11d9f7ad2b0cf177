"""Upload of the live release to an object store, from which the storefront's pods fetch it."""

import hashlib
import logging
import os
from dataclasses import asdict, dataclass

from tqdm import tqdm

from recsys_core.contracts.release import MANIFEST
from recsys_core.release.pointer import ReleaseInfo, list_releases, live_id, live_or_none, publishing_alone
from recsys_core.serving.hold import held_releases
from recsys_core.store.release_store import Pointer, PointerError, ReleaseStore, ReleaseStoreError
from recsys_core.workspace import Workspace

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Uploaded:
    """Effects of an upload."""

    release: str
    """Id of the release that the store's pointer names now."""
    files: int
    """Files that were put; 0 if the store had the release."""
    removed: tuple[str, ...]
    """Ids of the releases that were removed from the store."""


def upload_live(workspace: Workspace, check: bool = False) -> Uploaded | None:
    """Bring the store of ``RECSYS_RELEASE_STORE`` to the workspace's state: live release, pointer, hold, old releases.

    Each command that moves the workspace's pointer ends with it. A second call finds everything done, and one after a
    killed call goes on where that one ended. None without a store, or if nothing is live. ``check``: the store's files
    are read and compared even if all are there with the right number of bytes.

    Not to be called while ``publishing_alone``: an upload takes long, and a rollback must not wait for it.

    Raises
    ------
    ReleaseStoreError
        If the store fails. The workspace's release is live already; the storefront's pods keep the one before.
    """
    store = ReleaseStore.from_env(os.environ)
    while store is not None and (live := live_or_none(workspace)) is not None:
        try:
            files = _upload(store, live, check)
        except FileNotFoundError:
            if live_id(workspace) == live.id:
                raise
            continue  # it was replaced meanwhile, and dropped
        with publishing_alone(workspace):
            if live_id(workspace) == live.id:
                pointer = _move_pointer(store, workspace, live)
                return Uploaded(live.id, files, _remove_old(store, workspace, pointer))
    return None


def _upload(store: ReleaseStore, release: ReleaseInfo, check: bool) -> int:
    """Put the files that the store lacks, the manifest last; each is read back. Returns their number."""
    content: dict[str, str] = release.manifest["content"]
    sizes = {name: (release.path / name).stat().st_size for name in content}
    there = store.sizes(release.id)
    manifest = (release.path / MANIFEST).read_bytes()
    if not check and sizes.items() <= there.items() and store.manifest(release.id) == manifest:
        return 0
    missing = [
        name
        for name, size in sizes.items()
        if there.get(name) != size or not _is_put(store, release.id, name, content[name])
    ]
    for name in tqdm(missing, desc="upload", unit=" files", disable=None):
        store.put(release.id, name, release.path / name)
        if not _is_put(store, release.id, name, content[name]):
            raise ReleaseStoreError(
                f"release store {store.address}: {release.id}/{name} has another SHA-256 than the manifest says: "
                "`recsys release upload` puts it again, `recsys publish` makes the release again if it is damaged here"
            )
    store.put(release.id, MANIFEST, release.path / MANIFEST)
    log.info("release %s: %d of %d files put to %s", release.id, len(missing), len(content), store.address)
    return len(missing)


def _is_put(store: ReleaseStore, release_id: str, name: str, digest: str) -> bool:
    """True if the object, read back, has the file's SHA-256."""
    return store.digest(release_id, name) == digest


def _move_pointer(store: ReleaseStore, workspace: Workspace, live: ReleaseInfo) -> Pointer:
    before = _pointer_before(store)
    wanted = Pointer(
        release=live.id,
        manifest_sha256=hashlib.sha256((live.path / MANIFEST).read_bytes()).hexdigest(),
        previous=_previous(workspace, before, live.id),
        held=tuple(asdict(entry) for entry in held_releases(workspace)),
    )
    if wanted != before:
        store.put_pointer(wanted)
        log.info("release %s is live in %s", live.id, store.address)
    return wanted


def _pointer_before(store: ReleaseStore) -> Pointer | None:
    try:
        return store.pointer()
    except PointerError as error:
        log.warning("%s: it is put anew", error)
        return None


def _previous(workspace: Workspace, before: Pointer | None, live: str) -> str | None:
    """The release that was live before in the store.

    The workspace keeps it, too, unless it holds the list of a customer who had their data deleted: then nobody does.
    """
    previous = before and (before.previous if before.release == live else before.release)
    if not previous or previous == live:
        return None
    is_dropped = previous not in {release.id for release in list_releases(workspace)}
    return None if is_dropped and workspace.erasures() else previous


def _remove_old(store: ReleaseStore, workspace: Workspace, pointer: Pointer) -> tuple[str, ...]:
    """Remove releases that the workspace has dropped; the live one and the one before it stay."""
    kept = {pointer.release, pointer.previous} | {release.id for release in list_releases(workspace)}
    old = tuple(sorted(store.release_ids() - kept))
    for release_id in old:
        store.remove(release_id)
        log.info("release %s removed from %s", release_id, store.address)
    return old
