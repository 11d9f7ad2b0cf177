"""Put a release together: everything the shop reads, in one fresh folder, with one manifest."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from recsys_core.contracts.release import (
    CATALOGUE,
    DEMO_CUSTOMERS,
    FALLBACKS,
    FIRST_RELEASE,
    INDEX,
    LEDGER,
    MANIFEST,
    RELATED,
    SEARCH,
    SECOND,
    TABLES_MADE_AT,
)
from recsys_core.release.demo_customers import choose_demo_customers
from recsys_core.release.lists import write_lists
from recsys_core.store.artifacts import Artifact, digest_of, file_digests, link_file, write_json
from recsys_core.store.git import git_commit
from recsys_core.store.sync import sync_tree

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReleaseParts:
    """Parts of a release."""

    cutoff: str
    tables: Artifact
    customers: Path
    """Parquet table of the customers known as of the cut-off: each gets a list."""
    lists: Artifact
    catalogue: Artifact
    index: Artifact | None = None
    models: Mapping[str, Artifact] = field(default_factory=dict)
    """Models by name: two_tower, ranker."""
    stages: Mapping[str, str] = field(default_factory=dict)
    """Artifact keys by stage."""
    models_as_of: str | None = None
    """Cut-off of the models' training: ``cutoff``, or an earlier day. None if nothing was trained."""
    validation: Mapping[str, Any] | None = None
    """Metrics of the models on the last complete label window (``promotion/validation.py``)."""
    is_first: bool = False
    """True if nothing was trained for it (``pipeline/first_release.py``)."""


def assemble(parts: ReleaseParts, folder: Path) -> dict[str, Any]:
    """Write the release into the empty ``folder`` and return its manifest.

    Raises
    ------
    ValueError
        If an artifact's file is not what it was when it was made, or the lists do not fit the catalogue.
    """
    for name in (CATALOGUE, RELATED, SEARCH):
        _link_tree(parts.catalogue.path / name, folder / name)
    for name in (FALLBACKS, LEDGER):
        link_file(parts.lists.path / name, folder / name)
    article_ids = _article_ids(folder / CATALOGUE)
    shape = write_lists(parts.lists.path, article_ids, folder)
    if (second := parts.lists.path / SECOND).exists():
        (folder / SECOND).mkdir()
        write_lists(second, article_ids, folder / SECOND)
    demo_customers = choose_demo_customers(parts.lists.path, folder)
    write_json(folder / DEMO_CUSTOMERS, demo_customers)
    if parts.index:
        write_json(folder / INDEX, _without_checks(parts.index.summary))
    rows = {
        "articles": int(parts.catalogue.summary["articles"]),
        "customers": shape.customers,
        "demo_customers": len(demo_customers),
    }
    content = file_digests(folder)
    for artifact in (parts.catalogue, parts.lists):
        _check_unchanged(artifact, content)
    manifest = _manifest(parts, content, rows, shape.length)
    write_json(folder / MANIFEST, manifest)
    sync_tree(folder)
    return manifest


def _without_checks(said: Mapping[str, Any]) -> dict[str, Any]:
    """Leaves out measurements: they differ between equal runs, so they are no part of a release's content."""
    return {
        name: _without_checks(value) if isinstance(value, Mapping) else value
        for name, value in said.items()
        if name != "checks"
    }


def _check_unchanged(artifact: Artifact, content: Mapping[str, str]) -> None:
    """Files taken over from an artifact still have the digests that it recorded."""
    made = artifact.record["files"]
    if changed := sorted(name for name in made.keys() & content.keys() if made[name] != content[name]):
        raise ValueError(
            f"{artifact.path}: {', '.join(changed)} changed since it was made: remove that folder and run again"
        )


def _manifest(parts: ReleaseParts, content: Mapping[str, str], rows: Mapping[str, int], length: int) -> dict[str, Any]:
    digest = digest_of(content)
    tables = parts.tables
    index = parts.index.summary if parts.index else {}
    return {
        "id": f"{parts.cutoff}-{digest[:8]}",
        "cutoff": parts.cutoff,
        "models_as_of": parts.models_as_of,
        FIRST_RELEASE: parts.is_first,
        "created_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "git_commit": git_commit(),
        "data": {
            "tables": tables.key,
            "content_sha256": tables.content_sha256,
            TABLES_MADE_AT: tables.record["created_at"],
            **{name: tables.summary.get(name) for name in ("articles", "customers", "transactions", "last_day")},
        },
        "content": dict(content),
        "content_sha256": digest,
        "rows": dict(rows),
        "list_length": length,
        "second_ranker": parts.lists.summary.get("second_ranker"),
        "artifacts": dict(parts.stages),
        "validation": dict(parts.validation) if parts.validation else None,
        "models": {name: _model(artifact) for name, artifact in parts.models.items()},
        "milvus": {name: said for name, said in index.items() if name != "images"} or None,
        "images": index.get("images"),
    }


def _model(artifact: Artifact) -> dict[str, Any]:
    """A model's version is its artifact's key; the run that made it stands in MLflow."""
    return {"version": artifact.key, "mlflow_run_id": artifact.summary.get("mlflow_run_id")}


def _article_ids(catalogue: Path) -> pa.Array:
    table = pa.ipc.open_file(pa.memory_map(str(catalogue / "articles.arrow"))).read_all()
    return table.column("article_id").combine_chunks()


def _link_tree(source: Path, target: Path) -> None:
    target.mkdir()
    for file in sorted(source.iterdir()):
        link_file(file, target / file.name)
