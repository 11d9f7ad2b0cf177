"""Cups, straps, wings and briefs."""

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.cloth import Cloth, darker, lighter
from demo_shop.drawing.paths import MIDDLE, Path, box, ellipse, flip, line, mirrored, outline, smooth


def straps(a: Atelier, x: float, width: float, *, top: float = 66, low: float = 120, ties: bool = False) -> None:
    canvas = a.canvas
    if ties:
        cords = [line((MIDDLE + s * x, low), smooth(MIDDLE + s * (x - 6), 84), (MIDDLE + s * 3, 58)) for s in (1, -1)]
        cords += [line((MIDDLE + s * 2, 58), smooth(MIDDLE + s * 13, 48), (MIDDLE + s * 18, 66)) for s in (1, -1)]
        canvas.lay(canvas.lines(cords, width), a.plain, relief=0.7)
        return
    back = [
        line((MIDDLE + s * x, top), smooth(MIDDLE + s * (x + 4), (top + low) / 2 + 8), (MIDDLE + s * (x + 9), low + 16))
        for s in (1, -1)
    ]
    canvas.lay(canvas.lines(back, width), a.lining, relief=0.4, cast=0.2)
    front = [
        line((MIDDLE + s * x, top), smooth(MIDDLE + s * (x + 1.5), 92), (MIDDLE + s * x, low + 4)) for s in (1, -1)
    ]
    canvas.lay(canvas.lines(front, width), a.plain, relief=0.7, cast=0.8)
    for s in (1, -1):
        canvas.lay(
            canvas.mask(box(MIDDLE + s * (x + 1) - width * 0.75, 90, width * 1.5, 3, 0.6)),
            Cloth.plain(a.style.trim, 0.5),
            relief=0.5,
            cast=0.5,
        )


def wings(a: Atelier, y: float, thin: bool = False) -> None:
    """The band around the back."""
    canvas = a.canvas
    if thin:
        cords = [line((MIDDLE + s * 46, y), smooth(MIDDLE + s * 58, y + 1), (MIDDLE + s * 66, y + 14)) for s in (1, -1)]
        canvas.lay(canvas.lines(cords, 2.6), a.plain, relief=0.7)
        return
    back = mirrored(f"100,{y - 14} 144,{y - 14} 154,{y - 8} 154,{y + 10} 100,{y + 6}")
    canvas.lay(canvas.mask(back), a.lining, cast=0)
    for s in (1, -1):
        wing = outline(
            (MIDDLE + s * 40, y - 22),
            smooth(MIDDLE + s * 50, y - 12),
            (MIDDLE + s * 57, y - 6),
            (MIDDLE + s * 57, y + 10),
            (MIDDLE + s * 38, y + 13),
        )
        canvas.lay(canvas.mask(wing), a.plain, relief=0.9)


def triangle_cups(a: Atelier, lace: bool) -> None:
    canvas = a.canvas
    cup = outline("124,104 ~142,128 150,154 ~126,160 101,154 ~108,130")
    for part in (cup, flip(cup)):
        side = 1 if part is cup else -1
        folds = a.fan(
            (MIDDLE + side * 25, 157),
            [(MIDDLE + side * 14, 136), (MIDDLE + side * 26, 128), (MIDDLE + side * 38, 138)],
            0.5,
        )
        canvas.lay(canvas.mask(part), a.cloth, folds=folds, relief=1.3)
    band = mirrored((MIDDLE, 152), (MIDDLE + 51, 152), (MIDDLE + 51, 161), smooth(MIDDLE + 24, 166), (MIDDLE, 161))
    canvas.lay(canvas.mask(band), a.plain, relief=0.7)
    if lace:
        lace_edges(a, [line((MIDDLE + 2, 152), smooth(MIDDLE + 8, 130), (MIDDLE + 24, 105))])


def round_cups(a: Atelier, balconette: bool) -> None:
    canvas, rise = a.canvas, 6.0 if balconette else 0.0
    cup = outline(
        f"102,146 ~105,{132 + rise * 0.4} ~114,{121 + rise * 0.9} 126,{112 + rise} ~144,122 153,142 ~144,164 "
        "~124,170 ~107,160"
    )
    bridge = mirrored((MIDDLE, 139), (MIDDLE + 7, 138), (MIDDLE + 12, 164), (MIDDLE, 160))
    canvas.lay(canvas.mask(bridge), a.plain, relief=0.7)
    for part in (cup, flip(cup)):
        canvas.lay(canvas.mask(part), a.cloth, relief=1.7, gloss=max(a.cloth.gloss, 0.12))
    wire = line("103,148 ~110,162 ~127,168 ~144,162 152,145")
    canvas.seam(wire, flip(wire), depth=0.3)
    if balconette:
        split = line((MIDDLE + 25, 119), smooth(MIDDLE + 28, 142), (MIDDLE + 27, 168))
        canvas.seam(split, flip(split), depth=0.25)
    if a.style.get("detail") == "lace_edge":
        lace_edges(a, [line((MIDDLE + 4, 142), smooth(MIDDLE + 11, 125 + rise), (MIDDLE + 26, 113 + rise))])


def lace_edges(a: Atelier, right: list[Path]) -> None:
    canvas = a.canvas
    lace = a.dyed(lighter(a.style.rgb, 0.14) if a.style.dark else darker(a.style.rgb, 0.08), "moss")
    for edge in right:
        for part in (edge, flip(edge)):
            canvas.lay(canvas.lines([part], 3.4), lace, relief=0.6, cast=0.5)
            dots = [ellipse(x, y, 1.9, None, 10) for x, y in part[::3]]
            canvas.lay(canvas.mask(*dots), lace, relief=0.5, cast=0.3)


def brief(a: Atelier, cut: str, swim: bool = False) -> None:
    """``brief``, ``hipster``, ``thong``, ``high``: front, with the back seen at the leg."""
    canvas = a.canvas
    top, side, dip = {"hipster": (118, 34, 6), "thong": (118, 8, 5), "high": (92, 20, 3)}.get(cut, (114, 19, 5))
    low, half = 192.0, 53.0
    hips = top + side
    back = mirrored(
        (MIDDLE, top),
        (MIDDLE + half - 2, top),
        (MIDDLE + half, hips + 4),
        smooth(MIDDLE + 34, hips + 30),
        (MIDDLE + 10, low - 2),
        (MIDDLE, low),
    )
    if cut != "thong":
        canvas.lay(canvas.mask(back), a.lining, cast=0)
    front = mirrored(
        (MIDDLE, top + dip),
        smooth(MIDDLE + 26, top + dip * 0.7),
        (MIDDLE + half, top),
        (MIDDLE + half + 1, hips),
        smooth(MIDDLE + (30 if cut != "thong" else 24), hips + 18),
        (MIDDLE + 11, low - 4),
        smooth(MIDDLE + 6, low),
        (MIDDLE, low + 0.5),
    )
    folds = a.fan(
        (MIDDLE, low - 8), [(MIDDLE + s * x, y) for s in (1, -1) for x, y in ((26, hips + 10), (38, hips - 2))], 0.35
    )
    canvas.lay(canvas.mask(front), a.cloth, folds=folds, relief=1.1)
    waist = line((MIDDLE - half + 1, top + 3), smooth(MIDDLE, top + dip + 3), (MIDDLE + half - 1, top + 3))
    leg = line(
        (MIDDLE + half - 1, hips - 1),
        smooth(MIDDLE + (29 if cut != "thong" else 23), hips + 17),
        (MIDDLE + 10, low - 5),
    )
    canvas.seam(waist, leg, flip(leg), depth=0.25, width=1.3)
    if not swim:
        canvas.seam(line((MIDDLE - 9, low - 22), smooth(MIDDLE, low - 19), (MIDDLE + 9, low - 22)), depth=0.3)
