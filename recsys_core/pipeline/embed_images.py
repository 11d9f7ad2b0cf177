"""``recsys embed-images``: a vector of every image of the catalogue, made for new and changed ones only (torch)."""

from recsys_core.contracts.artifacts import EMBEDDINGS
from recsys_core.home import flip_link
from recsys_core.pipeline.plan import BuildPlan
from recsys_core.pipeline.stage import StageGroup
from recsys_core.pipeline.train_images import run_image_stage
from recsys_core.store.artifacts import Artifact, ArtifactSpec, open_artifact

VERSION = 1


def embeddings_spec(encoder: str, images: str) -> ArtifactSpec:
    """What an encoder, by its key or its weights' digest, makes of images, by their digest."""
    return ArtifactSpec(EMBEDDINGS, VERSION, {"encoder": encoder, "pictures": images}, made_by="recsys embed-images")


def embed_images(plan: BuildPlan) -> Artifact:
    """Vectors of all pictures as ``image_embeddings/<key>/``; ``current`` points at them.

    Raises
    ------
    FileNotFoundError
        If the configured encoder is not there.
    NoImagesError
        If there are no pictures, no encoder was trained, or vectors from elsewhere are used.
    """
    from recsys_core.images.catalogue_training import KnownAlbum, NoImagesError
    from recsys_core.images.choice import choose_encoder, own_encoder
    from recsys_core.images.embeddings import known_vectors, write_embeddings
    from recsys_core.images.encoder import load_encoder

    home, settings = plan.home, plan.config.images
    if any(home.image_embeddings.glob("*.parquet")) and not _current(plan):
        raise NoImagesError(f"vectors that were made elsewhere stand in {home.image_embeddings}, and stay")
    try:
        album = KnownAlbum.open(home.images, plan.tables.path).album
    except NoImagesError:
        if home.image_embeddings.is_symlink():  # the shop has no pictures any more
            home.image_embeddings.unlink()
        raise
    if settings.is_trained_here and own_encoder(home) is None:
        raise NoImagesError("there is no encoder: `recsys train-images` says why")
    chosen = choose_encoder(home, settings)
    checksums = album.checksums()
    spec = embeddings_spec(chosen.source_key, album.digest(checksums))
    if not plan.store.find(spec):
        with plan.store.build(spec, resume=True) as draft:
            made_by = f"{chosen.model} {VERSION}"
            known = known_vectors(home.image_embeddings.parent, made_by)
            counts = write_embeddings(
                album, checksums, load_encoder(chosen.folder), known, draft.path, settings.embed_batch, made_by
            )
            draft.summary |= {"model": chosen.model, **vars(counts)}
    made = plan.store.require(spec)
    flip_link(home.image_embeddings, made.key)
    return made


def _current(plan: BuildPlan) -> Artifact | None:
    return open_artifact(EMBEDDINGS, plan.home.image_embeddings.resolve())


STAGE = StageGroup(
    "embed-images",
    VERSION,
    lambda plan: run_image_stage(embed_images, plan),
)
