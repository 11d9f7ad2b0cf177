"""Rasterises outlines and lines: ``OVERSAMPLING`` times as large, then averaged down (antialiasing).

Shapes are drawn on one large sheet that stays, and only the rectangle that they touch is averaged and wiped. The
colour variants of a product have the same shapes, so the last ones are remembered. A process draws in one thread.
"""

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from demo_shop.drawing.paths import Point

Coverage = npt.NDArray[np.uint8]
Window = tuple[slice, slice]

OVERSAMPLING: Final = 4
REMEMBERED: Final = 512
"""Patches kept: more than one image has."""


class Frame(NamedTuple):
    """Place of the drawing space in an image: the image's size, pixels a unit, and the origin, in pixels."""

    width: int
    height: int
    scale: float
    left: float
    top: float


class Shape(NamedTuple):
    """A filled outline, or a line ``thick`` large pixels wide, with discs on its ends if they are round."""

    points: tuple[Point, ...]
    fill: int = 255
    thick: int = 0
    round_ends: bool = False


class Patch(NamedTuple):
    """Coverage 0..255 in a window of an image; outside it is zero."""

    window: Window
    coverage: Coverage


@lru_cache(maxsize=REMEMBERED)
def rasterised(frame: Frame, shapes: tuple[Shape, ...]) -> Patch:
    """Shapes drawn one over the other; the result is shared, so it is read-only."""
    sheet, draw = _sheet(frame.width * OVERSAMPLING, frame.height * OVERSAMPLING)
    bounds = [_draw(draw, shape, frame) for shape in shapes]
    box = _whole_pixels(bounds, sheet.size)
    if box is None:
        return Patch((slice(0, 0), slice(0, 0)), np.zeros((0, 0), dtype=np.uint8))
    coverage = np.asarray(sheet.reduce(OVERSAMPLING, box))
    sheet.paste(0, box)
    left, top, right, bottom = (edge // OVERSAMPLING for edge in box)
    return Patch((slice(top, bottom), slice(left, right)), coverage)


@lru_cache(maxsize=1)
def _sheet(width: int, height: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("L", (width, height), 0)
    return image, ImageDraw.Draw(image)


def _draw(draw: ImageDraw.ImageDraw, shape: Shape, frame: Frame) -> tuple[float, float, float, float]:
    """Draws a shape; returns bounds of what it may have touched."""
    s = frame.scale * OVERSAMPLING
    dx, dy = frame.left * OVERSAMPLING, frame.top * OVERSAMPLING
    points = [(x * s + dx, y * s + dy) for x, y in shape.points]
    if shape.thick:
        _draw_line(draw, points, shape)
    else:
        draw.polygon(points, fill=shape.fill)
    xs, ys = zip(*points, strict=True)
    margin = shape.thick / 2 + 4
    return min(xs) - margin, min(ys) - margin, max(xs) + margin, max(ys) + margin


def _draw_line(draw: ImageDraw.ImageDraw, points: Sequence[Point], shape: Shape) -> None:
    draw.line(points, fill=shape.fill, width=shape.thick)
    if shape.thick <= 4:
        return
    _draw_joints(draw, points, shape)
    if shape.round_ends:
        for x, y in (points[0], points[-1]):
            r = shape.thick / 2 - 0.5
            draw.ellipse((x - r, y - r, x + r, y + r), fill=shape.fill)


def _draw_joints(draw: ImageDraw.ImageDraw, points: Sequence[Point], shape: Shape) -> None:
    """Pillow's ``joint="curve"``, which takes twice as long to find the same pixels."""
    half = shape.thick / 2
    for (x, y), before, after in _bends(points):
        turns_left = (before < after - 180) or (after < before < after + 180)
        start, end = (after + 90, before + 90) if turns_left else (before - 90, after - 90)
        corners = [(x - half + 1, y - half + 1), (x + half - 1, y + half - 1)]
        draw.pieslice(corners, start - 90, end - 90, fill=shape.fill)
        if shape.thick > 8:
            side = 90 if turns_left else -90
            gap = [_beside(x, y, before + side, half), (x, y), _beside(x, y, after + side, half)]
            draw.line(gap, fill=shape.fill, width=3)


def _bends(points: Sequence[Point]) -> Iterator[tuple[Point, float, float]]:
    """Inner points at which a line turns, with its directions before and after, in degrees."""
    before = None
    for i in range(len(points) - 1):
        (x0, y0), (x1, y1) = points[i], points[i + 1]
        after = math.degrees(math.atan2(x1 - x0, y0 - y1)) % 360
        if before is not None and before != after:
            yield points[i], before, after
        before = after


def _beside(x: float, y: float, angle: float, half: float) -> Point:
    """The point at the line's rim in a direction."""
    turned = math.radians(angle - 90)
    dx, dy = (half - 1) * math.cos(turned), (half - 1) * math.sin(turned)
    return (
        x + (math.floor(dx) if dx > 0 else math.ceil(dx)),
        y + (math.floor(dy) if dy > 0 else math.ceil(dy)),
    )


def _whole_pixels(
    bounds: Sequence[tuple[float, float, float, float]], size: tuple[int, int]
) -> tuple[int, int, int, int] | None:
    """The box of large pixels around all bounds that ends between an image's pixels; None if it is empty."""
    if not bounds:
        return None
    lefts, tops, rights, bottoms = zip(*bounds, strict=True)
    one = OVERSAMPLING
    left, top = (max(math.floor(min(edges)) // one * one, 0) for edges in (lefts, tops))
    right, bottom = (
        min(-(-math.ceil(max(edges)) // one) * one, most) for edges, most in zip((rights, bottoms), size, strict=True)
    )
    return (left, top, right, bottom) if left < right and top < bottom else None
