"""``recsys train-images``, ``embed-images``, ``images-report`` and ``serve-encoder``: the image encoder."""

import importlib.util
import time
from typing import Annotated

import typer

from recsys_core.cli.base import (
    ConfigOption,
    DataOption,
    MappingOption,
    TablesOption,
    WorkspaceOption,
    app,
    ingest_into,
    plan_of,
    print_json,
    report,
    run_stage,
)
from recsys_core.workspace import Workspace


@app.command("train-images")
def train_images(
    anew: Annotated[
        bool, typer.Option("--anew", help="Train on the current images, even if an encoder with these settings exists.")
    ] = False,
    tables: TablesOption = "",
    workspace_dir: WorkspaceOption = None,
    config: ConfigOption = None,
) -> None:
    """Train an image encoder on the catalogue's own images (torch); a killed training continues.

    An encoder with the same settings is kept, because vectors of two encoders cannot be compared. A part of the images
    is held out for `recsys images-report`.
    """
    if not anew:
        return run_stage("train-images", Workspace.from_env(workspace_dir, tables), config, None)
    require_torch()
    from recsys_core.images.catalogue_training import NoImagesError
    from recsys_core.pipeline.train_images import train_images as train

    started = time.monotonic()
    try:
        made = train(plan_of(Workspace.from_env(workspace_dir, tables), config, None), anew)
    except NoImagesError as reason:
        raise ValueError(str(reason)) from None
    return report("train-images", started, {"artifact": f"{made.kind}/{made.key}", **made.summary})


@app.command("embed-images")
def embed_images(tables: TablesOption = "", workspace_dir: WorkspaceOption = None, config: ConfigOption = None) -> None:
    """Turn the catalogue's new or changed images into vectors (torch)."""
    run_stage("embed-images", Workspace.from_env(workspace_dir, tables), config, None)


@app.command("images-report")
def images_report(
    encoder: Annotated[
        str | None,
        typer.Option(help="Encoder to measure instead: a folder, or a name in the hub's cache."),
    ] = None,
    data: DataOption = None,
    mapping: MappingOption = None,
    workspace_dir: WorkspaceOption = None,
    config: ConfigOption = None,
) -> None:
    """Measure the image encoder on images that it was not trained on, beside a colour histogram.

    If there is no encoder yet, one is trained first. The last line is one JSON object. It says how often an altered
    image finds its original in the top 10, and which share of the 10 nearest images has the same type and colour. It
    has the same metrics for the histogram. Contact sheets are in the folder that it names, and in MLflow.
    """
    require_torch()
    from recsys_core.images.catalogue_training import NoImagesError
    from recsys_core.images.choice import ChosenEncoder, choose_encoder, model_name
    from recsys_core.images.encoder import locate_encoder
    from recsys_core.pipeline.images_report import report_images
    from recsys_core.pipeline.train_images import train_images as train

    workspace = Workspace.from_env(workspace_dir)
    if data or mapping or (workspace.raw.exists() and not workspace.tables.exists()):
        ingest_into(workspace, config, data, mapping)
    plan = plan_of(workspace, config, None)
    try:
        if encoder:
            folder = locate_encoder(encoder)
            chosen = ChosenEncoder(folder, model_name(folder))
        else:
            if plan.config.images.is_trained_here:
                train(plan)
            chosen = choose_encoder(workspace, plan.config.images)
        print_json(report_images(plan, chosen))
    except NoImagesError as reason:
        raise ValueError(str(reason)) from None


@app.command("serve-encoder")
def serve_encoder(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0: any free port.")] = 0,
    host: Annotated[str, typer.Option(help="Address to listen on; there is no login.")] = "127.0.0.1",
    workspace_dir: WorkspaceOption = None,
) -> None:
    """Serve the live release's image encoder to the shop, until it is stopped."""
    require_torch()
    from recsys_core.images.server import serve

    serve(Workspace.from_env(workspace_dir), port, host)


def require_torch() -> None:
    """Refuse to go on without torch.

    Raises
    ------
    ValueError
        If torch is not installed; the message names the extra that installs it.
    """
    if importlib.util.find_spec("torch") is None:
        raise ValueError("torch is not installed: pip install 'recsys-platform[image]'")
