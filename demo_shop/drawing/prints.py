"""Printed motifs: flowers, leaves, animal spots, figures for children; and the batik of tie-dye."""

import math
from collections.abc import Callable
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from demo_shop.drawing.cloth import RGB, brightness, darker, lighter, mixed, planes, tile_of
from demo_shop.drawing.figures import FIGURES, star
from demo_shop.drawing.paths import Path, ellipse, turned
from demo_shop.drawing.style import CREAM, INK, Style
from demo_shop.drawing.weaves import noise

Tile = npt.NDArray[np.float32]

OVER: Final = 2
"""Oversampling of printed motifs."""


class Stamp:
    """Draws motifs on a tile."""

    def __init__(self, style: Style, n: int, scale: float, rng: np.random.Generator) -> None:
        self.style, self.rng = style, rng
        self.unit = scale * OVER
        self.side = n * OVER
        ground = tuple(int(v) for v in style.rgb)
        self.image = Image.new("RGB", (self.side, self.side), ground)
        self._draw = ImageDraw.Draw(self.image)

    def fill(self, points: Path, rgb: RGB) -> None:
        self._draw.polygon(points, fill=tuple(int(v) for v in rgb))

    def stroke(self, points: Path, rgb: RGB, width: float) -> None:
        thick = max(1, round(width * self.unit))
        self._draw.line(points, fill=tuple(int(v) for v in rgb), width=thick, joint="curve")

    def places(self, gap: float) -> list[tuple[float, float]]:
        """A shaken triangular grid, ``gap`` units wide."""
        step, places = gap * self.unit, []
        for row in range(-1, int(self.side / (step * 0.87)) + 2):
            for column in range(-1, int(self.side / step) + 2):
                dx, dy = self.rng.uniform(-0.24, 0.24, 2) * step
                places.append((column * step + (row % 2) * step / 2 + dx, row * step * 0.87 + dy))
        return places

    def tile(self) -> Tile:
        return tile_of(self.image.reduce(OVER))


def motif_print(style: Style, n: int, scale: float, rng: np.random.Generator, kind: str) -> Tile:
    """A tile strewn with motifs of one kind (see ``_KINDS``)."""
    stamp = Stamp(style, n, scale, rng)
    _KINDS[kind](stamp)
    return stamp.tile()


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


def _petals(stamp: Stamp, x: float, y: float, radius: float, count: int, rgb: RGB, heart: RGB, start: float) -> None:
    for i in range(count):
        angle = start + 360 * i / count
        a = math.radians(angle)
        petal = ellipse(
            x + math.cos(a) * radius * 0.58, y + math.sin(a) * radius * 0.58, radius * 0.52, radius * 0.36, 14
        )
        around = (x + math.cos(a) * radius * 0.58, y + math.sin(a) * radius * 0.58)
        stamp.fill(turned(petal, angle, around), rgb if i % 2 else mixed(rgb, (255, 255, 255), 0.08))
    stamp.fill(ellipse(x, y, radius * 0.24, None, 12), heart)


def _leaf(stamp: Stamp, x: float, y: float, length: float, angle: float, rgb: RGB, vein: bool = True) -> None:
    blade = [(x + length * t, y + w * length * math.sin(math.pi * t**0.8)) for w in (0.24,) for t in _unit(9)]
    back = [(x + length * t, y - 0.24 * length * math.sin(math.pi * t**0.8)) for t in reversed(_unit(9))]
    stamp.fill(turned([*blade, *back], angle, (x, y)), rgb)
    if vein and length > 4 * stamp.unit:
        stamp.stroke(turned([(x, y), (x + length * 0.9, y)], angle, (x, y)), lighter(rgb, 0.25), 0.35)


def _unit(steps: int) -> list[float]:
    return [i / steps for i in range(steps + 1)]


def _greens(stamp: Stamp) -> RGB:
    return mixed((104, 134, 96), stamp.style.rgb, 0.25)


def _ditsy(stamp: Stamp) -> None:
    first, second, third, _ = stamp.style.accents
    green = _greens(stamp)
    for i, (x, y) in enumerate(stamp.places(float(stamp.rng.uniform(8, 11)))):
        radius = stamp.unit * float(stamp.rng.uniform(1.9, 3.0))
        start = float(stamp.rng.uniform(0, 360))
        if i % 3 == 2:
            _leaf(stamp, x, y, radius * 1.9, start, green, vein=False)
            _leaf(stamp, x, y, radius * 1.9, start + 70, green, vein=False)
        else:
            _petals(stamp, x, y, radius, 5, (first, second, third)[i % 3 if i % 5 else 1], (230, 190, 96), start)


def _flowers(stamp: Stamp) -> None:
    first, second, third, _ = stamp.style.accents
    green = _greens(stamp)
    places = stamp.places(float(stamp.rng.uniform(20, 27)))
    for x, y in places:
        for _ in range(3):
            _leaf(stamp, x, y, stamp.unit * float(stamp.rng.uniform(9, 14)), float(stamp.rng.uniform(0, 360)), green)
    for i, (x, y) in enumerate(places):
        radius = stamp.unit * float(stamp.rng.uniform(5.5, 8.5))
        start, rgb = float(stamp.rng.uniform(0, 72)), (second, first, second, third)[i % 4]
        _petals(stamp, x, y, radius, 6, darker(rgb, 0.14), rgb, start)
        _petals(stamp, x, y, radius * 0.72, 5, rgb, (226, 184, 92), start + 36)


def _leaves(stamp: Stamp) -> None:
    first, second, _, fourth = stamp.style.accents
    for i, (x, y) in enumerate(stamp.places(float(stamp.rng.uniform(13, 18)))):
        angle = float(stamp.rng.uniform(0, 360))
        rgb = (first, fourth, first, second)[i % 4]
        end = turned([(x + 10 * stamp.unit, y)], angle, (x, y))[0]
        stamp.stroke([(x, y), end], rgb, 0.5)
        for t in (0.15, 0.4, 0.65, 0.9):
            at = (x + (end[0] - x) * t, y + (end[1] - y) * t)
            for turn in (-52, 52):
                _leaf(stamp, *at, 4.6 * stamp.unit * (1.1 - t * 0.5), angle + turn, rgb, vein=False)


def _tropical(stamp: Stamp) -> None:
    first, second, third, fourth = stamp.style.accents
    greens = (mixed((58, 110, 84), stamp.style.rgb, 0.2), mixed((122, 160, 100), stamp.style.rgb, 0.2))
    for i, (x, y) in enumerate(stamp.places(25)):
        angle = float(stamp.rng.uniform(0, 360))
        for j, turn in enumerate(range(-70, 71, 20)):
            _leaf(stamp, x, y, stamp.unit * (15 - abs(turn) * 0.06), angle + turn, (*greens, fourth)[(i + j // 9) % 3])
        if i % 3 == 0:
            _petals(stamp, x, y, stamp.unit * 7, 5, second if i % 2 else third, first, angle)


def _geometric(stamp: Stamp) -> None:
    first, second, _, fourth = stamp.style.accents
    shapes: tuple[Callable[[float, float, float], Path], ...] = (
        lambda x, y, r: [(x, y - r), (x + r, y), (x, y + r), (x - r, y)],
        lambda x, y, r: [(x - r, y + r * 0.7), (x + r, y + r * 0.7), (x, y - r)],
        lambda x, y, r: ellipse(x, y, r * 0.8),
    )
    shape = shapes[int(stamp.rng.integers(3))]
    gap, shake = float(stamp.rng.uniform(8, 13)), stamp.unit
    step = gap * shake
    for row in range(int(stamp.side / step) + 2):
        for column in range(int(stamp.side / step) + 2):
            at = (column * step + (row % 2) * step / 2, row * step)
            stamp.fill(shape(*at, step * 0.34), (first, fourth, first, second)[(row + column * 2) % 4])
            if (row + column) % 2:
                stamp.fill(shape(*at, step * 0.15), stamp.style.rgb)


def _brush(stamp: Stamp) -> None:
    first, second, third, fourth = stamp.style.accents
    for i, (x, y) in enumerate(stamp.places(16)):
        angle, length = float(stamp.rng.uniform(-40, 40)), stamp.unit * float(stamp.rng.uniform(6, 12))
        bend = float(stamp.rng.uniform(-0.4, 0.4))
        stroke = [(x + length * t, y + bend * length * math.sin(math.pi * t)) for t in _unit(8)]
        stamp.stroke(
            turned(stroke, angle, (x, y)), (first, second, fourth, third)[i % 4], float(stamp.rng.uniform(1.6, 3.4))
        )


def _lace_flowers(stamp: Stamp) -> None:
    """Only the places count: flowers brighter than the ground."""
    bright = tuple(min(v + 60, 255 + 60) for v in stamp.style.rgb)
    rgb: RGB = (float(min(bright[0], 255)), float(min(bright[1], 255)), float(min(bright[2], 255)))
    for i, (x, y) in enumerate(stamp.places(13)):
        start = float(stamp.rng.uniform(0, 360))
        _petals(stamp, x, y, stamp.unit * 4.6, 6, rgb, rgb, start)
        if i % 2:
            _leaf(stamp, x, y, stamp.unit * 9, start, rgb, vein=False)


def _damask(stamp: Stamp) -> None:
    other = lighter(stamp.style.rgb, 0.16) if stamp.style.dark else darker(stamp.style.rgb, 0.12)
    for i, (x, y) in enumerate(stamp.places(15)):
        _petals(stamp, x, y, stamp.unit * 5, 6, other, stamp.style.rgb, 30.0 * (i % 2))
        for turn in (90, 210, 330):
            _leaf(stamp, x, y, stamp.unit * 9, turn, other, vein=False)


def _children(stamp: Stamp) -> None:
    first, second, third, fourth = stamp.style.accents
    names = list(FIGURES)
    name = names[int(stamp.rng.integers(len(names)))]
    for i, (x, y) in enumerate(stamp.places(float(stamp.rng.uniform(17, 23)))):
        size, tilt = stamp.unit * float(stamp.rng.uniform(5.5, 7)), float(stamp.rng.uniform(-18, 18))
        rgb = (first, second, third)[i % 3]
        for j, part in enumerate(FIGURES[name]):
            shape = [(x + px * size, y + py * size) for px, py in part.points]
            colour = rgb if part.tone == 0 else fourth if part.tone == 1 else INK
            stamp.fill(turned(shape, tilt, (x, y)), colour if j or part.tone else rgb)
    for x, y in stamp.places(14):
        if stamp.rng.random() < 0.35:
            stamp.fill(star(x, y, stamp.unit * 1.3, 5), mixed(first, stamp.style.rgb, 0.35))


_KINDS: Final[dict[str, Callable[[Stamp], None]]] = {
    "ditsy": _ditsy,
    "flowers": _flowers,
    "leaves": _leaves,
    "tropical": _tropical,
    "geometric": _geometric,
    "brush": _brush,
    "lace": _lace_flowers,
    "damask": _damask,
    "children": _children,
}
