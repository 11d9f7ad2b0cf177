"""Boots."""

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.cloth import RGB, Cloth, brightness, darker, lighter
from demo_shop.drawing.pairs import Shift, pair, sole_rgb
from demo_shop.drawing.paths import Path, along, box, line, outline, smooth


def boots(a: Atelier) -> None:
    pair(a, _boot)


def _boot(a: Atelier, at: Shift, light: float) -> None:
    style, canvas = a.style, a.canvas
    shaft = style.get("shaft", "ankle")
    top = {"ankle": 116.0, "mid": 84.0, "knee": 44.0}[shaft]
    heel = {"block": 20.0, "stiletto": 30.0}.get(style.get("heel"), 9.0)
    base, wide = (226.0, 4.0) if shaft == "knee" else (208.0, 0.0)
    foot = base - heel * 0.35
    opening = outline(f"{98 - wide},{top + 1} ~128,{top - 5} {156 + wide},{top} ~128,{top + 6}")
    canvas.lay(canvas.mask(at(opening)), a.lining, light=light, cast=0.1)
    upper = outline(
        f"{98 - wide},{top} ~128,{top + 5} {156 + wide},{top - 1} ~{154 + wide},{(top + base) / 2 - 10} "
        f"~152,{base - heel - 26} 157,{base - heel} 120,{base - heel * 0.8} 84,{foot} 32,{foot} "
        f"~30,{foot - 15} ~48,{foot - 27} ~82,{foot - 40} ~98,{foot - 62}"
    )
    folds = [
        a.fold((100, foot - 46), (118, foot - 40), (140, foot - 50), depth=0.5),
        a.fold((96, foot - 38), (116, foot - 32), (134, foot - 38), depth=0.4),
    ]
    gloss = max(a.cloth.gloss, 0.4)
    canvas.lay(canvas.mask(at(upper)), a.cloth, light=light, relief=1.4, folds=[] if light < 1 else folds, gloss=gloss)
    _boot_details(a, at, top, foot, base - heel, light)
    _boot_sole(a, at, base, heel, light)


def _boot_sole(a: Atelier, at: Shift, base: float, heel: float, light: float) -> None:
    """``base`` is the ground, ``heel`` the heel's height."""
    foot, arch = base - heel * 0.35, base - heel * 0.8
    sole = outline(
        f"30,{foot - 3} 86,{foot - 3} ~112,{arch - 3} 158,{base - heel - 2} "
        f"158,{base - heel + 4} ~112,{arch + 2} 88,{foot + 4} 34,{foot + 4}"
    )
    block: Path = [(133, base - heel), (158, base - heel), (156, base + 3), (137 if heel < 25 else 148, base + 3)]
    for part in (block, sole):
        a.canvas.lay(a.canvas.mask(at(part)), Cloth.plain(sole_rgb(a)), light=light, relief=0.8)


def chelsea(a: Atelier) -> None:
    boots(a)


def _boot_details(a: Atelier, at: Shift, top: float, foot: float, heel: float, light: float) -> None:
    style, canvas = a.style, a.canvas
    detail = style.get("detail")
    if detail == "elastic":
        gore = outline((116, top + 2), (140, top + 1), smooth(134, foot - 50), (126, foot - 34), smooth(120, foot - 50))
        canvas.lay(canvas.mask(at(gore)), a.dyed(darker(style.rgb, 0.3), "rib"), light=light, relief=0.6, cast=0.3)
    elif detail == "laces":
        cord: RGB = (230, 222, 204) if style.dark and style.seed % 2 else darker(style.rgb, 0.45)
        steps = max(4, int((foot - 30 - top) / 11))
        laces = []
        for i in range(steps):
            x, y = 98 + (0 if i > 1 else -3 * (2 - i)), foot - 40 - i * (foot - 48 - top) / steps
            laces.append(at([(x - 2, y), (x + 10, y + 3)]))
            laces.append(at([(x - 2, y), (x + 10, y - 6)]))
        canvas.lay(canvas.lines(laces, 1.7), Cloth.plain(cord), light=light, cast=0.7)
    elif detail == "buckle":
        strap = line((94, foot - 52), smooth(124, foot - 44), (153, heel - 24))
        canvas.lay(canvas.lines([at(strap)], 7.0), a.plain, light=light, relief=0.9)
        canvas.lay(
            canvas.hole([at(box(112, foot - 54, 13, 12, 2))], [at(box(115, foot - 51, 7, 6, 1))]),
            Cloth.plain(style.trim, 0.5),
            light=light,
            relief=0.6,
        )
    elif detail == "zip":
        canvas.seam(at(line((128, top + 8), smooth(130, foot - 60), (126, foot - 26))), depth=0.45, width=1.6)
        canvas.stitch(
            at(line((128, top + 8), smooth(130, foot - 60), (126, foot - 26))), rgb=style.trim, gap=1.8, width=1.0
        )
    canvas.stitch(
        at(line((34, foot - 9), smooth(60, foot - 16), (86, foot - 18), smooth(112, foot - 14), (152, heel - 10)))
    )


def wellies(a: Atelier) -> None:
    pair(a, _welly)


def _welly(a: Atelier, at: Shift, light: float) -> None:
    canvas, top, base = a.canvas, 92.0, 208.0
    opening = outline((92, top), smooth(124, top - 6), (156, top - 1), smooth(124, top + 7))
    canvas.lay(canvas.mask(at(opening)), a.lining, light=light, cast=0.1)
    upper = outline(
        f"91,{top} ~124,{top + 6} 157,{top - 1} ~154,150 154,{base - 6} 36,{base - 6} ~34,{base - 26} "
        f"~56,{base - 38} ~88,{base - 50}"
    )
    canvas.lay(canvas.mask(at(upper)), a.cloth, light=light, relief=1.5, gloss=0.7)
    canvas.lay(
        canvas.lines([at(line((91, top + 3), smooth(124, top + 9), (157, top + 2)))], 5.5),
        a.dyed(darker(a.style.rgb, 0.25), "jersey"),
        light=light,
        relief=0.9,
    )
    sole = outline(
        f"34,{base - 8} 156,{base - 8} 157,{base + 3} 132,{base + 3} 130,{base - 1} 92,{base - 1} "
        f"88,{base + 3} 38,{base + 3}"
    )
    canvas.lay(
        canvas.mask(at(sole)),
        a.dyed(lighter(a.style.rgb, 0.5) if brightness(a.style.rgb) < 0.6 else darker(a.style.rgb, 0.4), "jersey"),
        light=light,
        relief=0.8,
    )
    ridge = along(line((36, base - 3), (156, base - 3)), 24)
    canvas.darken(canvas.lines([at([p, (p[0], p[1] + 5)]) for p in ridge], 0.9), 0.18)
