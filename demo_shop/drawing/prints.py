"""Printed cloth: motifs, animal spots, and the batik of tie-dye."""

import math

import numpy as np

from demo_shop.drawing.cloth import RGB, brightness, darker, lighter, planes
from demo_shop.drawing.motifs import MOTIFS
from demo_shop.drawing.stamps import stamped
from demo_shop.drawing.style import CREAM, INK, Style
from demo_shop.drawing.weaves import Tile, noise


def motif_print(style: Style, n: int, scale: float, rng: np.random.Generator, kind: str) -> Tile:
    """A tile strewn with motifs of one kind (see ``MOTIFS``)."""
    return stamped(style, n, scale, rng, MOTIFS[kind])


def animal(style: Style, n: int, scale: float, rng: np.random.Generator) -> Tile:
    """Leopard: blotches with broken rims, from two smooth fields."""
    base = planes(style.rgb)
    cells = int(n / (8.5 * scale))
    field = noise(n, cells, rng, 1.25) + 0.35 * noise(n, cells * 2, rng)
    broken = noise(n, cells * 2, rng)
    spread = float(field.std())
    rim = np.exp(-(((field / spread - 0.95) / 0.30) ** 2)) * (broken > -0.75)
    rim = np.clip(rim * 1.7 - 0.35, 0, 1).astype(np.float32)
    heart = np.clip((field / spread - 1.15) * 3, 0, 1).astype(np.float32)
    dark: RGB = INK if brightness(style.rgb) > 0.3 else lighter(style.rgb, 0.45)
    inner: RGB = darker(style.rgb, 0.35) if brightness(style.rgb) > 0.3 else lighter(style.rgb, 0.2)
    tile: Tile = base + (planes(inner) - base) * (heart * np.float32(0.75))
    return np.asarray(tile + (planes(dark) - tile) * (rim * np.float32(0.92)), dtype=np.float32)


def tie_dye(style: Style, n: int, rng: np.random.Generator) -> Tile:
    """Rings of colour that bleed into each other."""
    axis = np.arange(n, dtype=np.float32) - n / 2
    x, y = np.meshgrid(axis + float(rng.uniform(-30, 30)), axis + float(rng.uniform(-30, 30)))
    bleed = noise(n, 14, rng) * 9 + noise(n, 50, rng) * 4
    angle = np.arctan2(y, x)
    rings = np.sin((np.hypot(x, y) + bleed + 7 * np.sin(angle * 5)) * np.float32(2 * math.pi / 58))
    share = (0.5 + 0.5 * np.tanh(rings * 1.6)).astype(np.float32) * np.float32(0.85)
    base, other = planes(style.rgb), planes(CREAM if brightness(style.rgb) < 0.8 else style.accents[2])
    return np.asarray(base + (other - base) * share, dtype=np.float32)
