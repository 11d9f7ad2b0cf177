"""Content-addressed stage outputs: fresh folder, verify, one atomic rename.

An artifact's key is a hash of what it is made from (stage, version, input keys, parameters), so a rerun finds
it and does nothing, a changed input makes a new one beside it, and a killed run leaves only a draft. Layout::

    <workspace>/<kind>/<key>/            complete, immutable
    <workspace>/<kind>/<key>/artifact.json
    <workspace>/<kind>/.draft-<key>/     in the making, by the one process that holds .lock-<key>
"""

import contextlib
import hashlib
import json
import logging
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from recsys_core.store.locks import locked
from recsys_core.store.sync import sync, sync_tree
from recsys_core.workspace import Workspace

log = logging.getLogger(__name__)
RECORD = "artifact.json"
MODELS: Final = ("retrievers", "rankers", "image_encoders")
"""Kinds whose files are read again as a whole before they are loaded, however large."""
MAX_CHECKSUM_BYTES: Final = 2 << 30
"""Most bytes of other kinds that are read again, about two seconds' worth of SHA-256."""
_checked: set[tuple[str, str]] = set()
"""Path and content digest of the artifacts that this process has compared with their records."""


class DamagedArtifactError(ValueError):
    """A file is not what it was when its artifact was made."""


@dataclass(frozen=True)
class Artifact:
    """A complete stage output."""

    kind: str
    key: str
    path: Path
    record: Mapping[str, Any]

    @property
    def name(self) -> str:
        """``kind/key``, its folder below the workspace."""
        return f"{self.kind}/{self.key}"

    @property
    def content_sha256(self) -> str:
        """Digest over all files' names and bytes; equal for equal content."""
        return str(self.record["content_sha256"])

    @property
    def summary(self) -> Mapping[str, Any]:
        """Counts and metrics that the stage noted."""
        return dict(self.record.get("summary", {}))


@dataclass
class Draft:
    """A stage output in the making. ``path`` is where to write; ``summary`` goes into the record."""

    path: Path
    summary: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ArtifactSpec:
    """Specification of an artifact: all that it is made from. Its hash is the artifact's key.

    ``kind`` is the folder below workspace and may hold slashes (``features/cutoff=2020-09-18``).
    Bump ``version`` when the stage's code changes what it writes.
    """

    kind: str
    version: int
    inputs: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    made_by: str = field(default="its stage", compare=False)
    """The command, for errors; no part of the key."""

    @property
    def key(self) -> str:
        made_from = [self.kind, self.version, dict(self.inputs), dict(self.params)]
        return hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()[:16]


class ArtifactStore:
    """Finds and builds artifacts below one workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def path(self, spec: ArtifactSpec) -> Path:
        return self.workspace.root / spec.kind / spec.key

    def find(self, spec: ArtifactSpec) -> Artifact | None:
        """The complete artifact of this spec, or None."""
        return open_artifact(spec.kind, self.path(spec))

    def require(self, spec: ArtifactSpec) -> Artifact:
        """The artifact, its files compared with its record (``check_files``).

        Raises
        ------
        FileNotFoundError
            If it is missing; names the command that makes it.
        DamagedArtifactError
            If a file changed since it was made.
        """
        found = self.find(spec)
        if found is None:
            raise FileNotFoundError(f"{spec.kind}/{spec.key} is missing: run `{spec.made_by}` first")
        return check_files(found, spec.made_by)

    def others(self, spec: ArtifactSpec) -> list[Artifact]:
        """Complete artifacts of the kind and version of ``spec`` with another key, the newest first."""
        records = (self.workspace.root / spec.kind).glob(f"[!.]*/{RECORD}")
        folders = [record.parent for record in records if not record.parent.is_symlink()]  # as tables/current is
        found = [open_artifact(spec.kind, folder) for folder in folders if folder.name != spec.key]
        same = [each for each in found if each and each.record["version"] == spec.version]
        return sorted(same, key=lambda each: str(each.record["created_at"]), reverse=True)

    @contextlib.contextmanager
    def build(self, spec: ArtifactSpec, *, resume: bool = False) -> Iterator[Draft]:
        """Build the artifact; on a clean exit the draft becomes the artifact in one rename.

        Blocks while another process builds the same key. ``resume=True`` keeps what a killed run left in the
        draft folder; the stage then trusts only files that it wrote atomically (``atomic_path``).
        A caller checks ``find`` first; when another process finished meanwhile the draft is dropped. The disk holds
        the draft before the rename. A folder whose record cannot be read is replaced.
        """
        final = self.path(spec)
        draft = Draft(final.parent / f".draft-{spec.key}")
        with locked(final.parent / f".lock-{spec.key}"):
            if not resume:
                shutil.rmtree(draft.path, ignore_errors=True)
            draft.path.mkdir(exist_ok=True)
            started = time.monotonic()
            yield draft
            if self.find(spec):
                shutil.rmtree(draft.path)
                return
            record = self._record(spec, draft, time.monotonic() - started)
            write_json(draft.path / RECORD, record)
            sync_tree(draft.path)
            if final.exists():
                shutil.rmtree(final)
            draft.path.replace(final)
            sync(final.parent)
            log.info("%s/%s ready in %.1f s", spec.kind, spec.key, record["seconds"])

    @staticmethod
    def _record(spec: ArtifactSpec, draft: Draft, seconds: float) -> dict[str, Any]:
        files = file_digests(draft.path)
        return {
            "kind": spec.kind,
            "key": spec.key,
            "version": spec.version,
            "inputs": dict(spec.inputs),
            "params": dict(spec.params),
            "summary": draft.summary,
            "files": files,
            "bytes": {name: path.stat().st_size for name, path in _content(draft.path).items()},
            "content_sha256": digest_of(files),
            "seconds": round(seconds, 1),
            "created_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }


def open_artifact(kind: str, path: Path) -> Artifact | None:
    """The artifact in ``path``, or None if it is not complete, or its record is damaged, as by a power cut."""
    try:
        record = json.loads((path / RECORD).read_text())
    except FileNotFoundError:
        return None
    except ValueError as error:
        log.warning("%s cannot be read (%s), so this artifact counts as missing", path / RECORD, error)
        return None
    return Artifact(kind, record["key"], path, record)


def summary_of(kind: str, path: Path) -> Mapping[str, Any]:
    """The summary of the complete artifact in ``path``."""
    found = open_artifact(kind, path)
    return found.summary if found else {}


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yields a temporary name for a file beside ``path``; a clean exit renames it, once the disk holds its bytes."""
    fresh = path.with_name(f".{path.name}.part")
    yield fresh
    sync(fresh)
    fresh.replace(path)


def link_file(source: Path, target: Path) -> None:
    """A second name for an immutable file; a copy where the file system has no hard links."""
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)


def write_json(path: Path, value: Any) -> None:
    """Write a JSON file atomically, keys sorted."""
    with atomic_path(path) as fresh:
        fresh.write_text(json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_digests(folder: Path) -> dict[str, str]:
    """SHA-256 by relative name of every file below ``folder`` that counts as content (nothing hidden)."""
    content = _content(folder)
    return dict(zip(content, _digests(content.values()), strict=True))


def _digests(paths: Iterable[Path]) -> list[str]:
    """SHA-256 of each file, read on all cores."""
    with ThreadPoolExecutor(len(os.sched_getaffinity(0)), "digests") as readers:
        return list(readers.map(sha256_of, paths))


def _content(folder: Path) -> dict[str, Path]:
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != RECORD)
    names = {str(p.relative_to(folder)): p for p in files}
    return {name: p for name, p in names.items() if not any(x.startswith(".") for x in Path(name).parts)}


def check_files(artifact: Artifact, made_by: str = "its stage") -> Artifact:
    """Compare an artifact's files with its record, once a process; returns it.

    Names and sizes are compared always, contents of ``MODELS`` as a whole, of other kinds up to ``MAX_CHECKSUM_BYTES``.

    Raises
    ------
    DamagedArtifactError
        Naming the first file that differs, the digest expected and found, and the remedy.
    """
    this = (str(artifact.path.absolute()), artifact.content_sha256)
    if this in _checked:
        return artifact
    remedy = f"remove {artifact.path} and run `{made_by}` again"
    made, now = artifact.record["files"], _content(artifact.path)
    for name in sorted(now.keys() - made.keys()):
        raise DamagedArtifactError(f"{now[name]} was not there when it was made: {remedy}")
    for name, size in artifact.record.get("bytes", {}).items():
        if name in now and (found := now[name].stat().st_size) != size:
            raise DamagedArtifactError(f"{now[name]} has {found} bytes, expected {size}: {remedy}")
    check_digests(artifact.path, made, remedy, None if artifact.kind.split("/")[0] in MODELS else MAX_CHECKSUM_BYTES)
    _checked.add(this)
    return artifact


def check_digests(
    folder: Path, expected: Mapping[str, str], remedy: str, at_most: int | None = MAX_CHECKSUM_BYTES
) -> None:
    """Compare files in ``folder`` with their SHA-256 by relative name.

    Where they hold more than ``at_most`` bytes, so much of them is read, in whole files spread evenly over the names.

    Raises
    ------
    DamagedArtifactError
        Naming the first file that differs, the digest expected and found, and the ``remedy``.
    """
    for name in expected:
        if not (folder / name).is_file():
            raise DamagedArtifactError(f"{folder / name} is missing: {remedy}")
    names = _spread(folder, sorted(expected), at_most)
    for name, found in zip(names, _digests(folder / name for name in names), strict=True):
        if found != expected[name]:
            raise DamagedArtifactError(f"{folder / name} has SHA-256 {found}, expected {expected[name]}: {remedy}")


def _spread(folder: Path, names: Sequence[str], at_most: int | None) -> list[str]:
    """Files of together at most so many bytes, spread evenly over ``names``; all where they are no more."""
    sizes = [(folder / name).stat().st_size for name in names]
    if at_most is None or sum(sizes) <= at_most:
        return list(names)
    chosen, seen, read = [], 0, 0
    for name, size in zip(names, sizes, strict=True):
        seen += size
        if read + size <= at_most * seen / sum(sizes):
            chosen.append(name)
            read += size
    return chosen


def digest_of(files: Mapping[str, str]) -> str:
    """One digest for a set of files."""
    return hashlib.sha256(json.dumps(dict(files), sort_keys=True).encode()).hexdigest()
