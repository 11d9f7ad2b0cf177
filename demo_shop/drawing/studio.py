"""Draws the images of a whole catalogue, on all processors."""

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


@dataclass(frozen=True)
class Order:
    """One image to draw."""

    path: Path
    style: Style
    size: tuple[int, int]


def draw_images(folder: Path, catalogue: Catalogue, size: tuple[int, int], seed: int) -> int:
    """Draw ``folder/0NN/<article_id>.jpg`` for each article; returns their number.

    ``size`` is width and height in pixels. The same arguments give the same bytes.
    """
    orders = list(_orders(folder, catalogue, size, seed))
    for parent in sorted({order.path.parent for order in orders}):
        parent.mkdir(parents=True, exist_ok=True)
    # spawn, not fork: the caller may hold threads and open servers
    with multiprocessing.get_context("spawn").Pool(max(1, _processors())) as pool:
        done = pool.imap_unordered(_take, orders, chunksize=16)
        for _ in tqdm(done, total=len(orders), desc="images", unit="image", disable=None):
            pass
    log.info("drew %d images of %d x %d pixels", len(orders), *size)
    return len(orders)


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


def _take(order: Order) -> None:
    draw(order.style, order.size).save(order.path, quality=QUALITY, subsampling=0)
