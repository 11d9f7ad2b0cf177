"""Image encoders of our own, as the workspace has them: their reports, and the releases that were made with them."""

import json
from collections.abc import Mapping
from typing import Any, Final

from recsys_core.contracts.artifacts import ENCODERS, IMAGE_REPORTS
from recsys_core.release.pointer import ReleaseInfo, list_releases
from recsys_core.store.artifacts import RECORD, Artifact, open_artifact
from recsys_core.workspace import Workspace

REPORT: Final = "report.json"
"""File of an image report with its metrics."""
STAGE: Final = "image_encoder"
"""The encoder's name among the artifacts of a release."""


def own_encoders(workspace: Workspace) -> list[Artifact]:
    """Encoders that were trained here, the latest first."""
    trained = [made for made in _all(workspace, ENCODERS) if made.summary.get("mlflow_run_id")]
    return sorted(trained, key=_when, reverse=True)


def latest_report(workspace: Workspace, encoder: Artifact) -> Mapping[str, Any] | None:
    """Metrics of the latest image report of an encoder."""
    mine = [made for made in _all(workspace, IMAGE_REPORTS) if made.record["inputs"]["encoder"] == encoder.key]
    if not mine:
        return None
    found: dict[str, Any] = json.loads((max(mine, key=_when).path / REPORT).read_text())
    return found


def releases_with(workspace: Workspace, encoder: Artifact) -> list[ReleaseInfo]:
    """Releases that are kept and were made with an encoder, the newest first."""
    made = ((release, release.manifest.get("artifacts") or {}) for release in list_releases(workspace))
    return [release for release, artifacts in made if artifacts.get(STAGE) == encoder.key]


def _all(workspace: Workspace, kind: str) -> list[Artifact]:
    folders = sorted(record.parent for record in (workspace.root / kind).glob(f"[!.]*/{RECORD}"))
    return [made for folder in folders if not folder.is_symlink() and (made := open_artifact(kind, folder))]


def _when(made: Artifact) -> tuple[str, str]:
    return str(made.record["created_at"]), made.key
