"""Records of image encoders, their reports and releases, as a test chooses them; no encoder is trained."""

from recsys_core.contracts.artifacts import ENCODERS, IMAGE_REPORTS
from recsys_core.store.artifacts import RECORD, Artifact, open_artifact, write_json
from recsys_core.workspace import Workspace

SUMMARY = {"images": 1200, "learned": 800, "validated": 100, "held_out": 300}
TRAINING = {"score": 0.75, "epochs": 8, "train_seconds": 61.4}
REPORTED = {"queries": 300, "images": 1200, "altered_first": 0.6}
PRECISION = {"type": (0.5, 0.2), "colour": (0.55, 0.54), "pattern": (0.4, 0.3)}


def write_encoder(workspace: Workspace, key: str, at: str, run: str = "run") -> Artifact:
    """An encoder that was trained here on 1,200 images, in a run of MLflow."""
    summary = {"model": f"model-{key}", "mlflow_run_id": run, **SUMMARY, **TRAINING}
    return write_artifact(workspace, ENCODERS, key, at, {"images": "1" * 64, "articles": "2" * 64}, summary)


def write_given_encoder(workspace: Workspace, key: str) -> Artifact:
    """An encoder from elsewhere."""
    return write_artifact(workspace, ENCODERS, key, "2020-09-20T04:00:00Z", {"model": "x"}, {"model": "x"})


def write_report(workspace: Workspace, key: str, encoder: str, at: str, altered_in_top10: float) -> None:
    """A report of `recsys images-report` on the encoder of a key."""
    folder = write_artifact(workspace, IMAGE_REPORTS, key, at, {"encoder": encoder}, {}).path
    metrics = {f"{name}_precision_at_10": ours for name, (ours, _) in PRECISION.items()}
    metrics |= {f"{name}_precision_histogram": theirs for name, (_, theirs) in PRECISION.items()}
    write_json(folder / "report.json", REPORTED | metrics | {"altered_in_top10": altered_in_top10})


def write_manifest(workspace: Workspace, release: str, encoder: str | None) -> None:
    """The manifest of a release that was made with the encoder of a key, or without one."""
    folder = workspace.releases / release
    folder.mkdir(parents=True)
    artifacts = {"image_encoder": encoder} if encoder else {}
    about = {"created_at": f"{release[:10]}T05:00:00Z", "cutoff": release[:10], "models_as_of": "2020-09-15"}
    write_json(folder / "manifest.json", about | {"artifacts": artifacts})


def write_artifact(
    workspace: Workspace, kind: str, key: str, at: str, inputs: dict[str, str], summary: dict[str, object]
) -> Artifact:
    folder = workspace.root / kind / key
    folder.mkdir(parents=True)
    params = {"height": 96, "width": 64, "parts": [1.0, 0.85], "query_parts": [1.0]}
    record = {"key": key, "inputs": inputs, "summary": summary, "params": params, "created_at": at}
    write_json(folder / RECORD, record | {"files": {"model.safetensors": "f" * 64}})
    made = open_artifact(kind, folder)
    assert made
    return made
