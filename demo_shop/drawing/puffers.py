"""Quilted jackets and gilets."""

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.bodices import Body, front_outline, measured
from demo_shop.drawing.collars import hood
from demo_shop.drawing.paths import MIDDLE, Path, flip, line, mirrored, outline
from demo_shop.drawing.sleeves import sleeve_of


def puffer(a: Atelier) -> None:
    """Quilted: the body and the sleeves are built from baffles."""
    style, body = a.style, measured(a)
    body.top += 8
    body.neck, body.chest, body.hem, body.waist = 17, body.chest + 5, body.hem + 4, body.waist + 7
    body.bottom = {"cropped": 190.0, "long": 254.0}.get(style.get("length"), 222.0) - (20 if style.childs else 0)
    a.cloth.gloss = 0.3
    if style.get("sleeve", "long") != "none":
        _quilted_sleeves(a, body)
    canvas = a.canvas
    whole = canvas.mask(front_outline(body, "crew"))
    canvas.lay(whole, a.lining, cast=0.8)
    step, y, row = 17.0 + a.vary(-3, 4), body.top - 2, 0
    while y < body.bottom + 2:
        bulge = [
            (MIDDLE - 75, y),
            *line(f"25,{y + step} ~70,{y + step + 1.8} ~130,{y + step + 1.2} 175,{y + step}"),
            (MIDDLE + 75, y),
        ]
        folds = [
            a.fold((MIDDLE + u, y + 1), (MIDDLE + u + 2, y + 5), (MIDDLE + u + 1, y + 9), depth=0.45, width=3)
            for u in (-34 + row * 3 % 9, -14, 12, 31 - row * 2 % 7)
        ]
        canvas.lay(canvas.mask(bulge) * whole, a.cloth, folds=folds, relief=1.25, cast=0.35)
        y, row = y + step, row + 1
    if style.childs or style.seed % 2:
        hood(a, body, cords=False)
    else:
        _puffer_collar(a, body)
    a.zip(line((MIDDLE, body.top + 6), (MIDDLE, body.bottom + 1)))
    for side in (1, -1):
        pocket = line((MIDDLE + side * 23, body.bottom - 46), (MIDDLE + side * 29, body.bottom - 22))
        canvas.seam(pocket, depth=0.55, width=1.8)


def waistcoat(a: Atelier) -> None:
    puffer(a)


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
            band: Path = [(0, y + tilt), (200, y - tilt), (200, y + 15 - tilt), (0, y + 15 + tilt)]
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
    back = mirrored(f"100,{top - 16} ~112,{top - 16} 119,{top - 10} 118,{top + 4} 100,{top + 4}")
    canvas.lay(canvas.mask(back), a.lining, relief=0.8, cast=0.3)
    leaf = outline(
        f"120,{top - 12} ~123,{top - 2} 120,{top + 6} ~110,{top + 13} 100.6,{top + 14} 100.6,{top + 1} ~110,{top - 2}"
    )
    for part in (leaf, flip(leaf)):
        canvas.lay(canvas.mask(part), a.cloth, relief=1.3, cast=0.8)
