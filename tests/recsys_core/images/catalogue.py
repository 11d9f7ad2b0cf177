"""A small catalogue of images to learn from: kinds are shapes, and every article has marks of its own."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

COLOURS = {"Red": (200, 40, 40), "Blue": (40, 60, 200), "Green": (40, 160, 70), "Black": (25, 25, 25)}
KINDS = ("Dress", "Hat", "Trousers")
SIZE = (80, 120)


def draw(kind: str, colour: str, seed: int) -> Image.Image:
    """The kind's shape, somewhere near the middle, with an article's own marks."""
    random = np.random.default_rng(seed)
    image = Image.new("RGB", SIZE, "white")
    pen = ImageDraw.Draw(image)
    x, y = 40 + int(random.integers(-6, 7)), 60 + int(random.integers(-8, 9))
    if kind == "Dress":
        pen.polygon([(x, y - 45), (x - 30, y + 45), (x + 30, y + 45)], COLOURS[colour])
    elif kind == "Hat":
        pen.ellipse((x - 30, y - 15, x + 30, y + 15), COLOURS[colour])
    else:
        pen.rectangle((x - 22, y - 45, x - 4, y + 45), COLOURS[colour])
        pen.rectangle((x + 4, y - 45, x + 22, y + 45), COLOURS[colour])
    for _ in range(4):
        left, top = (int(v) for v in random.integers(0, 100, 2))
        mark = tuple(int(v) for v in random.integers(0, 256, 3))
        pen.ellipse((left * 0.7, top, left * 0.7 + 10, top + 10), mark)
    return image


def write_catalogue(images: Path, n: int) -> list[dict[str, str]]:
    """``n`` images below ``images``; the articles they are of."""
    articles = []
    for number in range(n):
        article_id = f"{100_000_000 + number // 2 * 1000 + number % 2:010d}"
        kind, colour = KINDS[number % len(KINDS)], list(COLOURS)[number // 2 % len(COLOURS)]
        folder = images / article_id[:3]
        folder.mkdir(parents=True, exist_ok=True)
        draw(kind, colour, number).save(folder / f"{article_id}.jpg", quality=90)
        articles.append({"article_id": article_id, "product_type_name": kind, "colour_group_name": colour})
    return articles
