"""Earrings, necklaces, rings, hair accessories and sunglasses."""

import math

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.cloth import RGB, Cloth
from demo_shop.drawing.paths import MIDDLE, along, box, ellipse, line, outline, smooth

PEARL: RGB = (240, 234, 224)


def polished(a: Atelier) -> Cloth:
    return Cloth.plain(a.style.rgb, 0.9)


def earrings(a: Atelier) -> None:
    """A pair on a little card."""
    canvas, metal = a.canvas, polished(a)
    card = box(MIDDLE - 62, 62, 124, 172, 5)
    canvas.lay(canvas.mask(card), Cloth.plain((250, 248, 244)), relief=0.3, drape=0.1)
    canvas.paint(canvas.lines([[(MIDDLE - 12, 78), (MIDDLE + 12, 78)]], 1.2), (170, 166, 160))
    for s in (1, -1):
        x, y = MIDDLE + s * 29, 112.0
        cut = a.style.get("cut", "hoops")
        canvas.lay(canvas.mask(ellipse(x, y - 6, 3.2)), metal, relief=0.9)
        if cut == "hoops":
            r = 24 + a.style.jitter(1, 4)
            ring = canvas.hole(
                [ellipse(x, y + r - 8, r, r * 1.05, 48)], [ellipse(x - 0.6, y + r - 8.6, r - 4.2, r * 1.05 - 4.4, 48)]
            )
            canvas.lay(ring, metal, relief=1.2, cast=1.3)
        elif cut == "drops":
            canvas.lay(canvas.lines([[(x, y - 4), (x, y + 24)]], 1.3), metal)
            drop = outline((x, y + 20), smooth(x + 11, y + 44), smooth(x, y + 58), smooth(x - 11, y + 44))
            canvas.lay(
                canvas.mask(drop),
                Cloth.plain(a.style.accents[1], 0.9) if a.style.seed % 2 else metal,
                relief=1.5,
                cast=1.2,
            )
            _sparkle(a, x - 3, y + 40)
        elif cut == "tassels":
            strands = [[(x + i * 0.9, y + 4), (x + i * 2.1, y + 66)] for i in range(-6, 7)]
            canvas.lay(canvas.lines(strands, 1.5), Cloth.plain(a.style.accents[1]), relief=0.9)
            canvas.lay(canvas.mask(box(x - 6, y - 2, 12, 9, 2)), metal)
        elif cut == "discs":
            for k, r in enumerate((8, 11, 14)):
                canvas.lay(canvas.mask(ellipse(x, y + 8 + k * 22, r)), metal, relief=1.4, cast=1.2)
                _sparkle(a, x - 3, y + 5 + k * 22)
        else:
            canvas.lay(
                canvas.mask(ellipse(x, y + 4, 12)),
                Cloth.plain(PEARL, 0.8) if a.style.seed % 2 else metal,
                relief=1.8,
                cast=1.2,
            )
            _sparkle(a, x - 4, y)


def necklace(a: Atelier) -> None:
    canvas, metal, cut = a.canvas, polished(a), a.style.get("cut", "pendant")
    drops = {"layered": (124.0, 158.0, 196.0), "beads": (160.0,), "chain": (150.0,)}.get(cut, (184.0,))
    for k, low in enumerate(drops):
        wide = 50 + k * 4
        path = line(
            (MIDDLE - 18 - k, 56),
            smooth(MIDDLE - wide, 82 + k * 6),
            smooth(MIDDLE - wide * 0.55, low - 22),
            smooth(MIDDLE, low),
            smooth(MIDDLE + wide * 0.55, low - 22),
            smooth(MIDDLE + wide, 82 + k * 6),
            (MIDDLE + 18 + k, 56),
        )
        if cut == "beads":
            for i, (x, y) in enumerate(along(path, 46)):
                rgb = (PEARL, a.style.rgb, a.style.accents[1])[i % 3 if a.style.seed % 2 else 0]
                canvas.lay(
                    canvas.mask(ellipse(x, y, 3.0 + 2.2 * math.sin(math.pi * i / 45))),
                    Cloth.plain(rgb, 0.8),
                    relief=1.2,
                    cast=0.9,
                )
        else:
            size = 3.4 if cut == "chain" else 1.5
            links = along(path, 66 if cut == "chain" else 120)
            canvas.lay(
                canvas.hole([ellipse(x, y, size) for x, y in links], [ellipse(x, y, size * 0.42) for x, y in links]),
                metal,
                relief=0.8,
                cast=1.0,
            )
        if (cut in ("pendant", "layered") and k == len(drops) - 1) or (cut == "layered" and k == 1):
            _pendant(a, low + 2, k)


def _pendant(a: Atelier, y: float, k: int) -> None:
    from demo_shop.drawing.figures import heart, star

    shapes = (
        ellipse(MIDDLE, y + 11, 11),
        heart(MIDDLE, y + 11, 11),
        star(MIDDLE, y + 12, 13, 5, 0.5),
        outline((MIDDLE, y), smooth(MIDDLE + 7, y + 17), smooth(MIDDLE, y + 25), smooth(MIDDLE - 7, y + 17)),
    )
    a.canvas.lay(a.canvas.mask(shapes[(a.style.seed + k) % 4]), polished(a), relief=1.5, cast=1.2)
    _sparkle(a, MIDDLE - 3, y + 8)


def rings(a: Atelier) -> None:
    canvas, metal, stone = a.canvas, polished(a), a.style.get("stone")
    for i, (x, y, r) in enumerate(((70, 118, 25), (130, 126, 22), (76, 186, 21), (132, 192, 25))):
        flat = r * 0.86
        ring = canvas.hole(
            [ellipse(x, y, r, flat, 44)], [ellipse(x, y + 1, r - 3.6 - i % 2 * 1.6, flat - 3.4 - i % 2 * 1.2, 44)]
        )
        canvas.lay(ring, metal, relief=1.3, cast=1.3)
        if i % 2 == 0 and stone != "none":
            rgb: RGB = PEARL if stone == "pearl" else a.style.accents[1]
            canvas.lay(canvas.mask(ellipse(x, y - flat + 1, 7.5)), Cloth.plain(rgb, 0.9), relief=1.6)
            _sparkle(a, x - 2, y - flat - 1)
        elif i % 2 and stone == "crystal":
            for dx in (-9, -3, 3, 9):
                canvas.lay(
                    canvas.mask(ellipse(x + dx, y - flat + 2 + abs(dx) * 0.12, 2.6)), Cloth.plain((236, 242, 248), 0.9)
                )


def _sparkle(a: Atelier, x: float, y: float) -> None:
    a.canvas.lighten(a.canvas.soft(a.canvas.mask(ellipse(x, y, 2.6, 2.0, 10)), 1.2), 0.75)
