"""``recsys mapping``: column mappings, by which files of another shop are read."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from recsys_core.cli.base import ConfigOption, MappingOption, WorkspaceOption, a_mapping, app
from recsys_core.config import load_config
from recsys_core.data.mappings import first_sentence, shipped_mappings
from recsys_core.errors import JobError
from recsys_core.workspace import Workspace

mapping_app = typer.Typer(
    help="Column mappings for shops of another layout: those that ship, a first one, a trial.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(mapping_app, name="mapping")


@mapping_app.command("list")
def mapping_list() -> None:
    """List the shipped mappings: the shop or the data set of each, and its files."""
    for name, path in shipped_mappings().items():
        typer.echo(f"{name:<18} {first_sentence(path)}")


@mapping_app.command("show")
def mapping_show(
    name: Annotated[
        Path, typer.Argument(parser=a_mapping, metavar="NAME", help="Name of a shipped mapping, or a file.")
    ],
) -> None:
    """Print a mapping: how it reads which files, what it leaves out, what to change."""
    typer.echo(name.read_text(), nl=False)


@mapping_app.command("new")
def mapping_new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", exists=True, file_okay=False, help="The shop's folder.")],
    out: Annotated[Path | None, typer.Option(help="File to write (default: print it).")] = None,
    guess: Annotated[bool, typer.Option("--guess", help="Guess one even if a shipped mapping fits the files.")] = False,
) -> None:
    """Make a first mapping for the files in DIR, by their columns and first values (without Spark).

    If the columns fit a shipped mapping, it is that one. Otherwise each table has its most likely file and columns, and
    comments say what is missing and what that means. Read it, then run `recsys mapping check`.
    """
    from recsys_core.data.guessing.proposal import propose
    from recsys_core.data.guessing.text import remark
    from recsys_core.data.table_sample import read_samples

    samples, reasons = read_samples(folder)
    if not samples:
        raise ValueError(f"no file in {folder} that can be read: {reasons or 'it is empty'}")
    text = propose(folder.resolve().name, samples, guess)
    text += "".join(remark(f"Not looked at: {name}: {reason}") for name, reason in reasons.items())
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text)
        typer.echo(f"{out}: next, recsys mapping check {folder} --mapping {out}")


@mapping_app.command("check")
def mapping_check(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", exists=True, file_okay=False, help="The shop's folder (default: as last time)."),
    ] = None,
    mapping: MappingOption = None,
    rows: Annotated[int, typer.Option(min=1, help="First rows of each file that are read.")] = 10_000,
    workspace_dir: WorkspaceOption = None,
    config: ConfigOption = None,
) -> None:
    """Try a mapping on the first rows of each file (Spark) and say how they are read; nothing is kept.

    Per file: rows, accepted, left out, quarantined by reason with an example, and notes; then the first purchases. Exit
    status 1 if something would stop an ingest.
    """
    from recsys_core.pipeline.spark_job import run_spark_job

    workspace = Workspace.from_env(workspace_dir)
    settings = load_config(workspace, config)
    known = workspace.mapping.resolve() if folder is None and workspace.mapping.is_symlink() else None
    data = folder or (workspace.raw if workspace.raw.exists() else None)
    if data is None:
        raise ValueError("no folder: name the shop's folder, as in recsys mapping check DIR --mapping FILE")
    with tempfile.TemporaryDirectory(prefix="recsys-check-") as scratch:
        report = Path(scratch) / "report.txt"
        options = {
            "--data": data.resolve(),
            "--mapping": mapping or settings.data.mapping or known,
            "--rows": rows,
            "--out": report,
        }
        try:
            run_spark_job("check_mapping", Workspace(Path(scratch) / "workspace"), settings, options)
        except JobError:
            if not report.exists():
                raise
            typer.echo(report.read_text(), nl=False)
            raise typer.Exit(1) from None
        typer.echo(report.read_text(), nl=False)
