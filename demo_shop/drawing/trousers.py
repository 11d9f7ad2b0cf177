"""Trousers, joggers, leggings and shorts."""

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.legs import Legs, hems, lay_legs, measured, shorts_legs, waistband
from demo_shop.drawing.paths import MIDDLE, box, line, mirrored, moved, outline, smooth


def trousers(a: Atelier) -> None:
    style, legs = a.style, measured(a)
    waist = style.get("waist", "button")
    folds = []
    if style.get("detail") == "pleats" or waist == "paperbag":
        folds += [
            a.fold(
                (MIDDLE + s * x, legs.waist_y + 8),
                (MIDDLE + s * (x + 1.5), legs.waist_y + 24),
                (MIDDLE + s * (x + 3), legs.waist_y + 46),
                depth=0.6,
                width=3.6,
            )
            for s in (1, -1)
            for x in (12, 21)
        ]
    lay_legs(a, legs, folds=folds)
    if style.get("detail") in ("creases", "pleats"):
        for s in (1, -1):
            crease = line(
                (MIDDLE + s * 19, legs.waist_y + 30),
                smooth(MIDDLE + s * legs.spread, legs.knee_y),
                (MIDDLE + s * legs.spread, legs.ankle_y),
            )
            a.canvas.seam(crease, depth=0.22)
    _slant_pockets(a, legs)
    waistband(a, legs, waist)
    hems(a, legs, turned=style.get("detail") == "turn_up")


def tailored(a: Atelier) -> None:
    trousers(a)


def chinos(a: Atelier) -> None:
    trousers(a)


def cargo(a: Atelier) -> None:
    style, legs = a.style, measured(a)
    lay_legs(a, legs)
    _slant_pockets(a, legs)
    waistband(a, legs, style.get("waist", "button"))
    canvas = a.canvas
    for s in (1, -1):
        x, y = MIDDLE + s * (legs.spread + legs.knee_half - 12), legs.knee_y - 32
        canvas.lay(canvas.mask(box(x - 12, y, 24, 32, 2)), a.cloth, relief=0.7, cast=1.1)
        canvas.lay(canvas.mask(box(x - 12.8, y - 3, 25.6, 10, 1.5)), a.cloth, relief=0.6, cast=0.9)
        canvas.button(x, y + 4, 1.7, a.button_rgb)
    hems(a, legs)


def joggers(a: Atelier) -> None:
    style, legs = a.style, measured(a)
    cuffed = style.get("leg") == "jogger"
    legs.bulge = 1.5 if cuffed else 0
    if cuffed:
        legs.ankle_y -= 8
    lay_legs(a, legs)
    _side_stripe(a, legs)
    _slant_pockets(a, legs)
    canvas = a.canvas
    if cuffed:
        for s in (1, -1):
            x = MIDDLE + s * legs.spread
            cuff = outline(
                (x - legs.foot + 0.8, legs.ankle_y - 2),
                (x + legs.foot - 0.8, legs.ankle_y - 2),
                smooth(x + legs.foot - 2, legs.ankle_y + 7),
                (x + legs.foot - 2.4, legs.ankle_y + 14),
                smooth(x, legs.ankle_y + 15),
                (x - legs.foot + 2.4, legs.ankle_y + 14),
                smooth(x - legs.foot + 2, legs.ankle_y + 7),
            )
            canvas.lay(canvas.mask(cuff), a.cuffs, relief=0.9, cast=0.6)
    else:
        hems(a, legs)
    waistband(a, legs, "drawstring")


def leggings(a: Atelier) -> None:
    style, legs = a.style, measured(a) if a.style.get("leg") else _leggings_legs(a)
    lay_legs(a, legs)
    _side_stripe(a, legs)
    canvas = a.canvas
    if style.get("detail") == "panels":
        rgb = style.accents[3]
        for s in (1, -1):
            panel = outline(
                (MIDDLE + s * legs.hip, legs.hip_y + 6),
                smooth(MIDDLE + s * (legs.spread + 4), legs.knee_y - 18),
                (MIDDLE + s * (legs.spread + legs.knee_half + 4), legs.knee_y + 12),
                (MIDDLE + s * (legs.hip + 6), legs.hip_y + 30),
            )
            canvas.print_on(canvas.mask(panel) * canvas.covered, rgb, 0.85)
            canvas.seam([*panel], depth=0.3)
    band = mirrored(
        (MIDDLE, legs.waist_y + 1),
        (MIDDLE + legs.waist, legs.waist_y - 0.5),
        (MIDDLE + legs.waist + 4, legs.waist_y + 15),
        smooth(MIDDLE + 18, legs.waist_y + 18),
        (MIDDLE, legs.waist_y + 18.5),
    )
    canvas.lay(canvas.mask(band), a.plain, relief=0.7, cast=0.5)
    canvas.stitch(
        line(
            (MIDDLE - legs.waist - 3, legs.waist_y + 13),
            smooth(MIDDLE, legs.waist_y + 16),
            (MIDDLE + legs.waist + 3, legs.waist_y + 13),
        )
    )
    hems(a, legs)


def shorts(a: Atelier) -> None:
    style = a.style
    legs = shorts_legs(a)
    waist = style.get("waist", "button")
    folds = []
    if style.get("detail") == "pleats" or waist == "paperbag":
        folds = [
            a.fold(
                (MIDDLE + s * x, legs.waist_y + 8),
                (MIDDLE + s * (x + 2), legs.waist_y + 24),
                (MIDDLE + s * (x + 5), legs.waist_y + 50),
                depth=0.6,
                width=3.6,
            )
            for s in (1, -1)
            for x in (12, 21)
        ]
    lay_legs(a, legs, folds=folds)
    _side_stripe(a, legs)
    if style.get("detail") == "panels":
        for s in (1, -1):
            panel = [
                (MIDDLE + s * (legs.hip + 1), legs.hip_y),
                (MIDDLE + s * (legs.spread + 10), legs.ankle_y),
                (MIDDLE + s * (legs.spread + legs.foot + 4), legs.ankle_y + 3),
                (MIDDLE + s * (legs.hip + 10), legs.hip_y),
            ]
            a.canvas.print_on(a.canvas.mask(panel) * a.canvas.covered, style.accents[3], 0.85)
    _slant_pockets(a, legs)
    waistband(a, legs, waist)
    hems(a, legs, turned=style.get("detail") == "turn_up")


def sport_shorts(a: Atelier) -> None:
    shorts(a)


def swim_shorts(a: Atelier) -> None:
    shorts(a)


def _leggings_legs(a: Atelier) -> Legs:
    style = a.style
    top = 34.0 if style.get("rise") == "high" else 44.0
    low = {"ankle": 252.0, "cropped": 218.0}.get(style.get("length"), 268.0)
    legs = Legs(
        waist=28, waist_y=top, hip=37.5, hip_y=top + 44, crotch_y=top + 72, ankle_y=low, foot=7.8, knee=11.5, spread=20
    )
    if style.childs:
        legs.waist_y, legs.hip_y, legs.crotch_y, legs.ankle_y = 60, 94, 122, 248
    return legs


def _slant_pockets(a: Atelier, legs: Legs) -> None:
    y = legs.waist_y + 14
    for s in (1, -1):
        slant = line(
            (MIDDLE + s * (legs.waist - 7), y),
            smooth(MIDDLE + s * (legs.waist + 1), y + 13),
            (MIDDLE + s * (legs.hip - 2.2), y + 27),
        )
        a.canvas.seam(slant, depth=0.4, width=1.4)
        a.canvas.stitch(moved(slant, -s * 2.2, 0.6))


def _side_stripe(a: Atelier, legs: Legs) -> None:
    if a.style.get("detail") != "side_stripe":
        return
    canvas = a.canvas
    rgb = a.style.accents[0]
    for s in (1, -1):
        edge = line(
            (MIDDLE + s * legs.waist, legs.waist_y + 10),
            smooth(MIDDLE + s * legs.hip, legs.hip_y),
            smooth(MIDDLE + s * (legs.spread + legs.knee_half), legs.knee_y),
            (MIDDLE + s * (legs.spread + legs.foot), legs.ankle_y),
        )
        for inset in (3.0, 7.0):
            canvas.print_on(canvas.lines([moved(edge, -s * inset, 0)], 1.9) * canvas.covered, rgb)
