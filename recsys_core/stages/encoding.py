"""Stages ``train-images`` and ``embed-images``: an encoder for the shop's pictures, and what it makes of them."""

import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from recsys_core.contracts.artifacts import EMBEDDINGS, ENCODER_VERSION
from recsys_core.home import flip_link
from recsys_core.images.album import Album
from recsys_core.images.choice import LEARNED, choose_encoder, model_name, own_encoder
from recsys_core.images.embeddings import known_vectors, write_embeddings
from recsys_core.images.encoder import load_encoder
from recsys_core.images.examples import (
    ATTRIBUTES,
    Examples,
    IntArray,
    Split,
    label,
    shrink_pictures,
    sizes_kept,
    split_by_product,
)
from recsys_core.images.train import train_encoder
from recsys_core.lineage import EMBEDDINGS_VERSION, Lineage
from recsys_core.store.artifacts import Artefact, open_artefact, write_json
from recsys_core.tracking import tracked_run

log = logging.getLogger(__name__)

FEWEST: Final = 64
"""Pictures that something can be learned from."""
WORK: Final = ".work"
"""Of a training: pictures as they are learned from, checkpoints."""


class PicturesOff(LookupError):  # noqa: N818  # the name of a state
    """There is nothing to do with pictures; the message says why."""


@dataclass(frozen=True)
class KnownAlbum:
    """Pictures of articles that the tables know, and those articles row by row."""

    album: Album
    articles: pd.DataFrame
    """product_code and ATTRIBUTES; None where the shop does not say."""

    @classmethod
    def open(cls, lineage: Lineage) -> "KnownAlbum":
        """
        Raises
        ------
        PicturesOff
            If there are none.
        """
        album = Album.open(lineage.home.images)
        columns = ["article_id", "product_code", *ATTRIBUTES]
        articles = pd.read_parquet(lineage.tables.path / "articles", columns=columns).set_index("article_id")
        known = [row for row, article_id in enumerate(album.article_ids) if article_id in articles.index]
        if not known:
            raise PicturesOff(f"no pictures in {lineage.home.images} (0NN/<article_id>.jpg)")
        album = album.take(known)
        return cls(album, articles.loc[list(album.article_ids)])

    def take(self, rows: Sequence[int] | IntArray) -> "KnownAlbum":
        return KnownAlbum(self.album.take(int(row) for row in rows), self.articles.iloc[list(rows)])


def train_images(lineage: Lineage, anew: bool = False) -> Artefact:
    """An encoder trained on the catalogue's own pictures, as ``image_encoders/<key>/``; ``current`` points at it.

    One that was trained with the same settings is kept, also when pictures came since: vectors of two encoders cannot
    be compared, and only what is new has to be embedded. ``anew`` trains on the pictures of now.

    Raises
    ------
    PicturesOff
        If an encoder from elsewhere is configured, or there are too few pictures.
    CollapsedError
        If it does not learn to know pictures again.
    """
    settings = lineage.config.images
    if not settings.is_trained_here:
        raise PicturesOff(f"images.encoder = {settings.encoder!r} is configured, so none is trained")
    kept = own_encoder(lineage.home)
    if kept and not anew and _is_as_wanted(kept, lineage):
        return kept
    known = KnownAlbum.open(lineage)
    if len(known.album) < FEWEST:
        raise PicturesOff(f"{len(known.album)} pictures are too few to learn from: expected at least {FEWEST}")
    if len(known.album) > settings.most_pictures:
        drawn = np.random.default_rng(settings.seed).permutation(len(known.album))[: settings.most_pictures]
        known = known.take(np.sort(drawn))
    pictures = known.album.digest(known.album.checksums())
    recipe = lineage.image_encoder(pictures, known.articles.to_csv())
    if not lineage.store.find(recipe):
        with (
            lineage.store.build(recipe, resume=True) as draft,
            tracked_run(lineage.home, recipe, pictures, "image encoder") as run,
        ):
            draft.summary |= _train(lineage, known, draft.path, run.monitor("image_encoder", draft.path / WORK))
            for file in sorted(draft.path.glob("*.*")):
                if file.is_file():
                    run.log_file(file)
            draft.summary |= {"mlflow_run_id": run.run_id}
            shutil.rmtree(draft.path / WORK)
    made = lineage.store.require(recipe, "recsys train-images")
    flip_link(lineage.home.image_encoder, made.key)
    return made


def _is_as_wanted(kept: Artefact, lineage: Lineage) -> bool:
    said = (kept.record["version"], kept.record["params"])
    return said == (ENCODER_VERSION, lineage.encoder_params)


def _train(lineage: Lineage, known: KnownAlbum, folder: Path, monitor: Any) -> dict[str, Any]:
    settings = lineage.config.images
    (folder / WORK).mkdir(exist_ok=True)
    size = sizes_kept(settings.height, settings.width)
    pictures, readable = shrink_pictures(known.album, size, folder / WORK / "pictures.npy")
    known = known.take(readable)
    if len(known.album) < FEWEST:
        raise PicturesOff(f"{len(known.album)} pictures can be read, too few to learn from: expected at least {FEWEST}")
    products = known.articles["product_code"].fillna("").to_numpy(dtype=object)
    products = np.where(products == "", known.album.article_ids, products)
    split = split_by_product(products.tolist(), settings.held_out, settings.seed)
    if len(split.learned) < FEWEST // 2:
        raise PicturesOff(f"only {len(split.learned)} pictures are left to learn from: too few different products")
    labels = label(known.articles, split.learned)
    numbers = pd.factorize(products)[0].astype(np.int64)
    trained = train_encoder(Examples(pictures, numbers, labels), split, settings, monitor)
    trained.encoder.save(folder)
    seen = np.sort(np.concatenate([split.learned, split.validated]))
    write_json(folder / LEARNED, [known.album.article_ids[row] for row in seen])
    return {
        "model": model_name(folder),
        "pictures": len(known.album),
        **_sizes(split),
        "epochs": trained.epochs,
        "train_seconds": round(trained.seconds, 1),
        "score": round(trained.score, 4),
    }


def _sizes(split: Split) -> dict[str, int]:
    return {"learned": len(split.learned), "validated": len(split.validated), "held_out": len(split.held_out)}


def embed_images(lineage: Lineage) -> Artefact:
    """Vectors of all pictures as ``image_embeddings/<key>/``; ``current`` points at them.

    Raises
    ------
    FileNotFoundError
        If the configured encoder is not there.
    PicturesOff
        If there are no pictures, no encoder was trained, or vectors from elsewhere are used.
    """
    home, settings = lineage.home, lineage.config.images
    if any(home.image_embeddings.glob("*.parquet")) and not _current(lineage):
        raise PicturesOff(f"vectors that were made elsewhere stand in {home.image_embeddings}, and stay")
    try:
        album = KnownAlbum.open(lineage).album
    except PicturesOff:
        if home.image_embeddings.is_symlink():  # the shop has no pictures any more
            home.image_embeddings.unlink()
        raise
    if settings.is_trained_here and own_encoder(home) is None:
        raise PicturesOff("there is no encoder: `recsys train-images` says why")
    chosen = choose_encoder(home, settings)
    checksums = album.checksums()
    recipe = lineage.image_vectors(chosen.lineage_key, album.digest(checksums))
    if not lineage.store.find(recipe):
        with lineage.store.build(recipe, resume=True) as draft:
            made_by = f"{chosen.model} {EMBEDDINGS_VERSION}"
            known = known_vectors(home.image_embeddings.parent, made_by)
            counts = write_embeddings(
                album, checksums, load_encoder(chosen.folder), known, draft.path, settings.embed_batch, made_by
            )
            draft.summary |= {"model": chosen.model, **vars(counts)}
    made = lineage.store.require(recipe, "recsys embed-images")
    flip_link(home.image_embeddings, made.key)
    return made


def _current(lineage: Lineage) -> Artefact | None:
    return open_artefact(EMBEDDINGS, lineage.home.image_embeddings.resolve())
