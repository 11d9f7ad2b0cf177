"""Releases of a few bytes, for what moves releases without reading them; and the folder of a ``file://`` store."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from recsys_core.contracts.release import MANIFEST
from recsys_core.store.artifacts import digest_of
from recsys_core.workspace import Workspace

FILES = {"ledger.json": b"{}", "lists/article_idx.npy": b"\x00\x01\x02", "lists/reasons.json": b'["popular"]'}


def add_release(workspace: Workspace, day: int, files: Mapping[str, bytes] = FILES) -> str:
    """A release of September ``day``, 2020, which is newer than those of earlier days; returns its id."""
    content = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    manifest = manifest_of(content, day)
    folder = workspace.releases / str(manifest["id"])
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    (folder / MANIFEST).write_text(json.dumps(manifest))
    return folder.name


def manifest_of(content: Mapping[str, str], day: int) -> dict[str, object]:
    digest, date = digest_of(content), f"2020-09-{day:02}"
    made = {"id": f"{date}-{digest[:8]}", "cutoff": date, "created_at": f"{date}T03:00:00Z"}
    return made | {"content": dict(content), "content_sha256": digest}


def content_of(folder: Path) -> dict[str, bytes]:
    """Bytes by name of all files below a folder."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
