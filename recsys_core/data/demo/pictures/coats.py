"""Jackets, coats, blazers and gilets."""

from recsys_core.data.demo.pictures.atelier import Atelier
from recsys_core.data.demo.pictures.bodices import (
    Body,
    armhole_line,
    back_piece,
    front_outline,
    hem_band,
    hem_line,
    lay_front,
    lay_sleeves,
    measured,
    sleeve_of,
)
from recsys_core.data.demo.pictures.cloth import Cloth, darker, lighter, mixed
from recsys_core.data.demo.pictures.collars import hood, lapels, shirt_collar, stand_collar
from recsys_core.data.demo.pictures.paths import (
    MIDDLE,
    Path,
    between,
    box,
    ellipse,
    flip,
    line,
    mirrored,
    moved,
    outline,
    smooth,
)
from recsys_core.data.demo.pictures.tops import chest_pocket, placket


def jacket(a: Atelier) -> None:
    cuts = {
        "biker": _biker,
        "bomber": _bomber,
        "puffer": puffer,
        "utility": _utility,
        "trucker": denim_jacket,
        "anorak": raincoat,
        "track": track_jacket,
    }
    cuts[a.look.get("cut", "bomber")](a)


def blazer(a: Atelier) -> None:
    look, body = a.look, measured(a)
    double = look.get("cut") == "double"
    body.neck, body.depth, body.bottom = 15.0, 84.0 if not double else 72.0, body.bottom + 6
    body.waist -= 4
    body.shoulder += 1
    body.slope -= 2
    _open_back(a, body)
    lay_sleeves(a, body, "long", "")
    _sleeve_buttons(a, body)
    lay_front(a, body, "v")
    _shoulder_seams(a, body)
    low = body.top + body.depth
    edge = line(
        (MIDDLE + (9 if double else 1), low),
        (MIDDLE + (9 if double else 2), body.bottom - 16),
        smooth(MIDDLE + (9 if double else 6), body.bottom - 3),
        (MIDDLE + (9 if double else 14), body.bottom + 2),
    )
    a.canvas.seam(edge, depth=0.4, width=1.4)
    dart = line((MIDDLE + 24, low - 34), smooth(MIDDLE + 22, low), (MIDDLE + 24, body.bottom - 40))
    a.canvas.seam(dart, flip(dart), depth=0.16)
    lapels(a, body, low, 17 if double else 14, peak=double)
    _hip_pockets(a, body, look.get("pocket", "flap"), body.bottom - 46)
    a.canvas.seam([(MIDDLE + 20, body.top + 52), (MIDDLE + 33, body.top + 50)], depth=0.35, width=1.5)
    for i in range(2 if double else 1 + look.seed % 2):
        for x in (MIDDLE + 9, MIDDLE - 9) if double else (MIDDLE + 0.5,):
            a.canvas.button(
                x, low + 5 + i * 24, 3.0, darker(look.rgb, 0.35) if not look.dark else lighter(look.rgb, 0.2)
            )


def coat(a: Atelier) -> None:
    look = a.look
    cut = look.get("cut", "single")
    body = _coat_body(a)
    body.neck, body.depth = 16.0, 70.0 if cut != "duffle" else 12.0
    if cut == "duffle":
        return _duffle(a, body)
    _open_back(a, body)
    lay_sleeves(a, body, "long", "turned" if cut == "trench" else "")
    lay_front(a, body, "v")
    _shoulder_seams(a, body)
    low = body.top + body.depth
    offset = {"double": 11.0, "trench": 11.0, "wrap": 6.0}.get(cut, 1.0)
    a.canvas.seam(line((MIDDLE + offset, low - 4), (MIDDLE + offset + 1, body.bottom + 2)), depth=0.45, width=1.6)
    if cut == "trench":
        _storm_flap(a, body)
    lapels(a, body, low, 20 if cut in ("double", "trench", "wrap") else 15, peak=cut == "double")
    _hip_pockets(a, body, look.get("pocket", "welt"), body.waist_y + 34)
    rgb = darker(look.rgb, 0.4) if not look.dark else lighter(look.rgb, 0.16)
    if cut in ("wrap", "trench"):
        waist_belt(a, body, body.waist_y, buckle=cut == "trench")
    if cut in ("double", "trench"):
        for i in range(3):
            for x in (MIDDLE + 13, MIDDLE - 11):
                if i != 1 or cut == "double":
                    a.canvas.button(x, low - 12 + i * 24, 3.2, rgb)
    elif cut == "single":
        for i in range(3):
            a.canvas.button(MIDDLE + 1, low + 4 + i * 26, 3.2, rgb)
    return None


def puffer(a: Atelier) -> None:
    """Quilted: the body and the sleeves are built from baffles."""
    look, body = a.look, measured(a)
    body.top += 8
    body.neck, body.chest, body.hem, body.waist = 17, body.chest + 5, body.hem + 4, body.waist + 7
    body.bottom = {"cropped": 190.0, "long": 254.0}.get(look.get("length"), 222.0) - (20 if look.childs else 0)
    a.cloth.gloss = 0.3
    if look.get("sleeve", "long") != "none":
        _quilted_sleeves(a, body)
    canvas = a.canvas
    whole = canvas.mask(front_outline(body, "crew"))
    canvas.lay(whole, a.lining, cast=0.8)
    step, y, row = 17.0 + a.vary(-3, 4), body.top - 2, 0
    while y < body.bottom + 2:
        bulge = [
            (MIDDLE - 75, y),
            *line(
                (MIDDLE - 75, y + step),
                smooth(MIDDLE - 30, y + step + 1.8),
                smooth(MIDDLE + 30, y + step + 1.2),
                (MIDDLE + 75, y + step),
            ),
            (MIDDLE + 75, y),
        ]
        folds = [
            a.fold((MIDDLE + u, y + 1), (MIDDLE + u + 2, y + 5), (MIDDLE + u + 1, y + 9), depth=0.45, width=3)
            for u in (-34 + row * 3 % 9, -14, 12, 31 - row * 2 % 7)
        ]
        canvas.lay(canvas.mask(bulge) * whole, a.cloth, folds=folds, relief=1.25, cast=0.35)
        y, row = y + step, row + 1
    if look.childs or look.seed % 2:
        hood(a, body, cords=False)
    else:
        _puffer_collar(a, body)
    a.zip(line((MIDDLE, body.top + 6), (MIDDLE, body.bottom + 1)))
    for side in (1, -1):
        pocket = line((MIDDLE + side * 23, body.bottom - 46), (MIDDLE + side * 29, body.bottom - 22))
        canvas.seam(pocket, depth=0.55, width=1.8)


def waistcoat(a: Atelier) -> None:
    puffer(a)


def raincoat(a: Atelier) -> None:
    look, body = a.look, measured(a)
    body.top += 10
    body.neck, body.depth = 17, 12
    body.hem += 5
    body.waist += 4
    body.bottom += 8 if look.get("length") == "long" else 0
    a.cloth.gloss = 0.35
    lay_sleeves(a, body, "long", "turned")
    lay_front(a, body, "crew")
    _shoulder_seams(a, body)
    placket(a, body.top + 14, body.bottom + 3, 10, 5)
    _hip_pockets(a, body, "flap", body.bottom - 52)
    a.canvas.stitch(hem_line(body, 5))
    hood(a, body, cords=True)


def track_jacket(a: Atelier) -> None:
    look, body = a.look, measured(a)
    body.neck, body.depth = 16, 10
    lay_sleeves(a, body, "long", "rib")
    rgb = look.accents[0] if look.seed % 2 else lighter(look.rgb, 0.4)
    sleeve = sleeve_of(a, body, "long")
    if sleeve:
        tip, outer = body.tip, sleeve.cuff[1]
        for inset in (2.5, 6.5):
            stripe = [
                (between(tip, outer, t)[0] - inset + (4 if 0.1 < t < 0.9 else 2), between(tip, outer, t)[1])
                for t in (0.04, 0.3, 0.6, 0.93)
            ]
            mask = a.canvas.lines([stripe, flip(stripe)], 1.8) * a.canvas.covered
            a.canvas.print_on(mask, rgb)
    lay_front(a, body, "crew")
    _shoulder_seams(a, body)
    panel = line(
        (MIDDLE + body.shoulder - 8, body.top + 8),
        smooth(MIDDLE + 26, body.top + 46),
        (MIDDLE + body.chest - 3, body.top + 66),
    )
    a.canvas.seam(panel, flip(panel), depth=0.3)
    hem_band(a, body, 10)
    stand_collar(a, body)
    a.zip(line((MIDDLE, body.top + 2), (MIDDLE, body.bottom + 5)))
    for side in (1, -1):
        a.canvas.seam(
            line((MIDDLE + side * 22, body.bottom - 48), (MIDDLE + side * 30, body.bottom - 24)), depth=0.5, width=1.6
        )


def denim_jacket(a: Atelier) -> None:
    look, body = a.look, measured(a)
    body.neck, body.depth = 15, 11
    body.bottom = 196 if look.get("length") == "cropped" else 212
    body.waist, body.hem = body.waist - 1, body.hem - 3
    thread = (206, 158, 92) if look.appearance == "Denim" else None
    back_piece(a, body)
    lay_sleeves(a, body, "long", "shirt")
    lay_front(a, body, "crew")
    _shoulder_seams(a, body)
    canvas, y = a.canvas, body.top + 44
    yoke = line((MIDDLE - body.chest + 6, y), (MIDDLE, y + 1), (MIDDLE + body.chest - 6, y))
    canvas.seam(yoke, depth=0.35)
    canvas.stitch(moved(yoke, 0, 2), rgb=thread)
    for side in (1, -1):
        for start, end in ((13, 8), (27, 17)):
            seam = [(MIDDLE + side * start, y + 2), (MIDDLE + side * end, body.bottom - 9)]
            canvas.seam(seam, depth=0.28)
            canvas.stitch(moved(seam, side * 1.8, 0), rgb=thread)
        _denim_flap(a, MIDDLE + side * 22, y - 1)
    a.canvas.lighten(
        a.canvas.soft(a.canvas.mask(ellipse(MIDDLE + 20, y + 46, 13, 30), ellipse(MIDDLE - 20, y + 46, 13, 30)), 7)
        * canvas.covered,
        0.10,
    )
    placket(a, body.top + 9, body.bottom, 8, 6)
    band = box(MIDDLE - body.hem - 1, body.bottom - 9, 2 * body.hem + 2, 11, 1.5)
    canvas.lay(canvas.mask(band), a.cloth, relief=0.6, cast=0.8)
    canvas.stitch([(MIDDLE - body.hem, body.bottom - 7), (MIDDLE + body.hem, body.bottom - 7)], rgb=thread)
    canvas.button(MIDDLE, body.bottom - 3, 2.2, look.trim)
    shirt_collar(a, body, spread=13, drop=20)


# cuts ------------------------------------------------------------------------------------------------------


def _biker(a: Atelier) -> None:
    look, body = a.look, measured(a)
    body.neck, body.depth = 16, 58
    body.bottom = 196 if look.get("length") == "cropped" else 208
    body.hem -= 2
    a.cloth.gloss = 0.5
    _open_back(a, body)
    lay_sleeves(a, body, "long", "")
    lay_front(a, body, "v")
    _shoulder_seams(a, body)
    lapels(a, body, body.top + body.depth, 17)
    a.zip([(MIDDLE + 7, body.top + body.depth - 6), (MIDDLE + 17, body.bottom - 6)])
    for side in (1, -1):
        a.zip([(MIDDLE + side * 24, body.bottom - 40), (MIDDLE + side * 31, body.bottom - 19)], pull=False)
        x, y = MIDDLE + side * (body.shoulder - 7), body.top + body.slope + 3
        strap = box(x - 9, y - 3, 18, 6, 2)
        a.canvas.lay(a.canvas.mask(strap), a.cloth, relief=0.6, cast=0.8)
        a.canvas.button(x - side * 5, y, 1.5, look.trim, holes=False)
    waist_belt(a, body, body.bottom - 6, buckle=True, height=9)


def _bomber(a: Atelier) -> None:
    body = measured(a)
    body.neck, body.depth = 16, 9
    body.bottom = 190 if a.look.get("length") == "cropped" else 212
    body.chest, body.waist = body.chest + 3, body.waist + 6
    a.cloth.gloss = max(a.cloth.gloss, 0.28)
    back_piece(a, body)
    lay_sleeves(a, body, "long", "rib")
    lay_front(
        a,
        body,
        "crew",
        folds=a.fan(
            (MIDDLE - 36, body.bottom),
            [(MIDDLE - 40, body.bottom - 30), (MIDDLE - 30, body.bottom - 34), (MIDDLE - 20, body.bottom - 26)],
            0.5,
        )
        + a.fan(
            (MIDDLE + 36, body.bottom),
            [(MIDDLE + 40, body.bottom - 30), (MIDDLE + 30, body.bottom - 34), (MIDDLE + 20, body.bottom - 26)],
            0.5,
        ),
    )
    _shoulder_seams(a, body)
    hem_band(a, body, 14)
    collar = mirrored(
        (MIDDLE, body.top + 4),
        smooth(MIDDLE + 9, body.top + 2),
        (MIDDLE + 15.5, body.top - 5),
        (MIDDLE + 19, body.top + 3),
        smooth(MIDDLE + 11, body.top + 11),
        (MIDDLE, body.top + 15),
    )
    a.canvas.lay(a.canvas.mask(collar), a.cuffs, relief=1.0, cast=0.9)
    a.zip(line((MIDDLE, body.top + 6), (MIDDLE, body.bottom + 6)))
    for side in (1, -1):
        welt = [
            (MIDDLE + side * 20, body.bottom - 50),
            (MIDDLE + side * 25, body.bottom - 52),
            (MIDDLE + side * 33, body.bottom - 27),
            (MIDDLE + side * 28, body.bottom - 25),
        ]
        a.canvas.lay(a.canvas.mask(welt), a.cloth, relief=0.5, cast=0.7)


def _utility(a: Atelier) -> None:
    body = measured(a)
    body.neck, body.depth, body.bottom = 15, 10, body.bottom + 8
    back_piece(a, body)
    lay_sleeves(a, body, "long", "shirt")
    lay_front(a, body, "crew")
    _shoulder_seams(a, body)
    placket(a, body.top + 9, body.bottom + 2, 10, 7)
    for side in (1, -1):
        chest_pocket(a, MIDDLE + side * 24, body.top + 46, 24, 26, flap=True)
        chest_pocket(a, MIDDLE + side * 26, body.bottom - 54, 30, 36, flap=True)
    if a.look.seed % 2:
        waist_belt(a, body, body.waist_y + 14, buckle=False, height=6)
    a.canvas.stitch(hem_line(body, 4))
    shirt_collar(a, body, spread=13, drop=20)


def _duffle(a: Atelier, body: Body) -> None:
    body.top += 12
    lay_sleeves(a, body, "long", "")
    lay_front(a, body, "crew")
    _shoulder_seams(a, body)
    canvas = a.canvas
    canvas.seam(line((MIDDLE + 3, body.top + 16), (MIDDLE + 3, body.bottom + 2)), depth=0.45, width=1.6)
    cord = Cloth.plain(mixed(a.look.rgb, (94, 66, 44), 0.75))
    for i in range(4):
        y = body.top + 34 + i * 25
        loops = [
            line(
                (MIDDLE + side * 17, y - 2),
                smooth(MIDDLE + side * 8, y - 2.4),
                (MIDDLE + side * 1, y),
                smooth(MIDDLE + side * 8, y + 2.4),
                (MIDDLE + side * 17, y + 2),
            )
            for side in (1, -1)
        ]
        canvas.lay(canvas.lines(loops, 1.6), cord, relief=0.6, cast=0.8)
        canvas.lay(
            canvas.mask(box(MIDDLE - 9, y - 2.2, 18, 4.4, 2.2)), Cloth.plain((150, 106, 66), 0.5), relief=0.9, cast=1.0
        )
    _hip_pockets(a, body, "flap", body.waist_y + 44)
    hood(a, body, cords=False)


# parts -----------------------------------------------------------------------------------------------------


def waist_belt(a: Atelier, body: Body, y: float, *, buckle: bool, height: float = 8.5) -> None:
    """A belt of the same cloth, tied or buckled."""
    canvas, half = a.canvas, body.waist + 1.5
    canvas.lay(
        canvas.mask(box(MIDDLE - half, y - height / 2, 2 * half, height, 1)), a.cloth, angle=90, relief=0.9, cast=1.0
    )
    canvas.stitch([(MIDDLE - half + 1, y - height / 2 + 1.4), (MIDDLE + half - 1, y - height / 2 + 1.4)])
    if buckle:
        frame = canvas.hole(
            [box(MIDDLE - 6, y - height / 2 - 1.5, 13, height + 3, 1.5)],
            [box(MIDDLE - 3.6, y - height / 2 + 0.8, 8.2, height - 1.6, 0.8)],
        )
        canvas.lay(frame, Cloth.plain(a.look.trim, 0.5), relief=0.5, cast=0.8)
        return
    for dx, length in ((5, 46), (-3, 40)):
        end = outline(
            (MIDDLE + 2, y - 2), (MIDDLE + 8, y), (MIDDLE + 8 + dx, y + length), (MIDDLE + 1 + dx, y + length + 2)
        )
        canvas.lay(canvas.mask(end), a.cloth, relief=0.9, cast=0.9)
    canvas.lay(canvas.mask(ellipse(MIDDLE + 4, y, 6, 5.2)), a.cloth, relief=1.1, cast=1.0)


def _coat_body(a: Atelier) -> Body:
    look, body = a.look, measured(a)
    body.top -= 18
    body.bottom = {"short": 220.0, "long": 264.0}.get(look.get("length"), 248.0) + a.vary(-4, 4)
    body.shoulder, body.chest = body.shoulder + 2, body.chest + 2
    body.hem += 8
    body.waist += 2
    body.slope -= 1
    return body


def _open_back(a: Atelier, body: Body) -> None:
    """The lining seen between the lapels."""
    canvas, low = a.canvas, body.top + body.depth + 2
    shape = mirrored(
        (MIDDLE, body.top - 5),
        smooth(MIDDLE + body.neck * 0.6, body.top - 5),
        (MIDDLE + body.neck, body.top),
        (MIDDLE + body.neck, body.top + 10),
        (MIDDLE, low),
    )
    canvas.lay(
        canvas.mask(shape),
        Cloth.plain(darker(mixed(a.look.rgb, a.look.accents[1], 0.2), 0.35), 0.2),
        relief=0.4,
        cast=0,
    )
    a.label(MIDDLE, body.top + 3)


def _shoulder_seams(a: Atelier, body: Body) -> None:
    seam = armhole_line(body)
    a.canvas.seam(seam, flip(seam), depth=0.3, width=1.3)


def _sleeve_buttons(a: Atelier, body: Body) -> None:
    sleeve = sleeve_of(a, body, "long")
    if sleeve is None:
        return
    x, y = sleeve.cuff[1]
    for i in range(3):
        for point in ((x - 3.4, y - 5 - 5 * i), (2 * MIDDLE - x + 3.4, y - 5 - 5 * i)):
            a.canvas.button(*point, 1.4, a.button_rgb, holes=False)


def _hip_pockets(a: Atelier, body: Body, kind: str, y: float) -> None:
    canvas = a.canvas
    for side in (1, -1):
        x = MIDDLE + side * body.hem * 0.56
        if kind == "flap":
            lid: Path = [(x - 12, y), (x + 12, y), (x + 12, y + 8), (x - 12, y + 8)]
            canvas.lay(canvas.mask(lid), a.cloth, relief=0.45, cast=0.9)
            canvas.stitch([(x - 11, y + 6.6), (x + 11, y + 6.6)])
        else:
            welt = [
                (x - side * 4, y - 2),
                (x - side * 4 + 5, y - 2),
                (x + side * 5 + 5, y + 20),
                (x + side * 5, y + 20),
            ]
            canvas.lay(canvas.mask(welt), a.cloth, relief=0.5, cast=0.8)


def _storm_flap(a: Atelier, body: Body) -> None:
    flap = outline(
        (MIDDLE + 12, body.top + 20),
        (MIDDLE + body.shoulder - 4, body.top + 14),
        (MIDDLE + body.chest - 5, body.top + 46),
        smooth(MIDDLE + 26, body.top + 56),
        (MIDDLE + 12, body.top + 50),
    )
    a.canvas.lay(a.canvas.mask(flip(flap)), a.cloth, relief=0.4, cast=0.9)
    for side in (1, -1):
        x, y = MIDDLE + side * (body.shoulder - 9), body.top + body.slope + 1
        a.canvas.lay(a.canvas.mask(box(x - 9, y - 3, 18, 6, 2)), a.cloth, relief=0.5, cast=0.8)
        a.canvas.button(x - side * 5.5, y, 1.6, a.button_rgb)


def _quilted_sleeves(a: Atelier, body: Body) -> None:
    canvas = a.canvas
    sleeve = sleeve_of(a, body, "long")
    if sleeve is None:
        return
    wide = [(x + (2.5 if x > body.tip[0] else -1), y) for x, y in sleeve.shape]
    for shape in (wide, flip(wide)):
        whole = canvas.mask(shape)
        canvas.lay(whole, a.lining, cast=0.6)
        tilt = -4 if shape is wide else 4
        y = body.top
        while y < 236:
            band = [(0, y + tilt), (200, y - tilt), (200, y + 15 - tilt), (0, y + 15 + tilt)]
            canvas.lay(
                canvas.mask(band) * whole,
                a.cloth,
                relief=1.25,
                cast=0.3,
                folds=[
                    a.fold(
                        (body.tip[0] + 8, y + 1),
                        (body.tip[0] + 10, y + 6),
                        (body.tip[0] + 9, y + 9),
                        depth=0.4,
                        width=3,
                    )
                ],
            )
            y += 15


def _puffer_collar(a: Atelier, body: Body) -> None:
    canvas, top = a.canvas, body.top
    back = mirrored(
        (MIDDLE, top - 16),
        smooth(MIDDLE + 12, top - 16),
        (MIDDLE + 19, top - 10),
        (MIDDLE + 18, top + 4),
        (MIDDLE, top + 4),
    )
    canvas.lay(canvas.mask(back), a.lining, relief=0.8, cast=0.3)
    leaf = outline(
        (MIDDLE + 20, top - 12),
        smooth(MIDDLE + 23, top - 2),
        (MIDDLE + 20, top + 6),
        smooth(MIDDLE + 10, top + 13),
        (MIDDLE + 0.6, top + 14),
        (MIDDLE + 0.6, top + 1),
        smooth(MIDDLE + 10, top - 2),
    )
    for part in (leaf, flip(leaf)):
        canvas.lay(canvas.mask(part), a.cloth, relief=1.3, cast=0.8)


def _denim_flap(a: Atelier, x: float, y: float) -> None:
    lid = [(x - 10, y), (x + 10, y), (x + 10, y + 6), (x, y + 10), (x - 10, y + 6)]
    a.canvas.lay(a.canvas.mask(lid), a.cloth, relief=0.5, cast=0.8)
    a.canvas.button(x, y + 6, 1.8, a.look.trim, holes=False)
