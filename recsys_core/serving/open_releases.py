"""Open releases of a process: found without a lock, opened by one thread while the others go on with the former."""

import gc
import logging
import math
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from recsys_core.contracts.release import LISTS, RECOMMENDATIONS, SECOND
from recsys_core.serving.lists import NoLists
from recsys_core.serving.release import Release
from recsys_core.store.artifacts import DamagedArtifactError, check_digests
from recsys_core.workspace import Workspace

log = logging.getLogger(__name__)

MAX_OPEN_RELEASES: Final = 2
"""Opened releases kept per process: the live one and the one before, for requests under way."""
RECHECK_SECONDS: Final = 60.0
"""Seconds after which a release is opened anew whose lists could not be read: the failure may be over."""
REMEDY: Final = "`recsys publish` makes it again, `recsys release rollback` goes to the release before"


class NoLiveReleaseError(FileNotFoundError):
    """No release was published in this workspace yet."""


class Version(NamedTuple):
    """A release folder as it was made: a release that is made again has the same id, but another inode."""

    folder: Path
    inode: int
    changed_ns: int


class _Held(NamedTuple):
    release: Release
    until: float
    """Time (``time.monotonic``) at which it is opened anew."""


class OpenReleases:
    """The releases that are open in this process."""

    def __init__(self) -> None:
        self._held: Mapping[Version, _Held] = {}
        """Replaced as a whole, never changed: threads read it without the lock."""
        self._latest: Version | None = None
        """Version of the release that was given last."""
        self._damaged: dict[Version, str] = {}
        self._opening = threading.Lock()

    def get(self, folder: Path, wait: bool) -> Release:
        """The release in ``folder``; without ``wait`` the former one of its workspace while another thread opens it."""
        version = self._version(folder)
        release = self._fresh(version)
        if release is None:
            former = self._former(folder.parent)
            is_mine = self._opening.acquire(blocking=wait or former is None)
            if not is_mine and former is not None:
                return former
            try:
                release = self._fresh(version) or self._open(version, former)
            finally:
                self._opening.release()
        self._latest = version
        return release

    def _version(self, folder: Path) -> Version:
        """The folder's version; where it is gone or cannot be looked at, that of the release that is open."""
        try:
            stat = folder.stat()
        except OSError:
            held = [version for version in self._held if version.folder == folder]
            if not held:
                raise
            return held[-1]
        return Version(folder, stat.st_ino, stat.st_ctime_ns)

    def _fresh(self, version: Version) -> Release | None:
        held = self._held.get(version)
        return held.release if held and time.monotonic() < held.until else None

    def _former(self, releases: Path) -> Release | None:
        latest = self._latest
        held = self._held.get(latest) if latest and latest.folder.parent == releases else None
        return held.release if held else None

    def _open(self, version: Version, former: Release | None) -> Release:
        held = self._held.get(version)
        try:
            release = self._open_whole(version)
        except (OSError, ValueError, KeyError) as error:
            if held is None:
                raise
            log.error("%s cannot be opened anew, the shop goes on with it as it is: %s", version.folder, error)
            release = held.release
        if former is not None:
            release.prepare_search_like(former)
        until = time.monotonic() + RECHECK_SECONDS if _lacks_lists(release) else math.inf
        self._hold(version, _Held(release, until))
        return release

    def _hold(self, version: Version, fresh: _Held) -> None:
        held = {**self._held, version: fresh}
        spare = [each for each in held if each not in (version, self._latest)]
        for each in spare[: max(0, len(held) - MAX_OPEN_RELEASES)]:
            del held[each]
        self._held = held
        gc.unfreeze()  # or what a former release left in cycles would stay for ever
        gc.collect()
        gc.freeze()  # it stays: a full collection would look at all of it, a tenth of a second in mid-request

    def _open_whole(self, version: Version) -> Release:
        if version in self._damaged:
            raise DamagedArtifactError(self._damaged[version])
        folder = version.folder
        release = Release(folder)
        expected = {
            name: digest for name, digest in release.manifest["content"].items() if not name.endswith(RECOMMENDATIONS)
        }
        lists = {name: digest for name, digest in expected.items() if name.startswith(f"{LISTS}/")}
        second = {name: digest for name, digest in expected.items() if name.startswith(f"{SECOND}/")}
        everybodys = {name: expected[name] for name in expected.keys() - lists.keys() - second.keys()}
        try:
            check_digests(folder, everybodys, REMEDY)
        except DamagedArtifactError as damage:
            self._damaged[version] = str(damage)
            raise
        if not _is_whole(folder, lists):
            release.lists = NoLists()
        if not _is_whole(folder, second):
            release.second_lists = NoLists()
        return release


def _is_whole(folder: Path, lists: Mapping[str, str]) -> bool:
    try:
        check_digests(folder, lists, REMEDY)
    except DamagedArtifactError as damage:
        log.error("nobody has a list of them: %s", damage)
        return False
    return True


def _lacks_lists(release: Release) -> bool:
    """True if lists that belong to it could not be read."""
    has_second = any(name.startswith(f"{SECOND}/") for name in release.manifest["content"])
    return isinstance(release.lists, NoLists) or (has_second and isinstance(release.second_lists, NoLists))


_releases = OpenReleases()


def open_release(folder: Path, wait: bool = True) -> Release:
    """The release in ``folder``, opened and compared with its manifest once per process, again if it is made again.

    Without ``wait``, while another thread opens a release, it is the one of the same workspace that was given last;
    only a process that has none yet waits.

    Raises
    ------
    DamagedArtifactError
        If a file that the shop reads changed since it was made. Damaged lists are no reason: nobody has one then.
    """
    return _releases.get(folder.absolute(), wait)


def open_live(workspace: Workspace) -> Release:
    """The release that ``releases/live`` points at right now. Call once per request and keep the result.

    While another thread opens it, it is the release before. A release that was replaced and dropped since the pointer
    was read is no reason to serve none.

    Raises
    ------
    NoLiveReleaseError
        If nothing is published, or the pointer's target is gone.
    """
    target = _target(workspace)
    while True:
        try:
            return open_release(workspace.live.parent / target, wait=False)
        except FileNotFoundError as error:
            before, target = target, _target(workspace)
            if target == before:
                raise _no_live_release(workspace, error) from None


def _target(workspace: Workspace) -> Path:
    try:
        return workspace.live.readlink()
    except FileNotFoundError as error:
        raise _no_live_release(workspace, error) from None


def _no_live_release(workspace: Workspace, error: FileNotFoundError) -> NoLiveReleaseError:
    return NoLiveReleaseError(
        f"no live release in {workspace.root} ({error}): run `make demo`, or `recsys run` on your own data"
    )
