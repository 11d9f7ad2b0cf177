"""Chest prints and embroidery."""

import math
from typing import Final

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.bodices import Body
from demo_shop.drawing.cloth import RGB, mixed
from demo_shop.drawing.figures import FIGURES
from demo_shop.drawing.paths import MIDDLE, Path, arc, box, ellipse, line, smooth, turned
from demo_shop.drawing.style import INK

PRINTED: Final = ("Front print", "Placement print")


def chest_graphic(a: Atelier, body: Body) -> None:
    """The print of a garment that has one: a figure for children, a landscape, stripes, a flower or lettering."""
    style = a.style
    if style.appearance == "Embroidery":
        embroidery(a, body)
    if style.appearance not in PRINTED:
        return
    y = body.top + (58 if not style.childs else 52)
    rng = style.rng(11)
    if style.childs:
        _figure(a, MIDDLE, y, 21, str(rng.choice(list(FIGURES))))
    elif style.appearance == "Placement print" and not style.mens:
        _flower_spray(a, MIDDLE + 12, y + 8)
    else:
        (_landscape, _lettering, _sunset, _flower_spray_middle, _badge)[int(rng.integers(5))](a, MIDDLE, y)


def embroidery(a: Atelier, body: Body) -> None:
    """Stitched sprigs along the yoke."""
    style, canvas = a.style, a.canvas
    if style.appearance != "Embroidery":
        return
    first, second, third, _ = style.accents
    for side in (1, -1):
        for i in range(4):
            x, y = MIDDLE + side * (13 + 5.5 * i), body.top + 26 + (i % 2) * 9
            petals = [turned(ellipse(x + 3.1, y, 2.6, 1.5, 12), 72 * k, (x, y)) for k in range(5)]
            canvas.paint(canvas.mask(*petals), (first, second, third, second)[i], 0.95)
            canvas.paint(canvas.mask(ellipse(x, y, 1.2, None, 10)), (228, 184, 84))
            canvas.paint(canvas.lines([[(x, y + 3), (x - side * 1.5, y + 9)]], 0.8), (96, 128, 92))


def _figure(a: Atelier, x: float, y: float, size: float, name: str) -> None:
    first, second, third, _ = a.style.accents
    colours: tuple[RGB, RGB, RGB] = (second, first if name != "rainbow" else third, INK)
    for part in FIGURES[name]:
        shape = [(x + px * size, y + py * size) for px, py in part.points]
        a.canvas.print_on(a.canvas.mask(shape), colours[part.tone])


def _landscape(a: Atelier, x: float, y: float) -> None:
    """A framed scene: sun, mountains, water."""
    first, second, third, fourth = a.style.accents
    canvas, w, h = a.canvas, 22.0, 26.0
    frame = canvas.mask(box(x - w, y - h, 2 * w, 2 * h, 2))
    canvas.print_on(frame, mixed(first, third, 0.25))
    canvas.print_on(canvas.mask(ellipse(x + 6, y - 9, 8)) * frame, second)
    far = line((x - w, y + 6), (x - 12, y - 8), (x - 2, y + 2), (x + 8, y - 4), (x + w, y + 8))
    canvas.print_on(canvas.mask([*far, (x + w, y + h), (x - w, y + h)]) * frame, third)
    near = line((x - w, y + 12), smooth(x - 8, y + 8), smooth(x + 6, y + 14), (x + w, y + 9))
    canvas.print_on(canvas.mask([*near, (x + w, y + h), (x - w, y + h)]) * frame, mixed(third, INK, 0.4))
    canvas.print_on(canvas.lines([[(x - 12, y + h + 6), (x + 12, y + h + 6)]], 1.6), fourth)


def _sunset(a: Atelier, x: float, y: float) -> None:
    """A sun behind stripes."""
    first, second, third, _ = a.style.accents
    canvas = a.canvas
    disc = canvas.mask(ellipse(x, y, 21))
    canvas.print_on(disc, second)
    for i, rgb in enumerate((third, first, third, first)):
        band = box(x - 24, y + 1 + i * 5.4, 48, 1.0 + i * 0.8)
        canvas.print_on(canvas.mask(band) * disc, rgb)
    _letters(a, x, y + 29, 5, 2.6, first)


def _lettering(a: Atelier, x: float, y: float) -> None:
    """Two lines of block letters of no language."""
    first, second, _, _ = a.style.accents
    _letters(a, x, y - 6, 6, 7.2, first)
    _letters(a, x, y + 8, 9, 3.2, second)


def _badge(a: Atelier, x: float, y: float) -> None:
    first, second, _, _ = a.style.accents
    canvas = a.canvas
    canvas.print_on(canvas.lines([[*ellipse(x, y, 19), (x + 19, y)]], 2.2), first)
    canvas.print_on(canvas.lines([[*ellipse(x, y, 15), (x + 15, y)]], 0.9), first)
    _figure(a, x, y - 1, 9, ("star", "sun", "moon", "heart")[a.style.seed % 4])
    canvas.print_on(canvas.lines([arc(x, y, 24, 24, 200, 340)], 1.2), second)


def _flower_spray_middle(a: Atelier, x: float, y: float) -> None:
    _flower_spray(a, x, y + 8)


def _flower_spray(a: Atelier, x: float, y: float) -> None:
    """Three flowers on stems."""
    first, second, third, _ = a.style.accents
    canvas = a.canvas
    stems = [
        line((x, y + 22), smooth(x + dx * 0.4, y + 4), (x + dx, y - dy)) for dx, dy in ((-12, 10), (2, 20), (13, 6))
    ]
    canvas.print_on(canvas.lines(stems, 1.1), (104, 132, 96))
    leaves = [turned(ellipse(x + 5 * s, y + 10, 5.5, 2.0, 14), 35 * s, (x, y + 12)) for s in (1, -1)]
    canvas.print_on(canvas.mask(*leaves), (104, 132, 96))
    for (dx, dy), rgb in zip(((-12, 10), (2, 20), (13, 6)), (second, first, third), strict=True):
        cx, cy = x + dx, y - dy
        petals = [
            ellipse(cx + 4.6 * math.cos(t), cy + 4.6 * math.sin(t), 3.7, None, 14)
            for t in (2 * math.pi * k / 6 for k in range(6))
        ]
        canvas.print_on(canvas.mask(*petals), rgb)
        canvas.print_on(canvas.mask(ellipse(cx, cy, 2.6, None, 14)), (224, 180, 84))


_GLYPHS: Final = (
    ((0, 0, 0, 1), (0, 0, 0.8, 0), (0, 0.5, 0.6, 0.5), (0, 1, 0.8, 1)),
    ((0, 0, 0, 1), (0, 1, 0.75, 1)),
    ((0, 0, 0.4, 1), (0.4, 1, 0.8, 0)),
    ((0, 1, 0.4, 0), (0.4, 0, 0.8, 1), (0.18, 0.62, 0.62, 0.62)),
    ((0, 0, 0, 1), (0.75, 0, 0.75, 1), (0, 0.5, 0.75, 0.5)),
    ((0, 0, 0.8, 0), (0.4, 0, 0.4, 1)),
    ((0, 1, 0, 0), (0, 0, 0.75, 1), (0.75, 1, 0.75, 0)),
)


def _letters(a: Atelier, x: float, y: float, count: int, height: float, rgb: RGB) -> None:
    rng, width = a.style.rng(12), height * 1.02
    lines: list[Path] = []
    for i in range(count):
        left = x + (i - count / 2) * width + width * 0.12
        for x0, y0, x1, y1 in _GLYPHS[int(rng.integers(len(_GLYPHS)))]:
            lines.append(
                [
                    (left + x0 * width * 0.85, y + (y0 - 0.5) * height),
                    (left + x1 * width * 0.85, y + (y1 - 0.5) * height),
                ]
            )
    a.canvas.print_on(a.canvas.lines(lines, max(height * 0.2, 0.9)), rgb)
