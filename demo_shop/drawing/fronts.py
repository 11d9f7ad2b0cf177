"""Plackets, pockets, armholes and gathers of fronts."""

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.bodices import Body
from demo_shop.drawing.canvas import Fold
from demo_shop.drawing.paths import MIDDLE, box, flip
from demo_shop.drawing.sleeves import armhole_line


def placket(a: Atelier, top_y: float, bottom_y: float, width: float, buttons: int) -> None:
    """A button band down the middle."""
    canvas = a.canvas
    band = box(MIDDLE - width / 2, top_y, width, bottom_y - top_y, 0.5)
    canvas.lay(canvas.mask(band), a.cloth, relief=0.35, cast=0.55, within=canvas.covered)
    edges = [(MIDDLE - width / 2 + 1.3, top_y + 1), (MIDDLE - width / 2 + 1.3, bottom_y - 1)]
    canvas.stitch(edges, flip(edges))
    gap = (bottom_y - top_y - 8) / max(buttons - 1, 1)
    for i in range(buttons):
        canvas.button(MIDDLE, top_y + 6 + i * gap, 2.0, a.button_rgb)


def chest_pocket(a: Atelier, x: float, y: float, width: float, height: float, flap: bool = False) -> None:
    canvas = a.canvas
    left, right, low = x - width / 2, x + width / 2, y + height
    shape = [(left, y), (right, y), (right, low - 3), (x, low), (left, low - 3)]
    canvas.lay(canvas.mask(shape), a.cloth, relief=0.3, cast=0.55)
    inner = [(left + 1.2, y), (left + 1.2, low - 3.6), (x, low - 1.4), (right - 1.2, low - 3.6), (right - 1.2, y)]
    canvas.stitch(inner, [(left, y + 3), (right, y + 3)])
    if flap:
        lid = [(left - 0.5, y - 2), (right + 0.5, y - 2), (right + 0.5, y + 5), (x, y + 8), (left - 0.5, y + 5)]
        canvas.lay(canvas.mask(lid), a.cloth, relief=0.4, cast=0.7)
        canvas.button(x, y + 4.4, 1.6, a.button_rgb)


def armholes(a: Atelier, body: Body) -> None:
    if a.style.get("sleeve") in ("none", "straps"):
        return
    seam = armhole_line(body)
    a.canvas.seam(seam, flip(seam), depth=0.22)


def detail_folds(a: Atelier, body: Body) -> list[Fold]:
    detail, y = a.style.get("detail"), body.top + 62
    if detail == "gathers":
        return a.fan(
            (MIDDLE, y),
            [
                (MIDDLE + dx, y + dy)
                for dx, dy in ((-34, -14), (-36, 2), (-32, 18), (34, -14), (36, 2), (32, 18), (-16, 34), (16, 34))
            ],
            0.6,
            3.6,
        )
    if detail == "twist":
        return a.fan(
            (MIDDLE, y + 4),
            [
                (MIDDLE + dx, y + dy)
                for dx, dy in ((-38, -20), (-40, 4), (-36, 26), (38, -20), (40, 4), (36, 26), (-20, -34), (20, -34))
            ],
            0.85,
            4.6,
        )
    if detail in ("yoke", "smocked"):
        return [
            a.fold((x, body.top + 34), (x + 1, y + 10), (x - 1, y + 36), depth=0.6, width=3.4)
            for x in range(66, 138, 7)
        ]
    return []
