"""``recsys train-images``: an image encoder, trained on the catalogue's own images (torch)."""

import hashlib
import importlib.util
import logging
import shutil
from collections.abc import Callable

import numpy as np

from recsys_core.contracts.artifacts import ENCODER_VERSION, ENCODER_WEIGHTS, ENCODERS
from recsys_core.pipeline.encoder_card import describe_encoder
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.stage import StageGroup, Summary, described
from recsys_core.promotion.aliases import alias_history
from recsys_core.store.artifacts import Artifact, ArtifactSpec
from recsys_core.tracking.best_effort import unless_away
from recsys_core.workspace import Workspace, flip_link

log = logging.getLogger(__name__)


def encoder_spec(plan: BuildPlan, images: str, articles: str) -> ArtifactSpec:
    """An encoder trained on images, by their digest, and what is known of their articles, as text."""
    inputs = {"images": images, "articles": hashlib.sha256(articles.encode()).hexdigest()}
    return ArtifactSpec(ENCODERS, ENCODER_VERSION, inputs, _params(plan), "recsys train-images")


def _params(plan: BuildPlan) -> dict[str, object]:
    """The settings that an image encoder of our own depends on."""
    return plan.config.images.model_dump(mode="json", exclude={"encoder", "revision", "download", "embed_batch"})


def train_images(plan: BuildPlan, anew: bool = False) -> Artifact:
    """An encoder trained on the catalogue's own images, as ``image_encoders/<key>/``; ``current`` points at it.

    One that was trained with the same settings is kept, also when images came since: vectors of two encoders cannot
    be compared, and only what is new has to be embedded. ``anew`` trains on the images of now.

    Raises
    ------
    NoImagesError
        If an encoder from elsewhere is configured, or there are too few images.
    CollapsedError
        If it does not learn to know images again.
    """
    from recsys_core.images.catalogue_training import MIN_IMAGES, WORK, KnownAlbum, NoImagesError, train_on_catalogue
    from recsys_core.images.choice import own_encoder
    from recsys_core.tracking.runs import tracked_run

    settings = plan.config.images
    if not settings.is_trained_here:
        raise NoImagesError(f"images.encoder = {settings.encoder!r} is configured, so none is trained")
    kept = own_encoder(plan.workspace)
    if kept and not anew and _is_as_wanted(kept, plan):
        _register(plan.workspace, kept)
        return kept
    known = KnownAlbum.open(plan.workspace.images, plan.tables.path)
    if len(known.album) < MIN_IMAGES:
        raise NoImagesError(f"{len(known.album)} images are too few to learn from: expected at least {MIN_IMAGES}")
    if len(known.album) > settings.max_images:
        drawn = np.random.default_rng(settings.seed).permutation(len(known.album))[: settings.max_images]
        known = known.take(np.sort(drawn))
    images = known.album.digest(known.album.checksums())
    spec = encoder_spec(plan, images, known.articles.to_csv())
    if not plan.store.find(spec):
        with (
            plan.store.build(spec, resume=True) as draft,
            tracked_run(plan.workspace, spec, images, "image encoder", tables=plan.tables) as run,
        ):
            draft.summary |= train_on_catalogue(
                known, settings, draft.path, run.monitor("image_encoder", draft.path / WORK)
            )
            for file in sorted(draft.path.glob("*.*")):
                if file.is_file():
                    run.log_file(file)
            draft.summary |= {"mlflow_run_id": run.run_id}
            shutil.rmtree(draft.path / WORK)
    made = plan.store.require(spec)
    flip_link(plan.workspace.image_encoder, made.key)
    _register(plan.workspace, made)
    return made


def _register(workspace: Workspace, made: Artifact) -> None:
    """Have the model registry show an encoder. If the registry is away, the next run of the stage does."""
    with unless_away("the version of the image encoder"):
        from recsys_core.images.encoder import load_encoder
        from recsys_core.tracking.image_encoder import register_encoder
        from recsys_core.tracking.registry import show_aliases, versions_of

        if versions_of(workspace, [str(made.summary["mlflow_run_id"])]):
            return
        encoder = load_encoder(made.path)
        pixels = np.zeros((2, 3, *encoder.preprocessing.size), np.float32)
        register_encoder(workspace, made, encoder, pixels, made.record["files"][ENCODER_WEIGHTS])
        show_aliases(workspace, alias_history(workspace))
        describe_encoder(workspace, made)


def _is_as_wanted(kept: Artifact, plan: BuildPlan) -> bool:
    said = (kept.record["version"], kept.record["params"])
    return said == (ENCODER_VERSION, _params(plan))


def run_image_stage(make: Callable[[BuildPlan], Artifact], plan: BuildPlan) -> Summary:
    """Run a stage that needs torch and images; a shop without either goes on without."""
    if importlib.util.find_spec("torch") is None:
        return _off("torch is not installed: pip install 'recsys-platform[image]'")
    from recsys_core.images.catalogue_training import NoImagesError

    try:
        made = make(plan)
    except NoImagesError as reason:
        return _off(str(reason))
    return described(made)


def _off(reason: str) -> Summary:
    log.info("off: %s", reason)
    return {"off": reason}


STAGE = StageGroup(
    "train-images",
    ENCODER_VERSION,
    lambda plan: run_image_stage(train_images, plan),
)
