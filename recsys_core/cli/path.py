"""``recsys <stage>``: every stage of the path, and ``recsys run`` for all of them."""

import datetime as dt
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recsys_core.cli.base import (
    ByOption,
    ConfigOption,
    CutoffOption,
    DataOption,
    EmbeddingsOption,
    MappingOption,
    TablesOption,
    WorkspaceOption,
    a_date,
    app,
    ingest_into,
    plan_of,
    report,
    run_stage,
)
from recsys_core.config import load_config
from recsys_core.contracts.training import Challenge, Training
from recsys_core.errors import TooLittleToLearnError
from recsys_core.pipeline.plan import BuildPlan, current_tables
from recsys_core.pipeline.stage import Summary
from recsys_core.pipeline.stages import IMAGES, PATH, SERVING, TRAINING
from recsys_core.pipeline.stages import run_stage as run_one
from recsys_core.store.artifacts import Artifact
from recsys_core.workspace import Workspace

log = logging.getLogger(__name__)
OWN_OPTIONS = ("ingest", "train-images", "embed-images", "validate")
"""Commands of the path with options of their own, defined below and in ``cli/images.py``."""

ModelsOption = Annotated[
    str,
    typer.Option(
        "--models",
        metavar="KEY",
        help="Models to use, or 'own': those trained as of the cut-off (default: those that the gate has yet to decide "
        "about, else the live release's).",
    ),
]
CatalogueOption = Annotated[
    str,
    typer.Option(
        "--catalogue",
        metavar="NAME",
        help="The run's catalogue, as `recsys catalogue` names it (default: the one of the images of now).",
    ),
]


TrainOption = Annotated[
    Training, typer.Option("--train", help="auto: if the models are due (`recsys training-due` says why).")
]
if TYPE_CHECKING:
    from demo_shop import DemoSummary


@app.command("demo-data")
def demo_data(
    customers: Annotated[int, typer.Option(min=10)] = 5600,
    articles: Annotated[int, typer.Option(min=50)] = 2400,
    days: Annotated[int, typer.Option(min=30)] = 730,
    purchases: Annotated[int | None, typer.Option(min=1, help="Default: some 22 a customer.")] = None,
    seed: int = 1,
    out: Annotated[Path | None, typer.Option(help="Folder to write (default: <workspace>/demo-shop).")] = None,
    images: Annotated[bool, typer.Option(help="Draw an image of each article.")] = True,
    workspace_dir: WorkspaceOption = None,
) -> None:
    """Make an H&M-shaped demo shop in Kaggle's file layout, with images."""
    generate = _demo_shop_generator()

    started = time.monotonic()
    folder = out or Workspace.from_env(workspace_dir).demo_shop
    size = {"customers": customers, "articles": articles, "days": days, "purchases": purchases}
    made = generate(folder, **size, seed=seed, images=images)
    report("demo-data", started, {"out": str(folder), **vars(made)})


def _demo_shop_generator() -> "Callable[..., DemoSummary]":
    try:
        from demo_shop import generate
    except ModuleNotFoundError as missing:
        if missing.name == "demo_shop":
            raise ValueError("the demo shop is not installed: run from a checkout of the repository") from None
        raise
    return generate


@app.command()
def ingest(
    data: DataOption = None,
    mapping: MappingOption = None,
    workspace_dir: WorkspaceOption = None,
    config: ConfigOption = None,
) -> None:
    """Check the raw files and join them into tables (Spark)."""
    started = time.monotonic()
    workspace = Workspace.from_env(workspace_dir)
    ingest_into(workspace, config, data, mapping)
    report_artifact("ingest", started, current_tables(workspace))


def _add_stage(name: str, help_text: str) -> None:
    """Register the command of a stage that has no options of its own."""

    def command(
        cutoff: CutoffOption = None,
        tables: TablesOption = "",
        embeddings: EmbeddingsOption = "",
        workspace_dir: WorkspaceOption = None,
        config: ConfigOption = None,
    ) -> None:
        run_stage(name, Workspace.from_env(workspace_dir, tables, embeddings), config, cutoff)

    app.command(name, help=help_text)(command)


def _add_serving_stage(name: str, help_text: str) -> None:
    """Register the command of a stage that makes lists, with models that may be older than they."""

    def command(
        cutoff: CutoffOption = None,
        models: ModelsOption = "",
        tables: TablesOption = "",
        embeddings: EmbeddingsOption = "",
        workspace_dir: WorkspaceOption = None,
        config: ConfigOption = None,
    ) -> None:
        _run_serving_stage(name, plan_of(Workspace.from_env(workspace_dir, tables, embeddings), config, cutoff), models)

    app.command(name, help=help_text)(command)


def _add_stage_after_catalogue(name: str, help_text: str) -> None:
    """Register the command of a serving stage that reads the run's catalogue."""

    def command(
        cutoff: CutoffOption = None,
        models: ModelsOption = "",
        catalogue: CatalogueOption = "",
        tables: TablesOption = "",
        embeddings: EmbeddingsOption = "",
        workspace_dir: WorkspaceOption = None,
        config: ConfigOption = None,
    ) -> None:
        plan = plan_of(Workspace.from_env(workspace_dir, tables, embeddings), config, cutoff)
        _run_serving_stage(name, replace(plan, catalogue=catalogue), models)

    app.command(name, help=help_text)(command)


def _run_serving_stage(name: str, plan: BuildPlan, models: str) -> None:
    """Run one stage that makes lists, with the models of a name, and print its report."""
    from recsys_core.pipeline.models import models_named, plan_with

    started = time.monotonic()
    plan = plan_with(plan, models)
    report(name, started, {"models": models_named(plan), **run_one(name, plan)})


for _name, _help in PATH.items():
    if _name in ("index", "publish"):
        _add_stage_after_catalogue(_name, _help)
    elif _name in SERVING:
        _add_serving_stage(_name, _help)
    elif _name not in OWN_OPTIONS:
        _add_stage(_name, _help)


@app.command(help=PATH["validate"])
def validate(
    challenge: Annotated[
        Challenge,
        typer.Option("--challenge", help="When the models may make lists that go live: at once, or once approved."),
    ] = Challenge.AT_ONCE,
    cutoff: CutoffOption = None,
    tables: TablesOption = "",
    embeddings: EmbeddingsOption = "",
    workspace_dir: WorkspaceOption = None,
    config: ConfigOption = None,
) -> None:
    """Validate the models of a training."""
    from recsys_core.pipeline.validate import validate_models

    started = time.monotonic()
    plan = plan_of(Workspace.from_env(workspace_dir, tables, embeddings), config, cutoff)
    report("validate", started, validate_models(plan, challenge))


@app.command("open-day")
def open_day(
    day: Annotated[
        dt.date | None,
        typer.Option("--day", parser=a_date, metavar="YYYY-MM-DD", help="Default: the last day that is over."),
    ] = None,
    workspace_dir: WorkspaceOption = None,
    config: ConfigOption = None,
) -> None:
    """Say which tables and which cut-off a day's run is made from; its other stages take both as options.

    The cut-off is the day after the last day with purchases, up to the given one. A wrong configuration ends the run
    here, before its long stages.
    """
    from recsys_core.pipeline.day import open_day as open_it

    started, workspace = time.monotonic(), Workspace.from_env(workspace_dir)
    load_config(workspace, config)
    report("open-day", started, open_it(current_tables(workspace), day))


@app.command("training-due")
def training_due(
    train: TrainOption = Training.AUTO,
    cutoff: CutoffOption = None,
    tables: TablesOption = "",
    embeddings: EmbeddingsOption = "",
    workspace_dir: WorkspaceOption = None,
    config: ConfigOption = None,
) -> None:
    """Say whether the models are to be trained anew, and why."""
    from recsys_core.pipeline.training_due import training_due as ask

    started = time.monotonic()
    plan = plan_of(Workspace.from_env(workspace_dir, tables, embeddings), config, cutoff)
    report("training-due", started, ask(plan, train))


@app.command()
def clean(
    days: Annotated[
        int, typer.Option(min=0, help="Younger artifacts stay, unless they contain an erased customer.")
    ] = 14,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list what would be dropped.")] = False,
    idle: Annotated[
        bool, typer.Option("--idle", help="No run is under way: drop artifacts with erased customers at once.")
    ] = False,
    cutoff: CutoffOption = None,
    workspace_dir: WorkspaceOption = None,
    config: ConfigOption = None,
) -> None:
    """Drop the artifacts that neither a release nor the next run needs."""
    from recsys_core.pipeline.clean import clean as drop_unused

    started, workspace = time.monotonic(), Workspace.from_env(workspace_dir)
    if not workspace.tables.exists():
        return report("clean", started, {"dropped": [], "kept": 0, "megabytes": 0.0})
    cleaned = drop_unused(plan_of(workspace, config, cutoff), days, dry_run, idle)
    found = {"dropped": cleaned.dropped, "kept": cleaned.kept, "megabytes": round(cleaned.bytes / 1e6, 1)}
    return report("clean", started, found | ({"dry_run": True} if dry_run else {}))


@app.command()
def promote(
    release: Annotated[str | None, typer.Option("--release", help="Release id (default: the last judged).")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overrule the gate and any hold.")] = False,
    reason: Annotated[str, typer.Option(help="Recorded with the decision.")] = "",
    by: ByOption = "",
    workspace_dir: WorkspaceOption = None,
) -> None:
    """Ask the promotion gate about a release; if it passes, it goes live and its models become champions.

    The gate is mlflow/promotion.yaml.
    """
    from recsys_core.promotion.going_live import promote as promote_release

    started = time.monotonic()
    made, decision = promote_release(Workspace.from_env(workspace_dir), release, force, reason, by)
    report("promote", started, {"release": made.id, "verdict": decision.verdict, "reasons": decision.reasons})


@app.command()
def run(
    data: DataOption = None,
    mapping: MappingOption = None,
    train: TrainOption = Training.AUTO,
    cutoff: CutoffOption = None,
    workspace_dir: WorkspaceOption = None,
    config: ConfigOption = None,
) -> None:
    """Run the stages from ingest to publish without Airflow: trains if models are due, then makes the lists."""
    started = time.monotonic()
    workspace = Workspace.from_env(workspace_dir)
    ingest_into(workspace, config, data, mapping)
    held = replace(workspace, tables_key=current_tables(workspace).key)  # orders that come meanwhile are not seen
    report("run", started, _after_ingest(plan_of(held, config, cutoff), train))


def _after_ingest(plan: BuildPlan, train: Training) -> Summary:
    """All other stages; of a shop that has too little to learn from, the release of what can be counted."""
    from recsys_core.pipeline.first_release import first_release

    try:
        plan.check_trainable()
        return _run_stages(plan, train)
    except TooLittleToLearnError as reason:
        log.warning("%s. The release is made of what can be counted", reason)
        return first_release(plan)


def _run_stages(plan: BuildPlan, train: Training) -> Summary:
    from recsys_core.pipeline.models import serving_plan
    from recsys_core.pipeline.training_due import training_due

    for name in IMAGES:
        run_one(name, plan)
    plan = replace(plan, workspace=replace(plan.workspace, embeddings_folder=plan.held_embeddings))
    asked = training_due(plan, train)
    if not asked["due"] and train == Training.AUTO:
        for name in ("snapshot", "drift"):
            run_one(name, plan)
        asked = training_due(plan, train)
    log.info("%s: %s", "the models are trained" if asked["due"] else "nothing is trained", asked["reason"])
    for name in TRAINING if asked["due"] else ("snapshot",):
        run_one(name, plan)
    serving = serving_plan(plan)
    return {name: run_one(name, serving) for name in SERVING}["publish"]


def report_artifact(stage: str, started: float, artifact: Artifact) -> None:
    """Print the report of a command that made an artifact, without its long lists."""
    summary = {key: value for key, value in artifact.summary.items() if key != "rows_per_day"}
    report(stage, started, {"artifact": artifact.name, **summary})
