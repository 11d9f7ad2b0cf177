"""Datasets that a command read and made, by the records of its artifacts.

A dataset is what all artifacts of a kind have in common, and an artifact's key is its version: ``lists`` of
``lists/<key>``. Of raw files a dataset is a table, such as ``raw/transactions``; its version is a digest of the files.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

from recsys_core.contracts.artifacts import EMBEDDINGS
from recsys_core.contracts.release import MANIFEST
from recsys_core.store.artifacts import RECORD, Artifact, digest_of, open_artifact
from recsys_core.workspace import Workspace

TABLES: Final = "tables"
BATCHES: Final = "batches"
INDEX: Final = "index"
IMAGES: Final = "images"
"""Input of what is made from the shop's image files: a digest of them."""
NO_IMAGES: Final = hashlib.sha256().hexdigest()
RAW: Final = "raw"
RELEASES: Final = "releases"
LIVE: Final = "releases/live"
"""The release that the storefront shows."""
WITH_PARTS: Final = ("features", "rankers", "retrievers")
"""Kinds whose artifacts stand one folder deeper: by cut-off, or by name."""
CUTOFF: Final = "cutoff="
KEY: Final = re.compile("[0-9a-f]{16}")
ROWS: Final[Mapping[str, str]] = {
    TABLES: "transactions",
    "scored": "customers",
    "lists": "customers",
    "catalogue": "articles",
    EMBEDDINGS: "images",
}
"""Count in an artifact's summary that is its number of rows, by kind."""
Columns = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class DatasetVersion:
    """One version of a dataset."""

    name: str
    version: str
    made_at: str = ""
    """When it was made, ISO 8601."""
    rows: int | None = None
    bytes: int | None = None
    files: int | None = None
    cutoff: str = ""
    """Of a feature snapshot: the first day that it does not see."""
    columns: Columns = field(default_factory=dict)
    """Of tables: types by column, by table."""


@dataclass(frozen=True)
class Lineage:
    """Datasets that a command read and made."""

    inputs: Sequence[DatasetVersion]
    outputs: Sequence[DatasetVersion]


def lineage_of(workspace: Workspace, made: Iterable[str], release: str = "", live: bool = False) -> Lineage:
    """Lineage of the artifacts (``kind/key``) and the release that a command made; what is gone is left out.

    What was made from another artifact of the same command has no input for it. ``live``: the release went live.
    """
    root = workspace.root
    found = (open_artifact(name.rpartition("/")[0], root / name) for name in made)
    artifacts = {artifact.key: artifact for artifact in found if artifact}
    manifest = _manifest(root, release) if release else {}
    read = _Records(root).read_by(artifacts.values(), (manifest.get("artifacts") or {}).values())
    inputs = {name: artifact for name, artifact in read.items() if artifact.key not in artifacts}
    raw = [artifact for artifact in inputs.values() if artifact.kind == BATCHES]
    others = [artifact for artifact in inputs.values() if artifact.kind != BATCHES]
    return Lineage(
        [*_raw_tables(raw), *_raw_images(artifacts.values()), *_versions(others)],
        [*_versions(artifacts.values()), *_release(manifest, live)],
    )


class _Records:
    """Finds an artifact by what other records call it: its key, or a digest of its files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.with_key = cache(self._with_key)

    def read_by(self, artifacts: Iterable[Artifact], keys: Iterable[Any]) -> dict[str, Artifact]:
        """The artifacts that these were made from, and those with ``keys``, by name."""
        wanted = [*(value for artifact in artifacts for value in artifact.record["inputs"].values()), *keys]
        found = (self.called(str(value)) for value in dict.fromkeys(wanted))
        return {artifact.name: artifact for artifact in found if artifact}

    def called(self, value: str) -> Artifact | None:
        return self.with_key(value) if KEY.fullmatch(value) else self.by_digest.get(value)

    def _with_key(self, key: str) -> Artifact | None:
        folders = [
            *self.root.glob(f"*/{key}"),
            *(path for kind in WITH_PARTS for path in self.root.glob(f"{kind}/*/{key}")),
        ]
        found = (open_artifact(str(path.parent.relative_to(self.root)), path) for path in folders)
        return next((artifact for artifact in found if artifact), None)

    @cached_property
    def by_digest(self) -> dict[str, Artifact]:
        """Tables by the digest of all their files, image embeddings by that of their Parquet files."""
        tables = {made.content_sha256: made for made in self._all(TABLES)}
        return tables | {digest_of(_parquet_files(made)): made for made in self._all(EMBEDDINGS)}

    def _all(self, kind: str) -> Iterator[Artifact]:
        for record in sorted((self.root / kind).glob(f"[!.]*/{RECORD}")):
            if KEY.fullmatch(record.parent.name) and (made := open_artifact(kind, record.parent)):
                yield made


def _parquet_files(artifact: Artifact) -> dict[str, str]:
    files: Mapping[str, str] = artifact.record["files"]
    return {name: digest for name, digest in files.items() if "/" not in name and name.endswith(".parquet")}


def _versions(artifacts: Iterable[Artifact]) -> Iterator[DatasetVersion]:
    for artifact in artifacts:
        if artifact.kind == INDEX:
            yield from _collections(artifact)
        else:
            yield _version(artifact)


def _version(artifact: Artifact) -> DatasetVersion:
    kind, _, part = artifact.kind.partition("/")
    is_snapshot = part.startswith(CUTOFF)
    return DatasetVersion(
        kind if is_snapshot else artifact.kind,
        artifact.key,
        artifact.record["created_at"],
        rows=artifact.summary.get(ROWS.get(kind, "")),
        bytes=sum(artifact.record.get("bytes", {}).values()),
        files=len(artifact.record["files"]),
        cutoff=part.removeprefix(CUTOFF) if is_snapshot else "",
        columns=table_columns(artifact.path) if kind == TABLES else {},
    )


def _collections(index: Artifact) -> Iterator[DatasetVersion]:
    """The Milvus collections of an index, of articles and where there are any of images."""
    described = [index.summary, (index.summary.get(IMAGES) or {}).get("milvus") or {}]
    for each in described:
        for name in each.get("collections", {}):
            rows = each.get("checks", {}).get("rows")
            yield DatasetVersion(f"{INDEX}/{name}", index.key, index.record["created_at"], rows)


def _raw_tables(batches: Iterable[Artifact]) -> Iterator[DatasetVersion]:
    """The raw files by table; a file that makes several tables counts for each."""
    by_table: dict[str, list[Artifact]] = {}
    for batch in batches:
        by_table.setdefault(str(batch.summary["table"]), []).append(batch)
    for table, files in sorted(by_table.items()):
        digests = sorted(str(batch.summary["sha256"]) for batch in files)
        yield DatasetVersion(
            f"{RAW}/{table}",
            digest_of(dict.fromkeys(digests, table))[:16],
            max(batch.record["created_at"] for batch in files),
            rows=sum(int(batch.summary["rows_in"]) for batch in files),
            files=sum(len(batch.record["inputs"]) for batch in files),
        )


def _raw_images(artifacts: Iterable[Artifact]) -> Iterator[DatasetVersion]:
    """The shop's image files, for what was made from them."""
    digests = (artifact.record["inputs"].get(IMAGES) for artifact in artifacts)
    if digest := next((each for each in digests if each and each != NO_IMAGES), None):
        yield DatasetVersion(f"{RAW}/{IMAGES}", digest[:16])


def _manifest(root: Path, release: str) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((root / RELEASES / release / MANIFEST).read_text())
    except FileNotFoundError:
        return {}
    return manifest


def _release(manifest: Mapping[str, Any], live: bool) -> Iterator[DatasetVersion]:
    for name in (RELEASES, LIVE) if live else (RELEASES,):
        if manifest:
            rows = manifest["rows"]["customers"]
            yield DatasetVersion(name, manifest["id"], manifest["created_at"], rows, files=len(manifest["content"]))


def table_columns(folder: Path) -> dict[str, dict[str, str]]:
    """Arrow types by column, by table, of the Parquet files of tables; without the rows in quarantine."""
    import pyarrow.parquet as pq

    found: dict[str, dict[str, str]] = {}
    for file in sorted(folder.glob("*/*.parquet")):
        table = file.parent.name
        if table not in found and table != "quarantine":
            found[table] = {column.name: str(column.type) for column in pq.read_schema(file)}
    return found
