"""Checks, stripes and dots."""

from typing import Final

import numpy as np
import numpy.typing as npt

from demo_shop.drawing.cloth import RGB, brightness, planes
from demo_shop.drawing.style import CREAM, INK, Style
from demo_shop.drawing.weaves import grid

Tile = npt.NDArray[np.float32]
VERTICAL: Final = ("shirt", "trousers", "tailored", "woven", "night", "outer")
"""Fabrics whose stripes run downwards."""


def mix(base: RGB, over: RGB, share: Tile) -> Tile:
    a, b = planes(base), planes(over)
    return a + (b - a) * share


def lay(tile: Tile, over: RGB, share: Tile) -> Tile:
    return tile + (planes(over) - tile) * share


def bands(coordinate: Tile, period: float, width: float, offset: float = 0.0) -> Tile:
    """Antialiased bands ``width`` wide, every ``period`` pixels, in the coordinate's direction."""
    phase = (coordinate + np.float32(offset)) % np.float32(period)
    inside = np.minimum(phase, np.float32(width) - phase) + np.float32(0.5)
    wrapped = np.maximum(inside, phase - np.float32(period) + np.float32(0.5))
    covered: Tile = np.clip(wrapped, 0, 1)
    return covered


def stripes(style: Style, n: int, scale: float, rng: np.random.Generator) -> Tile:
    x, y = grid(n)
    vertical = style.wear in VERTICAL and rng.random() < 0.8
    coordinate = x if vertical else y
    first, second, third, _ = style.accents
    kind = int(rng.integers(4))
    if vertical:
        period = scale * float(rng.uniform(5, 11))
        thin = 0.9 * scale if kind < 2 else period * 0.4
        return mix(style.rgb, first, bands(coordinate, period, max(thin, 1.0)) * np.float32(0.85))
    period = scale * float(rng.uniform(9, 20))
    if kind == 0:
        return mix(style.rgb, first, bands(coordinate, period, period * 0.5))
    if kind == 1:
        return mix(style.rgb, first, bands(coordinate, period * 0.7, max(period * 0.16, 1.2)))
    tile = mix(style.rgb, first, bands(coordinate, period * 1.8, period * 0.55))
    tile = lay(tile, second, bands(coordinate, period * 1.8, period * 0.3, -period * 0.75))
    return tile if kind == 2 else lay(tile, third, bands(coordinate, period * 1.8, period * 0.12, -period * 1.25))


def checks(style: Style, n: int, scale: float, rng: np.random.Generator) -> Tile:
    x, y = grid(n)
    first, second, third, fourth = style.accents
    kind = ["gingham", "tartan", "window", "tartan", "glen"][int(rng.integers(5))]
    if style.wear in ("tailored", "outer", "trousers") and kind == "gingham":
        kind = "glen"
    if kind == "gingham":
        period = scale * float(rng.uniform(6, 14))
        across, down = bands(x, period, period / 2), bands(y, period, period / 2)
        return mix(
            first if style.dark or brightness(style.rgb) < 0.75 else CREAM, style.rgb, np.float32(0.5) * (across + down)
        )
    if kind == "window":
        period = scale * float(rng.uniform(20, 32))
        lines: Tile = np.maximum(bands(x, period, 1.3 * scale), bands(y, period, 1.3 * scale))
        return mix(style.rgb, first, lines * np.float32(0.75))
    if kind == "glen":
        period = scale * 30
        fine = np.float32(0.5) * (bands(x, 2.6 * scale, 1.3 * scale) + bands(y, 2.6 * scale, 1.3 * scale))
        block = np.maximum(bands(x, period, period * 0.42), bands(y, period, period * 0.42))
        tile = mix(style.rgb, fourth, fine * (np.float32(0.35) + np.float32(0.65) * block))
        lines = np.maximum(bands(x, period, 0.9 * scale, period * 0.29), bands(y, period, 0.9 * scale, period * 0.29))
        return lay(tile, second, lines * np.float32(0.5))
    period = scale * float(rng.uniform(26, 44))
    tile = planes(style.rgb)
    for colour, start, width, strength in (
        (fourth, 0.0, 0.34, 0.6),
        (INK if not style.dark else CREAM, 0.10, 0.05, 0.55),
        (second, 0.52, 0.13, 0.6),
        (first, 0.66, 0.03, 0.8),
        (third, 0.84, 0.03, 0.6),
    ):
        for coordinate in (x, y):
            band = bands(coordinate, period, max(width * period, 1.1), -start * period)
            tile = lay(tile, colour, band * np.float32(strength * 0.62))
    return tile


def dots(style: Style, n: int, scale: float, rng: np.random.Generator) -> Tile:
    x, y = grid(n)
    period = scale * float(rng.uniform(6.5, 17))
    radius = period * float(rng.uniform(0.16, 0.3))
    row = np.floor(y / period)
    u = (x + (row % 2) * period / 2) % period - period / 2
    v = y % period - period / 2
    distance = np.hypot(u, v)
    first, second, _, _ = style.accents
    share = np.clip(radius - distance + 0.5, 0, 1).astype(np.float32)
    if rng.random() < 0.25:
        column = np.floor((x + (row % 2) * period / 2) / period)
        odd = ((column + row) % 3 == 0).astype(np.float32)
        return lay(mix(style.rgb, first, share * (1 - odd)), second, share * odd)
    return mix(style.rgb, first, share)
