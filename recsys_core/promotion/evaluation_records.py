"""Evaluation records of each configuration and the decisions made by them.

They are read from the workspace, so that publishing can decide while MLflow is down::

    <workspace>/evaluations/<key>/           artifacts of ``recsys evaluate``
    <workspace>/promotion/decisions.jsonl
"""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from recsys_core.contracts.artifacts import TRAININGS
from recsys_core.store.artifacts import RECORD, Artifact, open_artifact
from recsys_core.store.json_lines import append_line, read_lines
from recsys_core.workspace import Workspace

EVALUATIONS = "evaluations"
RESULT = "evaluation.json"
OLDER_MODELS = "models"
"""Input of an evaluation of lists whose models are older than they: it measures their age, not a configuration."""
Window = tuple[str, int]
"""First label day and length of a label window."""


@dataclass(frozen=True)
class EvaluationRecord:
    """Results of an evaluation of one configuration on one label window."""

    label_start: str
    label_days: int
    value: float
    interval: tuple[float, float] | None
    """95 % interval, if the metric has one."""
    baselines: Mapping[str, float]
    """MAP@12 by name."""
    segments: Mapping[str, Mapping[str, float]]
    """Segments by name: ``customers`` and ``map_at_12``."""

    @property
    def best_baseline(self) -> float:
        return max(self.baselines.values(), default=0.0)


def read_evaluation_records(
    workspace: Workspace, configuration: str, metric: str = "map_at_12"
) -> dict[Window, EvaluationRecord]:
    """Evaluation records by label window; of several evaluations of one window the latest counts."""
    made = [open_artifact(EVALUATIONS, path.parent) for path in (workspace.root / EVALUATIONS).glob(f"*/{RECORD}")]
    mine = [one for one in made if one and _is_of(one.record["inputs"], configuration)]
    results = [json.loads((one.path / RESULT).read_text()) for one in sorted(mine, key=_when)]
    found = [evaluation_record_of(result, metric) for result in results]
    return {(one.label_start, one.label_days): one for one in found if one}


def _is_of(inputs: Mapping[str, str], configuration: str) -> bool:
    return inputs.get("configuration") == configuration and OLDER_MODELS not in inputs


def _when(evaluation: Artifact) -> str:
    return str(evaluation.record["created_at"])


def evaluation_record_of(result: Mapping[str, Any], metric: str = "map_at_12") -> EvaluationRecord | None:
    """Evaluation record of a result; None if the result lacks the metric."""
    if metric not in result:
        return None
    interval = result.get(f"{metric}_interval")
    return EvaluationRecord(
        str(result["label_start"]),
        int(result["label_days"]),
        float(result[metric]),
        (float(interval[0]), float(interval[1])) if interval else None,
        result["baselines"],
        result["segments"],
    )


def note_decision(workspace: Workspace, line: Mapping[str, Any]) -> None:
    """Append one line; the time is added."""
    record = {"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **line}
    append_line(workspace.decisions, dict(sorted(record.items())))


def read_decisions(workspace: Workspace) -> Iterator[dict[str, Any]]:
    """Decisions, oldest first."""
    return read_lines(workspace.decisions)


def champion_of(workspace: Workspace) -> str | None:
    """The configuration that was last made champion."""
    named = [line["configuration"] for line in read_decisions(workspace) if line["verdict"] == "promote"]
    return named[-1] if named else None


def champion_models(workspace: Workspace) -> str | None:
    """Key of the models that were last made champion; None if nobody noted it."""
    named = [line.get(TRAININGS) for line in read_decisions(workspace) if line["verdict"] == "promote"]
    return named[-1] if named else None
