"""Common parts of the commands: the application, shared options, and functions that read inputs and report results."""

import datetime as dt
import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from recsys_core.config import Config, load_config
from recsys_core.data.mappings import mapping_path
from recsys_core.pipeline.ingest import ingest
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.workspace import Workspace

app = typer.Typer(
    help="Fashion recommendations: from raw purchases to a personal storefront.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)

WorkspaceOption = Annotated[
    Path | None, typer.Option("--workspace", help="Folder of all outputs (default: $RECSYS_WORKSPACE, else var).")
]
ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config",
        help="Configuration (default: first of $RECSYS_CONFIG, <workspace>/config.toml, the shop's recsys.toml).",
    ),
]


def a_date(text: str) -> dt.date:
    """A day as typed on the command line, YYYY-MM-DD."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date: expected YYYY-MM-DD") from None


CutoffOption = Annotated[
    dt.date | None,
    typer.Option("--cutoff", parser=a_date, metavar="YYYY-MM-DD", help="Default: the day after the last purchase."),
]
TablesOption = Annotated[
    str,
    typer.Option(
        "--tables",
        metavar="KEY",
        help="Tables to read, as `recsys open-day` names them (default: the current ones).",
    ),
]
EmbeddingsOption = Annotated[
    str,
    typer.Option(
        "--image-embeddings",
        metavar="FOLDER",
        help="Image embeddings to read, as `recsys embed-images` names them (default: the current ones).",
    ),
]
ByOption = Annotated[str, typer.Option("--by", help="Person who decides (default: the user of this process).")]
DataOption = Annotated[
    Path | None,
    typer.Option("--data", exists=True, file_okay=False, help="Folder with the shop's files (Kaggle's layout)."),
]


def a_mapping(text: str) -> Path:
    """A column mapping as typed on the command line: a file, or the name of one that ships."""
    try:
        return mapping_path(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


MappingOption = Annotated[
    Path | None,
    typer.Option(
        "--mapping",
        parser=a_mapping,
        metavar="FILE|NAME",
        help="Column mapping for files of another layout: a file, or a name of `recsys mapping list`.",
    ),
]


def ingest_into(workspace: Workspace, config: Path | None, data: Path | None, mapping: Path | None = None) -> None:
    """Ingest the shop's files, those of last time if no folder is given."""
    settings = load_config(workspace, config)
    if data:
        workspace.check_shop_folder(data, mapped=bool(mapping or settings.data.mapping))
    ingest(workspace, settings, data, mapping)


def run_stage(name: str, workspace: Workspace, config: Path | None, cutoff: dt.date | None) -> None:
    """Run one stage of the path and print its report."""
    started = time.monotonic()
    from recsys_core.pipeline.stages import run_stage as run_one

    summary = run_one(name, plan_of(workspace, config, cutoff))
    report(name, started, summary)


def plan_of(
    workspace: Workspace, config: Path | None, cutoff: dt.date | None, label_days: int | None = None
) -> BuildPlan:
    """The build plan of the current tables as of a cut-off, by default the day after the last purchase."""
    settings = load_config(workspace, config)
    return BuildPlan.of_current_tables(
        workspace, with_label_days(settings, label_days) if label_days else settings, cutoff
    )


def with_label_days(config: Config, days: int) -> Config:
    """Sets the training windows to the label window's length, so that both ask the same question."""
    return config.model_copy(update={"cutoffs": config.cutoffs.model_copy(update={"label_days": days})})


def report(stage: str, started: float, summary: Mapping[str, Any]) -> None:
    """Print a command's last line: one JSON object with its name, duration and summary."""
    print_json({"stage": stage, "seconds": round(time.monotonic() - started, 1), "summary": dict(summary)})


def print_json(value: Mapping[str, Any]) -> None:
    """Print one JSON object on a line of its own."""
    sys.stdout.write(json.dumps(value, default=str) + "\n")
