"""The upper part of garments: body, neckline and sleeves. Tops, knitwear, jackets and dresses are cut from it."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from recsys_core.data.demo.pictures.atelier import Atelier
from recsys_core.data.demo.pictures.canvas import Field, Fold
from recsys_core.data.demo.pictures.cloth import Cloth
from recsys_core.data.demo.pictures.paths import (
    MIDDLE,
    Node,
    Path,
    Point,
    between,
    flip,
    line,
    mirrored,
    outline,
    smooth,
)


@dataclass
class Body:
    """Measures of the right half in drawing units from the middle; heights are y."""

    top: float = 66.0
    neck: float = 17.0
    depth: float = 12.0
    shoulder: float = 45.0
    slope: float = 10.0
    chest: float = 43.0
    waist: float = 41.0
    hem: float = 43.0
    bottom: float = 226.0
    armhole: float = 46.0
    hem_drop: float = 0.0
    strappy: bool = False

    @property
    def tip(self) -> Point:
        """Where shoulder and sleeve meet."""
        return MIDDLE + self.shoulder, self.top + self.slope

    @property
    def underarm(self) -> Point:
        return MIDDLE + self.chest, self.top + self.slope + self.armhole

    @property
    def waist_y(self) -> float:
        return self.underarm[1] + (self.bottom - self.underarm[1]) * 0.42


NECK_SHAPES: Final = {
    "crew": (17.0, 11.0),
    "v": (17.0, 34.0),
    "scoop": (24.0, 30.0),
    "square": (24.0, 26.0),
    "boat": (29.0, 6.0),
    "turtle": (14.0, 3.0),
    "mock": (15.0, 3.0),
    "envelope": (18.0, 9.0),
    "stand": (14.0, 6.0),
    "bow": (15.0, 8.0),
    "frill": (15.0, 8.0),
    "collar": (16.0, 14.0),
    "halter": (12.0, 8.0),
    "bardot": (46.0, 12.0),
    "bandeau": (36.0, 12.0),
}
"""Half width and depth of necklines."""


def measured(a: Atelier) -> Body:
    """A body by the look's fit, length and neckline, with the product's own variation."""
    look = a.look
    width = {"slim": -5.0, "oversized": 7.0}.get(look.get("fit"), 0.0) + a.vary(-1.5, 1.5)
    if look.mens:
        width += 2.5
    neck, depth = NECK_SHAPES.get(look.get("neck", "crew"), (17.0, 11.0))
    bottom = {"cropped": 186.0, "long": 246.0}.get(look.get("length"), 224.0) + a.vary(-5, 5)
    body = Body(
        neck=neck + a.vary(-1.2, 1.2),
        depth=depth + a.vary(-1.5, 3),
        shoulder=45 + width * 0.8,
        chest=43 + width,
        waist=(38.0 if look.get("fit") == "slim" else 41.5) + width + a.vary(-1.5, 1),
        hem=(40.0 if look.get("fit") == "slim" else 43.0) + width + a.vary(-1, 2.5),
        bottom=bottom,
        slope=a.vary(9, 13),
    )
    if look.childs:
        body.top, body.bottom = 84.0, min(body.bottom, 212.0) - 4
        body.neck, body.shoulder, body.depth = min(body.neck, 18.0) + 1, body.shoulder - 1, min(body.depth, 12.0)
    return body


def neck_line(body: Body, shape: str) -> Path:
    """The front neckline from the left neck point over the middle to the right one."""
    left, right, low = MIDDLE - body.neck, MIDDLE + body.neck, body.top + body.depth
    top = body.top + (body.slope * 0.9 if shape in ("bardot", "bandeau") else 0.0)
    if shape == "v":
        return line(
            (left, top),
            smooth(left + body.neck * 0.42, top + body.depth * 0.5),
            (MIDDLE, low),
            smooth(right - body.neck * 0.42, top + body.depth * 0.5),
            (right, top),
        )
    if shape == "square":
        return line((left, top), (left + 3, low), smooth(MIDDLE, low + 1.2), (right - 3, low), (right, top))
    if shape in ("bardot", "bandeau"):
        return line((left, top), smooth(MIDDLE, top + 9), (right, top))
    return line(
        (left, top),
        smooth(left + body.neck * 0.30, top + body.depth * 0.74),
        smooth(MIDDLE, low),
        smooth(right - body.neck * 0.30, top + body.depth * 0.74),
        (right, top),
    )


def back_line(body: Body) -> Path:
    """The back neckline, between the same neck points."""
    return line(
        (MIDDLE - body.neck, body.top),
        smooth(MIDDLE, body.top + min(4.5, body.depth * 0.4)),
        (MIDDLE + body.neck, body.top),
    )


def body_sides(body: Body) -> list[Node]:
    """Right side from the shoulder tip down to the hem's middle."""
    tip, under = body.tip, body.underarm
    return [
        tip,
        smooth(tip[0] - 4.5, tip[1] + body.armhole * 0.5),
        under,
        smooth(MIDDLE + body.waist, body.waist_y),
        (MIDDLE + body.hem, body.bottom),
        smooth(MIDDLE + body.hem * 0.5, body.bottom + 2.0 + body.hem_drop * 0.8),
        (MIDDLE, body.bottom + 2.4 + body.hem_drop),
    ]


def front_outline(body: Body, shape: str) -> Path:
    neck = neck_line(body, shape)
    right_half = neck[len(neck) // 2 :]
    return mirrored(*[(x, y) for x, y in right_half], *body_sides(body))


def back_piece(a: Atelier, body: Body) -> None:
    """The inside of the back, seen through the neckline."""
    low = body.top + body.depth + 4
    back = back_line(body)
    inside = [*back, (MIDDLE + body.neck, low), (MIDDLE - body.neck, low)]
    canvas = a.canvas
    canvas.lay(canvas.mask(inside), a.lining, relief=0.6, cast=0)
    canvas.darken(canvas.lines([[(x, y + 1.5) for x, y in back]], 2.6) * canvas.covered, 0.15)
    if body.depth > 7 and body.neck < 26:
        a.label(MIDDLE, body.top + 6.2)


# sleeves ---------------------------------------------------------------------------------------------------


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
    length = min(body.bottom - body.tip[1] + 6, 152.0) if not a.look.childs else 118.0
    length = max(length, 132.0) if not a.look.childs else length
    out = 17 + a.vary(-3, 4)
    wide = 3.0 if a.look.get("fit") == "oversized" else 0.0
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


# the body --------------------------------------------------------------------------------------------------


def lay_front(a: Atelier, body: Body, shape: str, cloth: Cloth | None = None, folds: list[Fold] | None = None) -> Field:
    """The front; returns its mask."""
    mask = a.canvas.mask(front_outline(body, shape))
    a.canvas.lay(mask, cloth or a.cloth, folds=(folds or []) + body_folds(a, body), relief=1.0)
    return mask


def body_folds(a: Atelier, body: Body) -> list[Fold]:
    """Soft creases of a body that lies flat: from the underarms, and some falling to the hem."""
    folds = []
    for side in (1, -1):
        ux, uy = body.chest, body.underarm[1]
        start = (MIDDLE + side * (ux - 3), uy - 2)
        folds.append(
            a.fold(
                start,
                (MIDDLE + side * (ux - 14), uy + 7 + a.vary(-2, 4)),
                (MIDDLE + side * (ux - 27), uy + 11),
                depth=0.42,
            )
        )
        folds.append(
            a.fold(
                (MIDDLE + side * (ux - 3), uy + 3),
                (MIDDLE + side * (ux - 10), uy + 18),
                (MIDDLE + side * (ux - 15), uy + 34),
                depth=0.3,
                width=4,
            )
        )
    for _ in range(3):
        x = MIDDLE + a.vary(-0.75, 0.75) * body.hem
        rise = a.vary(26, 60)
        folds.append(
            a.fold(
                (x + a.vary(-4, 4), body.bottom - rise),
                (x + 1.5, body.bottom - rise * 0.5),
                (x, body.bottom),
                depth=a.vary(0.2, 0.42),
            )
        )
    return folds


def neck_band(a: Atelier, body: Body, shape: str, width: float = 4.2, cloth: Cloth | None = None) -> None:
    """A band along the neckline, at the front over the body and at the back below it."""
    canvas = a.canvas
    neck = neck_line(body, shape)
    lowered = [(x, y + width * 0.42) for x, y in neck]
    canvas.lay(canvas.lines([lowered], width), cloth or a.cuffs, relief=0.9, cast=0.5)


def hem_band(a: Atelier, body: Body, height: float, cloth: Cloth | None = None) -> None:
    """Ribbing at the hem."""
    canvas = a.canvas
    top, low = body.bottom - height * 0.6, body.bottom + height * 0.4
    waist_in = 3.0
    band = mirrored(
        (MIDDLE, top + 2),
        smooth(MIDDLE + body.hem * 0.5, top + 1.6),
        (MIDDLE + body.hem + 0.5, top - 0.5),
        smooth(MIDDLE + body.hem - waist_in + 0.5, (top + low) / 2),
        (MIDDLE + body.hem - waist_in - 1, low),
        smooth(MIDDLE + body.hem * 0.5, low + 2.2),
        (MIDDLE, low + 2.8),
    )
    canvas.lay(canvas.mask(band), cloth or a.cuffs, relief=0.8, cast=0.5)


def hem_line(body: Body, above: float) -> Path:
    """A line that follows the hem, ``above`` it."""
    y = body.bottom - above
    return line((MIDDLE - body.hem + 0.8, y), smooth(MIDDLE, y + 2.3 + body.hem_drop), (MIDDLE + body.hem - 0.8, y))


def armhole_line(body: Body) -> Path:
    """The right seam between body and sleeve."""
    tip, under = body.tip, body.underarm
    return line(tip, smooth(tip[0] - 4.5, tip[1] + body.armhole * 0.5), under)
