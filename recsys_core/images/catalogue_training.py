"""Trains an encoder on the catalogue's own images: which are learned from, which are held out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from recsys_core.images.album import Album
from recsys_core.images.choice import LEARNED, model_name
from recsys_core.images.config import ImagesConfig
from recsys_core.images.examples import (
    ATTRIBUTES,
    Examples,
    IntArray,
    Split,
    label,
    shrink_images,
    sizes_kept,
    split_by_product,
)
from recsys_core.images.train import train_encoder
from recsys_core.store.artifacts import write_json

MIN_IMAGES: Final = 64
"""Images that something can be learned from."""
WORK: Final = ".work"
"""Folder of a training: images as they are learned from, checkpoints."""


class NoImagesError(LookupError):
    """No images can be used; the message says why."""


@dataclass(frozen=True)
class KnownAlbum:
    """Images of articles that the tables know, and those articles row by row."""

    album: Album
    articles: pd.DataFrame
    """product_code and ATTRIBUTES; None where the shop does not say."""

    @classmethod
    def open(cls, images: Path, tables: Path) -> "KnownAlbum":
        """From a folder of image files and a ``tables/<key>/`` folder.

        Raises
        ------
        NoImagesError
            If there are none.
        """
        columns = ["article_id", "product_code", *ATTRIBUTES]
        articles = pd.read_parquet(tables / "articles", columns=columns).set_index("article_id")
        album = Album.open(images, frozenset(articles.index))
        if not len(album):
            ignored = "".join(f"; {count} files ignored: {reason}" for reason, count in album.ignored.items())
            raise NoImagesError(f"no images in {images} of known articles (<article_id>.jpg, .png or .webp){ignored}")
        return cls(album, articles.loc[list(album.article_ids)])

    def take(self, rows: Sequence[int] | IntArray) -> "KnownAlbum":
        return KnownAlbum(self.album.take(int(row) for row in rows), self.articles.iloc[list(rows)])


def train_on_catalogue(known: KnownAlbum, settings: ImagesConfig, folder: Path, monitor: Any) -> dict[str, Any]:
    """Train an encoder on the catalogue's own images and save it in ``folder``; returns its summary.

    Raises
    ------
    NoImagesError
        If too few images can be read.
    CollapsedError
        If it does not learn to know images again.
    """
    (folder / WORK).mkdir(exist_ok=True)
    size = sizes_kept(settings.height, settings.width)
    images, readable = shrink_images(known.album, size, folder / WORK / "images.npy")
    known = known.take(readable)
    if len(known.album) < MIN_IMAGES:
        raise NoImagesError(
            f"{len(known.album)} images can be read, too few to learn from: expected at least {MIN_IMAGES}"
        )
    products = known.articles["product_code"].fillna("").to_numpy(dtype=object)
    products = np.where(products == "", known.album.article_ids, products)
    split = split_by_product(products.tolist(), settings.held_out, settings.seed)
    if len(split.learned) < MIN_IMAGES // 2:
        raise NoImagesError(f"only {len(split.learned)} images are left to learn from: too few different products")
    labels = label(known.articles, split.learned)
    numbers = pd.factorize(products)[0].astype(np.int64)
    trained = train_encoder(Examples(images, numbers, labels), split, settings, monitor)
    trained.encoder.save(folder)
    seen = np.sort(np.concatenate([split.learned, split.validated]))
    write_json(folder / LEARNED, [known.album.article_ids[row] for row in seen])
    return {
        "model": model_name(folder),
        "images": len(known.album),
        **_sizes(split),
        "epochs": trained.epochs,
        "train_seconds": round(trained.seconds, 1),
        "score": round(trained.score, 4),
    }


def _sizes(split: Split) -> dict[str, int]:
    return {"learned": len(split.learned), "validated": len(split.validated), "held_out": len(split.held_out)}
