"""Dresses, nightgowns, robes, jumpsuits and dungarees."""

from recsys_core.data.demo.pictures.atelier import Atelier
from recsys_core.data.demo.pictures.bodices import (
    Body,
    armhole_line,
    back_piece,
    body_folds,
    front_outline,
    lay_sleeves,
    measured,
    neck_band,
)
from recsys_core.data.demo.pictures.canvas import Fold
from recsys_core.data.demo.pictures.coats import waist_belt
from recsys_core.data.demo.pictures.collars import lapels, shirt_collar
from recsys_core.data.demo.pictures.graphics import chest_graphic
from recsys_core.data.demo.pictures.legs import Legs, lay_legs
from recsys_core.data.demo.pictures.paths import MIDDLE, Path, box, flip, line, mirrored, outline, smooth, wavy
from recsys_core.data.demo.pictures.tops import chest_pocket, placket, strap_edges, strappy_outline

LENGTHS = {"mini": 196.0, "knee": 222.0, "midi": 250.0, "maxi": 268.0, "short": 200.0}


def dress(a: Atelier) -> None:
    look = a.look
    body, low, half = _bodice(a)
    cut, waist = look.get("skirt", "a_line"), look.get("waist", "seam")
    if cut == "slip":
        waist = "loose"
    _lay_bodice(a, body)
    waist_y = body.bottom
    if cut == "tiered":
        _tiered(a, body, waist_y, low, half + 6)
    else:
        _skirt(a, body, cut, waist_y, low, half)
    _waist(a, body, waist, waist_y)
    if look.get("neck") == "collar":
        placket(a, body.top + body.depth - 2, waist_y - 2, 7.5, 4)
        shirt_collar(a, body, spread=11, drop=16)
    chest_graphic(a, body)


def nightgown(a: Atelier) -> None:
    look, body = a.look, measured(a)
    body.top, body.bottom = 48, LENGTHS[look.get("length", "mini")] + 4
    body.hem, body.waist, body.hem_drop = 55, 42, 3
    strappy = look.get("sleeve") == "straps"
    folds = [
        a.fold((MIDDLE + x * 0.6, 110), (MIDDLE + x * 0.8, 150), (MIDDLE + x, body.bottom), depth=0.5)
        for x in (-40, -22, -5, 14, 30, 44)
    ]
    canvas = a.canvas
    if strappy:
        edge = strap_edges(body, look.get("neck", "v"), 2.6)
        canvas.lay(canvas.mask(strappy_outline(body, look.get("neck", "v"), 2.6)), a.cloth, folds=folds)
        trim = edge[0]
    else:
        back_piece(a, body)
        lay_sleeves(a, body, "short", "hem")
        canvas.lay(canvas.mask(front_outline(body, look.get("neck", "v"))), a.cloth, folds=folds + body_folds(a, body))
        neck_band(a, body, look.get("neck", "v"), 2.6, a.plain)
        trim = []
    if look.get("detail") == "lace_edge":
        lace = a.dyed(look.rgb, "moss")
        if trim:
            canvas.lay(canvas.lines([trim], 6.0), lace, relief=0.5, cast=0.4, within=canvas.covered)
        hem = wavy((MIDDLE + body.hem - 1, body.bottom - 5), (MIDDLE - body.hem + 1, body.bottom - 5), 14, -6.5)
        canvas.lay(
            canvas.mask([*hem, (MIDDLE - body.hem + 1, body.bottom - 9), (MIDDLE + body.hem - 1, body.bottom - 9)]),
            lace,
            relief=0.6,
            cast=0.5,
        )
    a.canvas.seam(line((MIDDLE - 38, 104), smooth(MIDDLE, 108), (MIDDLE + 38, 104)), depth=0.25)


def robe(a: Atelier) -> None:
    look, body = a.look, measured(a)
    body.top, body.bottom = 50, 226 if look.get("length") == "knee" else 200
    body.neck, body.depth = 15, 92
    body.chest, body.waist, body.hem = 48, 45, 54
    inside = mirrored(
        (MIDDLE, body.top - 4), (MIDDLE + 14, body.top), (MIDDLE + 14, body.top + 12), (MIDDLE, body.top + 94)
    )
    a.canvas.lay(a.canvas.mask(inside), a.lining, relief=0.4, cast=0)
    a.label(MIDDLE, body.top + 4)
    lay_sleeves(a, body, "long", "turned")
    a.canvas.lay(
        a.canvas.mask(front_outline(body, "v")),
        a.cloth,
        folds=body_folds(a, body)
        + [
            a.fold((MIDDLE + x * 0.5, 150), (MIDDLE + x * 0.7, 190), (MIDDLE + x, body.bottom), depth=0.45)
            for x in (-36, -16, 20, 38)
        ],
    )
    seam = armhole_line(body)
    a.canvas.seam(seam, flip(seam), depth=0.25)
    a.canvas.seam(line((MIDDLE + 6, 146), (MIDDLE + 8, body.bottom)), depth=0.45, width=1.6)
    lapels(a, body, body.top + body.depth, 9)
    for side in (1, -1):
        a.canvas.lay(a.canvas.mask(box(MIDDLE + side * 27 - 11, 168, 22, 25, 2)), a.cloth, relief=0.5, cast=0.9)
    waist_belt(a, body, 146, buckle=False, height=10)


def jumpsuit(a: Atelier) -> None:
    look = a.look
    body, _, _ = _bodice(a)
    body.bottom = 128
    _lay_bodice(a, body)
    short = look.get("length") == "cropped"
    legs = Legs(
        waist=body.hem,
        waist_y=126,
        hip=41,
        hip_y=158,
        crotch_y=178,
        ankle_y=232 if short else 262 if look.get("length") == "ankle" else 272,
        foot=19.0 if look.get("leg") == "wide" else 13.0 if look.get("leg") == "straight" else 9.5,
        spread=22,
    )
    lay_legs(a, legs)
    _waist(a, body, look.get("waist", "tie"), 128)
    if look.get("neck") == "collar":
        placket(a, body.top + body.depth - 2, 124, 7.5, 4)
        shirt_collar(a, body, spread=11, drop=16)


def dungarees(a: Atelier) -> None:
    look, canvas = a.look, a.canvas
    short = look.get("leg") == "short"
    foot = {"wide": 18.0, "tapered": 10.5}.get(look.get("leg"), 14.0)
    straps = [line((MIDDLE + s * 24, 40), smooth(MIDDLE + s * 22, 64), (MIDDLE + s * 17, 84)) for s in (1, -1)]
    canvas.lay(
        canvas.lines(
            [line((MIDDLE + s * 24, 40), smooth(MIDDLE + s * 27, 90), (MIDDLE + s * 10, 130)) for s in (1, -1)], 6.5
        ),
        a.lining,
        cast=0.4,
    )
    legs = Legs(
        waist=37,
        waist_y=126,
        hip=44,
        hip_y=160,
        crotch_y=180,
        ankle_y=206 if short else 262 if look.get("length") == "ankle" else 270,
        foot=20 if short else foot,
        spread=23,
    )
    lay_legs(a, legs)
    bib = mirrored(
        (MIDDLE, 80), (MIDDLE + 24, 80), smooth(MIDDLE + 27, 104), (MIDDLE + 38, 128), (MIDDLE + 38, 134), (MIDDLE, 135)
    )
    canvas.lay(canvas.mask(bib), a.cloth, relief=0.8)
    thread = (206, 158, 92) if look.appearance == "Denim" else None
    edge = line((MIDDLE - 22, 82.5), (MIDDLE + 22, 82.5))
    canvas.stitch(edge, rgb=thread)
    canvas.lay(canvas.lines(straps, 7.5), a.cloth, relief=0.6, cast=1.0)
    for s in (1, -1):
        canvas.lay(
            canvas.hole([box(MIDDLE + s * 17 - 5, 82, 10, 9, 1.5)], [box(MIDDLE + s * 17 - 3, 84, 6, 5, 1)]),
            a.dyed(look.trim, "jersey"),
            relief=0.6,
            cast=0.8,
        )
    chest_pocket(a, MIDDLE, 96, 27, 25)
    canvas.seam(line((MIDDLE - 37, 131), smooth(MIDDLE, 133), (MIDDLE + 37, 131)), depth=0.4)
    for s in (1, -1):
        canvas.button(MIDDLE + s * 34, 142, 2.0, look.trim, holes=False)
        canvas.button(MIDDLE + s * 35, 152, 2.0, look.trim, holes=False)


# parts -----------------------------------------------------------------------------------------------------


def _bodice(a: Atelier) -> tuple[Body, float, float]:
    """The bodice, the hem's height and its half width."""
    look, body = a.look, measured(a)
    length = look.get("length", "knee")
    low = LENGTHS.get(length, 222.0) + a.vary(-4, 4)
    body.top = {"mini": 58.0, "knee": 46.0, "midi": 36.0, "maxi": 30.0}.get(length, 46.0)
    shrink = 0.93 if length in ("midi", "maxi") else 1.0
    body.shoulder, body.chest, body.neck = body.shoulder * shrink - 3, body.chest * shrink - 3, body.neck * shrink
    body.armhole, body.depth = 40 * shrink, body.depth * shrink
    if look.childs:
        body.top, low = 62.0, 214.0
        body.depth = min(body.depth, 11.0)
    loose = look.get("waist") == "loose" or look.get("skirt") == "slip"
    body.bottom = body.underarm[1] + 38 * shrink + a.vary(-3, 4)
    body.hem = (38.0 if loose else 33.0) * shrink
    body.waist = (39.0 if loose else 35.0) * shrink
    half = {"a_line": 62.0, "pencil": 35.0, "slip": 47.0, "pleated": 58.0, "wrap": 54.0}.get(look.get("skirt"), 60.0)
    return body, low, half + a.vary(-4, 4)


def _lay_bodice(a: Atelier, body: Body) -> None:
    look = a.look
    neck, sleeve = look.get("neck", "crew"), look.get("sleeve", "short")
    canvas = a.canvas
    if neck == "collar" and sleeve == "straps":
        sleeve = "none"
    if sleeve == "straps" or neck == "halter":
        shape = "v" if neck == "v" else "halter" if neck == "halter" else "square" if neck == "square" else "scoop"
        canvas.lay(
            canvas.mask(
                mirrored(
                    (MIDDLE, body.underarm[1] - 8),
                    (MIDDLE + 26, body.underarm[1] - 8),
                    (MIDDLE + body.chest - 6, body.underarm[1]),
                    (MIDDLE, body.bottom),
                )
            ),
            a.lining,
            cast=0,
        )
        canvas.lay(canvas.mask(strappy_outline(body, shape, 2.8)), a.cloth, folds=body_folds(a, body))
        canvas.stitch(*strap_edges(body, shape, 2.8), gap=2.6)
        return
    if neck == "bardot":
        body.neck, body.slope = body.shoulder + 1, 15
    back_piece(a, body)
    lay_sleeves(a, body, sleeve, "shirt" if sleeve in ("long", "balloon") else "hem")
    canvas.lay(
        canvas.mask(front_outline(body, neck if neck != "collar" else "crew")), a.cloth, folds=body_folds(a, body)
    )
    if sleeve != "none":
        seam = armhole_line(body)
        canvas.seam(seam, flip(seam), depth=0.24)
    if look.get("skirt") == "wrap" and neck == "v":
        canvas.seam(
            line(
                (MIDDLE - 2, body.top + body.depth), smooth(MIDDLE + 12, body.bottom - 14), (MIDDLE + 26, body.bottom)
            ),
            depth=0.4,
            width=1.4,
        )
    if neck != "collar":
        neck_band(a, body, neck, 2.4, a.plain)


def _skirt_shape(body: Body, y: float, low: float, half: float) -> Path:
    hip = y + (low - y) * 0.32
    top = body.hem - 0.5
    return mirrored(
        (MIDDLE, y - 3),
        (MIDDLE + top, y - 3),
        smooth(MIDDLE + top + (half - top) * (0.62 if half > 40 else 0.9) + (3 if half < 40 else 0), hip),
        (MIDDLE + half, low - 3),
        smooth(MIDDLE + half * 0.55, low + 3),
        (MIDDLE, low + 4),
    )


def _skirt(a: Atelier, body: Body, cut: str, y: float, low: float, half: float) -> None:
    canvas = a.canvas
    canvas.lay(
        canvas.mask(_skirt_shape(body, y, low, half)), a.cloth, folds=skirt_folds(a, cut, body.hem, half, y, low)
    )
    if cut == "wrap":
        edge = line((MIDDLE + body.hem * 0.7, y), smooth(MIDDLE + 8, (y + low) / 2), (MIDDLE - half * 0.35, low + 3))
        canvas.seam(edge, depth=0.55, width=1.6)
    if cut == "pleated":
        _pleat_seams(a, body.hem, half, y, low)
    canvas.stitch(line((MIDDLE - half + 1, low - 6), smooth(MIDDLE, low), (MIDDLE + half - 1, low - 6)), gap=2.8)


def skirt_folds(a: Atelier, cut: str, top: float, half: float, y: float, low: float) -> list[Fold]:
    """Folds that fall from the waist."""
    if cut in ("pencil", "slip"):
        return [
            a.fold((MIDDLE - top + 4, y + 20), (MIDDLE - 6, y + 30), (MIDDLE + top - 8, y + 22), depth=0.3),
            a.fold((MIDDLE + 10, y + 44), (MIDDLE + 14, y + 66), (MIDDLE + 12, low), depth=0.3),
        ]
    count = 9 if cut in ("circle", "tiered") else 7
    shares = [(i + 0.5) / count * 2 - 1 + a.vary(-0.06, 0.06) for i in range(count)]
    return [
        a.fold(
            (MIDDLE + s * top * 0.94, y + a.vary(2, 14)),
            (MIDDLE + s * (top + (half - top) * 0.55), (y + low) / 2),
            (MIDDLE + s * half * 0.96, low + 2),
            depth=0.5 + a.vary(-0.1, 0.15),
            width=6,
        )
        for s in shares
    ]


def _pleat_seams(a: Atelier, top: float, half: float, y: float, low: float) -> None:
    lines = []
    for i in range(-7, 8):
        s = i / 7.5
        lines.append(
            line(
                (MIDDLE + s * top, y),
                smooth(MIDDLE + s * (top + (half - top) * 0.55), (y + low) / 2),
                (MIDDLE + s * half, low + 2),
            )
        )
    a.canvas.seam(*lines, depth=0.33, width=1.2)


def _tiered(a: Atelier, body: Body, y: float, low: float, half: float) -> None:
    """Gathered tiers, the lower over nothing, laid from below."""
    canvas, count = a.canvas, 3
    for tier in reversed(range(count)):
        t0, t1 = y + (low - y) * tier / count, y + (low - y) * (tier + 1) / count
        w0 = body.hem + (half - body.hem) * (tier / count) ** 0.8
        w1 = body.hem + (half - body.hem) * ((tier + 1) / count) ** 0.8
        shape = mirrored(
            (MIDDLE, t0 - 2),
            (MIDDLE + w0, t0 - 2),
            smooth(MIDDLE + w1 - 1.5, t0 + (t1 - t0) * 0.35),
            (MIDDLE + w1, t1 + 2),
            smooth(MIDDLE + w1 * 0.5, t1 + 6),
            (MIDDLE, t1 + 6.5),
        )
        folds = [
            a.fold(
                (MIDDLE + s * w0, t0),
                (MIDDLE + s * w1 * 0.98, t0 + 12),
                (MIDDLE + s * w1, t1 - 2),
                depth=0.55,
                width=3.6,
            )
            for s in (-0.9, -0.72, -0.5, -0.3, -0.12, 0.08, 0.27, 0.48, 0.68, 0.88)
        ]
        canvas.lay(canvas.mask(shape), a.cloth, folds=folds, relief=0.8, cast=0.8)
    for tier in range(1, count):
        t0 = y + (low - y) * tier / count
        w0 = body.hem + (half - body.hem) * (tier / count) ** 0.8
        canvas.seam(line((MIDDLE - w0, t0), smooth(MIDDLE, t0 + 5), (MIDDLE + w0, t0)), depth=0.4)


def _waist(a: Atelier, body: Body, kind: str, y: float) -> None:
    canvas, half = a.canvas, body.hem
    if kind == "seam":
        canvas.seam(
            line((MIDDLE - half, y - 2), smooth(MIDDLE, y + 0.5), (MIDDLE + half, y - 2)), depth=0.45, width=1.5
        )
    elif kind == "elastic":
        for dy in (-4, 0, 4):
            canvas.seam(wavy((MIDDLE - half, y + dy), (MIDDLE + half, y + dy), 12, 1.4), depth=0.3)
    elif kind == "tie":
        waist = Body(waist=half, top=body.top)
        waist_belt(a, waist, y, buckle=False, height=7)


def sarong(a: Atelier) -> None:
    """A knotted beach cloth."""
    look, canvas = a.look, a.canvas
    low = 236 if look.get("length") == "midi" else 190
    shape = outline(
        (MIDDLE - 40, 70),
        smooth(MIDDLE, 74),
        (MIDDLE + 38, 66),
        smooth(MIDDLE + 50, 130),
        (MIDDLE + 40, low - 34),
        smooth(MIDDLE + 8, low - 4),
        (MIDDLE - 54, low),
        smooth(MIDDLE - 50, 140),
    )
    folds = a.fan(
        (MIDDLE + 32, 74),
        [
            (MIDDLE - 44, 110),
            (MIDDLE - 46, 150),
            (MIDDLE - 40, 200),
            (MIDDLE - 14, 210),
            (MIDDLE + 14, 190),
            (MIDDLE + 34, 170),
            (MIDDLE - 30, 84),
        ],
        0.6,
        6,
    )
    canvas.lay(canvas.mask(shape), a.cloth, folds=folds)
    tail = outline(
        (MIDDLE + 30, 74), smooth(MIDDLE + 48, 92), (MIDDLE + 56, 128), smooth(MIDDLE + 42, 120), (MIDDLE + 27, 82)
    )
    canvas.lay(
        canvas.mask(tail), a.cloth, folds=a.fan((MIDDLE + 32, 76), [(MIDDLE + 52, 124), (MIDDLE + 44, 118)], 0.5)
    )
    canvas.lay(
        canvas.mask(
            outline(smooth(MIDDLE + 26, 70), smooth(MIDDLE + 38, 66), smooth(MIDDLE + 42, 78), smooth(MIDDLE + 30, 83))
        ),
        a.cloth,
        relief=1.3,
        cast=1.2,
    )
    if look.get("detail") == "tassels":
        hem = line((MIDDLE - 54, low), smooth(MIDDLE + 8, low - 4), (MIDDLE + 40, low - 34))
        strands: list[Path] = []
        for x, y in hem[::2]:
            strands += [[(x, y), (x + d, y + 13)] for d in (-1.2, 0, 1.2)]
        canvas.paint(canvas.lines(strands, 0.9), a.plain.rgb)
