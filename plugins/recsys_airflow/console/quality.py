"""Measured quality: validations of newly trained models, evaluations of configurations, image encoders."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from recsys_airflow.console.plots import Intervals, Span
from recsys_core.contracts.artifacts import VALIDATIONS
from recsys_core.promotion.evaluation_records import EVALUATIONS, OLDER_MODELS
from recsys_core.promotion.evaluation_records import RESULT as EVALUATION
from recsys_core.promotion.image_encoders import latest_report, own_encoders, releases_with
from recsys_core.promotion.validation import RESULT as VALIDATION
from recsys_core.records import AliasMove, Decision
from recsys_core.store.artifacts import RECORD, Artifact
from recsys_core.workspace import Workspace

SHOWN: Final = 30


@dataclass(frozen=True)
class Measured:
    """MAP@12 on one label window."""

    key: str
    at: str
    label_start: str
    label_days: int
    customers: int | None
    value: float
    interval: tuple[float, float] | None
    segments: Mapping[str, Mapping[str, float]]
    """Segments by name: ``customers`` and ``map_at_12``."""
    simple_list: str
    """The best simple list."""
    simple: float
    champion: Mapping[str, Any]
    """``release``; its ``map_at_12`` and segments on the same customers, or the ``reason`` for none."""
    older_models: bool
    """True if it measures lists whose models are older than they."""

    @property
    def window(self) -> str:
        return f"{self.label_start}+{self.label_days}"


@dataclass(frozen=True)
class Encoder:
    """An image encoder that was trained here."""

    model: str
    """Digest by which its vectors are told from others'."""
    key: str
    at: str
    images: int | None
    score: float | None
    """Recognition in training (``recsys_core/images/train.py``)."""
    report: Mapping[str, float]
    """Metrics of `recsys images-report`; empty without a report."""
    aliases: list[str]
    releases: list[str]


def validations(workspace: Workspace) -> list[Measured]:
    """Validations of models, the latest first."""
    return _latest(workspace.root / VALIDATIONS, VALIDATION)


def evaluations(workspace: Workspace) -> list[Measured]:
    """Evaluations of configurations, the latest first."""
    return _latest(workspace.root / EVALUATIONS, EVALUATION)


def encoders(workspace: Workspace, moves: Iterable[AliasMove]) -> list[Encoder]:
    """Image encoders that were trained here, the latest first; ``moves``: those of aliases, the oldest first."""
    holders = {move.alias: move.runs for move in moves}
    return [_encoder(workspace, made, holders) for made in own_encoders(workspace)[:SHOWN]]


def _encoder(workspace: Workspace, made: Artifact, holders: Mapping[str, list[str]]) -> Encoder:
    return Encoder(
        model=str(made.summary["model"]),
        key=made.key,
        at=made.record["created_at"],
        images=made.summary.get("images"),
        score=made.summary.get("score"),
        report=latest_report(workspace, made) or {},
        aliases=sorted(alias for alias, runs in holders.items() if made.summary["mlflow_run_id"] in runs),
        releases=[release.id for release in releases_with(workspace, made)],
    )


def _latest(folder: Path, result: str) -> list[Measured]:
    found = [_read(record.parent, result) for record in folder.glob(f"[!.]*/{RECORD}")]
    return sorted((one for one in found if one), key=lambda one: one.at, reverse=True)[:SHOWN]


@lru_cache(maxsize=1_000)
def _read(folder: Path, name: str) -> Measured | None:
    """A measurement; it never changes. None if it lacks MAP@12."""
    record, result = json.loads((folder / RECORD).read_text()), json.loads((folder / name).read_text())
    if "map_at_12" not in result:
        return None
    baselines = result.get("baselines") or {"none": 0.0}
    best = max(baselines, key=lambda baseline: baselines[baseline])
    interval = result.get("map_at_12_interval")
    return Measured(
        key=record["key"],
        at=record["created_at"],
        label_start=str(result["label_start"]),
        label_days=int(result["label_days"]),
        customers=result.get("customers"),
        value=result["map_at_12"],
        interval=(interval[0], interval[1]) if interval else None,
        segments=result.get("segments") or {},
        simple_list=best,
        simple=baselines[best],
        champion=result.get("champion") or {},
        older_models=OLDER_MODELS in record["inputs"],
    )


def intervals(title: str, measured: Iterable[Measured]) -> Intervals:
    """A plot of measurements, the oldest first."""
    spans = [
        Span(one.window, one.value, one.interval, {"simple": one.simple, "champion": one.champion.get("map_at_12")})
        for one in list(measured)[::-1]
    ]
    return Intervals(title, spans)


def releases_of(measured: Measured, decisions: Iterable[Decision]) -> list[str]:
    """Releases whose models this validation measured, the latest first: they note its value and its label window."""
    noted = ((decision.release, decision.validation or {}) for decision in decisions)
    mine = (measured.value, measured.label_start)
    return list(dict.fromkeys(release for release, v in noted if (v.get("map_at_12"), v.get("label_start")) == mine))
