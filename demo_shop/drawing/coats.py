"""Jackets, coats, blazers and gilets."""

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.bodices import Body, back_piece, lay_front, measured
from demo_shop.drawing.cloth import Cloth, darker, lighter, mixed
from demo_shop.drawing.collars import hood, lapels, shirt_collar
from demo_shop.drawing.fronts import placket
from demo_shop.drawing.paths import MIDDLE, box, ellipse, flip, line, moved, outline, smooth
from demo_shop.drawing.sleeves import lay_sleeves, sleeve_of
from demo_shop.drawing.tailoring import hip_pockets, open_back, shoulder_seams, waist_belt


def blazer(a: Atelier) -> None:
    style, body = a.style, measured(a)
    double = style.get("cut") == "double"
    body.neck, body.depth, body.bottom = 15.0, 84.0 if not double else 72.0, body.bottom + 6
    body.waist -= 4
    body.shoulder += 1
    body.slope -= 2
    open_back(a, body)
    lay_sleeves(a, body, "long", "")
    _sleeve_buttons(a, body)
    lay_front(a, body, "v")
    shoulder_seams(a, body)
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
    hip_pockets(a, body, style.get("pocket", "flap"), body.bottom - 46)
    a.canvas.seam([(MIDDLE + 20, body.top + 52), (MIDDLE + 33, body.top + 50)], depth=0.35, width=1.5)
    for i in range(2 if double else 1 + style.seed % 2):
        for x in (MIDDLE + 9, MIDDLE - 9) if double else (MIDDLE + 0.5,):
            a.canvas.button(
                x, low + 5 + i * 24, 3.0, darker(style.rgb, 0.35) if not style.dark else lighter(style.rgb, 0.2)
            )


def coat(a: Atelier) -> None:
    style = a.style
    cut = style.get("cut", "single")
    body = _coat_body(a)
    body.neck, body.depth = 16.0, 70.0 if cut != "duffle" else 12.0
    if cut == "duffle":
        return _duffle(a, body)
    open_back(a, body)
    lay_sleeves(a, body, "long", "turned" if cut == "trench" else "")
    lay_front(a, body, "v")
    shoulder_seams(a, body)
    low = body.top + body.depth
    offset = {"double": 11.0, "trench": 11.0, "wrap": 6.0}.get(cut, 1.0)
    a.canvas.seam(line((MIDDLE + offset, low - 4), (MIDDLE + offset + 1, body.bottom + 2)), depth=0.45, width=1.6)
    if cut == "trench":
        _storm_flap(a, body)
    lapels(a, body, low, 20 if cut in ("double", "trench", "wrap") else 15, peak=cut == "double")
    hip_pockets(a, body, style.get("pocket", "welt"), body.waist_y + 34)
    rgb = darker(style.rgb, 0.4) if not style.dark else lighter(style.rgb, 0.16)
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


def denim_jacket(a: Atelier) -> None:
    style, body = a.style, measured(a)
    body.neck, body.depth = 15, 11
    body.bottom = 196 if style.get("length") == "cropped" else 212
    body.waist, body.hem = body.waist - 1, body.hem - 3
    thread = (206, 158, 92) if style.appearance == "Denim" else None
    back_piece(a, body)
    lay_sleeves(a, body, "long", "shirt")
    lay_front(a, body, "crew")
    shoulder_seams(a, body)
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
    canvas.button(MIDDLE, body.bottom - 3, 2.2, style.trim)
    shirt_collar(a, body, spread=13, drop=20)


def _duffle(a: Atelier, body: Body) -> None:
    body.top += 20
    lay_sleeves(a, body, "long", "")
    lay_front(a, body, "crew")
    shoulder_seams(a, body)
    canvas = a.canvas
    canvas.seam(line((MIDDLE + 3, body.top + 16), (MIDDLE + 3, body.bottom + 2)), depth=0.45, width=1.6)
    cord = Cloth.plain(mixed(a.style.rgb, (94, 66, 44), 0.75))
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
    hip_pockets(a, body, "flap", body.waist_y + 44)
    hood(a, body, cords=False)


def _coat_body(a: Atelier) -> Body:
    style, body = a.style, measured(a)
    body.top -= 18
    body.bottom = {"short": 220.0, "long": 264.0}.get(style.get("length"), 248.0) + a.vary(-4, 4)
    body.shoulder, body.chest = body.shoulder + 2, body.chest + 2
    body.hem += 8
    body.waist += 2
    body.slope -= 1
    return body


def _sleeve_buttons(a: Atelier, body: Body) -> None:
    sleeve = sleeve_of(a, body, "long")
    if sleeve is None:
        return
    x, y = sleeve.cuff[1]
    for i in range(3):
        for point in ((x - 3.4, y - 5 - 5 * i), (2 * MIDDLE - x + 3.4, y - 5 - 5 * i)):
            a.canvas.button(*point, 1.4, a.button_rgb, holes=False)


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


def _denim_flap(a: Atelier, x: float, y: float) -> None:
    lid = [(x - 10, y), (x + 10, y), (x + 10, y + 6), (x, y + 10), (x - 10, y + 6)]
    a.canvas.lay(a.canvas.mask(lid), a.cloth, relief=0.5, cast=0.8)
    a.canvas.button(x, y + 6, 1.8, a.style.trim, holes=False)
