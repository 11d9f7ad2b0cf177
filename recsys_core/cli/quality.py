"""``recsys evaluate``, ``ablate``, ``compare`` and ``what-if``: measurements of models and rules."""

import datetime as dt
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from recsys_core.cli.base import (
    ConfigOption,
    CutoffOption,
    DataOption,
    MappingOption,
    WorkspaceOption,
    a_date,
    app,
    ingest_into,
    plan_of,
    print_json,
    report,
    with_label_days,
)
from recsys_core.config import load_config
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.workspace import Workspace

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,59}")


@app.command()
def evaluate(
    label_start: Annotated[
        list[dt.date],
        typer.Option(
            parser=a_date,
            metavar="YYYY-MM-DD",
            help="First label day; everything is trained as of this date. Repeat the option for each further fold.",
        ),
    ],
    label_days: Annotated[int, typer.Option(min=1, help="Days whose purchases are the truth.")] = 7,
    folds: Annotated[
        int, typer.Option(min=1, help="Number of label windows: the named one and earlier ones with full days.")
    ] = 1,
    ablation: Annotated[
        bool, typer.Option("--ablation", help="Also train without each retriever and each feature group.")
    ] = False,
    models_age: Annotated[
        list[int] | None,
        typer.Option(
            min=0,
            help="Age of the models in days: they are trained as of so long before. Repeat the option to compare ages.",
        ),
    ] = None,
    data: DataOption = None,
    mapping: MappingOption = None,
    workspace_dir: WorkspaceOption = None,
    config: ConfigOption = None,
) -> None:
    """Train as of a past date, measure on the next purchases beside simple baselines, and write a report.

    The report is <workspace>/evaluations/<key>/report.html, also in MLflow; the last line printed names it. For a
    rolling evaluation give --folds N, or --label-start several times. It reports mean and spread over the folds, with a
    nested MLflow run for each. Earlier measurements are reused, so a stopped run continues where it was. --models-age
    measures what it costs to train less often than every day: given several times, it compares the ages with the first.
    """
    from recsys_core.pipeline.evaluate import evaluate_plans
    from recsys_core.pipeline.models_age import compare_ages
    from recsys_core.pipeline.peak_memory import PeakMemory
    from recsys_core.pipeline.prepare import with_older_models

    started, ages = time.monotonic(), list(dict.fromkeys(models_age or [0]))
    if len(ages) > 1 and (folds > 1 or len(label_start) > 1 or ablation):
        raise ValueError("several --models-age are compared on one label window: give one --label-start, no --folds")
    workspace = Workspace.from_env(workspace_dir)
    with PeakMemory() as memory:
        if data or mapping or (workspace.raw.exists() and not workspace.tables.exists()):
            ingest_into(workspace, config, data, mapping)
        plans = plans_of_folds(plan_of(workspace, config, label_start[0], label_days), label_start, folds)

        def measure(age: int) -> dict[str, object]:
            aged = [with_older_models(plan, age) if age else plan for plan in plans]
            return evaluate_plans(aged, label_days, ablation)

        if len(ages) > 1:
            result = compare_ages(plans[0], ages, label_days, measure)
            typer.echo(Path(result["table"]).read_text())
        else:
            result = measure(*ages)
    result |= {"seconds": round(time.monotonic() - started, 1), "peak_rss_mb": memory.peak_mb}
    print_json(result)


@app.command()
def ablate(
    label_start: Annotated[dt.date, typer.Option(parser=a_date, metavar="YYYY-MM-DD", help="First label day.")],
    label_days: Annotated[int, typer.Option(min=1, help="Days whose purchases are the truth.")] = 7,
    customers: Annotated[int, typer.Option(min=1, help="Largest number of buyers to measure on.")] = 10_000,
    workspace_dir: WorkspaceOption = None,
    config: ConfigOption = None,
) -> None:
    """Train without each retriever and each feature group, and measure the difference on the same customers."""
    from recsys_core.pipeline.ablate import TABLE, read_ablation
    from recsys_core.pipeline.ablate import ablate as leave_out_each
    from recsys_core.pipeline.prepare import prepare

    started = time.monotonic()
    plan = plan_of(Workspace.from_env(workspace_dir), config, label_start, label_days)
    made = leave_out_each(plan, label_days, prepare, customers)
    typer.echo((made.path / TABLE).read_text())
    report("ablate", started, {"rows": read_ablation(made), "table": str(made.path / TABLE)})


@app.command()
def compare(
    label_start: Annotated[
        dt.date | None,
        typer.Option(
            parser=a_date, metavar="YYYY-MM-DD", help="First label day (default: the last label days of the data)."
        ),
    ] = None,
    label_days: Annotated[int, typer.Option(min=1, help="Days whose purchases are the truth.")] = 7,
    folds: Annotated[int, typer.Option(min=1, help="Number of label windows: this one and earlier ones.")] = 1,
    configs: Annotated[
        Path | None,
        typer.Option("--configs", exists=True, file_okay=False, help="Folder of *.toml (default: mlflow/configs)."),
    ] = None,
    workspace_dir: WorkspaceOption = None,
) -> None:
    """Train several configurations on the same tables and compare them on the same label days, also in MLflow."""
    from recsys_core.pipeline.compare import compare as compare_configurations
    from recsys_core.pipeline.compare import read_configurations, table
    from recsys_core.pipeline.evaluate import evaluate_plans
    from recsys_core.pipeline.peak_memory import PeakMemory

    started = time.monotonic()
    latest = plan_of(Workspace.from_env(workspace_dir), None, None, label_days)
    first = latest.at(label_start or latest.cutoff - dt.timedelta(days=label_days))
    windows = [plan.cutoff for plan in plans_of_folds(first, [first.cutoff], folds)]
    plans = {
        name: [BuildPlan(first.workspace, with_label_days(config, label_days), day) for day in windows]
        for name, config in read_configurations(first, configs).items()
    }
    with PeakMemory() as memory:
        result = compare_configurations(plans, label_days, evaluate_plans)
    typer.echo(table(result))
    report("compare", started, result | {"peak_rss_mb": memory.peak_mb})


@app.command("what-if")
def what_if(
    rules: Annotated[
        Path | None, typer.Option("--rules", exists=True, dir_okay=False, help="TOML file with a [rules] table.")
    ] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Setting of a rule, e.g. purchased=exclude.")
    ] = None,
    cutoff: CutoffOption = None,
    label_start: Annotated[
        dt.date | None,
        typer.Option(parser=a_date, metavar="YYYY-MM-DD", help="Use this evaluation's lists, and add MAP@12."),
    ] = None,
    label_days: Annotated[int, typer.Option(min=1, help="Length of that evaluation's label window.")] = 7,
    out: Annotated[Path | None, typer.Option(help="Also write the result to this JSON file.")] = None,
    save_as: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Save it as <workspace>/what_if/NAME.json for the shop's staff pages."),
    ] = None,
    asked_by: Annotated[str, typer.Option(help="Name of the person who asks.")] = "",
    workspace_dir: WorkspaceOption = None,
    config: ConfigOption = None,
) -> None:
    """Apply another rule set to a past run's candidates: both ledgers, changed lists, coverage, MAP@12."""
    from recsys_core.pipeline.models import serving_plan
    from recsys_core.pipeline.what_if import table
    from recsys_core.pipeline.what_if import what_if as compare_rules
    from recsys_core.rules.config import changed_rules
    from recsys_core.store.artifacts import write_json

    if not rules and not changes:
        raise ValueError("no other rules: name a file with --rules or a change with --set (purchased=exclude)")
    if cutoff and label_start:
        raise ValueError("--cutoff is for the lists of all customers, --label-start for an evaluation's: give one")
    if save_as and not NAME.fullmatch(save_as):
        raise ValueError(f"--save-as {save_as!r}: expected up to 60 letters, digits and dashes, such as no-repeats")
    started = time.monotonic()
    workspace = Workspace.from_env(workspace_dir)
    plan = plan_of(workspace, config, label_start or cutoff, label_days if label_start else None)
    plan = plan if label_start else serving_plan(plan)
    base = load_config(workspace, rules).rules if rules else plan.config.rules
    result = compare_rules(plan, changed_rules(base, changes or ()), label_days if label_start else None)
    typer.echo(table(result))
    if out:
        write_json(out, result)
    if save_as:
        workspace.what_if.mkdir(parents=True, exist_ok=True)
        asked = {"asked_by": asked_by, "label_days": label_days if label_start else None}
        write_json(workspace.what_if / f"{save_as}.json", {**result, **asked})
    report("what-if", started, result)


def plans_of_folds(first: BuildPlan, label_starts: Sequence[dt.date], n_folds: int) -> list[BuildPlan]:
    """A plan for each label window, named or planned."""
    from recsys_core.evaluation.folds import plan_folds

    if len(label_starts) > 1 and n_folds > 1:
        raise ValueError(f"--folds {n_folds} plans the earlier windows itself: give one --label-start, or no --folds")
    if repeated := {str(day) for day in label_starts if label_starts.count(day) > 1}:
        raise ValueError(f"--label-start {', '.join(sorted(repeated))} is given twice: name each fold once")
    if n_folds == 1:
        return [first.at(day) for day in label_starts]
    rows = first.tables.summary["rows_per_day"]
    return [first.at(day) for day in plan_folds(rows, first.cutoff, first.config.cutoffs, n_folds)]
