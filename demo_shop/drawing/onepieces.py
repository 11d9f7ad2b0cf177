"""Nightgowns, robes, jumpsuits, dungarees and sarongs."""

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.bodices import back_piece, body_folds, front_outline, measured, neck_band
from demo_shop.drawing.collars import lapels, shirt_collar
from demo_shop.drawing.dresses import LENGTHS, bodice, lay_bodice, lay_waist
from demo_shop.drawing.fronts import chest_pocket, placket
from demo_shop.drawing.legs import Legs, lay_legs
from demo_shop.drawing.paths import MIDDLE, Path, box, flip, line, mirrored, outline, smooth, wavy
from demo_shop.drawing.sleeves import armhole_line, lay_sleeves
from demo_shop.drawing.tailoring import waist_belt
from demo_shop.drawing.tops import strap_edges, strappy_outline


def nightgown(a: Atelier) -> None:
    style, body = a.style, measured(a)
    body.top, body.bottom = 48, LENGTHS[style.get("length", "mini")] + 4
    body.hem, body.waist, body.hem_drop = 55, 42, 3
    strappy = style.get("sleeve") == "straps"
    folds = [
        a.fold((MIDDLE + x * 0.6, 110), (MIDDLE + x * 0.8, 150), (MIDDLE + x, body.bottom), depth=0.5)
        for x in (-40, -22, -5, 14, 30, 44)
    ]
    canvas = a.canvas
    if strappy:
        edge = strap_edges(body, style.get("neck", "v"), 2.6)
        canvas.lay(canvas.mask(strappy_outline(body, style.get("neck", "v"), 2.6)), a.cloth, folds=folds)
        trim = edge[0]
    else:
        back_piece(a, body)
        lay_sleeves(a, body, "short", "hem")
        canvas.lay(canvas.mask(front_outline(body, style.get("neck", "v"))), a.cloth, folds=folds + body_folds(a, body))
        neck_band(a, body, style.get("neck", "v"), 2.6, a.plain)
        trim = []
    if style.get("detail") == "lace_edge":
        lace = a.dyed(style.rgb, "moss")
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
    style, body = a.style, measured(a)
    body.top, body.bottom = 50, 226 if style.get("length") == "knee" else 200
    body.neck, body.depth = 15, 92
    body.chest, body.waist, body.hem = 48, 45, 54
    inside = mirrored(f"100,{body.top - 4} 114,{body.top} 114,{body.top + 12} 100,{body.top + 94}")
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
    style = a.style
    body, _, _ = bodice(a)
    body.bottom = 128
    lay_bodice(a, body)
    short = style.get("length") == "cropped"
    legs = Legs(
        waist=body.hem,
        waist_y=126,
        hip=41,
        hip_y=158,
        crotch_y=178,
        ankle_y=232 if short else 262 if style.get("length") == "ankle" else 272,
        foot=19.0 if style.get("leg") == "wide" else 13.0 if style.get("leg") == "straight" else 9.5,
        spread=22,
    )
    lay_legs(a, legs)
    lay_waist(a, body, style.get("waist", "tie"), 128)
    if style.get("neck") == "collar":
        placket(a, body.top + body.depth - 2, 124, 7.5, 4)
        shirt_collar(a, body, spread=11, drop=16)


def dungarees(a: Atelier) -> None:
    style, canvas = a.style, a.canvas
    short = style.get("leg") == "short"
    foot = {"wide": 18.0, "tapered": 10.5}.get(style.get("leg"), 14.0)
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
        ankle_y=206 if short else 262 if style.get("length") == "ankle" else 270,
        foot=20 if short else foot,
        spread=23,
    )
    lay_legs(a, legs)
    bib = mirrored("100,80 124,80 ~127,104 138,128 138,134 100,135")
    canvas.lay(canvas.mask(bib), a.cloth, relief=0.8)
    thread = (206, 158, 92) if style.appearance == "Denim" else None
    edge = line((MIDDLE - 22, 82.5), (MIDDLE + 22, 82.5))
    canvas.stitch(edge, rgb=thread)
    canvas.lay(canvas.lines(straps, 7.5), a.cloth, relief=0.6, cast=1.0)
    for s in (1, -1):
        canvas.lay(
            canvas.hole([box(MIDDLE + s * 17 - 5, 82, 10, 9, 1.5)], [box(MIDDLE + s * 17 - 3, 84, 6, 5, 1)]),
            a.dyed(style.trim, "jersey"),
            relief=0.6,
            cast=0.8,
        )
    chest_pocket(a, MIDDLE, 96, 27, 25)
    canvas.seam(line((MIDDLE - 37, 131), smooth(MIDDLE, 133), (MIDDLE + 37, 131)), depth=0.4)
    for s in (1, -1):
        canvas.button(MIDDLE + s * 34, 142, 2.0, style.trim, holes=False)
        canvas.button(MIDDLE + s * 35, 152, 2.0, style.trim, holes=False)


def sarong(a: Atelier) -> None:
    """A knotted beach cloth."""
    style, canvas = a.style, a.canvas
    low = 236 if style.get("length") == "midi" else 190
    shape = outline(f"60,70 ~100,74 138,66 ~150,130 140,{low - 34} ~108,{low - 4} 46,{low} ~50,140")
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
    tail = outline("130,74 ~148,92 156,128 ~142,120 127,82")
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
    if style.get("detail") == "tassels":
        hem = line((MIDDLE - 54, low), smooth(MIDDLE + 8, low - 4), (MIDDLE + 40, low - 34))
        strands: list[Path] = []
        for x, y in hem[::2]:
            strands += [[(x, y), (x + d, y + 13)] for d in (-1.2, 0, 1.2)]
        canvas.paint(canvas.lines(strands, 0.9), a.plain.rgb)
