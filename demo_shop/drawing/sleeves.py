"""Sleeves, and how they are set in."""

from dataclasses import dataclass

import numpy as np

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.bodices import Body
from demo_shop.drawing.canvas import Fold
from demo_shop.drawing.cloth import Cloth
from demo_shop.drawing.paths import Path, Point, between, flip, line, outline, smooth


@dataclass(frozen=True)
class Sleeve:
    """Right sleeve: its outline, the line of its cuff, the angle of its cloth, and its creases."""

    shape: Path
    cuff: Path
    angle: float
    folds: list[Fold]


def sleeve_of(a: Atelier, body: Body, kind: str) -> Sleeve | None:
    """The right sleeve of a kind (``sleeve.*`` of the designs); None without one."""
    if kind in ("none", "straps", ""):
        return None
    cut = {
        "short": _short,
        "rolled": _short,
        "elbow": _elbow,
        "cap": _cap,
        "puff": _puff,
        "flutter": _flutter,
        "balloon": _balloon,
        "three_quarter": _three_quarter,
    }.get(kind, _long)
    return cut(a, body)


def lay_sleeves(a: Atelier, body: Body, kind: str, cuff: str = "", cloth: Cloth | None = None) -> None:
    """Both sleeves, before the body is laid on them. ``cuff``: ``rib``, ``shirt``, ``turned``, ``hem`` or nothing."""
    sleeve = sleeve_of(a, body, kind)
    if sleeve is None:
        return
    canvas, cloth = a.canvas, cloth or a.cloth
    for side in (1, -1):
        mirror = side < 0
        shape = flip(sleeve.shape) if mirror else sleeve.shape
        line_of_cuff = flip(sleeve.cuff) if mirror else sleeve.cuff
        folds = [Fold(flip(f.points), f.depth, f.width) for f in sleeve.folds] if mirror else sleeve.folds
        canvas.lay(
            canvas.mask(shape), cloth, angle=sleeve.angle * side, folds=folds, relief=1.1, light=1.0 if mirror else 0.97
        )
        _finish_cuff(a, line_of_cuff, cuff, sleeve.angle * side)


def _finish_cuff(a: Atelier, cuff: Path, kind: str, angle: float) -> None:
    canvas = a.canvas
    (x0, y0), (x1, y1) = cuff[0], cuff[-1]
    length = max(float(np.hypot(x1 - x0, y1 - y0)), 1.0)
    nx, ny = (y1 - y0) / length, -(x1 - x0) / length
    if ny > 0:
        nx, ny = -nx, -ny
    height = {"rib": 9.0, "shirt": 10.0, "turned": 7.0}.get(kind, 2.6)
    if kind in ("rib", "shirt", "turned"):
        band = [(x0, y0), (x1, y1), (x1 + nx * height, y1 + ny * height), (x0 + nx * height, y0 + ny * height)]
        grown = [_away(p, band, 1.04) for p in band]
        cloth = a.cuffs if kind == "rib" else a.cloth
        canvas.lay(canvas.mask(grown), cloth, angle=angle, relief=0.8, cast=0.7)
        if kind == "shirt":
            mid = between((x0, y0), (x1, y1), 0.72)
            canvas.button(mid[0] + nx * 5, mid[1] + ny * 5, 1.5, a.button_rgb, holes=False)
            canvas.stitch([(p[0] + nx * (height - 1.5), p[1] + ny * (height - 1.5)) for p in (cuff[0], cuff[-1])])
    elif kind == "hem":
        canvas.stitch([(x + nx * height, y + ny * height) for x, y in cuff], gap=2.6)


def _away(point: Point, band: list[Point], factor: float) -> Point:
    cx, cy = sum(p[0] for p in band) / len(band), sum(p[1] for p in band) / len(band)
    return cx + (point[0] - cx) * factor, cy + (point[1] - cy) * factor


def _cut(a: Atelier, body: Body, end: Point, half: float, angle: float, bow: float = 0.0) -> Sleeve:
    """A straight sleeve from shoulder and underarm to a cuff around ``end``, ``half`` wide to both sides."""
    tip, under = (body.tip[0] - 1.5, body.tip[1] - 0.5), (body.underarm[0] - 3, body.underarm[1] + 1)
    radians = np.radians(angle)
    across = (float(np.cos(radians)), float(-np.sin(radians)))
    outer = (end[0] + across[0] * half, end[1] + across[1] * half)
    inner = (end[0] - across[0] * half, end[1] - across[1] * half)
    mid_out, mid_in = between(tip, outer, 0.5), between(under, inner, 0.5)
    shape = outline(
        (body.tip[0] - 8, body.tip[1] - 1.5),
        tip,
        smooth(between(tip, outer, 0.14)[0] + 3.0, between(tip, outer, 0.14)[1] - 0.5),
        smooth(mid_out[0] + 1.5 + bow, mid_out[1]),
        outer,
        inner,
        smooth(mid_in[0] - bow * 0.4, mid_in[1]),
        under,
    )
    low = between(under, inner, 0.25)
    folds = [
        a.fold((under[0] - 2, under[1] - 4), between(low, mid_out, 0.4), between(tip, outer, 0.34), depth=0.5),
        a.fold(mid_in, between(mid_in, mid_out, 0.5), (mid_out[0], mid_out[1] - 5), depth=0.4, width=4),
        a.fold(
            between(under, inner, 0.78), between(inner, outer, 0.45), between(tip, outer, 0.74), depth=0.35, width=4
        ),
    ]
    return Sleeve(shape, [inner, outer], angle, folds)


def _short(a: Atelier, body: Body) -> Sleeve:
    reach = a.vary(0.9, 1.12)
    end = (body.tip[0] + 17 * reach, body.tip[1] + 45 * reach)
    return _cut(a, body, end, 15.5 + a.vary(-1, 1.5), 24)


def _elbow(a: Atelier, body: Body) -> Sleeve:
    return _cut(a, body, (body.tip[0] + 20, body.tip[1] + 74), 14.5, 17)


def _cap(a: Atelier, body: Body) -> Sleeve:
    return _cut(a, body, (body.tip[0] + 6, body.tip[1] + 26), 13.5, 30)


def _three_quarter(a: Atelier, body: Body) -> Sleeve:
    return _cut(a, body, (body.tip[0] + 19, body.tip[1] + 106), 11.0, 11, bow=1.5)


def _long(a: Atelier, body: Body) -> Sleeve:
    length = min(body.bottom - body.tip[1] + 6, 152.0) if not a.style.childs else 118.0
    length = max(length, 132.0) if not a.style.childs else length
    out = 17 + a.vary(-3, 4)
    wide = 3.0 if a.style.get("fit") == "oversized" else 0.0
    return _cut(a, body, (body.tip[0] + out, body.tip[1] + length), 8.6 + wide * 0.5, 7, bow=2.5 + wide)


def _balloon(a: Atelier, body: Body) -> Sleeve:
    tip, under = (body.tip[0] - 1.5, body.tip[1] - 0.5), (body.underarm[0] - 3, body.underarm[1] + 1)
    full = a.vary(7, 13)
    end = (body.tip[0] + 16, body.tip[1] + 136)
    outer, inner = (end[0] + 8, end[1]), (end[0] - 8, end[1] + 1)
    shape = outline(
        (body.tip[0] - 8, body.tip[1] - 1.5),
        tip,
        smooth(tip[0] + 9, tip[1] + 28),
        smooth(tip[0] + 17 + full, tip[1] + 88),
        smooth(outer[0] + full * 0.9, end[1] - 17),
        outer,
        inner,
        smooth(inner[0] - full * 0.5, end[1] - 16),
        smooth(under[0] + 2 - full * 0.35, under[1] + 48),
        under,
    )
    folds = a.fan(
        (end[0], end[1] - 1),
        [(end[0] - 13, end[1] - 34), (end[0] - 4, end[1] - 44), (end[0] + 6, end[1] - 42), (end[0] + 13, end[1] - 30)],
        0.6,
    )
    folds += a.fan((tip[0] - 4, tip[1] + 2), [(tip[0] + 9, tip[1] + 36), (tip[0] + 1, tip[1] + 40)], 0.4)
    return Sleeve(shape, [inner, outer], 6, folds)


def _puff(a: Atelier, body: Body) -> Sleeve:
    tip, under = (body.tip[0] - 3, body.tip[1] - 1), (body.underarm[0] - 3, body.underarm[1])
    full, drop = a.vary(10, 15), a.vary(38, 50)
    end = (tip[0] + 15, tip[1] + drop)
    outer, inner = (end[0] + 9, end[1] - 3), (end[0] - 12, end[1] + 5)
    shape = outline(
        (body.tip[0] - 9, body.tip[1] - 1),
        smooth(tip[0] + 4, tip[1] - 6),
        smooth(tip[0] + 9 + full, tip[1] + 6),
        smooth(tip[0] + 14 + full, tip[1] + drop * 0.62),
        outer,
        inner,
        under,
    )
    gather = (tip[0] - 2, tip[1] - 1)
    folds = a.fan(
        gather, [(tip[0] + 12, tip[1] + 12), (tip[0] + 10, tip[1] + 22), (tip[0] + 3, tip[1] + 26)], 0.55, 3.5
    )
    folds += a.fan(
        (end[0] - 1, end[1]),
        [(end[0] + 6, end[1] - 20), (end[0] - 4, end[1] - 20), (end[0] + 11, end[1] - 15)],
        0.55,
        3.5,
    )
    return Sleeve(shape, [inner, outer], 18, folds)


def _flutter(a: Atelier, body: Body) -> Sleeve:
    tip, under = (body.tip[0] - 4, body.tip[1] - 1), (body.underarm[0] - 2, body.underarm[1] - 8)
    x, y = tip[0] + 24, tip[1] + 40
    shape = outline(
        (body.tip[0] - 10, body.tip[1] - 2),
        smooth(tip[0] + 14, tip[1] + 10),
        (x, y - 6),
        smooth(x - 5, y + 3),
        smooth(x - 12, y - 1),
        smooth(x - 19, y + 6),
        (x - 26, y + 2),
        under,
    )
    folds = a.fan((tip[0] - 2, tip[1]), [(x - 4, y - 6), (x - 12, y - 4), (x - 20, y)], 0.6, 4)
    return Sleeve(shape, [(x - 26, y + 2), (x, y - 6)], 18, folds)


def armhole_line(body: Body) -> Path:
    """The right seam between body and sleeve."""
    tip, under = body.tip, body.underarm
    return line(tip, smooth(tip[0] - 4.5, tip[1] + body.armhole * 0.5), under)
