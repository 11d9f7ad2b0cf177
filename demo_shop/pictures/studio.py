"""Draws the pictures of a whole catalogue, on all processors."""

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
from demo_shop.pictures.atelier import Atelier
from demo_shop.pictures.look import Look
from demo_shop.pictures.wardrobe import WARDROBE
from demo_shop.vocabulary import colours

log = logging.getLogger(__name__)

QUALITY: Final = 90


@dataclass(frozen=True)
class Order:
    """One picture to draw."""

    path: Path
    look: Look
    size: tuple[int, int]


def draw_pictures(folder: Path, catalogue: Catalogue, size: tuple[int, int], seed: int) -> int:
    """Draw ``folder/0NN/<article_id>.jpg`` for each article; returns their number.

    ``size`` is width and height in pixels. The same arguments give the same bytes.
    """
    orders = list(_orders(folder, catalogue, size, seed))
    for parent in sorted({order.path.parent for order in orders}):
        parent.mkdir(parents=True, exist_ok=True)
    # spawn, not fork: the caller may hold threads and open servers
    with multiprocessing.get_context("spawn").Pool(max(1, _processors())) as pool:
        done = pool.imap_unordered(_take, orders, chunksize=16)
        for _ in tqdm(done, total=len(orders), desc="pictures", unit="picture", disable=None):
            pass
    log.info("drew %d pictures of %d x %d pixels", len(orders), *size)
    return len(orders)


def draw(look: Look, size: tuple[int, int]) -> Image.Image:
    """One article's picture."""
    atelier = Atelier(look, *size)
    WARDROBE[look.silhouette](atelier)
    return atelier.canvas.finished()


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _orders(folder: Path, catalogue: Catalogue, size: tuple[int, int], seed: int) -> Iterator[Order]:
    palette = colours()
    for i, (article_id, line) in enumerate(zip(catalogue.article_ids, catalogue.lines, strict=True)):
        product = int(catalogue.product[i])
        red, green, blue = palette[catalogue.colour[i]].rgb
        look = Look(
            silhouette=line.silhouette,
            features=catalogue.products.features[product],
            rgb=(float(red), float(green), float(blue)),
            appearance=catalogue.appearances[catalogue.appearance[i]],
            wear=line.wear,
            index=line.index,
            seed=seed * 1_000_003 + int(catalogue.products.code[product]),
            variant=int(catalogue.variant[i]),
        )
        yield Order(folder / article_id[:3] / f"{article_id}.jpg", look, size)


def _take(order: Order) -> None:
    draw(order.look, order.size).save(order.path, quality=QUALITY, subsampling=0)
