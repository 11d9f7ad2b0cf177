"""Outputs of a training loop beside its model: metrics by step, and a folder for checkpoints."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

log = logging.getLogger(__name__)


def _log_metrics(metrics: Mapping[str, float], step: int) -> None:
    log.info("step %d: %s", step, ", ".join(f"{name} {value:.4f}" for name, value in metrics.items()))


class KeepModel(Protocol):
    """Keeps a trained model and an example input in the model registry."""

    def __call__(self, model: object, example: object, part: str = "") -> None:
        """``part`` names one of several models of a training: it is registered as ``<name>_<part>``."""


@dataclass(frozen=True)
class Monitor:
    """Receiver of a training loop's reports. The default logs metrics and keeps no checkpoints."""

    metrics: Callable[[Mapping[str, float], int], None] = _log_metrics
    checkpoints: Path | None = None
    """Folder that survives a killed run; a loop that finds its checkpoint there goes on from it."""
    model: KeepModel | None = None
    """Function that is called with each trained model."""
