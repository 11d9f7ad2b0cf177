"""``recsys <stage>``: every stage of the path, and ``recsys run`` for all of them."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recsys_core.cli.base import (
    ByOption,
    ConfigOption,
    CutoffOption,
    DataOption,
    HomeOption,
    MappingOption,
    app,
    ingest_into,
    lineage_of,
    report,
    run_stage,
    stage_sequence,
)
from recsys_core.home import Home
from recsys_core.lineage import current_tables
from recsys_core.store.artifacts import Artefact

if TYPE_CHECKING:
    from demo_shop import DemoSummary


@app.command("demo-data")
def demo_data(
    customers: Annotated[int, typer.Option(min=10)] = 8000,
    articles: Annotated[int, typer.Option(min=50)] = 2400,
    days: Annotated[int, typer.Option(min=30)] = 730,
    seed: int = 1,
    out: Annotated[Path | None, typer.Option(help="Folder to write (default: <home>/demo-shop).")] = None,
    images: Annotated[bool, typer.Option(help="Draw a picture of each article.")] = True,
    home: HomeOption = None,
) -> None:
    """Make an H&M-shaped demo shop in Kaggle's file layout, pictures included."""
    generate = _demo_shop_generator()

    started = time.monotonic()
    folder = out or Home.from_env(home).demo_shop
    made = generate(folder, customers=customers, articles=articles, days=days, seed=seed, images=images)
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
    data: DataOption = None, mapping: MappingOption = None, home: HomeOption = None, config: ConfigOption = None
) -> None:
    """Check the raw files and join them into tables (Spark)."""
    started = time.monotonic()
    place = Home.from_env(home)
    ingest_into(place, config, data, mapping)
    report_artefact("ingest", started, current_tables(place))


@app.command()
def features(cutoff: CutoffOption = None, home: HomeOption = None, config: ConfigOption = None) -> None:
    """Build the feature snapshots as of the cut-off and of the training cut-offs (Spark)."""
    run_stage("features", home, config, cutoff)


@app.command("train-retrievers")
def train_retrievers(cutoff: CutoffOption = None, home: HomeOption = None, config: ConfigOption = None) -> None:
    """Fit every retriever as of each cut-off: the two-tower model (TensorFlow), and what is counted and compared."""
    run_stage("train-retrievers", home, config, cutoff)


@app.command("train-ranker")
def train_ranker(cutoff: CutoffOption = None, home: HomeOption = None, config: ConfigOption = None) -> None:
    """Train the ranker on candidates of past cut-offs (TensorFlow, LightGBM, or both and their blend)."""
    run_stage("train-ranker", home, config, cutoff)


@app.command()
def validate(cutoff: CutoffOption = None, home: HomeOption = None, config: ConfigOption = None) -> None:
    """Measure the trained models on the last complete label window, beside the champion and simple lists."""
    run_stage("validate", home, config, cutoff)


@app.command()
def score(cutoff: CutoffOption = None, home: HomeOption = None, config: ConfigOption = None) -> None:
    """Retrieve and rank the candidates of every customer, shard by shard (Spark)."""
    run_stage("score", home, config, cutoff)


@app.command("filter")
def filter_(cutoff: CutoffOption = None, home: HomeOption = None, config: ConfigOption = None) -> None:
    """Apply the business rules, keep the drop ledger, refill: finished lists."""
    run_stage("filter", home, config, cutoff)


@app.command()
def catalogue(cutoff: CutoffOption = None, home: HomeOption = None, config: ConfigOption = None) -> None:
    """Build what the shop shows: catalogue columns, facets, similar articles, text search."""
    run_stage("catalogue", home, config, cutoff)


@app.command()
def index(cutoff: CutoffOption = None, home: HomeOption = None, config: ConfigOption = None) -> None:
    """Build the Milvus collections of this release and check them."""
    run_stage("index", home, config, cutoff)


@app.command()
def publish(cutoff: CutoffOption = None, home: HomeOption = None, config: ConfigOption = None) -> None:
    """Assemble and verify the release, ask the gate of mlflow/promotion.yaml, make it the live one."""
    run_stage("publish", home, config, cutoff)


@app.command()
def clean(
    days: Annotated[
        int, typer.Option(min=0, help="What is younger stays, unless it holds a customer who was erased.")
    ] = 14,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    idle: Annotated[
        bool, typer.Option("--idle", help="No run is under way: what holds erased customers goes at once.")
    ] = False,
    cutoff: CutoffOption = None,
    home: HomeOption = None,
    config: ConfigOption = None,
) -> None:
    """Drop the artefacts that neither a release nor the next run needs."""
    from recsys_core.stages.cleaning import clean as drop_unused

    started = time.monotonic()
    cleaned = drop_unused(lineage_of(Home.from_env(home), config, cutoff), days, dry_run, idle)
    found = {"dropped": cleaned.dropped, "kept": cleaned.kept, "megabytes": round(cleaned.bytes / 1e6, 1)}
    report("clean", started, found | ({"dry_run": True} if dry_run else {}))


@app.command()
def promote(
    release: Annotated[str | None, typer.Option("--release", help="Release id (default: the last one judged).")] = None,
    force: Annotated[bool, typer.Option("--force", help="Whatever the gate or a hold says.")] = False,
    reason: Annotated[str, typer.Option(help="Kept with the decision.")] = "",
    by: ByOption = "",
    home: HomeOption = None,
) -> None:
    """Ask the gate of mlflow/promotion.yaml about a release: if it passes, it is live and its models champions."""
    from recsys_core.stages.publish import promote as promote_release

    started = time.monotonic()
    made, decision = promote_release(Home.from_env(home), release, force, reason, by)
    report("promote", started, {"release": made.id, "verdict": decision.verdict, "reasons": decision.reasons})


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
    stages = stage_sequence()
    place = Home.from_env(home)
    ingest_into(place, config, data, mapping)
    lineage = lineage_of(place, config, cutoff)
    summary = {name: stages.run_stage(name, lineage) for name in stages.AFTER_INGEST}
    report("run", started, summary["publish"])


def report_artefact(stage: str, started: float, artefact: Artefact) -> None:
    summary = {key: value for key, value in artefact.summary.items() if key != "rows_per_day"}
    report(stage, started, {"artefact": f"{artefact.kind}/{artefact.key}", **summary})
