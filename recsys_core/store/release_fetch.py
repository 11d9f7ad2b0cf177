"""Fetches the live release from an object store into a local folder, from which the storefront serves.

One process beside the web workers does it, in no request. Each try looks at the store's pointer. Another release is
downloaded into a fresh folder, compared file by file with its manifest, renamed, and then ``releases/live`` is flipped,
as where releases are published. Whatever goes wrong before that leaves the shop with the release it has.
"""

import contextlib
import datetime as dt
import hashlib
import json
import logging
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from recsys_core.contracts.release import MANIFEST
from recsys_core.store.artifacts import atomic_path, digest_of, file_digests, sha256_of, write_json
from recsys_core.store.locks import locked
from recsys_core.store.release_store import RELEASE_ID, Pointer, ReleaseStore
from recsys_core.workspace import Workspace, flip_link, link_target

log = logging.getLogger(__name__)

MAX_WAIT_SECONDS: Final = 30.0
"""Longest pause between two tries while they fail."""
DRAFT, DROPPED = ".fetch-", ".dropped-"


class FetchError(ValueError):
    """The release that the store's pointer names cannot be served; the one that is here stays."""


class Fetcher:
    """Keeps a workspace's live release the one that a store's pointer names.

    Raises
    ------
    ValueError
        If releases are published in this workspace: its pointer is not the store's to move.
    """

    def __init__(self, workspace: Workspace, store: ReleaseStore) -> None:
        if workspace.history.exists():
            raise ValueError(f"releases are published in {workspace.releases}: fetch them into another workspace")
        self._workspace = workspace
        self._store = store
        self._whole = ""
        """SHA-256 of the manifest that this process has compared the live release with."""
        self._problem = ""

    def run(self, every: float) -> None:
        """Fetch until the process ends, with so many seconds between two tries, more while they fail."""
        wait = every
        while True:
            fetched = self.try_once()
            wait = every if fetched else max(every, min(2 * wait, MAX_WAIT_SECONDS))
            time.sleep(wait)

    def try_once(self) -> bool:
        """Fetch once; a failure is logged when it is new, and noted for the metrics. Returns False then."""
        try:
            self.fetch()
        except (OSError, ValueError) as error:
            if str(error) != self._problem:
                log.error("the live release stays as it is: %s", error)
            self._problem = str(error)
            return False
        if self._problem:
            log.info("releases are fetched again")
        self._problem = ""
        return True

    def fetch(self) -> str:
        """Make the release that the pointer names the live one here; returns its id.

        Raises
        ------
        FetchError
            If the release is not there, not whole, or not what its manifest says.
        ReleaseStoreError
            If the store fails.
        """
        with locked(self._workspace.releases / ".fetch.lock"):
            try:
                pointer = self._pointer()
                self._bring_live(pointer)
            except (OSError, ValueError) as error:
                note_fetch(self._workspace, str(error))
                raise
            note_fetch(self._workspace)
            return pointer.release

    def _pointer(self) -> Pointer:
        pointer = self._store.pointer()
        if pointer is None:
            raise FetchError(f"nothing was published to {self._store.address} yet: `recsys release upload` does it")
        return pointer

    def _bring_live(self, pointer: Pointer) -> None:
        folder = self._workspace.releases / pointer.release
        if pointer.manifest_sha256 != self._whole or not (folder / MANIFEST).exists():
            if not _is_whole(folder, pointer):
                self._download(pointer, folder)
            self._whole = pointer.manifest_sha256
        _write_hold(self._workspace, pointer)
        if link_target(self._workspace.live) != pointer.release:
            flip_link(self._workspace.live, pointer.release)
            log.info("release %s is live", pointer.release)
        _remove_others(self._workspace, pointer)

    def _download(self, pointer: Pointer, folder: Path) -> None:
        """Files that a killed download left whole are kept."""
        manifest = self._store.manifest(pointer.release)
        if manifest is None:
            raise FetchError(f"{self._store.address} holds no whole release {pointer.release}, which its pointer names")
        content = checked_content(manifest, pointer)
        draft = self._workspace.releases / f"{DRAFT}{pointer.release}"
        _remove_drafts(self._workspace, draft)
        draft.mkdir(exist_ok=True)
        here = file_digests(draft)
        for name in here.keys() - {name for name, digest in content.items() if here.get(name) == digest}:
            (draft / name).unlink()
        missing = sorted(name for name, digest in content.items() if here.get(name) != digest)
        for name in missing:
            self._get(pointer.release, name, content[name], draft / name)
        (draft / MANIFEST).write_bytes(manifest)
        if folder.exists():
            _drop(folder)
        draft.rename(folder)
        log.info("release %s: %d of %d files fetched", pointer.release, len(missing), len(content))

    def _get(self, release_id: str, name: str, digest: str, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._store.get(release_id, name, target)
        except FileNotFoundError:
            raise FetchError(f"{self._store.address}/{release_id}/{name} is missing") from None
        if (found := sha256_of(target)) != digest:
            target.unlink()
            raise FetchError(f"{self._store.address}/{release_id}/{name} has SHA-256 {found}, expected {digest}")


def checked_content(manifest: bytes, pointer: Pointer) -> dict[str, str]:
    """SHA-256 by name of a release's files, of a manifest that is the pointer's and names only files of its own folder.

    Raises
    ------
    FetchError
        If it is not.
    """
    found = hashlib.sha256(manifest).hexdigest()
    if found != pointer.manifest_sha256:
        raise FetchError(f"{pointer.release}/{MANIFEST} has SHA-256 {found}, expected {pointer.manifest_sha256}")
    said: Any = json.loads(manifest)
    content = said.get("content") if isinstance(said, Mapping) else None
    if not isinstance(content, dict) or not all(isinstance(digest, str) for digest in content.values()):
        raise FetchError(f"{pointer.release}/{MANIFEST} names no files")
    if outside := sorted(name for name in content if not _is_inside(name)):
        raise FetchError(f"{pointer.release}/{MANIFEST} names {outside[0]!r}, which is no file of a release")
    if said.get("id") != pointer.release or digest_of(content)[:8] != pointer.release[-8:]:
        raise FetchError(f"{pointer.release}/{MANIFEST} is that of another release, {said.get('id')!r}")
    return dict(content)


def _is_inside(name: str) -> bool:
    """True for the name of a file below a release's folder, without any way out of it or into a hidden folder."""
    has_odd_part = any(not part or part.startswith(".") for part in name.split("/"))
    return name != MANIFEST and not has_odd_part and not {"\\", "\0"} & set(name)


def _is_whole(folder: Path, pointer: Pointer) -> bool:
    """True if a release that was fetched before is as it was."""
    try:
        content = checked_content((folder / MANIFEST).read_bytes(), pointer)
        found = file_digests(folder)
    except (OSError, ValueError):
        return False
    found.pop(MANIFEST)
    return found == content


def _write_hold(workspace: Workspace, pointer: Pointer) -> None:
    """Before the link moves, as where the rollback was: an entry counts once its release is live."""
    path = workspace.hold
    if not pointer.held:
        path.unlink(missing_ok=True)
        return
    held = json.dumps(pointer.held, indent=1).encode()
    if not path.exists() or path.read_bytes() != held:
        with atomic_path(path) as fresh:
            fresh.write_bytes(held)


def _remove_others(workspace: Workspace, pointer: Pointer) -> None:
    """Keep the live release and the one before it. A worker that reads an older one has it mapped in memory."""
    _remove_drafts(workspace)
    for folder in list(workspace.releases.iterdir()):
        is_release = RELEASE_ID.fullmatch(folder.name) and not folder.is_symlink()
        if is_release and folder.name not in (pointer.release, pointer.previous):
            _drop(folder)


def _remove_drafts(workspace: Workspace, but: Path | None = None) -> None:
    for left_over in (*workspace.releases.glob(f"{DRAFT}*"), *workspace.releases.glob(f"{DROPPED}*")):
        if left_over != but:
            shutil.rmtree(left_over)


def _drop(folder: Path) -> None:
    """The folder vanishes in one rename, then its files go."""
    doomed = folder.with_name(f"{DROPPED}{folder.name}")
    folder.rename(doomed)
    shutil.rmtree(doomed)
    log.info("release %s removed here", folder.name)


def note_fetch(workspace: Workspace, problem: str = "") -> None:
    """Record of the last try, from which the storefront's metrics tell."""
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    fetched_at = None if problem else now
    if problem:
        with contextlib.suppress(OSError, ValueError, AttributeError):
            fetched_at = json.loads(workspace.fetch_record.read_text()).get("fetched_at")
    write_json(workspace.fetch_record, {"tried_at": now, "fetched_at": fetched_at, "problem": problem})
