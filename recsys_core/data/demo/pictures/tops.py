"""Tops of jersey and weave: T-shirts, vests, tops, bodysuits, polos, blouses and shirts."""

from recsys_core.data.demo.pictures.atelier import Atelier
from recsys_core.data.demo.pictures.bodices import (
    Body,
    armhole_line,
    back_piece,
    body_folds,
    front_outline,
    hem_line,
    lay_front,
    lay_sleeves,
    measured,
    neck_band,
    neck_line,
)
from recsys_core.data.demo.pictures.canvas import Fold
from recsys_core.data.demo.pictures.collars import (
    bow_tie,
    frill_collar,
    high_neck,
    shirt_collar,
    stand_collar,
)
from recsys_core.data.demo.pictures.graphics import chest_graphic, embroidery
from recsys_core.data.demo.pictures.paths import MIDDLE, Path, box, flip, line, mirrored, smooth, wavy


def tshirt(a: Atelier) -> None:
    look, body = a.look, measured(a)
    neck = look.get("neck", "crew")
    back_piece(a, body)
    cuff = "turned" if look.get("sleeve") == "rolled" else "hem"
    lay_sleeves(a, body, look.get("sleeve", "short"), cuff)
    lay_front(a, body, neck)
    _armholes(a, body)
    neck_band(a, body, neck, 4.0, a.cuffs if look.seed % 5 else a.dyed(look.accents[0], "rib"))
    a.canvas.stitch(hem_line(body, 4.5), gap=2.6)
    if look.get("pocket") == "chest":
        chest_pocket(a, 122, body.top + 44, 17, 19)
    chest_graphic(a, body)


def top(a: Atelier) -> None:
    look, body = a.look, measured(a)
    neck = look.get("neck", "crew")
    body.waist -= 1.5
    if neck == "bardot":
        body.neck = body.shoulder + 1
        body.slope = 16
    folds = _detail_folds(a, body)
    back_piece(a, body)
    lay_sleeves(a, body, look.get("sleeve", "long"), "hem" if look.get("sleeve") != "puff" else "rib")
    if look.get("detail") == "ruffle_hem":
        body.bottom -= 20
    lay_front(a, body, neck, folds=folds)
    _armholes(a, body)
    if neck in ("turtle", "mock"):
        high_neck(a, body, 22 if neck == "turtle" else 11)
    else:
        neck_band(a, body, neck, 2.6, a.plain)
    if look.get("detail") == "ruffle_hem":
        frill(a, body)
    else:
        a.canvas.stitch(hem_line(body, 3.5), gap=2.6)
    chest_graphic(a, body)


def vest_top(a: Atelier) -> None:
    look, body = a.look, measured(a)
    neck = look.get("neck", "scoop")
    wide = {"narrow": 3.2, "wide": 11.0, "racer": 7.0}[look.get("strap", "narrow")]
    body.waist -= 1.5
    edge = strappy_outline(body, neck, wide, racer=look.get("strap") == "racer")
    _strap_back(a, body, wide, neck)
    a.canvas.lay(a.canvas.mask(edge), a.cloth, folds=body_folds(a, body))
    trim = strap_edges(body, neck, wide, racer=look.get("strap") == "racer")
    if look.get("detail") == "lace_edge":
        a.canvas.lay(a.canvas.lines([trim[0]], 5.0), a.dyed(look.rgb, "moss"), relief=0.5, cast=0.4)
    a.canvas.stitch(*trim, gap=2.6)
    a.canvas.stitch(hem_line(body, 4), gap=2.6)
    chest_graphic(a, body)


def bodysuit(a: Atelier) -> None:
    look, body = a.look, measured(a)
    neck = look.get("neck", "scoop")
    body.bottom, body.chest, body.waist, body.hem = 214, 39, 34, 38
    body.shoulder = 41
    back_piece(a, body)
    lay_sleeves(a, body, look.get("sleeve", "long"), "hem")
    upper = front_outline(body, neck)
    legs = mirrored(
        (MIDDLE, 190),
        (MIDDLE + 38.4, 206),
        (MIDDLE + 38, 214),
        smooth(MIDDLE + 22, 226),
        (MIDDLE + 8, 252),
        (MIDDLE, 253),
    )
    a.canvas.lay(a.canvas.mask(upper, legs), a.cloth, folds=body_folds(a, body))
    _armholes(a, body)
    if neck == "turtle":
        high_neck(a, body, 20)
    else:
        neck_band(a, body, neck, 2.6, a.plain)
    leg = line((MIDDLE + 36, 213), smooth(MIDDLE + 21, 224), (MIDDLE + 8, 249))
    a.canvas.stitch(leg, flip(leg), gap=2.6)


def polo(a: Atelier) -> None:
    look, body = a.look, measured(a)
    body.neck, body.depth = 14.5, 12
    back_piece(a, body)
    lay_sleeves(a, body, look.get("sleeve", "short"), "rib")
    lay_front(a, body, "crew")
    _armholes(a, body)
    placket(a, body.top + body.depth, body.top + 52, 8.0, 3)
    shirt_collar(a, body, cloth=a.cuffs, spread=11, drop=15)
    a.canvas.stitch(hem_line(body, 4.5), gap=2.6)
    if look.get("pocket") == "chest":
        chest_pocket(a, 122, body.top + 44, 16, 18)


def blouse(a: Atelier) -> None:
    look, body = a.look, measured(a)
    neck = look.get("neck", "v")
    body.hem += 3
    body.hem_drop = a.vary(0, 5)
    folds = _detail_folds(a, body)
    folds += [
        a.fold((x, body.top + 40), (x + 2, 150), (x + 1, body.bottom), depth=0.4) for x in (74.0, 91.0, 113.0, 128.0)
    ]
    back_piece(a, body)
    cuff = "shirt" if look.get("sleeve") in ("long", "balloon") else "rib" if look.get("sleeve") == "puff" else "hem"
    lay_sleeves(a, body, look.get("sleeve", "long"), cuff)
    lay_front(a, body, neck, folds=folds)
    _armholes(a, body)
    _blouse_front(a, body, neck)
    a.canvas.stitch(hem_line(body, 3), gap=2.6)
    embroidery(a, body)


def shirt(a: Atelier) -> None:
    look, body = a.look, measured(a)
    body.neck, body.depth = 14.0, 9.0
    body.bottom, body.hem_drop = body.bottom + 4, 7.0
    back_piece(a, body)
    long = look.get("sleeve", "long") == "long"
    lay_sleeves(a, body, look.get("sleeve", "long"), "shirt" if long else "turned")
    lay_front(a, body, "crew")
    _armholes(a, body)
    a.canvas.seam(
        line((MIDDLE - body.shoulder + 3, body.top + 15), (MIDDLE - 12, body.top + 10)),
        line((MIDDLE + body.shoulder - 3, body.top + 15), (MIDDLE + 12, body.top + 10)),
        depth=0.2,
    )
    placket(a, body.top + 8, body.bottom + 6, 8.5, 7)
    pocket = look.get("pocket", "none")
    if pocket in ("chest", "two"):
        chest_pocket(a, 124, body.top + 46, 19, 22, flap=pocket == "two")
    if pocket == "two":
        chest_pocket(a, 76, body.top + 46, 19, 22, flap=True)
    if look.get("collar") == "stand":
        stand_collar(a, body)
    else:
        shirt_collar(a, body, spread=15 if look.get("collar") == "resort" else 10, drop=19)
    a.canvas.stitch(hem_line(body, 3), gap=2.6)


# parts -----------------------------------------------------------------------------------------------------


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


def frill(a: Atelier, body: Body, height: float = 26.0, cloth_light: float = 0.99) -> None:
    """A gathered frill at the hem."""
    canvas = a.canvas
    y, wide = body.bottom - 2, body.hem + 8
    low = line(
        (MIDDLE, y + height + 3),
        smooth(MIDDLE + wide * 0.3, y + height),
        smooth(MIDDLE + wide * 0.6, y + height + 3),
        (MIDDLE + wide, y + height - 2),
    )
    shape = mirrored(
        (MIDDLE, y + 2),
        smooth(MIDDLE + body.hem * 0.5, y + 1.5),
        (MIDDLE + body.hem, y),
        *[(px, py) for px, py in low[::-1]],
    )
    folds = [
        a.fold(
            (MIDDLE + u * body.hem, y + 2),
            (MIDDLE + u * (wide - 2), y + height * 0.5),
            (MIDDLE + u * wide, y + height),
            depth=0.55,
            width=4,
        )
        for u in (-0.85, -0.6, -0.35, -0.1, 0.15, 0.4, 0.62, 0.86)
    ]
    canvas.lay(canvas.mask(shape), a.cloth, folds=folds, light=cloth_light)
    canvas.seam(hem_line(body, 1.5), depth=0.25)


def strappy_outline(body: Body, neck: str, wide: float, racer: bool = False) -> Path:
    """Front of a garment on straps: from the neckline over the straps to the armholes."""
    edge, arm = strap_edges(body, neck, wide, racer)[:2]
    half = edge[len(edge) // 2 :]
    sides = [
        smooth(MIDDLE + body.waist, body.waist_y),
        (MIDDLE + body.hem, body.bottom),
        smooth(MIDDLE + body.hem * 0.5, body.bottom + 2 + body.hem_drop),
        (MIDDLE, body.bottom + 2.4 + body.hem_drop),
    ]
    return mirrored(*[(x, y) for x, y in half], *[(x, y) for x, y in arm], *sides)


def strap_edges(body: Body, neck: str, wide: float, racer: bool = False) -> tuple[Path, Path, Path]:
    """Neckline, right armhole and left armhole."""
    inner = 12.0 if neck == "halter" else 17.0 if racer else 24.0
    top, low = body.top - 4, body.top + (42.0 if neck != "halter" else 14.0)
    corner = MIDDLE + (24.0 if neck == "halter" else 27.0)
    if neck == "v":
        edge = line(
            (MIDDLE - inner, top),
            smooth(MIDDLE - inner + 1, low - 12),
            (MIDDLE, low + 7),
            smooth(MIDDLE + inner - 1, low - 12),
            (MIDDLE + inner, top),
        )
    elif neck == "square":
        edge = line(
            (MIDDLE - inner, top),
            (MIDDLE - inner, low),
            smooth(MIDDLE, low + 1.5),
            (MIDDLE + inner, low),
            (MIDDLE + inner, top),
        )
    elif neck == "halter":
        edge = line((MIDDLE - inner, top), smooth(MIDDLE, low), (MIDDLE + inner, top))
    else:
        edge = line(
            (MIDDLE - inner, top),
            smooth(MIDDLE - inner + 3, low - 14),
            smooth(MIDDLE, low + 2),
            smooth(MIDDLE + inner - 3, low - 14),
            (MIDDLE + inner, top),
        )
    under = (MIDDLE + body.chest - 1, body.underarm[1] - 4)
    arm = line(
        (MIDDLE + inner + wide, top),
        smooth(MIDDLE + inner + wide + (0.5 if racer else 1.5), low - 10),
        smooth(corner + wide * 0.6 + 6, under[1] - 8),
        under,
    )
    return edge, arm, flip(arm)


def _strap_back(a: Atelier, body: Body, wide: float, neck: str) -> None:
    """The back seen between the straps."""
    canvas = a.canvas
    low, high = body.underarm[1] + 6, body.top + (34 if wide < 5 else 14)
    inner = 24.0
    shape = mirrored(
        (MIDDLE, high + 6),
        smooth(MIDDLE + inner * 0.6, high + 3),
        (MIDDLE + inner + 1, high - (0 if wide < 5 else 16)),
        (MIDDLE + inner + wide, high),
        (MIDDLE + body.chest - 6, low),
        (MIDDLE, low),
    )
    if neck != "halter":
        canvas.lay(canvas.mask(shape), a.lining, relief=0.5, cast=0)


def _armholes(a: Atelier, body: Body) -> None:
    if a.look.get("sleeve") in ("none", "straps"):
        return
    seam = armhole_line(body)
    a.canvas.seam(seam, flip(seam), depth=0.22)


def _detail_folds(a: Atelier, body: Body) -> list[Fold]:
    detail, y = a.look.get("detail"), body.top + 62
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


def _blouse_front(a: Atelier, body: Body, neck: str) -> None:
    look, canvas = a.look, a.canvas
    start = body.top + body.depth
    if look.get("front") == "buttons":
        placket(a, start - 1, body.bottom + 2 + body.hem_drop, 7.5, 6 if neck == "v" else 7)
    elif look.get("front") == "half" and neck != "v":
        placket(a, start - 1, start + 40, 7.0, 3)
    if look.get("detail") in ("yoke", "smocked"):
        canvas.seam(
            line((MIDDLE - body.shoulder + 5, body.top + 33), (MIDDLE + body.shoulder - 5, body.top + 33)), depth=0.35
        )
    if look.get("detail") == "smocked":
        for y in range(int(body.top + 38), int(body.top + 62), 4):
            canvas.seam(
                wavy((MIDDLE - body.chest + 6, y), (MIDDLE + body.chest - 6, y), 14, 1.4), depth=0.22, width=0.8
            )
    if look.get("detail") == "ruffle":
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
