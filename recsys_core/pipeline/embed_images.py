"""``recsys embed-images``: a vector of every image of the catalogue, made for new and changed ones only (torch)."""

from dataclasses import replace
from pathlib import Path

from recsys_core.contracts.artifacts import EMBEDDINGS
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.stage import StageGroup, Summary
from recsys_core.pipeline.train_images import run_image_stage
from recsys_core.store.artifacts import Artifact, ArtifactSpec
from recsys_core.workspace import flip_link

VERSION = 1


def embeddings_spec(encoder: str, images: str) -> ArtifactSpec:
    """Artifact spec of image vectors. ``encoder`` is its key or its weights' digest, ``images`` the images' digest."""
    return ArtifactSpec(EMBEDDINGS, VERSION, {"encoder": encoder, "images": images}, made_by="recsys embed-images")


def embed_images(plan: BuildPlan) -> Artifact:
    """Vectors of all images as ``image_embeddings/<key>/``; ``current`` points at them.

    Raises
    ------
    FileNotFoundError
        If the configured encoder is not there.
    NoImagesError
        If there are no images, no encoder was trained, or vectors from elsewhere are used.
    """
    from recsys_core.images.catalogue_training import KnownAlbum, NoImagesError
    from recsys_core.images.choice import choose_encoder, own_encoder
    from recsys_core.images.embeddings import known_vectors, write_embeddings
    from recsys_core.images.encoder import load_encoder

    workspace, settings = plan.workspace, plan.config.images
    if any(workspace.image_embeddings.glob("*.parquet")) and not _is_pointer(workspace.image_embeddings):
        raise NoImagesError(f"vectors that were made elsewhere stand in {workspace.image_embeddings}, and stay")
    try:
        album = KnownAlbum.open(workspace.images, plan.tables.path).album
    except NoImagesError:
        if workspace.image_embeddings.is_symlink():  # the shop has no images any more
            workspace.image_embeddings.unlink()
        raise
    if settings.is_trained_here and own_encoder(workspace) is None:
        raise NoImagesError("there is no encoder: `recsys train-images` says why")
    chosen = choose_encoder(workspace, settings)
    checksums = album.checksums()
    spec = embeddings_spec(chosen.source_key, album.digest(checksums))
    if not plan.store.find(spec):
        with plan.store.build(spec, resume=True) as draft:
            made_by = f"{chosen.model} {VERSION}"
            known = known_vectors(workspace.image_embeddings.parent, made_by)
            counts = write_embeddings(
                album, checksums, load_encoder(chosen.folder), known, draft.path, settings.embed_batch, made_by
            )
            draft.summary |= {"model": chosen.model, **vars(counts)}
    made = plan.store.require(spec)
    flip_link(workspace.image_embeddings, made.key)
    return made


def _is_pointer(link: Path) -> bool:
    """Returns True if this stage set the link: its target is a folder beside it."""
    return link.is_symlink() and link.readlink().parent == Path()


def _embed(plan: BuildPlan) -> Summary:
    """Embed; says which embeddings are current then, also where nothing was embedded: a run holds on to them."""
    summary = run_image_stage(embed_images, plan)
    return {**summary, EMBEDDINGS: replace(plan).held_embeddings}  # a plan that has not looked for them before


STAGE = StageGroup(
    "embed-images",
    VERSION,
    _embed,
)
