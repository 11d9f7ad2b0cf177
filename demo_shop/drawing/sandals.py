"""Sandals from above."""

from typing import Final

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.cloth import RGB, Cloth, darker
from demo_shop.drawing.paths import box, line, outline, scaled, smooth


def sandals(a: Atelier) -> None:
    """A pair from above."""
    for side in (-1, 1):
        _sandal(a, 100 + side * 27, side)


EDGE: Final = (
    (-12, -66), (-1, -73), (12, -66), (20, -42), (19, -8), (14, 22), (14, 52), (6, 71), (-6, 71), (-14, 52), (-13, 18),
    (-18, -14), (-17, -48),
)  # fmt: skip
"""The sole's edge around its middle, of a right foot."""
BANDS: Final[dict[str, tuple[tuple[float, float], ...]]] = {
    "slide": ((-34, 44),),
    "two": ((-46, 20), (-14, 20)),
    "cross": (),
    "ankle": ((-42, 11),),
}
"""Top and height of the bands over the foot."""


def _sandal(a: Atelier, x: float, side: int) -> None:
    """One sandal from above, ``side`` -1 for the left foot; its inner edge looks to the middle."""
    style = a.style
    _footbed(a, x, side)
    for y, height in BANDS[style.get("strap", "two")]:
        _band(a, x, side, y, height)
    if style.get("strap") == "cross":
        for s in (1, -1):
            strap = line((x + s * 20, 102), smooth(x + s * 4, 116), (x - s * 18, 148))
            a.canvas.lay(a.canvas.lines([strap], 12), a.cloth, angle=40 * s, relief=1.2, cast=1.2)
    if style.get("strap") in ("ankle", "cross"):
        loop = line(f"{x - 14},182 ~{x - 15},208 ~{x},224 ~{x + 15},208 {x + 14},182")
        a.canvas.lay(a.canvas.lines([loop], 6), a.plain, relief=1.1, cast=1.0)
        front = line(f"{x - 15},178 ~{x},170 {x + 15},178")
        a.canvas.lay(a.canvas.lines([front], 6), a.plain, relief=1.1, cast=1.2)
        _buckle(a, x + side * 11, 174)
    elif style.get("strap") == "two":
        _buckle(a, x + side * 12, 117)
        _buckle(a, x + side * 12, 149)


def _footbed(a: Atelier, x: float, side: int) -> None:
    style, canvas = a.style, a.canvas
    cork: RGB = (206, 168, 122) if style.seed % 2 else (128, 92, 64)
    edge = outline(*(smooth(x + side * px, 152 + py) for px, py in EDGE))
    thick = 5.0 if style.get("sole") == "platform" else 2.0
    below = scaled(edge, 1.0 + thick / 60, (x, 152))
    canvas.lay(canvas.mask(below), Cloth.plain(darker(cork, 0.3)), relief=1.0)
    canvas.lay(canvas.mask(edge), Cloth.plain(cork), relief=0.8, cast=0.5)
    canvas.stitch(scaled(edge, 0.93, (x, 152)), gap=2.6)


def _band(a: Atelier, x: float, side: int, y: float, height: float) -> None:
    top, wide = 152 + y, 21.5 if y < -30 else 20.0
    band = outline(
        (x - wide, top + 5),
        smooth(x, top - 3),
        (x + wide, top + 4),
        (x + wide, top + height + 4),
        smooth(x, top + height - 4),
        (x - wide, top + height + 5),
    )
    a.canvas.lay(a.canvas.mask(band), a.cloth, relief=1.3, cast=1.4)
    edges = line((x - wide + 1, top + height + 2), smooth(x, top + height - 7), (x + wide - 1, top + height + 1))
    a.canvas.stitch(edges, gap=2.6)


def _buckle(a: Atelier, x: float, y: float) -> None:
    frame = a.canvas.hole([box(x - 5, y - 5.5, 10, 11, 1.5)], [box(x - 3, y - 3.5, 6, 7, 0.8)])
    a.canvas.lay(frame, Cloth.plain(a.style.trim, 0.5), relief=0.6, cast=1.0)
