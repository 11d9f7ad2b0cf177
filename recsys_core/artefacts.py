"""Content-addressed stage outputs: fresh folder, verify, one atomic rename.

An artefact's key is a hash of what it is made from (stage, version, input keys, parameters), so a rerun finds
it and does nothing, a changed input makes a new one beside it, and a killed run leaves only a draft. Layout::

    <home>/<kind>/<key>/            complete, immutable
    <home>/<kind>/<key>/artefact.json
    <home>/<kind>/.draft-<key>/     in the making, by the one process that holds .lock-<key>
"""

import contextlib
import fcntl
import hashlib
import json
import logging
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from recsys_core.home import Home

log = logging.getLogger(__name__)
RECORD = "artefact.json"


@dataclass(frozen=True)
class Artefact:
    """A complete stage output."""

    kind: str
    key: str
    path: Path
    record: Mapping[str, Any]

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
class Recipe:
    """What an artefact is made from; its hash is the artefact's key.

    ``kind`` is the folder below home and may hold slashes (``features/cutoff=2020-09-18``).
    Bump ``version`` when the stage's code changes what it writes.
    """

    kind: str
    version: int
    inputs: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        made_from = [self.kind, self.version, dict(self.inputs), dict(self.params)]
        return hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()[:16]


class ArtefactStore:
    """Finds and builds artefacts below one home."""

    def __init__(self, home: Home) -> None:
        self.home = home

    def path(self, recipe: Recipe) -> Path:
        return self.home.root / recipe.kind / recipe.key

    def find(self, recipe: Recipe) -> Artefact | None:
        """The complete artefact of this recipe, or None."""
        return open_artefact(recipe.kind, self.path(recipe))

    def require(self, recipe: Recipe, made_by: str) -> Artefact:
        """The artefact, or a FileNotFoundError that names the command which makes it."""
        found = self.find(recipe)
        if found is None:
            raise FileNotFoundError(f"{recipe.kind}/{recipe.key} is missing: run `{made_by}` first")
        return found

    @contextlib.contextmanager
    def build(self, recipe: Recipe, *, resume: bool = False) -> Iterator[Draft]:
        """Build the artefact; on a clean exit the draft becomes the artefact in one rename.

        Blocks while another process builds the same key. ``resume=True`` keeps what a killed run left in the
        draft folder; the stage then trusts only files that it wrote atomically (``atomic_path``).
        A caller checks ``find`` first; when another process finished meanwhile the draft is dropped.
        """
        final = self.path(recipe)
        draft = Draft(final.parent / f".draft-{recipe.key}")
        final.parent.mkdir(parents=True, exist_ok=True)
        with (final.parent / f".lock-{recipe.key}").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not resume:
                shutil.rmtree(draft.path, ignore_errors=True)
            draft.path.mkdir(exist_ok=True)
            started = time.monotonic()
            yield draft
            if final.exists():
                shutil.rmtree(draft.path)
                return
            record = self._record(recipe, draft, time.monotonic() - started)
            write_json(draft.path / RECORD, record)
            draft.path.replace(final)
            log.info("%s/%s ready in %.1f s", recipe.kind, recipe.key, record["seconds"])

    @staticmethod
    def _record(recipe: Recipe, draft: Draft, seconds: float) -> dict[str, Any]:
        files = file_digests(draft.path)
        return {
            "kind": recipe.kind,
            "key": recipe.key,
            "version": recipe.version,
            "inputs": dict(recipe.inputs),
            "params": dict(recipe.params),
            "summary": draft.summary,
            "files": files,
            "content_sha256": digest_of(files),
            "seconds": round(seconds, 1),
            "created_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        }


def open_artefact(kind: str, path: Path) -> Artefact | None:
    """The artefact in ``path``, or None if it is not complete."""
    try:
        record = json.loads((path / RECORD).read_text())
    except FileNotFoundError:
        return None
    return Artefact(kind, record["key"], path, record)


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yields a temporary name beside ``path``; a clean exit renames it to ``path``."""
    fresh = path.with_name(f".{path.name}.part")
    yield fresh
    fresh.replace(path)


def write_json(path: Path, value: Any) -> None:
    with atomic_path(path) as fresh:
        fresh.write_text(json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_digests(folder: Path) -> dict[str, str]:
    """SHA-256 by relative name of every file below ``folder`` that counts as content (nothing hidden)."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != RECORD)
    names = {str(p.relative_to(folder)): p for p in files}
    return {name: sha256_of(p) for name, p in names.items() if not any(x.startswith(".") for x in Path(name).parts)}


def digest_of(files: Mapping[str, str]) -> str:
    """One digest for a set of files."""
    return hashlib.sha256(json.dumps(dict(files), sort_keys=True).encode()).hexdigest()
