"""Bikinis and swimsuits."""

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.cloth import Cloth
from demo_shop.drawing.lingerie_parts import brief, round_cups, straps, triangle_cups, wings
from demo_shop.drawing.paths import MIDDLE, box, ellipse, flip, line, mirrored, outline, smooth, wavy


def bikini_top(a: Atelier) -> None:
    style = a.style
    cup = style.get("cup", "triangle")
    canvas = a.canvas
    if cup == "bandeau":
        wings(a, 148)
        band = mirrored("100,124 ~126,116 150,124 150,154 ~124,166 100,157")
        folds = a.fan(
            (MIDDLE, 141), [(MIDDLE + s * x, y) for s in (1, -1) for x, y in ((38, 126), (42, 140), (38, 156))], 0.7
        )
        canvas.lay(canvas.mask(band), a.cloth, folds=folds, relief=1.2)
    else:
        straps(a, 24, 2.6, ties=style.get("strap") == "tie")
        wings(a, 150, thin=cup == "triangle")
        if cup == "balconette":
            round_cups(a, balconette=True)
        else:
            triangle_cups(a, lace=False)
    if style.get("detail") == "ring":
        _ring(a, MIDDLE, 143, 7)
    if style.get("detail") == "ruffle":
        edge = wavy((MIDDLE - 50, 150), (MIDDLE + 50, 150), 13, 9)
        canvas.lay(canvas.mask([*edge, (MIDDLE + 50, 143), (MIDDLE - 50, 143)]), a.cloth, relief=1.1)


def bikini_bottom(a: Atelier) -> None:
    style = a.style
    cut = style.get("cut", "brief")
    if cut == "tie":
        for s in (1, -1):
            knots = [
                line(f"{MIDDLE + s * 51},126 ~{MIDDLE + s * 66},112 ~{MIDDLE + s * 69},124 {MIDDLE + s * 54},128"),
                line((MIDDLE + s * 54, 126), smooth(MIDDLE + s * 60, 146), (MIDDLE + s * 58, 170)),
                line((MIDDLE + s * 54, 126), smooth(MIDDLE + s * 66, 142), (MIDDLE + s * 68, 160)),
            ]
            a.canvas.lay(a.canvas.lines(knots, 2.4), a.plain, relief=0.7, cast=0.8)
    brief(a, "hipster" if cut == "hipster" else "high" if cut == "high" else "brief", swim=True)
    if style.get("detail") == "ring":
        for s in (1, -1):
            _ring(a, MIDDLE + s * 48, 127, 5.5)
    if style.get("detail") == "ruffle":
        edge = wavy((MIDDLE - 52, 126), (MIDDLE + 52, 126), 12, 9)
        a.canvas.lay(a.canvas.mask([*edge, (MIDDLE + 52, 119), (MIDDLE - 52, 119)]), a.cloth, relief=1.1)


def swimsuit(a: Atelier) -> None:
    style, canvas = a.style, a.canvas
    neck, strap = style.get("neck", "scoop"), style.get("strap", "narrow")
    wide = 3.0 if strap == "narrow" else 10.0
    if neck == "bandeau":
        top = [(MIDDLE, 92), smooth(MIDDLE + 22, 86), (MIDDLE + 40, 92)]
    else:
        low = {"v": 118.0, "square": 92.0}.get(neck, 100.0)
        inner = {"square": [(MIDDLE, low), (MIDDLE + 21, low - 1), (MIDDLE + 21, 48)]}.get(
            neck, [(MIDDLE, low), smooth(MIDDLE + 17, low - 22), (MIDDLE + 21, 48)]
        )
        top = [*inner, (MIDDLE + 21 + wide, 48), smooth(MIDDLE + 24 + wide, 80), (MIDDLE + 39, 98)]
        back = mirrored(f"100,112 ~118,106 122,50 {MIDDLE + 22 + wide},50 134,110 100,124")
        kept = 1 - canvas.mask(box(0, 0, MIDDLE - 2, 104)) if strap == "one_shoulder" else None
        canvas.lay(canvas.mask(back), a.lining, cast=0, within=kept)
    shape = mirrored(
        *top,
        smooth(MIDDLE + 32, 142),
        smooth(MIDDLE + 44, 184),
        (MIDDLE + 45, 196),
        smooth(MIDDLE + 26, 214),
        (MIDDLE + 9, 244),
        (MIDDLE, 245),
    )
    mask = canvas.mask(shape)
    if strap == "one_shoulder" and neck != "bandeau":
        mask = mask * (1 - canvas.mask(box(0, 0, MIDDLE - 2, 88)))
    folds = a.fan((MIDDLE + 30, 148), [(MIDDLE - 24, 138), (MIDDLE - 28, 160), (MIDDLE - 16, 178)], 0.4) + a.fan(
        (MIDDLE, 240), [(MIDDLE + 22, 210), (MIDDLE - 22, 210)], 0.3
    )
    canvas.lay(mask, a.cloth, folds=folds, relief=1.1)
    _suit_details(a)
    leg = line((MIDDLE + 43.5, 196), smooth(MIDDLE + 25, 212), (MIDDLE + 8, 242))
    canvas.stitch(leg, flip(leg), gap=2.6)


def _ring(a: Atelier, x: float, y: float, radius: float) -> None:
    ring = a.canvas.hole([ellipse(x, y, radius)], [ellipse(x, y, radius - 2)])
    a.canvas.lay(ring, Cloth.plain(a.style.trim, 0.6), relief=0.8, cast=1.0)


def _suit_details(a: Atelier) -> None:
    style, canvas = a.style, a.canvas
    detail = style.get("detail")
    if detail == "belt":
        band = mirrored((MIDDLE, 146), (MIDDLE + 34.5, 144), (MIDDLE + 35.5, 156), (MIDDLE, 158))
        canvas.lay(canvas.mask(band), a.plain, relief=0.8)
        _ring(a, MIDDLE, 152, 8)
    elif detail == "cut_out":
        for s in (1, -1):
            hole = outline((MIDDLE + s * 40, 134), smooth(MIDDLE + s * 18, 150), (MIDDLE + s * 40, 168))
            canvas.cut(canvas.mask(hole))
    elif detail == "ruffle":
        edge = wavy((MIDDLE - 42, 112), (MIDDLE + 42, 112), 11, 10)
        canvas.lay(canvas.mask([*edge, (MIDDLE + 42, 104), (MIDDLE - 42, 104)]) * canvas.covered, a.cloth, relief=1.1)
