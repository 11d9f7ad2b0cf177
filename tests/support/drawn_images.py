"""Simple images for the articles of a demo shop."""

from pathlib import Path

import pandas as pd

from tests.recsys_core.images.catalogue import COLOURS, KINDS, draw


def draw_images(shop: Path) -> None:
    """Of every third article, a simple one."""
    for number, article_id in enumerate(pd.read_csv(shop / "articles.csv", dtype=str)["article_id"][::3]):
        file = shop / "images" / article_id[:3] / f"{article_id}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        kind, colour = KINDS[number % len(KINDS)], list(COLOURS)[number % len(COLOURS)]
        draw(kind, colour, number).save(file, quality=90)
