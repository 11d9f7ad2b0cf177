"""Sweaters, cardigans and hoodies."""

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.bodices import Body, back_piece, hem_band, lay_front, measured, neck_band
from demo_shop.drawing.collars import high_neck, hood
from demo_shop.drawing.graphics import chest_graphic
from demo_shop.drawing.paths import MIDDLE, box, flip, line, mirrored, outline, smooth
from demo_shop.drawing.sleeves import armhole_line, lay_sleeves


def sweater(a: Atelier) -> None:
    style, body = a.style, measured(a)
    neck = style.get("neck", "crew")
    body.slope += 2
    back_piece(a, body)
    lay_sleeves(a, body, style.get("sleeve", "long"), "rib")
    lay_front(a, body, neck)
    _seams(a, body)
    if neck in ("turtle", "mock"):
        high_neck(a, body, 24 if neck == "turtle" else 12)
    else:
        neck_band(a, body, neck, 5.5)
    hem_band(a, body, 11)
    chest_graphic(a, body)


def cardigan(a: Atelier) -> None:
    style, body = a.style, measured(a)
    v = style.get("neck", "v") == "v"
    body.depth = 62.0 if v else 11.0
    if style.childs:
        body.depth = min(body.depth, 46.0)
    back_piece(a, body)
    lay_sleeves(a, body, style.get("sleeve", "long"), "rib")
    lay_front(a, body, "v" if v else "crew")
    _seams(a, body)
    hem_band(a, body, 10)
    _button_border(a, body, v)
    if style.get("pocket") == "patch":
        for side in (1, -1):
            x, y = MIDDLE + side * body.hem * 0.55, body.bottom - 44
            a.canvas.lay(a.canvas.mask(box(x - 12, y, 24, 27, 2)), a.cloth, relief=0.7, cast=0.9)
            a.canvas.lay(a.canvas.mask(box(x - 12, y, 24, 5, 1)), a.cuffs, relief=0.5, cast=0.4)


def hoodie(a: Atelier) -> None:
    style, body = a.style, measured(a)
    body.neck, body.depth = 17.0, 12.0
    body.top += 10
    lay_sleeves(a, body, "long", "rib")
    lay_front(a, body, "crew")
    _seams(a, body)
    hem_band(a, body, 11)
    zipped = style.get("front") == "zip"
    _kangaroo(a, body, zipped)
    if zipped:
        a.zip(line((MIDDLE, body.top + 18), (MIDDLE, body.bottom + 5)))
    hood(a, body)
    if not zipped:
        chest_graphic(a, body)


def _button_border(a: Atelier, body: Body, v: bool) -> None:
    """The ribbed border with buttons."""
    canvas = a.canvas
    low, start = body.bottom + 5, body.top + body.depth
    if v:
        right = line(
            (MIDDLE + body.neck, body.top),
            smooth(MIDDLE + body.neck * 0.62, body.top + body.depth * 0.5),
            (MIDDLE + 0.5, start),
            (MIDDLE + 0.5, low),
        )
        left = line(
            (MIDDLE - body.neck, body.top),
            smooth(MIDDLE - body.neck * 0.62, body.top + body.depth * 0.5),
            (MIDDLE + 0.5, start),
            (MIDDLE + 0.5, low),
        )
        canvas.lay(canvas.lines([left], 6.5), a.cuffs, relief=0.8, cast=0.5)
        canvas.lay(canvas.lines([right], 6.5), a.cuffs, relief=0.8, cast=0.8)
    else:
        neck_band(a, body, "crew", 5.5)
        canvas.lay(canvas.mask(box(MIDDLE - 3.8, start + 1, 7.6, low - start - 1, 1)), a.cuffs, relief=0.7, cast=0.8)
    count = 4 if v else 6
    first = start + (7 if v else 6)
    for i in range(count):
        canvas.button(MIDDLE + 0.4, first + i * (low - first - 8) / (count - 1), 2.5, a.button_rgb)


def _kangaroo(a: Atelier, body: Body, zipped: bool) -> None:
    canvas, low = a.canvas, body.bottom - 8
    half, height = body.hem * 0.62, 38.0
    right = outline(
        (MIDDLE + (2 if zipped else 0), low - height),
        (MIDDLE + half * 0.62, low - height),
        smooth(MIDDLE + half * 0.8, low - height * 0.6),
        (MIDDLE + half, low - 12),
        (MIDDLE + half, low),
        (MIDDLE + (2 if zipped else 0), low),
    )
    if zipped:
        for part in (right, flip(right)):
            canvas.lay(canvas.mask(part), a.cloth, relief=0.35, cast=0.8)
    else:
        pocket = mirrored(
            (MIDDLE, low - height),
            (MIDDLE + half * 0.62, low - height),
            smooth(MIDDLE + half * 0.8, low - height * 0.6),
            (MIDDLE + half, low - 12),
            (MIDDLE + half, low),
            (MIDDLE, low + 0.5),
        )
        canvas.lay(canvas.mask(pocket), a.cloth, relief=0.35, cast=0.8)
    edge = line(
        (MIDDLE + half * 0.58, low - height + 1.8),
        smooth(MIDDLE + half * 0.76, low - height * 0.58),
        (MIDDLE + half - 2, low - 12),
    )
    canvas.stitch(edge, flip(edge))


def _seams(a: Atelier, body: Body) -> None:
    seam = armhole_line(body)
    a.canvas.seam(seam, flip(seam), depth=0.26, width=1.4)
