"""Sandals from above."""

from demo_shop.pictures.atelier import Atelier
from demo_shop.pictures.cloth import RGB, Cloth, darker
from demo_shop.pictures.paths import Node, box, line, outline, scaled, smooth


def sandals(a: Atelier) -> None:
    """A pair from above."""
    for side in (-1, 1):
        _sandal(a, 100 + side * 27, side)


def _sandal(a: Atelier, x: float, side: int) -> None:
    """One sandal from above, ``side`` -1 for the left foot; its inner edge looks to the middle."""
    look, canvas = a.look, a.canvas
    cork: RGB = (206, 168, 122) if look.seed % 2 else (128, 92, 64)

    def at(*nodes: tuple[float, float]) -> list[Node]:
        return [smooth(x + side * px, 152 + py) for px, py in nodes]

    edge = at(
        (-12, -66),
        (-1, -73),
        (12, -66),
        (20, -42),
        (19, -8),
        (14, 22),
        (14, 52),
        (6, 71),
        (-6, 71),
        (-14, 52),
        (-13, 18),
        (-18, -14),
        (-17, -48),
    )
    thick = 5.0 if look.get("sole") == "platform" else 2.0
    canvas.lay(
        canvas.mask(scaled(outline(*edge), 1.0 + thick / 60, (x, 152))), Cloth.plain(darker(cork, 0.3)), relief=1.0
    )
    canvas.lay(canvas.mask(outline(*edge)), Cloth.plain(cork), relief=0.8, cast=0.5)
    canvas.stitch([*scaled(outline(*edge), 0.93, (x, 152))], gap=2.6)
    for ys in {"slide": ((-34, 44),), "two": ((-46, 20), (-14, 20)), "cross": (), "ankle": ((-42, 11),)}[
        look.get("strap", "two")
    ]:
        _band(a, x, side, *ys)
    if look.get("strap") == "cross":
        for s in (1, -1):
            strap = line((x + s * 20, 152 - 50), smooth(x + s * 4, 152 - 36), (x - s * 18, 152 - 4))
            canvas.lay(canvas.lines([strap], 12), a.cloth, angle=40 * s, relief=1.2, cast=1.2)
    if look.get("strap") in ("ankle", "cross"):
        loop = line(
            (x - 14, 152 + 30),
            smooth(x - 15, 152 + 56),
            smooth(x, 152 + 72),
            smooth(x + 15, 152 + 56),
            (x + 14, 152 + 30),
        )
        canvas.lay(canvas.lines([loop], 6), a.plain, relief=1.1, cast=1.0)
        canvas.lay(
            canvas.lines([line((x - 15, 152 + 26), smooth(x, 152 + 18), (x + 15, 152 + 26))], 6),
            a.plain,
            relief=1.1,
            cast=1.2,
        )
        _buckle(a, x + side * 11, 152 + 22)
    elif look.get("strap") == "two":
        _buckle(a, x + side * 12, 152 - 35)
        _buckle(a, x + side * 12, 152 - 3)


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
    a.canvas.lay(frame, Cloth.plain(a.look.trim, 0.5), relief=0.6, cast=1.0)
