"""Printed motifs: flowers, leaves, figures for children, shapes."""

import math
from collections.abc import Callable
from functools import cache
from typing import Final

from demo_shop.drawing.cloth import RGB, darker, lighter
from demo_shop.drawing.figures import FIGURES, Part, star
from demo_shop.drawing.paths import Path, ellipse, turned
from demo_shop.drawing.stamps import Motif, Outline, Stamp, Tone, accent, blended, fixed, ground
from demo_shop.drawing.style import INK, Style

ACCENTS: Final = (accent(0), accent(1), accent(2), accent(3))
WHITE: Final = fixed((255, 255, 255))
DARK: Final = fixed((8, 8, 12))
LIGHT: Final = fixed((255, 254, 250))
GREEN: Final = blended(fixed((104, 134, 96)), ground, 0.25)


def _unit(steps: int) -> list[float]:
    return [i / steps for i in range(steps + 1)]


def _blade() -> list[tuple[float, float]]:
    half = [(t, math.sin(math.pi * t**0.8)) for t in _unit(9)]
    return [*half, *((x, -y) for x, y in reversed(half))]


PETAL: Final = Outline(ellipse(0, 0, 1, None, 14))
LEAF: Final = Outline(_blade())


def _petals(stamp: Stamp, x: float, y: float, radius: float, count: int, tone: Tone, heart: Tone, start: float) -> None:
    lit = blended(tone, WHITE, 0.08)
    for i in range(count):
        angle = start + 360 * i / count
        a = math.radians(angle)
        middle = (x + math.cos(a) * radius * 0.58, y + math.sin(a) * radius * 0.58)
        stamp.put(PETAL, (*middle, radius * 0.52, radius * 0.36, angle), tone if i % 2 else lit)
    stamp.fill(ellipse(x, y, radius * 0.24, None, 12), heart)


def _leaf(stamp: Stamp, x: float, y: float, length: float, angle: float, tone: Tone, vein: bool = True) -> None:
    stamp.put(LEAF, (x, y, length, 0.24 * length, angle), tone)
    if vein and length > 4 * stamp.unit:
        stamp.stroke(turned([(x, y), (x + length * 0.9, y)], angle, (x, y)), blended(tone, LIGHT, 0.25), 0.35)


def _ditsy(stamp: Stamp) -> None:
    first, second, third, _ = ACCENTS
    for i, (x, y) in enumerate(stamp.places(float(stamp.rng.uniform(8, 11)))):
        radius = stamp.unit * float(stamp.rng.uniform(1.9, 3.0))
        start = float(stamp.rng.uniform(0, 360))
        if i % 3 == 2:
            _leaf(stamp, x, y, radius * 1.9, start, GREEN, vein=False)
            _leaf(stamp, x, y, radius * 1.9, start + 70, GREEN, vein=False)
        else:
            _petals(stamp, x, y, radius, 5, (first, second, third)[i % 3 if i % 5 else 1], fixed((230, 190, 96)), start)


def _flowers(stamp: Stamp) -> None:
    first, second, third, _ = ACCENTS
    places = stamp.places(float(stamp.rng.uniform(20, 27)))
    for x, y in places:
        for _ in range(3):
            _leaf(stamp, x, y, stamp.unit * float(stamp.rng.uniform(9, 14)), float(stamp.rng.uniform(0, 360)), GREEN)
    for i, (x, y) in enumerate(places):
        radius = stamp.unit * float(stamp.rng.uniform(5.5, 8.5))
        start, tone = float(stamp.rng.uniform(0, 72)), (second, first, second, third)[i % 4]
        _petals(stamp, x, y, radius, 6, blended(tone, DARK, 0.14), tone, start)
        _petals(stamp, x, y, radius * 0.72, 5, tone, fixed((226, 184, 92)), start + 36)


def _leaves(stamp: Stamp) -> None:
    first, second, _, fourth = ACCENTS
    for i, (x, y) in enumerate(stamp.places(float(stamp.rng.uniform(13, 18)))):
        angle = float(stamp.rng.uniform(0, 360))
        tone = (first, fourth, first, second)[i % 4]
        end = turned([(x + 10 * stamp.unit, y)], angle, (x, y))[0]
        stamp.stroke([(x, y), end], tone, 0.5)
        for t in (0.15, 0.4, 0.65, 0.9):
            at = (x + (end[0] - x) * t, y + (end[1] - y) * t)
            for turn in (-52, 52):
                _leaf(stamp, *at, 4.6 * stamp.unit * (1.1 - t * 0.5), angle + turn, tone, vein=False)


def _tropical(stamp: Stamp) -> None:
    first, second, third, fourth = ACCENTS
    greens = (blended(fixed((58, 110, 84)), ground, 0.2), blended(fixed((122, 160, 100)), ground, 0.2))
    for i, (x, y) in enumerate(stamp.places(25)):
        angle = float(stamp.rng.uniform(0, 360))
        for j, turn in enumerate(range(-70, 71, 20)):
            _leaf(stamp, x, y, stamp.unit * (15 - abs(turn) * 0.06), angle + turn, (*greens, fourth)[(i + j // 9) % 3])
        if i % 3 == 0:
            _petals(stamp, x, y, stamp.unit * 7, 5, second if i % 2 else third, first, angle)


def _geometric(stamp: Stamp) -> None:
    first, second, _, fourth = ACCENTS
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
                stamp.fill(shape(*at, step * 0.15), ground)


def _brush(stamp: Stamp) -> None:
    first, second, third, fourth = ACCENTS
    for i, (x, y) in enumerate(stamp.places(16)):
        angle, length = float(stamp.rng.uniform(-40, 40)), stamp.unit * float(stamp.rng.uniform(6, 12))
        bend = float(stamp.rng.uniform(-0.4, 0.4))
        stroke = [(x + length * t, y + bend * length * math.sin(math.pi * t)) for t in _unit(8)]
        stamp.stroke(
            turned(stroke, angle, (x, y)), (first, second, fourth, third)[i % 4], float(stamp.rng.uniform(1.6, 3.4))
        )


def _bright(style: Style) -> RGB:
    red, green, blue = (float(min(level + 60, 255)) for level in style.rgb)
    return red, green, blue


def _lace_flowers(stamp: Stamp) -> None:
    """Only the places count: flowers brighter than the ground."""
    for i, (x, y) in enumerate(stamp.places(13)):
        start = float(stamp.rng.uniform(0, 360))
        _petals(stamp, x, y, stamp.unit * 4.6, 6, _bright, _bright, start)
        if i % 2:
            _leaf(stamp, x, y, stamp.unit * 9, start, _bright, vein=False)


def _woven(style: Style) -> RGB:
    return lighter(style.rgb, 0.16) if style.dark else darker(style.rgb, 0.12)


def _damask(stamp: Stamp) -> None:
    for i, (x, y) in enumerate(stamp.places(15)):
        _petals(stamp, x, y, stamp.unit * 5, 6, _woven, ground, 30.0 * (i % 2))
        for turn in (90, 210, 330):
            _leaf(stamp, x, y, stamp.unit * 9, turn, _woven, vein=False)


@cache
def _figure(name: str) -> list[tuple[Outline, Part]]:
    return [(Outline(part.points), part) for part in FIGURES[name]]


def _children(stamp: Stamp) -> None:
    first, second, third, fourth = ACCENTS
    names = list(FIGURES)
    name = names[int(stamp.rng.integers(len(names)))]
    for i, (x, y) in enumerate(stamp.places(float(stamp.rng.uniform(17, 23)))):
        size, tilt = stamp.unit * float(stamp.rng.uniform(5.5, 7)), float(stamp.rng.uniform(-18, 18))
        tones = ((first, second, third)[i % 3], fourth, fixed(INK))
        for shape, part in _figure(name):
            stamp.put(shape, (x, y, size, size, tilt), tones[part.tone])
    for x, y in stamp.places(14):
        if stamp.rng.random() < 0.35:
            stamp.fill(star(x, y, stamp.unit * 1.3, 5), blended(first, ground, 0.35))


MOTIFS: Final[dict[str, Motif]] = {
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
