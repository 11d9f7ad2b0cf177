"""Polos, blouses and shirts."""

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.bodices import Body, back_piece, hem_line, lay_front, measured, neck_band, neck_line
from demo_shop.drawing.collars import bow_tie, frill_collar, shirt_collar, stand_collar
from demo_shop.drawing.fronts import armholes, chest_pocket, detail_folds, placket
from demo_shop.drawing.graphics import embroidery
from demo_shop.drawing.paths import MIDDLE, line, wavy
from demo_shop.drawing.sleeves import lay_sleeves


def polo(a: Atelier) -> None:
    style, body = a.style, measured(a)
    body.neck, body.depth = 14.5, 12
    back_piece(a, body)
    lay_sleeves(a, body, style.get("sleeve", "short"), "rib")
    lay_front(a, body, "crew")
    armholes(a, body)
    placket(a, body.top + body.depth, body.top + 52, 8.0, 3)
    shirt_collar(a, body, cloth=a.cuffs, spread=11, drop=15)
    a.canvas.stitch(hem_line(body, 4.5), gap=2.6)
    if style.get("pocket") == "chest":
        chest_pocket(a, 122, body.top + 44, 16, 18)


def blouse(a: Atelier) -> None:
    style, body = a.style, measured(a)
    neck = style.get("neck", "v")
    body.hem += 3
    body.hem_drop = a.vary(0, 5)
    folds = detail_folds(a, body)
    folds += [
        a.fold((x, body.top + 40), (x + 2, 150), (x + 1, body.bottom), depth=0.4) for x in (74.0, 91.0, 113.0, 128.0)
    ]
    back_piece(a, body)
    cuff = "shirt" if style.get("sleeve") in ("long", "balloon") else "rib" if style.get("sleeve") == "puff" else "hem"
    lay_sleeves(a, body, style.get("sleeve", "long"), cuff)
    lay_front(a, body, neck, folds=folds)
    armholes(a, body)
    _blouse_front(a, body, neck)
    a.canvas.stitch(hem_line(body, 3), gap=2.6)
    embroidery(a, body)


def shirt(a: Atelier) -> None:
    style, body = a.style, measured(a)
    body.neck, body.depth = 14.0, 9.0
    body.bottom, body.hem_drop = body.bottom + 4, 7.0
    back_piece(a, body)
    long = style.get("sleeve", "long") == "long"
    lay_sleeves(a, body, style.get("sleeve", "long"), "shirt" if long else "turned")
    lay_front(a, body, "crew")
    armholes(a, body)
    a.canvas.seam(
        line((MIDDLE - body.shoulder + 3, body.top + 15), (MIDDLE - 12, body.top + 10)),
        line((MIDDLE + body.shoulder - 3, body.top + 15), (MIDDLE + 12, body.top + 10)),
        depth=0.2,
    )
    placket(a, body.top + 8, body.bottom + 6, 8.5, 7)
    pocket = style.get("pocket", "none")
    if pocket in ("chest", "two"):
        chest_pocket(a, 124, body.top + 46, 19, 22, flap=pocket == "two")
    if pocket == "two":
        chest_pocket(a, 76, body.top + 46, 19, 22, flap=True)
    if style.get("collar") == "stand":
        stand_collar(a, body)
    else:
        shirt_collar(a, body, spread=15 if style.get("collar") == "resort" else 10, drop=19)
    a.canvas.stitch(hem_line(body, 3), gap=2.6)


def _blouse_front(a: Atelier, body: Body, neck: str) -> None:
    style, canvas = a.style, a.canvas
    start = body.top + body.depth
    if style.get("front") == "buttons":
        placket(a, start - 1, body.bottom + 2 + body.hem_drop, 7.5, 6 if neck == "v" else 7)
    elif style.get("front") == "half" and neck != "v":
        placket(a, start - 1, start + 40, 7.0, 3)
    if style.get("detail") in ("yoke", "smocked"):
        canvas.seam(
            line((MIDDLE - body.shoulder + 5, body.top + 33), (MIDDLE + body.shoulder - 5, body.top + 33)), depth=0.35
        )
    if style.get("detail") == "smocked":
        for y in range(int(body.top + 38), int(body.top + 62), 4):
            canvas.seam(
                wavy((MIDDLE - body.chest + 6, y), (MIDDLE + body.chest - 6, y), 14, 1.4), depth=0.22, width=0.8
            )
    if style.get("detail") == "ruffle":
        for side in (1, -1):
            x = MIDDLE + side * 11
            strip = [
                (x - 4, start),
                *wavy((x + 4, start), (x + 4, body.bottom - 30), 9, 3.4),
                (x - 4, body.bottom - 30),
            ]
            canvas.lay(canvas.mask(strip), a.cloth, relief=0.9, cast=0.9)
            canvas.seam([(x - 1, start + 2), (x - 1, body.bottom - 34)], depth=0.3)
    if neck == "bow":
        stand_collar(a, body)
        bow_tie(a, MIDDLE, body.top + body.depth + 2)
    elif neck == "stand":
        stand_collar(a, body)
    elif neck == "frill":
        frill_collar(a, body)
    else:
        neck_band(a, body, neck, 2.4, a.plain)
        canvas.stitch([(x, y + 4) for x, y in neck_line(body, neck)], gap=2.6)
