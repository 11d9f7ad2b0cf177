"""Stamps motifs on a tile: the motifs are placed in tones, which are coloured afterwards.

The colour variants of a product have the same print in other colours, so the last stamped tiles are remembered.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

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


@dataclass(frozen=True)
class Fixed:
    """The same colour in every style."""

    rgb: RGB

    def __call__(self, style: Style) -> RGB:
        return self.rgb


@dataclass(frozen=True)
class Accent:
    """One of the style's accents."""

    number: int

    def __call__(self, style: Style) -> RGB:
        return style.accents[self.number]


@dataclass(frozen=True)
class Mixed:
    """``share`` of the other tone in the one."""

    one: Tone
    other: Tone
    share: float

    def __call__(self, style: Style) -> RGB:
        return mixed(self.one(style), self.other(style), self.share)


def ground(style: Style) -> RGB:
    return style.rgb


class Outline:
    """An outline around its origin, to be stretched, turned and placed many times."""

    def __init__(self, points: Iterable[Point]) -> None:
        self.x, self.y = np.asarray(list(points), dtype=np.float64).T

    def placed(self, places: Sequence["Place"]) -> list[list[float]]:
        """Coordinates x, y, x, y ... of each place."""
        x, y, wide, high, about_x, about_y, cos, sin = (
            column[:, None] for column in np.asarray([place.numbers() for place in places]).T
        )
        across, down = (x + wide * self.x) - about_x, (y + high * self.y) - about_y
        points = np.empty((len(places), 2 * len(self.x)))
        points[:, 0::2] = about_x + across * cos - down * sin
        points[:, 1::2] = about_y + across * sin + down * cos
        coordinates: list[list[float]] = points.tolist()
        return coordinates


@dataclass(frozen=True, slots=True)
class Place:
    """Position of an outline: its origin, half its size, and how it is turned about a point."""

    at: Point
    wide: float
    high: float
    degrees: float
    about: Point

    def numbers(self) -> tuple[float, ...]:
        angle = math.radians(self.degrees)
        return (*self.at, self.wide, self.high, *self.about, math.cos(angle), math.sin(angle))


@dataclass(frozen=True, slots=True)
class _Mark:
    """One thing to draw: an outline at a place, or points; a line if it has a width in pixels."""

    tone: int
    points: Path
    outline: Outline | None = None
    place: Place | None = None
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
        step, places = gap * self.unit, []
        for row in range(-1, int(self.side / (step * 0.87)) + 2):
            for column in range(-1, int(self.side / step) + 2):
                dx, dy = (self.rng.uniform(-0.24, 0.24, 2) * step).tolist()
                places.append((column * step + (row % 2) * step / 2 + dx, row * step * 0.87 + dy))
        return places

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
            places = [place for i in numbers if (place := self._marks[i].place) is not None]
            coordinates |= zip(numbers, outline.placed(places), strict=True)
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
