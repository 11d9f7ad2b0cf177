"""``recsys tune``: the search for a ranker's settings."""

import time
from typing import Annotated, Literal

import typer

from recsys_core.cli.base import (
    ConfigOption,
    CutoffOption,
    WorkspaceOption,
    app,
    plan_of,
    report,
)
from recsys_core.workspace import Workspace

Tunable = Literal["lightgbm", "dnn"]


@app.command()
def tune(
    ranker: Annotated[Tunable, typer.Option(help="Ranker to tune.")] = "lightgbm",
    trials: Annotated[int, typer.Option(min=1, help="Finished trials of the study, including earlier runs.")] = 30,
    timeout: Annotated[float | None, typer.Option(min=1, help="Seconds after which no new trial starts.")] = None,
    cutoff: CutoffOption = None,
    workspace_dir: WorkspaceOption = None,
    config: ConfigOption = None,
) -> None:
    """Search for a ranker's settings on the training label windows (Optuna); a killed search continues.

    The search never sees label days from the cut-off on. To report on a window, tune with its first day as --cutoff.
    """
    from recsys_core.pipeline.stages import run_stage
    from recsys_core.pipeline.tune import tune as search

    started = time.monotonic()
    plan = plan_of(Workspace.from_env(workspace_dir), config, cutoff)
    for stage in ("features", "train-retrievers"):
        run_stage(stage, plan)
    report("tune", started, search(plan, ranker, trials, timeout))
