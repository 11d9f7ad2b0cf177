"""One release, opened by memory map and shared by all threads of a process."""

import gc
import logging
import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from recsys_core.contracts.release import (
    CATALOGUE,
    FALLBACKS,
    LEDGER,
    LISTS,
    MANIFEST,
    RECOMMENDATIONS,
    RELATED,
    RELATIONS,
    SEARCH,
    SECOND,
)
from recsys_core.search.synonyms import Synonyms
from recsys_core.serving.arrays import Int32, map_array, read_json
from recsys_core.serving.catalogue import Catalogue
from recsys_core.serving.first_release import is_first
from recsys_core.serving.ledger import Ledger, read_ledger
from recsys_core.serving.lists import Fallbacks, Lists, NoLists, RecommendationList, open_lists
from recsys_core.serving.search.engine import SearchEngine
from recsys_core.serving.search.files import SearchFiles
from recsys_core.store.artifacts import DamagedArtifactError, check_digests
from recsys_core.workspace import Workspace

log = logging.getLogger(__name__)

FALLBACK_LENGTH = 60
MAX_SEARCH_ENGINES = 2
"""Search engines kept per release: one of the synonyms as they are, and one of those before, for requests under way."""
MAX_OPEN_RELEASES = 2
"""Opened releases kept per process: the live one and the one before, for requests under way."""


class NoLiveReleaseError(FileNotFoundError):
    """No release was published in this workspace yet."""


class Release:
    """An immutable release. All is mapped or held open from then on, so a later removal of the folder does no harm.

    It opens without its customers' lists too: the shop then shows everybody what is popular.

    Raises
    ------
    FileNotFoundError
        If the folder is not a whole release.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder
        self.manifest: dict[str, Any] = read_json(folder / MANIFEST)
        self.id: str = self.manifest["id"]
        self.is_first = is_first(self.manifest)
        """True if nothing was trained for it: its lists come from retrievers that count, and nothing has vectors."""
        self.catalogue = Catalogue(folder / CATALOGUE)
        self.lists: Lists = open_lists(folder / LISTS)
        second = folder / SECOND / LISTS
        self.second_lists: Lists = open_lists(second) if second.exists() else NoLists()
        """Lists of ``manifest["second_ranker"]``, for the experiment; nobody has one without it."""
        self.ledger: Ledger | None = read_ledger(folder / LEDGER)
        self._fallbacks = Fallbacks(folder / FALLBACKS, self.catalogue.article_ids)
        tables = {name: folder / RELATED / f"{name}.npy" for name in RELATIONS}
        self._related: dict[str, Int32] = {name: map_array(path) for name, path in tables.items() if path.exists()}
        self._search = SearchFiles(folder / SEARCH)
        self._engines: OrderedDict[Synonyms | None, SearchEngine] = OrderedDict()
        self._making_engines = threading.Lock()

    def fallback(self, age_interval: str | None = None) -> RecommendationList:
        """Returns the list for a guest or an unknown customer; never empty while the catalogue holds an article."""
        best = self._fallbacks.best(age_interval)
        if len(best):
            return best
        most_sold = np.argsort(-self.catalogue.sold_30d, kind="stable")[:FALLBACK_LENGTH].astype(np.int32)
        return RecommendationList(most_sold, ("fallback",) * len(most_sold))

    def related(self, idx: int, relation: str) -> Int32:
        """Articles in stock in a relation (``contracts.release.RELATIONS``), nearest first; none without a source."""
        if relation not in self._related:
            return np.empty(0, np.int32)
        nearest: Int32 = self._related[relation][idx]
        return nearest[nearest >= 0].copy()

    @property
    def language(self) -> str:
        """Language of its shoppers, by which the text search knows plain words."""
        return self._search.postings.language

    def search_engine(self, synonyms: Synonyms | None = None) -> SearchEngine:
        """Text search under a list of synonyms; by default the shipped one of the shop's language."""
        engine = self._engines.get(synonyms)
        if engine is not None:
            return engine
        with self._making_engines:
            engine = self._engines.get(synonyms)
            if engine is None:
                engine = self._engines[synonyms] = SearchEngine(self._search, self.catalogue, synonyms)
                while len(self._engines) > MAX_SEARCH_ENGINES:
                    self._engines.popitem(last=False)
            return engine


_opened: OrderedDict[Path, Release] = OrderedDict()
_damaged: dict[tuple[Path, int, int], str] = {}
"""Damage found, by folder, inode and time of change: a release that was made again is read again."""
_lock = threading.Lock()


def open_release(folder: Path) -> Release:
    """The release in ``folder``, opened and compared with its manifest once per process.

    Raises
    ------
    DamagedArtifactError
        If a file that the shop reads changed since it was made. Damaged lists are no reason: nobody has one then.
    """
    key = folder.absolute()
    with _lock:
        release = _opened.get(key)
        is_fresh = release is None
        if release is None:
            release = _opened[key] = _open_whole(key)
        _opened.move_to_end(key)
        while len(_opened) > MAX_OPEN_RELEASES:
            _opened.popitem(last=False)
        if is_fresh:
            gc.unfreeze()  # or what a former release left in cycles would stay for ever
            gc.collect()
            gc.freeze()  # it stays: a full collection would look at all of it, a tenth of a second in mid-request
        return release


def _open_whole(folder: Path) -> Release:
    stat = folder.stat()
    this = folder, stat.st_ino, stat.st_ctime_ns
    if this in _damaged:
        raise DamagedArtifactError(_damaged[this])
    release = Release(folder)
    expected = {
        name: digest for name, digest in release.manifest["content"].items() if not name.endswith(RECOMMENDATIONS)
    }
    remedy = "`recsys publish` makes it again, `recsys release rollback` goes to the release before"
    lists = [name for name in expected if name.startswith(f"{LISTS}/")]
    second = [name for name in expected if name.startswith(f"{SECOND}/")]
    everybodys = expected.keys() - {*lists, *second}
    try:
        check_digests(folder, {name: expected[name] for name in everybodys}, remedy)
    except DamagedArtifactError as damage:
        _damaged[this] = str(damage)
        raise
    if not _is_whole(folder, {name: expected[name] for name in lists}, remedy):
        release.lists = NoLists()
    if not _is_whole(folder, {name: expected[name] for name in second}, remedy):
        release.second_lists = NoLists()
    return release


def _is_whole(folder: Path, lists: Mapping[str, str], remedy: str) -> bool:
    try:
        check_digests(folder, lists, remedy)
    except DamagedArtifactError as damage:
        log.error("nobody has a list of them: %s", damage)
        return False
    return True


def open_live(workspace: Workspace) -> Release:
    """The release that ``releases/live`` points at right now. Call once per request and keep the result.

    A release that was replaced and dropped since the pointer was read is no reason to serve none.

    Raises
    ------
    NoLiveReleaseError
        If nothing is published, or the pointer's target is gone.
    """
    target = _target(workspace)
    while True:
        try:
            return open_release(workspace.live.parent / target)
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
