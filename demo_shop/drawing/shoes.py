"""Shoes, drawn from the side: the pair's far shoe behind the near one."""

from typing import Final

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.canvas import Field
from demo_shop.drawing.cloth import RGB, Cloth, darker, mixed
from demo_shop.drawing.pairs import Shift, pair, sole_rgb
from demo_shop.drawing.paths import Path, Point, between, box, ellipse, line, outline, smooth

BASE: Final = 192.0
"""Height of the ground below sneakers."""


def sneakers(a: Atelier) -> None:
    pair(a, _sneaker)


def _sneaker(a: Atelier, at: Shift, light: float) -> None:
    style, canvas = a.style, a.canvas
    high = 22.0 if style.get("height") == "high" else -16.0
    sole = style.get("sole", "flat")
    thick = {"chunky": 17.0, "runner": 13.0}.get(sole, 10.0)
    y = BASE - thick
    opening = outline(f"110,{y - 60 - high} ~130,{y - 64 - high} 151,{y - 60 - high} ~130,{y - 46 - high}")
    canvas.lay(canvas.mask(at(opening)), a.lining, light=light, cast=0.2)
    upper = outline(
        f"34,{y + 2} ~35,{y - 14} ~54,{y - 22} ~78,{y - 33} 104,{y - 52 - high * 0.5} 112,{y - 58 - high} "
        f"~128,{y - 52 - high} 150,{y - 58 - high} ~156,{y - 30} 156,{y + 2}"
    )
    mask = canvas.mask(at(upper))
    canvas.lay(mask, a.cloth, light=light, relief=1.2)
    _patches(a, at, y, mask, light)
    _fastening(a, at, y, high, light)
    _rubber(a, at, thick, sole, light)


def _patches(a: Atelier, at: Shift, y: float, upper: Field, light: float) -> None:
    """Toe, heel and swoosh of a sneaker."""
    style, canvas = a.style, a.canvas
    accent = style.accents[0] if style.seed % 2 else mixed(style.rgb, style.accents[1], 0.5)
    toe = outline(f"30,{BASE} ~34,{y - 20} 58,{y - 27} ~66,{y - 10} 64,{BASE}")
    heel = outline(f"140,{BASE} 138,{y - 30} 158,{y - 34} 160,{BASE}")
    for patch in (toe, heel):
        cloth = a.plain if style.seed % 3 else a.dyed(accent)
        canvas.lay(canvas.mask(at(patch)) * upper, cloth, light=light * 0.97, relief=0.5, cast=0.5)
    swoosh = line(f"76,{y - 4} ~98,{y - 18} 138,{y - 26}")
    if style.get("sole", "flat") != "flat" or style.seed % 2:
        canvas.lay(canvas.lines([at(swoosh)], 5.0) * upper, a.dyed(accent), light=light, relief=0.5, cast=0.4)


def _fastening(a: Atelier, at: Shift, y: float, high: float, light: float) -> None:
    style, canvas = a.style, a.canvas
    tongue = outline(
        f"70,{y - 26} 108,{y - 56 - high} ~111,{y - 68 - high} 117,{y - 64 - high} 106,{y - 36} 80,{y - 20}"
    )
    canvas.lay(canvas.mask(at(tongue)), a.plain, light=light * 1.02, relief=0.9, cast=0.6)
    if style.get("fastening") == "straps":
        for t in (0.12, 0.62):
            p = between((74, y - 26), (106, y - 50 - high), t)
            strap = [(p[0] - 5, p[1] - 6), (p[0] + 3, p[1] - 9), (p[0] + 26, p[1] + 10), (p[0] + 17, p[1] + 15)]
            canvas.lay(canvas.mask(at(strap)), a.plain, light=light, relief=0.8)
        return
    rgb: RGB = (244, 242, 238) if style.dark or style.seed % 3 else darker(style.rgb, 0.3)
    count = 5 if high < 0 else 7
    laces: list[Path] = []
    for i in range(count):
        p = between((74, y - 24), (108, y - 54 - high), (i + 0.4) / count)
        laces.append(at(line((p[0] - 3.4, p[1] - 3.4), smooth(p[0] + 4, p[1] - 0.5), (p[0] + 9, p[1] + 6))))
    canvas.lay(canvas.lines(laces, 2.3), Cloth.plain(rgb), light=light, relief=0.7, cast=0.9)


def _rubber(a: Atelier, at: Shift, thick: float, kind: str, light: float) -> None:
    canvas, rgb, y = a.canvas, sole_rgb(a), BASE - thick
    lift = 5.0 if kind == "runner" else 3.0
    shape = outline(
        f"31,{y + 1} ~70,{y + 3} ~110,{y} 159,{y - 1} ~162,{BASE - thick * 0.5} 157,{BASE + 1} 60,{BASE + 1} "
        f"~38,{BASE - lift * 0.4} ~29,{BASE - lift - 2}"
    )
    canvas.lay(canvas.mask(at(shape)), Cloth.plain(rgb), light=light, relief=0.9, cast=0.8)
    if kind != "chunky":
        canvas.seam(at(line("31,188.6 ~100,189 160,188.6")), depth=0.25)
        return
    middle = BASE - thick * 0.5
    groove = line(f"31,{middle} ~60,{BASE - thick * 0.35} ~110,{BASE - thick * 0.6} 160,{middle}")
    canvas.seam(at(groove), depth=0.3, width=1.6)
    ridges = [at([(x, BASE - 5), (x + 1, BASE + 1)]) for x in range(40, 158, 6)]
    canvas.darken(canvas.lines(ridges, 1.2), 0.25)


def ballerinas(a: Atelier) -> None:
    pair(a, _ballerina)


def _ballerina(a: Atelier, at: Shift, light: float) -> None:
    style, canvas = a.style, a.canvas
    tip = 24.0 if style.get("toe") == "pointed" else 32.0
    inside = outline("66,170 ~100,164 150,160 ~152,172 112,180")
    canvas.lay(canvas.mask(at(inside)), Cloth.plain((222, 200, 174)), light=light * 0.92, cast=0.1)
    if style.get("detail") == "strap":
        canvas.lay(canvas.lines([at(line("96,176 ~108,156 124,174"))], 4.4), a.plain, light=light)
    upper = outline(
        f"{tip},187 ~{tip + 12},173 ~58,168 70,170 ~86,182 ~112,181 140,166 ~152,157 157,160 ~158,178 156,188"
    )
    canvas.lay(canvas.mask(at(upper)), a.cloth, light=light, relief=1.3)
    canvas.stitch(at(line("69,172 ~86,184 ~112,183 141,168 152,160")))
    sole: Path = [(tip + 3, 187), (157, 187), (157, 192), (tip + 14, 192)]
    heel: Path = [(138, 190), (157, 190), (156, 196), (140, 196)]
    for part in (sole, heel):
        canvas.lay(canvas.mask(at(part)), Cloth.plain(sole_rgb(a)), light=light, relief=0.6)
    if style.get("detail") == "bow":
        _little_bow(a, at([(67, 170)])[0], light)


def _little_bow(a: Atelier, at: Point, light: float) -> None:
    x, y = at
    loops = [
        outline((x, y), smooth(x + s * 8, y - 6), smooth(x + s * 11, y + 1), smooth(x + s * 6, y + 4)) for s in (1, -1)
    ]
    for loop in loops:
        a.canvas.lay(a.canvas.mask(loop), a.plain, light=light, relief=1.0)
    a.canvas.lay(a.canvas.mask(ellipse(x, y, 2.4)), a.plain, light=light, relief=1.0)


def heeled_sandals(a: Atelier) -> None:
    pair(a, _heeled_sandal)


def pumps(a: Atelier) -> None:
    pair(a, _pump)


def _heeled_sandal(a: Atelier, at: Shift, light: float) -> None:
    style, canvas, rise = a.style, a.canvas, _rise(a)
    back = 200 - rise
    _heel(a, at, light)
    arch = line(f"32,198 ~62,197 ~104,{200 - rise * 0.5} 156,{back - 2}")
    canvas.lay(canvas.lines([at(arch)], 5.0), Cloth.plain((206, 172, 140)), light=light)
    counter = outline(f"146,{back} ~148,{back - 26} 157,{back - 28} 160,{back - 2}")
    canvas.lay(canvas.mask(at(counter)), a.plain, light=light)
    straps = [line("44,196 ~52,179 70,194"), line("62,195 ~70,174 88,186")]
    if style.get("strap") == "cross":
        straps = [line("42,196 ~62,178 90,186"), line("46,180 ~60,182 76,194")]
    canvas.lay(canvas.lines([at(s) for s in straps], 6.0), a.cloth, light=light, relief=1.1)
    ankle = line(f"112,{back - 18} ~134,{back - 30} 156,{back - 24}")
    canvas.lay(canvas.lines([at(ankle)], 3.6), a.plain, light=light, relief=1.0)
    canvas.lay(canvas.mask(at(box(124, back - 30, 5, 6, 1))), Cloth.plain(style.trim, 0.5), light=light)
    _heeled_sole(a, at, 30, light)


def _pump(a: Atelier, at: Shift, light: float) -> None:
    canvas, rise = a.canvas, _rise(a)
    back = 200 - rise
    _heel(a, at, light)
    tip = 22.0 if a.style.get("toe", "pointed") == "pointed" else 31.0
    lining = outline(f"72,182 ~110,{back - 2} 150,{back - 22} ~150,{back - 4} 104,{200 - rise * 0.5 - 4}")
    canvas.lay(canvas.mask(at(lining)), Cloth.plain((222, 196, 168)), light=light * 0.9, cast=0.1)
    upper = outline(
        f"{tip},198 ~{tip + 14},186 ~60,178 74,178 ~92,186 ~118,{back + 6} 144,{back - 18} ~152,{back - 25} "
        f"157,{back - 22} ~161,{back - 6} 157,{back + 1} ~108,{200 - rise * 0.42} ~64,201 {tip + 6},201"
    )
    canvas.lay(canvas.mask(at(upper)), a.cloth, light=light, relief=1.4)
    _heeled_sole(a, at, 26, light)


def _rise(a: Atelier) -> float:
    return {"kitten": 24.0, "stiletto": 54.0}.get(a.style.get("heel"), 42.0)


def _heel(a: Atelier, at: Shift, light: float) -> None:
    back = 200 - _rise(a)
    middle = (back + 200) / 2
    if a.style.get("heel", "block") == "block":
        heel = f"132,{back + 3} ~138,{middle} 137,200 157,200 ~156,{middle} 157,{back - 3}"
    else:
        heel = f"140,{back - 2} ~146,{middle} 151.5,200 156,200 ~156,{middle} 157,{back - 3}"
    a.canvas.lay(a.canvas.mask(at(outline(heel))), a.plain, light=light * 0.94, relief=1.0)


def _heeled_sole(a: Atelier, at: Shift, tip: float, light: float) -> None:
    sole = line(f"{tip},201 ~62,201 ~84,195 100,{200 - _rise(a) * 0.36}")
    a.canvas.lay(a.canvas.lines([at(sole)], 2.2), Cloth.plain((60, 46, 40)), light=light, relief=0.4, cast=0.4)
