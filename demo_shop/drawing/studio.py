"""Draws the images of a whole catalogue, on all processors."""

import contextlib
import itertools
import logging
import multiprocessing
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PIL import Image
from tqdm import tqdm

from demo_shop.catalogue import Catalogue
from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.style import Style
from demo_shop.drawing.wardrobe import WARDROBE
from demo_shop.vocabulary import colours

log = logging.getLogger(__name__)

QUALITY: Final = 90
BATCH: Final = 16
"""Images that a process draws at a time, at least."""


@dataclass(frozen=True)
class Order:
    """One image to draw."""

    path: Path
    style: Style
    size: tuple[int, int]


@contextlib.contextmanager
def drawing_images(folder: Path, catalogue: Catalogue, size: tuple[int, int], seed: int) -> Iterator[int]:
    """Draw ``folder/0NN/<article_id>.jpg`` for each article while the block runs; gives their number.

    When the block is left, all are there. ``size`` is width and height in pixels. The same arguments give the same
    bytes.
    """
    orders = list(_orders(folder, catalogue, size, seed))
    for parent in sorted({order.path.parent for order in orders}):
        parent.mkdir(parents=True, exist_ok=True)
    # spawn, not fork: the caller may hold threads and open servers
    with multiprocessing.get_context("spawn").Pool(max(1, _processors())) as pool:
        done = pool.imap_unordered(_take, _batches(orders))
        yield len(orders)
        with tqdm(total=len(orders), desc="images", unit="image", disable=None) as progress:
            for drawn in done:
                progress.update(drawn)
    log.info("drew %d images of %d x %d pixels", len(orders), *size)


def draw(style: Style, size: tuple[int, int]) -> Image.Image:
    """One article's image."""
    atelier = Atelier(style, *size)
    WARDROBE[style.silhouette](atelier)
    return atelier.canvas.finished()


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _orders(folder: Path, catalogue: Catalogue, size: tuple[int, int], seed: int) -> Iterator[Order]:
    palette = colours()
    for i, (article_id, line) in enumerate(zip(catalogue.article_ids, catalogue.lines, strict=True)):
        product = int(catalogue.product[i])
        red, green, blue = palette[catalogue.colour[i]].rgb
        style = Style(
            silhouette=line.silhouette,
            features=catalogue.products.features[product],
            rgb=(float(red), float(green), float(blue)),
            appearance=catalogue.appearances[catalogue.appearance[i]],
            wear=line.wear,
            index=line.index,
            seed=seed * 1_000_003 + int(catalogue.products.code[product]),
            variant=int(catalogue.variant[i]),
        )
        yield Order(folder / article_id[:3] / f"{article_id}.jpg", style, size)


def _batches(orders: list[Order]) -> Iterator[list[Order]]:
    """Orders for one process at a time: whole products, as their colour variants share most of the work."""
    batch: list[Order] = []
    for _, variants in itertools.groupby(orders, key=lambda order: order.style.seed):
        batch += variants
        if len(batch) >= BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _take(batch: list[Order]) -> int:
    for order in batch:
        draw(order.style, order.size).save(order.path, quality=QUALITY, subsampling=0)
    return len(batch)
