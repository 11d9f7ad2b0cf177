"""Children's things: sleepsuits, baby bodies, sets and soft toys; and pyjamas for everybody."""

from dataclasses import replace

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.bodices import Body, back_piece, body_folds, front_outline, hem_band, lay_front, neck_band
from demo_shop.drawing.cloth import Cloth, darker, lighter
from demo_shop.drawing.collars import shirt_collar
from demo_shop.drawing.fronts import placket
from demo_shop.drawing.graphics import chest_graphic
from demo_shop.drawing.legs import Legs, lay_legs
from demo_shop.drawing.paths import MIDDLE, Path, box, ellipse, flip, line, mirrored, moved, outline, smooth, turned
from demo_shop.drawing.sleeves import armhole_line, lay_sleeves
from demo_shop.drawing.tops import strappy_outline


def sleepsuit(a: Atelier) -> None:
    style, canvas = a.style, a.canvas
    body = Body(top=52, neck=17, depth=10, shoulder=42, chest=41, waist=42, hem=44, bottom=168, armhole=38)
    lay_sleeves(a, body, "long", "rib")
    legs = outline("100,150 143,150 ~146,186 ~140,226 ~144,242 ~134,254 ~117,250 ~113,232 ~108,206 100,196")
    folds = a.fan((MIDDLE, 192), [(MIDDLE + 30, 180), (MIDDLE - 30, 180), (MIDDLE + 28, 206), (MIDDLE - 28, 206)], 0.4)
    whole = canvas.mask(front_outline(body, "crew"), legs, flip(legs))
    canvas.lay(whole, a.cloth, folds=folds + body_folds(a, body)[:4])
    seam = armhole_line(body)
    canvas.seam(seam, flip(seam), depth=0.24)
    if style.get("feet") == "cuffed":
        for s in (1, -1):
            canvas.lay(
                canvas.mask(
                    outline(f"{MIDDLE + s * 14},226 {MIDDLE + s * 41},224 {MIDDLE + s * 42},236 {MIDDLE + s * 15},238")
                ),
                a.cuffs,
                relief=0.9,
            )
    neck_band(a, body, "crew", 4.6)
    path = line((MIDDLE, 64), smooth(MIDDLE + 1, 150), smooth(MIDDLE + 9, 196), (MIDDLE + 26, 234))
    if style.get("front") == "zip":
        a.zip(path)
    else:
        canvas.seam(moved(path, -3, 0), depth=0.3)
        for i in range(9):
            x, y = path[min(2 + i * (len(path) - 4) // 8, len(path) - 1)]
            canvas.button(x, y, 2.2, lighter(style.rgb, 0.4) if style.dark else (250, 248, 244), holes=False)
    if style.appearance in ("Solid", "Front print", "Placement print", "Melange"):
        chest_graphic(a, replace(body, top=body.top + 6))


def baby_body(a: Atelier) -> None:
    style, canvas = a.style, a.canvas
    body = Body(top=76, neck=20, depth=11, shoulder=42, chest=41, waist=42, hem=42, bottom=186, armhole=38)
    back_piece(a, body)
    lay_sleeves(
        a,
        replace(body, bottom=200) if style.get("sleeve") == "long" else body,
        style.get("sleeve", "short"),
        "rib" if style.get("sleeve") == "long" else "hem",
    )
    legs = mirrored("100,170 142,176 143,190 ~127,206 114,232 100,234")
    canvas.lay(canvas.mask(front_outline(body, "crew"), legs), a.cloth, folds=body_folds(a, body)[:4])
    leg = line((MIDDLE + 42, 191), smooth(MIDDLE + 26, 206), (MIDDLE + 13, 231))
    canvas.lay(canvas.lines([leg, flip(leg)], 4.4), a.cuffs, relief=0.8, cast=0.6)
    for dx in (-8, 0, 8):
        canvas.button(MIDDLE + dx, 228, 2.0, (248, 246, 240), holes=False)
    seam = armhole_line(body)
    canvas.seam(seam, flip(seam), depth=0.22)
    neck_band(a, body, "crew", 4.4)
    if style.get("neck") == "envelope":
        overlap = line((MIDDLE + 21, 75), smooth(MIDDLE + 32, 90), (MIDDLE + 43, 104))
        canvas.seam(overlap, flip(overlap), depth=0.45, width=1.6)
    chest_graphic(a, body)


def garment_set(a: Atelier) -> None:
    """A top laid over its bottoms."""
    style, canvas = a.style, a.canvas
    kind = style.get("leg", "joggers")
    low = {"shorts": 214.0, "leggings": 250.0}.get(kind, 246.0)
    foot = {"shorts": 18.0, "leggings": 8.5}.get(kind, 10.0)
    other = a.plain if style.appearance != "Solid" else a.dyed(style.accents[3])
    legs = Legs(waist=30, waist_y=150, hip=36, hip_y=172, crotch_y=186, ankle_y=low, foot=foot, spread=20)
    lay_legs(a, legs, cloth=other)
    if kind == "joggers":
        for s in (1, -1):
            canvas.lay(canvas.mask(box(MIDDLE + s * 20 - 9, low - 2, 18, 11, 2)), a.dyed(other.rgb, "rib"), relief=0.9)
    body = Body(top=44, neck=17, depth=9, shoulder=40, chest=39, waist=40, hem=41, bottom=154, armhole=36)
    upper = style.get("upper", "tshirt")
    if upper == "cardigan":
        body.depth = 40
    back_piece(a, body)
    lay_sleeves(a, body, "short" if upper == "tshirt" else "long", "hem" if upper == "tshirt" else "rib")
    lay_front(a, body, "v" if upper == "cardigan" else "crew")
    seam = armhole_line(body)
    canvas.seam(seam, flip(seam), depth=0.24)
    if upper == "cardigan":
        placket(a, body.top + 41, body.bottom + 2, 7, 4)
    else:
        neck_band(a, body, "crew", 4.4)
        chest_graphic(a, replace(body, top=body.top - 4))
    if upper != "tshirt":
        hem_band(a, body, 9)


def pyjamas(a: Atelier) -> None:
    style, canvas = a.style, a.canvas
    short = style.get("leg") == "shorts"
    low = 216.0 if short else 266.0
    legs = Legs(
        waist=33, waist_y=148, hip=42, hip_y=172, crotch_y=190, ankle_y=low, foot=22.0 if short else 15.0, spread=24
    )
    lay_legs(a, legs)
    upper = style.get("upper", "shirt")
    body = Body(top=38, neck=15, depth=10, shoulder=42, chest=41, waist=42, hem=44, bottom=152, armhole=40, hem_drop=2)
    if upper == "strap":
        edge = strappy_outline(body, "v", 2.6)
        canvas.lay(canvas.mask(edge), a.cloth, relief=1.0)
    else:
        back_piece(a, body)
        lay_sleeves(
            a, body, "long" if upper == "shirt" and not short else "short", "turned" if upper == "shirt" else "hem"
        )
        lay_front(a, body, "crew", cloth=a.plain if upper == "tshirt" else None)
        seam = armhole_line(body)
        canvas.seam(seam, flip(seam), depth=0.24)
    if upper == "shirt":
        placket(a, body.top + 10, body.bottom + 3, 8, 5)
        rgb = style.accents[0]
        shirt_collar(a, body, spread=15, drop=20)
        canvas.paint(canvas.lines([line((MIDDLE + 24, 96), (MIDDLE + 24, 96.1))], 0.1), rgb)
        pocket = box(MIDDLE + 14, 88, 19, 20, 1.5)
        canvas.lay(canvas.mask(pocket), a.cloth, relief=0.3, cast=0.7)
    elif upper == "tshirt":
        neck_band(a, body, "crew", 3.8)
        chest_graphic(a, replace(body, top=body.top - 6))


def soft_toy(a: Atelier) -> None:
    """A sitting bear, rabbit or elephant."""
    canvas, cloth = a.canvas, a.dyed(a.style.rgb, "boucle")
    pale = a.dyed(lighter(a.style.rgb, 0.4), "boucle")
    animal = a.style.get("animal", "bear")
    for s in (1, -1):
        canvas.lay(canvas.mask(ellipse(MIDDLE + s * 34, 224, 21, 17)), cloth, relief=1.6)
        canvas.lay(canvas.mask(ellipse(MIDDLE + s * 38, 226, 11, 10)), pale, relief=0.7, cast=0.3)
    canvas.lay(canvas.mask(ellipse(MIDDLE, 192, 38, 44)), cloth, relief=1.7)
    canvas.lay(canvas.mask(ellipse(MIDDLE, 198, 22, 28)), pale, relief=0.8, cast=0.2)
    for s in (1, -1):
        arm = turned(ellipse(MIDDLE + s * 40, 184, 13, 28), -s * 24, (MIDDLE + s * 40, 170))
        canvas.lay(canvas.mask(arm), cloth, relief=1.6)
        ear, inner = _ear(animal, s)
        canvas.lay(canvas.mask(ear), cloth, relief=1.5)
        canvas.lay(canvas.mask(inner), pale, relief=0.6, cast=0.2)
    canvas.lay(canvas.mask(ellipse(MIDDLE, 122, 41, 38)), cloth, relief=1.8)
    if animal == "elephant":
        canvas.lay(canvas.lines([line("100,128 ~102,150 ~112,164 124,160")], 15), cloth, relief=1.5)
    else:
        _muzzle(a, pale)
    for s in (1, -1):
        canvas.lay(canvas.mask(ellipse(MIDDLE + s * 16, 114, 3.7)), Cloth.plain((36, 34, 38), 0.9), relief=0.9)
        canvas.lighten(canvas.mask(ellipse(MIDDLE + s * 16 - 1.2, 112.8, 1.2)), 0.9)
    _ribbon(a)


def _ear(animal: str, side: int) -> tuple[Path, Path]:
    """The ear's outline and that of its inside."""
    if animal == "rabbit":
        x, base = MIDDLE + side * 20, (MIDDLE + side * 20, 96.0)
        return turned(ellipse(x, 66, 11, 36), side * 14, base), turned(ellipse(x, 68, 6, 26), side * 14, base)
    if animal == "elephant":
        return ellipse(MIDDLE + side * 44, 124, 25, 30), ellipse(MIDDLE + side * 46, 126, 16, 20)
    return ellipse(MIDDLE + side * 31, 92, 14), ellipse(MIDDLE + side * 31, 93, 8)


def _muzzle(a: Atelier, pale: Cloth) -> None:
    canvas = a.canvas
    canvas.lay(canvas.mask(ellipse(MIDDLE, 135, 18, 14)), pale, relief=1.0, cast=0.5)
    canvas.lay(canvas.mask(ellipse(MIDDLE, 129, 6, 4.4)), Cloth.plain((52, 42, 42), 0.6), relief=0.9)
    mouth = [line("100,133 100,140"), line("94,141 ~100,144.5 106,141")]
    canvas.paint(canvas.lines(mouth, 1.3), (70, 54, 52))


def _ribbon(a: Atelier) -> None:
    canvas, rgb = a.canvas, a.style.accents[1]
    canvas.lay(canvas.lines([line("73,155 ~100,163 127,155")], 6), Cloth.plain(rgb), relief=0.9)
    for s in (1, -1):
        bow = outline(f"100,162 ~{MIDDLE + s * 14},152 ~{MIDDLE + s * 17},164 ~{MIDDLE + s * 10},170")
        canvas.lay(canvas.mask(bow), Cloth.plain(rgb), relief=1.2)
    canvas.lay(canvas.mask(ellipse(MIDDLE, 162, 4)), Cloth.plain(darker(rgb, 0.12)), relief=1.0)
