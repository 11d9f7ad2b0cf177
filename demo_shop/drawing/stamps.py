"""Stamps motifs on a tile: the motifs are placed in tones, which are coloured afterwards.

The colour variants of a product have the same print in other colours, so the last stamped tiles are remembered.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
from PIL import Image, ImageDraw

from demo_shop.drawing.cloth import RGB, mixed, tile_of
from demo_shop.drawing.paths import Path, Point
from demo_shop.drawing.style import Style
from demo_shop.drawing.weaves import Dice, Tile

OVER: Final = 2
"""Oversampling of printed motifs."""

Tone = Callable[[Style], RGB]
"""One of a print's colours."""
Place = tuple[float, float, float, float, float]
"""Position of an outline: x and y of its origin, half its width and height, and degrees that it is turned by."""


@cache
def fixed(rgb: RGB) -> Tone:
    """The same colour in every style."""
    return lambda style: rgb


@cache
def accent(number: int) -> Tone:
    """One of the style's accents."""
    return lambda style: style.accents[number]


@cache
def blended(one: Tone, other: Tone, share: float) -> Tone:
    """``share`` of the other tone in the one."""
    return lambda style: mixed(one(style), other(style), share)


def ground(style: Style) -> RGB:
    return style.rgb


class Outline:
    """An outline around its origin, to be stretched, turned and placed many times."""

    def __init__(self, points: Iterable[Point]) -> None:
        self.x, self.y = np.asarray(list(points), dtype=np.float64).T

    def placed(self, places: Sequence[Place]) -> list[list[float]]:
        """Coordinates x, y, x, y ... of each place."""
        x, y, wide, high, _ = (column[:, None] for column in np.asarray(places).T)
        angles = [math.radians(place[-1]) for place in places]
        cos = np.asarray([math.cos(angle) for angle in angles])[:, None]
        sin = np.asarray([math.sin(angle) for angle in angles])[:, None]
        across, down = (x + wide * self.x) - x, (y + high * self.y) - y
        points = np.empty((len(places), 2 * len(self.x)))
        points[:, 0::2] = x + across * cos - down * sin
        points[:, 1::2] = y + across * sin + down * cos
        coordinates: list[list[float]] = points.tolist()
        return coordinates


class _Mark(NamedTuple):
    """One thing to draw: an outline at a place, or points; a line if it has a width in pixels."""

    tone: int
    points: Path
    outline: Outline | None = None
    spot: Place = (0, 0, 0, 0, 0)
    width: int = 0


class Stamp:
    """Collects the motifs of a tile of ``n`` pixels, later ones over earlier ones."""

    def __init__(self, n: int, scale: float, rng: np.random.Generator) -> None:
        self.rng = rng
        self.unit = scale * OVER
        self.side = n * OVER
        self.tones: dict[Tone, int] = {ground: 0}
        self._marks: list[_Mark] = []

    def fill(self, points: Path, tone: Tone) -> None:
        self._marks.append(_Mark(self._number(tone), points))

    def put(self, outline: Outline, place: Place, tone: Tone) -> None:
        self._marks.append(_Mark(self._number(tone), [], outline, place))

    def stroke(self, points: Path, tone: Tone, width: float) -> None:
        self._marks.append(_Mark(self._number(tone), points, width=max(1, round(width * self.unit))))

    def places(self, gap: float) -> list[tuple[float, float]]:
        """A shaken triangular grid, ``gap`` units wide."""
        step = gap * self.unit
        rows = np.arange(-1, int(self.side / (step * 0.87)) + 2)[:, None]
        columns = np.arange(-1, int(self.side / step) + 2)
        shaken = self.rng.uniform(-0.24, 0.24, (len(rows), len(columns), 2)) * step
        x = columns * step + (rows % 2) * step / 2 + shaken[..., 0]
        y = rows * step * 0.87 + shaken[..., 1]
        return list(zip(x.ravel().tolist(), y.ravel().tolist(), strict=True))

    def image(self) -> Image.Image:
        """Numbers of the tones."""
        image = Image.new("L", (self.side, self.side), 0)
        draw = ImageDraw.Draw(image)
        coordinates = self._coordinates()
        for i, mark in enumerate(self._marks):
            if mark.width:
                draw.line(mark.points, fill=mark.tone, width=mark.width, joint="curve")
            else:
                draw.polygon(coordinates.get(i, mark.points), fill=mark.tone)
        return image

    def _number(self, tone: Tone) -> int:
        return self.tones.setdefault(tone, len(self.tones))

    def _coordinates(self) -> dict[int, list[float]]:
        """Coordinates of the marks that are outlines at places, by the mark's number."""
        by_outline: dict[Outline, list[int]] = {}
        for i, mark in enumerate(self._marks):
            if mark.outline is not None:
                by_outline.setdefault(mark.outline, []).append(i)
        coordinates: dict[int, list[float]] = {}
        for outline, numbers in by_outline.items():
            coordinates |= zip(numbers, outline.placed([self._marks[i].spot for i in numbers]), strict=True)
        return coordinates


Motif = Callable[[Stamp], None]


def stamped(style: Style, n: int, scale: float, rng: np.random.Generator, motif: Motif) -> Tile:
    """A tile strewn with a motif."""
    image, tones, state = _stamped(n, scale, Dice(rng), motif)
    rng.bit_generator.state = state
    coloured = image.copy()
    coloured.putpalette([int(level) for tone in tones for level in tone(style)])
    return tile_of(coloured.convert("RGB").reduce(OVER))


@lru_cache(maxsize=2)
def _stamped(n: int, scale: float, dice: Dice, motif: Motif) -> tuple[Image.Image, tuple[Tone, ...], dict[str, Any]]:
    """Numbers of the tones, the tones, and the state of the random numbers afterwards."""
    stamp = Stamp(n, scale, dice.rng)
    motif(stamp)
    return stamp.image(), tuple(stamp.tones), dict(dice.rng.bit_generator.state)
