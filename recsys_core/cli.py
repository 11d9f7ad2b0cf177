"""``recsys``: every stage of the path as a command.

Heavy libraries are imported by the command that needs them. Logs go to stderr; the last line on stdout is one JSON
object that says what was made. Bad input is one line on stderr and exit status 2.
"""

import datetime as dt
import json
import logging
import os
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer.exceptions import TyperException

os.environ.setdefault("TF_USE_LEGACY_KERAS", "1")  # before anything can import TensorFlow
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from recsys_core.artefacts import Artefact
from recsys_core.config import Config, load_config
from recsys_core.errors import StageError
from recsys_core.home import Home
from recsys_core.lineage import Lineage, current_tables

log = logging.getLogger(__name__)
app = typer.Typer(
    help="Fashion recommendations: raw purchases in, a personal storefront out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
release_app = typer.Typer(help="List, publish and roll back releases.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(release_app, name="release")

Tunable = Literal["lightgbm", "dnn"]
BAD_INPUT = 2
FAILED = 1
HomeOption = Annotated[Path | None, typer.Option("--home", help="Where runs write (default: $RECSYS_HOME, else var).")]
ConfigOption = Annotated[Path | None, typer.Option("--config", help="Configuration (default: <home>/config.toml).")]


def _date(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date: expected YYYY-MM-DD") from None


CutoffOption = Annotated[
    dt.date | None,
    typer.Option("--cutoff", parser=_date, metavar="YYYY-MM-DD", help="Default: day after the last purchase."),
]
DataOption = Annotated[
    Path | None, typer.Option("--data", exists=True, file_okay=False, help="The shop's files (Kaggle's layout).")
]
MappingOption = Annotated[
    Path | None, typer.Option("--mapping", exists=True, dir_okay=False, help="Column mapping of another shop.")
]


@app.command("demo-data")
def demo_data(
    customers: Annotated[int, typer.Option(min=10)] = 8000,
    articles: Annotated[int, typer.Option(min=50)] = 2400,
    days: Annotated[int, typer.Option(min=30)] = 220,
    seed: int = 1,
    out: Annotated[Path | None, typer.Option(help="Folder to write (default: <home>/demo-shop).")] = None,
    images: Annotated[bool, typer.Option(help="Draw a picture of each article.")] = True,
    home: HomeOption = None,
) -> None:
    """Make an H&M-shaped demo shop in Kaggle's file layout, pictures included."""
    from recsys_core.data.demo import generate

    started = time.monotonic()
    folder = out or Home.from_env(home).demo_shop
    made = generate(folder, customers=customers, articles=articles, days=days, seed=seed, images=images)
    _report("demo-data", started, {"out": str(folder), **vars(made)})


@app.command()
def ingest(
    data: DataOption = None, mapping: MappingOption = None, home: HomeOption = None, config: ConfigOption = None
) -> None:
    """Check the raw files and join them into tables (Spark)."""
    started = time.monotonic()
    place = Home.from_env(home)
    _ingest(place, config, data, mapping)
    _report_artefact("ingest", started, current_tables(place))


@app.command()
def features(cutoff: CutoffOption = None, home: HomeOption = None, config: ConfigOption = None) -> None:
    """Build the feature snapshots as of the cut-off and of the training cut-offs (Spark)."""
    _run_stage("features", home, config, cutoff)


@app.command("train-retrievers")
def train_retrievers(cutoff: CutoffOption = None, home: HomeOption = None, config: ConfigOption = None) -> None:
    """Fit every lane as of each cut-off: the two-tower model (TensorFlow), and what is counted and compared."""
    _run_stage("train-retrievers", home, config, cutoff)


@app.command("train-ranker")
def train_ranker(cutoff: CutoffOption = None, home: HomeOption = None, config: ConfigOption = None) -> None:
    """Train the ranker on candidates of past cut-offs (TensorFlow, LightGBM, or both and their blend)."""
    _run_stage("train-ranker", home, config, cutoff)


@app.command()
def score(cutoff: CutoffOption = None, home: HomeOption = None, config: ConfigOption = None) -> None:
    """Retrieve and rank the candidates of every customer, shard by shard (Spark)."""
    _run_stage("score", home, config, cutoff)


@app.command("filter")
def filter_(cutoff: CutoffOption = None, home: HomeOption = None, config: ConfigOption = None) -> None:
    """Apply the business rules, keep the drop ledger, refill: finished lists."""
    _run_stage("filter", home, config, cutoff)


@app.command()
def catalogue(cutoff: CutoffOption = None, home: HomeOption = None, config: ConfigOption = None) -> None:
    """Build what the shop shows: catalogue columns, facets, similar articles, text search."""
    _run_stage("catalogue", home, config, cutoff)


@app.command()
def index(cutoff: CutoffOption = None, home: HomeOption = None, config: ConfigOption = None) -> None:
    """Build the Milvus collections of this release and check them."""
    _run_stage("index", home, config, cutoff)


@app.command()
def publish(cutoff: CutoffOption = None, home: HomeOption = None, config: ConfigOption = None) -> None:
    """Assemble and verify the release, then make it the live one."""
    _run_stage("publish", home, config, cutoff)


@app.command()
def promote(
    release: Annotated[str | None, typer.Option("--release", help="Release id (default: the last one judged).")] = None,
    force: Annotated[bool, typer.Option("--force", help="Whatever the gate says.")] = False,
    reason: Annotated[str, typer.Option(help="Kept with the decision.")] = "",
    home: HomeOption = None,
) -> None:
    """Ask the gate of mlflow/promotion.yaml about a release: if it passes, it is live and its models champions."""
    from recsys_core.stages.publish import promote as promote_release

    started = time.monotonic()
    made, decision = promote_release(Home.from_env(home), release, force, reason)
    _report("promote", started, {"release": made.id, "verdict": decision.verdict, "reasons": decision.reasons})


@app.command()
def run(
    data: DataOption = None,
    mapping: MappingOption = None,
    cutoff: CutoffOption = None,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Everything from ingest to publish, without Airflow: the same stages in the same order."""
    started = time.monotonic()
    stages = _stages()
    place = Home.from_env(home)
    _ingest(place, config, data, mapping)
    lineage = _lineage(place, config, cutoff)
    summary = {name: stages.run_stage(name, lineage) for name in stages.AFTER_INGEST}
    _report("run", started, summary["publish"])


@app.command()
def evaluate(
    label_start: Annotated[
        list[dt.date],
        typer.Option(
            parser=_date,
            metavar="YYYY-MM-DD",
            help="First label day: everything is trained as of this date. Once more for each further fold.",
        ),
    ],
    label_days: Annotated[int, typer.Option(min=1, help="Days whose purchases are the truth.")] = 7,
    folds: Annotated[
        int, typer.Option(min=1, help="Label windows in all: the named one and full earlier ones, side by side.")
    ] = 1,
    data: DataOption = None,
    mapping: MappingOption = None,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Train as of a past date, measure on what was bought next beside simple baselines, and write a report.

    The report lies in <home>/evaluations/<key>/report.html and in MLflow; the last line printed names it. A rolling
    evaluation takes --folds N, or --label-start several times: mean and spread over the folds, a nested MLflow run
    for each. What was measured before is found again, so a run that was stopped goes on where it was.
    """
    started = time.monotonic()
    stages = _stages()
    place = Home.from_env(home)
    with stages.PeakMemory() as memory:
        if data or mapping or (place.raw.exists() and not place.tables.exists()):
            _ingest(place, config, data, mapping)
        lineages = _folds(_lineage(place, config, label_start[0], label_days), label_start, folds)
        result = stages.evaluate(lineages, label_days)
    result |= {"seconds": round(time.monotonic() - started, 1), "peak_rss_mb": memory.peak_mb}
    _print_json(result)


@app.command()
def ablate(
    label_start: Annotated[dt.date, typer.Option(parser=_date, metavar="YYYY-MM-DD", help="First label day.")],
    label_days: Annotated[int, typer.Option(min=1, help="Days whose purchases are the truth.")] = 7,
    customers: Annotated[int, typer.Option(min=1, help="At most this many buyers are measured on.")] = 10_000,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """What each lane and each group of features brings: train without it, measure on the same customers."""
    from recsys_core.stages.ablating import RESULT, TABLE
    from recsys_core.stages.ablating import ablate as leave_out_each

    started = time.monotonic()
    lineage = _lineage(Home.from_env(home), config, label_start, label_days)
    made = leave_out_each(lineage, label_days, _stages().prepare, customers)
    typer.echo((made.path / TABLE).read_text())
    _report("ablate", started, {"rows": json.loads((made.path / RESULT).read_text()), "table": str(made.path / TABLE)})


@app.command()
def compare(
    label_start: Annotated[
        dt.date | None,
        typer.Option(
            parser=_date, metavar="YYYY-MM-DD", help="First label day (default: the last label days of the data)."
        ),
    ] = None,
    label_days: Annotated[int, typer.Option(min=1, help="Days whose purchases are the truth.")] = 7,
    folds: Annotated[int, typer.Option(min=1, help="Label windows: this one and earlier ones.")] = 1,
    configs: Annotated[
        Path | None, typer.Option("--configs", exists=True, file_okay=False, help="Folder of *.toml (mlflow/configs).")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Train several configurations on the same tables, measure them on the same label days: side by side in MLflow."""
    from recsys_core.stages.comparing import compare as compare_configurations
    from recsys_core.stages.comparing import read_configurations, table

    started = time.monotonic()
    latest = _lineage(Home.from_env(home), None, None, label_days)
    first = latest.at(label_start or latest.cutoff - dt.timedelta(days=label_days))
    windows = [lineage.cutoff for lineage in _folds(first, [first.cutoff], folds)]
    lineages = {
        name: [Lineage(first.home, _with_label_days(config, label_days), day) for day in windows]
        for name, config in read_configurations(first, configs).items()
    }
    with _stages().PeakMemory() as memory:
        result = compare_configurations(lineages, label_days, _stages().evaluate)
    typer.echo(table(result))
    _report("compare", started, result | {"peak_rss_mb": memory.peak_mb})


@app.command()
def tune(
    ranker: Annotated[Tunable, typer.Option(help="Whose settings.")] = "lightgbm",
    trials: Annotated[int, typer.Option(min=1, help="Finished trials of the study, earlier runs' included.")] = 30,
    timeout: Annotated[float | None, typer.Option(min=1, help="Seconds after which no trial is started.")] = None,
    cutoff: CutoffOption = None,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Search for a ranker's settings on the training label windows (Optuna); a killed search goes on.

    Label days from the cut-off on are never seen: to report on a window, tune with its first day as --cutoff.
    """
    from recsys_core.stages.tuning import tune as search

    started = time.monotonic()
    lineage = _lineage(Home.from_env(home), config, cutoff)
    for stage in ("features", "train-retrievers"):
        _stages().run_stage(stage, lineage)
    _report("tune", started, search(lineage, ranker, trials, timeout))


@app.command("what-if")
def what_if(
    rules: Annotated[
        Path | None, typer.Option("--rules", exists=True, dir_okay=False, help="TOML with a [rules] table.")
    ] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="A rule's setting, e.g. purchased=exclude.")
    ] = None,
    cutoff: CutoffOption = None,
    label_start: Annotated[
        dt.date | None,
        typer.Option(parser=_date, metavar="YYYY-MM-DD", help="Of an evaluation's lists: adds MAP@12."),
    ] = None,
    label_days: Annotated[int, typer.Option(min=1, help="Length of that evaluation's label window.")] = 7,
    out: Annotated[Path | None, typer.Option(help="JSON file to write as well.")] = None,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Run another rule set on what a past run scored: ledgers side by side, lists changed, coverage, MAP@12."""
    from recsys_core.artefacts import write_json
    from recsys_core.config import changed_rules
    from recsys_core.stages.what_if import table
    from recsys_core.stages.what_if import what_if as compare_rules

    if not rules and not changes:
        raise ValueError("no other rules: name a file with --rules or a change with --set (purchased=exclude)")
    if cutoff and label_start:
        raise ValueError("--cutoff is for the lists of all customers, --label-start for an evaluation's: give one")
    started = time.monotonic()
    place = Home.from_env(home)
    lineage = _lineage(place, config, label_start or cutoff, label_days if label_start else None)
    base = load_config(place, rules).rules if rules else lineage.config.rules
    result = compare_rules(lineage, changed_rules(base, changes or ()), label_days if label_start else None)
    typer.echo(table(result))
    if out:
        write_json(out, result)
    _report("what-if", started, result)


@app.command()
def submission(out: Annotated[Path, typer.Option(help="CSV file to write.")], home: HomeOption = None) -> None:
    """Write the live release's lists as Kaggle's customer_id,prediction file."""
    from recsys_core.stages.publish import write_submission

    started = time.monotonic()
    rows = write_submission(Home.from_env(home), out)
    _report("submission", started, {"out": str(out), "customers": rows})


@release_app.command("list")
def release_list(home: HomeOption = None) -> None:
    """All releases, the live one marked."""
    from recsys_core.stages.publish import list_releases

    for release in list_releases(Home.from_env(home)):
        typer.echo(f"{'*' if release.live else ' '} {release.id}  {release.manifest.get('created_at', '')}")


@release_app.command("publish")
def release_publish(cutoff: CutoffOption = None, home: HomeOption = None, config: ConfigOption = None) -> None:
    """The same as `recsys publish`."""
    _run_stage("publish", home, config, cutoff)


@release_app.command("rollback")
def release_rollback(
    to: Annotated[str | None, typer.Option(help="Release id (default: the one that was live before).")] = None,
    home: HomeOption = None,
) -> None:
    """Make an earlier release the live one."""
    from recsys_core.stages.publish import rollback

    started = time.monotonic()
    _report("rollback", started, {"release": rollback(Home.from_env(home), to).id})


def _ingest(home: Home, config: Path | None, data: Path | None, mapping: Path | None = None) -> None:
    settings = load_config(home, config)
    if data:
        home.point_raw_at(data, mapped=bool(mapping or settings.data.mapping))
    _stages().ingest(home, settings, mapping)


def _run_stage(name: str, home: Path | None, config: Path | None, cutoff: dt.date | None) -> None:
    started = time.monotonic()
    summary = _stages().run_stage(name, _lineage(Home.from_env(home), config, cutoff))
    _report(name, started, summary)


def _lineage(home: Home, config: Path | None, cutoff: dt.date | None, label_days: int | None = None) -> Lineage:
    settings = load_config(home, config)
    return Lineage.of_current_tables(home, _with_label_days(settings, label_days) if label_days else settings, cutoff)


def _with_label_days(config: Config, days: int) -> Config:
    """Training windows as long as the label window: both ask the same question."""
    return config.model_copy(update={"cutoffs": config.cutoffs.model_copy(update={"label_days": days})})


def _folds(first: Lineage, label_starts: Sequence[dt.date], n_folds: int) -> list[Lineage]:
    """A lineage for each label window, named or planned."""
    from recsys_core.evaluation.folds import plan_folds

    if len(label_starts) > 1 and n_folds > 1:
        raise ValueError(f"--folds {n_folds} plans the earlier windows itself: give one --label-start, or no --folds")
    if repeated := {str(day) for day in label_starts if label_starts.count(day) > 1}:
        raise ValueError(f"--label-start {', '.join(sorted(repeated))} is given twice: name each fold once")
    if n_folds == 1:
        return [first.at(day) for day in label_starts]
    rows = first.tables.summary["rows_per_day"]
    return [first.at(day) for day in plan_folds(rows, first.cutoff, first.config.cutoffs, n_folds)]


def _stages() -> Any:
    from recsys_core.stages import sequence

    return sequence


def _report_artefact(stage: str, started: float, artefact: Artefact) -> None:
    summary = {key: value for key, value in artefact.summary.items() if key != "rows_per_day"}
    _report(stage, started, {"artefact": f"{artefact.kind}/{artefact.key}", **summary})


def _report(stage: str, started: float, summary: Mapping[str, Any]) -> None:
    _print_json({"stage": stage, "seconds": round(time.monotonic() - started, 1), "summary": dict(summary)})


def _print_json(value: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps(value, default=str) + "\n")


def main() -> None:
    """Entry point; turns bad input into one line and exit status 2."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        datefmt="%H:%M:%S",
    )
    try:
        status = app(prog_name="recsys", standalone_mode=False)
    except TyperException as error:
        status = _fail(error.format_message() if hasattr(error, "format_message") else str(error))
    except (ValueError, FileNotFoundError) as error:
        status = _fail(str(error))
    except (StageError, ConnectionError) as error:
        status = _fail(str(error), FAILED)
    except KeyboardInterrupt:
        status = 130
    raise SystemExit(status if isinstance(status, int) else 0)


def _fail(message: str, status: int = BAD_INPUT) -> int:
    one_line = " ".join(message.split())
    sys.stderr.write(f"recsys: {one_line}\n")
    return status


if __name__ == "__main__":
    main()
