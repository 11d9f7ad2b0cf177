"""``recsys release``, ``first-release`` and ``submission``: the live release and earlier ones."""

import os
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from recsys_core.cli.base import (
    ByOption,
    ConfigOption,
    CutoffOption,
    TablesOption,
    WorkspaceOption,
    app,
    plan_of,
    report,
    run_stage,
)
from recsys_core.contracts.environment import RELEASE_POLL_SECONDS, RELEASE_STORE, release_store
from recsys_core.workspace import Workspace

release_app = typer.Typer(help="List, publish and roll back releases.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(release_app, name="release")


@app.command("first-release")
def first_release(
    cutoff: CutoffOption = None,
    tables: TablesOption = "",
    workspace_dir: WorkspaceOption = None,
    config: ConfigOption = None,
) -> None:
    """Publish a new shop's first release, from best sellers, repeat purchases and co-purchases (nothing is trained).

    It goes live only if no release is live; the first trained release replaces it. It is never champion.
    """
    from recsys_core.pipeline.first_release import first_release as publish_first

    started = time.monotonic()
    plan = plan_of(Workspace.from_env(workspace_dir, tables), config, cutoff)
    report("first-release", started, publish_first(plan))


@app.command()
def submission(
    out: Annotated[Path, typer.Option(help="CSV file to write.")], workspace_dir: WorkspaceOption = None
) -> None:
    """Write the live release's lists as Kaggle's customer_id,prediction file."""
    from recsys_core.release.submission import write_submission

    started = time.monotonic()
    rows = write_submission(Workspace.from_env(workspace_dir), out)
    report("submission", started, {"out": str(out), "customers": rows})


@release_app.command("list")
def release_list(workspace_dir: WorkspaceOption = None) -> None:
    """List all releases, newest first: the live one, and held ones with who, when and why."""
    from recsys_core.release.listing import release_table

    for line in release_table(Workspace.from_env(workspace_dir)):
        typer.echo(line)


@release_app.command("health")
def release_health(
    release: Annotated[str | None, typer.Option(help="Release id (default: the newest).")] = None,
    beside: Annotated[str | None, typer.Option(help="Release to compare with (default: the live one).")] = None,
    workspace_dir: WorkspaceOption = None,
) -> None:
    """Compare a release's lists with those of another one, and say what the guard would stop."""
    from recsys_core.promotion.gate import load_gate
    from recsys_core.promotion.going_live import find_release, live_release
    from recsys_core.promotion.guard import compare_releases
    from recsys_core.release.pointer import list_releases

    started, workspace = time.monotonic(), Workspace.from_env(workspace_dir)
    if not (releases := list_releases(workspace)):
        raise ValueError(f"no release in {workspace.releases}: run `recsys publish` first")
    now = find_release(workspace, release) if release else releases[0]
    before = find_release(workspace, beside) if beside else live_release(workspace)
    made = compare_releases(load_gate(workspace).guard, now, before)
    report("release health", started, {"release": now.id, "beside": before.id, "stops": made.stops, **made.as_dict()})


@release_app.command("publish")
def release_publish(
    cutoff: CutoffOption = None, workspace_dir: WorkspaceOption = None, config: ConfigOption = None
) -> None:
    """Publish a release, like `recsys publish`."""
    run_stage("publish", Workspace.from_env(workspace_dir), config, cutoff)


@release_app.command("rollback")
def release_rollback(
    to: Annotated[str | None, typer.Option(help="Release id (default: the one that was live before).")] = None,
    why: Annotated[str, typer.Option(help="Recorded with the hold.")] = "",
    by: ByOption = "",
    workspace_dir: WorkspaceOption = None,
) -> None:
    """Make an earlier release live, and hold the one that was live until a newer one passes the gate."""
    from recsys_core.promotion.going_live import rollback

    started = time.monotonic()
    report("rollback", started, {"release": rollback(Workspace.from_env(workspace_dir), to, by, why).id})


@release_app.command("lift")
def release_lift(
    why: Annotated[str, typer.Option(help="Recorded in the history.")],
    by: ByOption = "",
    workspace_dir: WorkspaceOption = None,
) -> None:
    """End the hold of a rollback, so that the next publish goes live."""
    from recsys_core.promotion.going_live import lift

    started = time.monotonic()
    report("lift", started, {"lifted": lift(Workspace.from_env(workspace_dir), why, by)})


@release_app.command("upload")
def release_upload(
    check: Annotated[bool, typer.Option("--check", help="Read each of the store's files and compare it.")] = False,
    workspace_dir: WorkspaceOption = None,
) -> None:
    """Bring the store of $RECSYS_RELEASE_STORE to this workspace's state, as publish, promote and rollback do."""
    from recsys_core.release.upload import upload_live

    started, workspace = time.monotonic(), Workspace.from_env(workspace_dir)
    _require_store()
    uploaded = upload_live(workspace, check)
    if uploaded is None:
        raise ValueError(f"no live release in {workspace.root}: run `recsys publish` first")
    report("upload", started, asdict(uploaded))


@release_app.command("fetch")
def release_fetch(
    once: Annotated[bool, typer.Option("--once", help="Fetch the live release and end.")] = False,
    every: Annotated[
        float, typer.Option(min=0.1, envvar=RELEASE_POLL_SECONDS, help="Seconds between two looks at the pointer.")
    ] = 5.0,
    workspace_dir: WorkspaceOption = None,
) -> None:
    """Keep this workspace's live release that of the store of $RECSYS_RELEASE_STORE, for a storefront beside it."""
    from recsys_core.store.release_fetch import Fetcher
    from recsys_core.store.release_store import ReleaseStore

    started = time.monotonic()
    fetcher = Fetcher(Workspace.from_env(workspace_dir), ReleaseStore(_require_store()))
    if once:
        return report("fetch", started, {"release": fetcher.fetch()})
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # the first process of a container has to ask for its end
    return fetcher.run(every)


def _require_store() -> str:
    address = release_store(os.environ)
    if address is None:
        raise ValueError(f"{RELEASE_STORE} is not set: expected an address such as s3://bucket/shop")
    return address
