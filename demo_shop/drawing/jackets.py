"""Jackets of many cuts."""

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.bodices import back_piece, hem_band, hem_line, lay_front, measured
from demo_shop.drawing.cloth import lighter
from demo_shop.drawing.coats import denim_jacket
from demo_shop.drawing.collars import hood, lapels, shirt_collar, stand_collar
from demo_shop.drawing.fronts import chest_pocket, placket
from demo_shop.drawing.paths import MIDDLE, Path, between, box, flip, line, mirrored, smooth
from demo_shop.drawing.puffers import puffer
from demo_shop.drawing.sleeves import lay_sleeves, sleeve_of
from demo_shop.drawing.tailoring import hip_pockets, open_back, shoulder_seams, waist_belt


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
    cuts[a.style.get("cut", "bomber")](a)


def raincoat(a: Atelier) -> None:
    style, body = a.style, measured(a)
    body.top += 10
    body.neck, body.depth = 17, 12
    body.hem += 5
    body.waist += 4
    body.bottom += 8 if style.get("length") == "long" else 0
    a.cloth.gloss = 0.35
    lay_sleeves(a, body, "long", "turned")
    lay_front(a, body, "crew")
    shoulder_seams(a, body)
    placket(a, body.top + 14, body.bottom + 3, 10, 5)
    hip_pockets(a, body, "flap", body.bottom - 52)
    a.canvas.stitch(hem_line(body, 5))
    hood(a, body, cords=True)


def track_jacket(a: Atelier) -> None:
    style, body = a.style, measured(a)
    body.neck, body.depth = 16, 10
    lay_sleeves(a, body, "long", "rib")
    rgb = style.accents[0] if style.seed % 2 else lighter(style.rgb, 0.4)
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
    shoulder_seams(a, body)
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


def _biker(a: Atelier) -> None:
    style, body = a.style, measured(a)
    body.neck, body.depth = 16, 58
    body.bottom = 196 if style.get("length") == "cropped" else 208
    body.hem -= 2
    a.cloth.gloss = 0.5
    open_back(a, body)
    lay_sleeves(a, body, "long", "")
    lay_front(a, body, "v")
    shoulder_seams(a, body)
    lapels(a, body, body.top + body.depth, 17)
    a.zip([(MIDDLE + 7, body.top + body.depth - 6), (MIDDLE + 17, body.bottom - 6)])
    for side in (1, -1):
        a.zip([(MIDDLE + side * 24, body.bottom - 40), (MIDDLE + side * 31, body.bottom - 19)], pull=False)
        x, y = MIDDLE + side * (body.shoulder - 7), body.top + body.slope + 3
        strap = box(x - 9, y - 3, 18, 6, 2)
        a.canvas.lay(a.canvas.mask(strap), a.cloth, relief=0.6, cast=0.8)
        a.canvas.button(x - side * 5, y, 1.5, style.trim, holes=False)
    waist_belt(a, body, body.bottom - 6, buckle=True, height=9)


def _bomber(a: Atelier) -> None:
    body = measured(a)
    body.neck, body.depth = 16, 9
    body.bottom = 190 if a.style.get("length") == "cropped" else 212
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
    shoulder_seams(a, body)
    hem_band(a, body, 14)
    collar = mirrored(
        f"100,{body.top + 4} ~109,{body.top + 2} 115.5,{body.top - 5} 119,{body.top + 3} ~111,{body.top + 11} "
        f"100,{body.top + 15}"
    )
    a.canvas.lay(a.canvas.mask(collar), a.cuffs, relief=1.0, cast=0.9)
    a.zip(line((MIDDLE, body.top + 6), (MIDDLE, body.bottom + 6)))
    for side in (1, -1):
        welt: Path = [
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
    shoulder_seams(a, body)
    placket(a, body.top + 9, body.bottom + 2, 10, 7)
    for side in (1, -1):
        chest_pocket(a, MIDDLE + side * 24, body.top + 46, 24, 26, flap=True)
        chest_pocket(a, MIDDLE + side * 26, body.bottom - 54, 30, 36, flap=True)
    if a.style.seed % 2:
        waist_belt(a, body, body.waist_y + 14, buckle=False, height=6)
    a.canvas.stitch(hem_line(body, 4))
    shirt_collar(a, body, spread=13, drop=20)
