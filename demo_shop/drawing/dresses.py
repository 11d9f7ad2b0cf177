"""Dresses, nightgowns, robes, jumpsuits and dungarees."""

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.bodices import Body, back_piece, body_folds, front_outline, measured, neck_band
from demo_shop.drawing.canvas import Fold
from demo_shop.drawing.collars import shirt_collar
from demo_shop.drawing.fronts import placket
from demo_shop.drawing.graphics import chest_graphic
from demo_shop.drawing.paths import MIDDLE, Path, flip, line, mirrored, smooth, wavy
from demo_shop.drawing.sleeves import armhole_line, lay_sleeves
from demo_shop.drawing.tailoring import waist_belt
from demo_shop.drawing.tops import strap_edges, strappy_outline

LENGTHS = {"mini": 196.0, "knee": 222.0, "midi": 250.0, "maxi": 268.0, "short": 200.0}


def dress(a: Atelier) -> None:
    style = a.style
    body, low, half = bodice(a)
    cut, waist = style.get("skirt", "a_line"), style.get("waist", "seam")
    if cut == "slip":
        waist = "loose"
    lay_bodice(a, body)
    waist_y = body.bottom
    if cut == "tiered":
        _tiered(a, body, waist_y, low, half + 6)
    else:
        _skirt(a, body, cut, waist_y, low, half)
    lay_waist(a, body, waist, waist_y)
    if style.get("neck") == "collar":
        placket(a, body.top + body.depth - 2, waist_y - 2, 7.5, 4)
        shirt_collar(a, body, spread=11, drop=16)
    chest_graphic(a, body)


def bodice(a: Atelier) -> tuple[Body, float, float]:
    """The bodice, the hem's height and its half width."""
    style, body = a.style, measured(a)
    length = style.get("length", "knee")
    low = LENGTHS.get(length, 222.0) + a.vary(-4, 4)
    body.top = {"mini": 58.0, "knee": 46.0, "midi": 36.0, "maxi": 30.0}.get(length, 46.0)
    shrink = 0.93 if length in ("midi", "maxi") else 1.0
    body.shoulder, body.chest, body.neck = body.shoulder * shrink - 3, body.chest * shrink - 3, body.neck * shrink
    body.armhole, body.depth = 40 * shrink, body.depth * shrink
    if style.childs:
        body.top, low = 62.0, 214.0
        body.depth = min(body.depth, 11.0)
    loose = style.get("waist") == "loose" or style.get("skirt") == "slip"
    body.bottom = body.underarm[1] + 38 * shrink + a.vary(-3, 4)
    body.hem = (38.0 if loose else 33.0) * shrink
    body.waist = (39.0 if loose else 35.0) * shrink
    half = {"a_line": 62.0, "pencil": 35.0, "slip": 47.0, "pleated": 58.0, "wrap": 54.0}.get(style.get("skirt"), 60.0)
    return body, low, half + a.vary(-4, 4)


def lay_bodice(a: Atelier, body: Body) -> None:
    style = a.style
    neck, sleeve = style.get("neck", "crew"), style.get("sleeve", "short")
    canvas = a.canvas
    if neck == "collar" and sleeve == "straps":
        sleeve = "none"
    if sleeve == "straps" or neck == "halter":
        shape = "v" if neck == "v" else "halter" if neck == "halter" else "square" if neck == "square" else "scoop"
        canvas.lay(
            canvas.mask(
                mirrored(
                    (MIDDLE, body.underarm[1] - 8),
                    (MIDDLE + 26, body.underarm[1] - 8),
                    (MIDDLE + body.chest - 6, body.underarm[1]),
                    (MIDDLE, body.bottom),
                )
            ),
            a.lining,
            cast=0,
        )
        canvas.lay(canvas.mask(strappy_outline(body, shape, 2.8)), a.cloth, folds=body_folds(a, body))
        canvas.stitch(*strap_edges(body, shape, 2.8), gap=2.6)
        return
    if neck == "bardot":
        body.neck, body.slope = body.shoulder + 1, 15
    back_piece(a, body)
    lay_sleeves(a, body, sleeve, "shirt" if sleeve in ("long", "balloon") else "hem")
    canvas.lay(
        canvas.mask(front_outline(body, neck if neck != "collar" else "crew")), a.cloth, folds=body_folds(a, body)
    )
    if sleeve != "none":
        seam = armhole_line(body)
        canvas.seam(seam, flip(seam), depth=0.24)
    if style.get("skirt") == "wrap" and neck == "v":
        canvas.seam(line(f"98,{body.top + body.depth} ~112,{body.bottom - 14} 126,{body.bottom}"), depth=0.4, width=1.4)
    if neck != "collar":
        neck_band(a, body, neck, 2.4, a.plain)


def _skirt_shape(body: Body, y: float, low: float, half: float) -> Path:
    hip = y + (low - y) * 0.32
    top = body.hem - 0.5
    return mirrored(
        (MIDDLE, y - 3),
        (MIDDLE + top, y - 3),
        smooth(MIDDLE + top + (half - top) * (0.62 if half > 40 else 0.9) + (3 if half < 40 else 0), hip),
        (MIDDLE + half, low - 3),
        smooth(MIDDLE + half * 0.55, low + 3),
        (MIDDLE, low + 4),
    )


def _skirt(a: Atelier, body: Body, cut: str, y: float, low: float, half: float) -> None:
    canvas = a.canvas
    canvas.lay(
        canvas.mask(_skirt_shape(body, y, low, half)), a.cloth, folds=skirt_folds(a, cut, body.hem, half, y, low)
    )
    if cut == "wrap":
        edge = line((MIDDLE + body.hem * 0.7, y), smooth(MIDDLE + 8, (y + low) / 2), (MIDDLE - half * 0.35, low + 3))
        canvas.seam(edge, depth=0.55, width=1.6)
    if cut == "pleated":
        _pleat_seams(a, body.hem, half, y, low)
    canvas.stitch(line((MIDDLE - half + 1, low - 6), smooth(MIDDLE, low), (MIDDLE + half - 1, low - 6)), gap=2.8)


def skirt_folds(a: Atelier, cut: str, top: float, half: float, y: float, low: float) -> list[Fold]:
    """Folds that fall from the waist."""
    if cut in ("pencil", "slip"):
        return [
            a.fold((MIDDLE - top + 4, y + 20), (MIDDLE - 6, y + 30), (MIDDLE + top - 8, y + 22), depth=0.3),
            a.fold((MIDDLE + 10, y + 44), (MIDDLE + 14, y + 66), (MIDDLE + 12, low), depth=0.3),
        ]
    count = 9 if cut in ("circle", "tiered") else 7
    shares = [(i + 0.5) / count * 2 - 1 + a.vary(-0.06, 0.06) for i in range(count)]
    return [
        a.fold(
            (MIDDLE + s * top * 0.94, y + a.vary(2, 14)),
            (MIDDLE + s * (top + (half - top) * 0.55), (y + low) / 2),
            (MIDDLE + s * half * 0.96, low + 2),
            depth=0.5 + a.vary(-0.1, 0.15),
            width=6,
        )
        for s in shares
    ]


def _pleat_seams(a: Atelier, top: float, half: float, y: float, low: float) -> None:
    lines = []
    for i in range(-7, 8):
        s = i / 7.5
        lines.append(
            line(
                (MIDDLE + s * top, y),
                smooth(MIDDLE + s * (top + (half - top) * 0.55), (y + low) / 2),
                (MIDDLE + s * half, low + 2),
            )
        )
    a.canvas.seam(*lines, depth=0.33, width=1.2)


def _tiered(a: Atelier, body: Body, y: float, low: float, half: float) -> None:
    """Gathered tiers, the lower over nothing, laid from below."""
    canvas, count = a.canvas, 3
    for tier in reversed(range(count)):
        t0, t1 = y + (low - y) * tier / count, y + (low - y) * (tier + 1) / count
        w0 = body.hem + (half - body.hem) * (tier / count) ** 0.8
        w1 = body.hem + (half - body.hem) * ((tier + 1) / count) ** 0.8
        shape = mirrored(
            (MIDDLE, t0 - 2),
            (MIDDLE + w0, t0 - 2),
            smooth(MIDDLE + w1 - 1.5, t0 + (t1 - t0) * 0.35),
            (MIDDLE + w1, t1 + 2),
            smooth(MIDDLE + w1 * 0.5, t1 + 6),
            (MIDDLE, t1 + 6.5),
        )
        folds = [
            a.fold(
                (MIDDLE + s * w0, t0),
                (MIDDLE + s * w1 * 0.98, t0 + 12),
                (MIDDLE + s * w1, t1 - 2),
                depth=0.55,
                width=3.6,
            )
            for s in (-0.9, -0.72, -0.5, -0.3, -0.12, 0.08, 0.27, 0.48, 0.68, 0.88)
        ]
        canvas.lay(canvas.mask(shape), a.cloth, folds=folds, relief=0.8, cast=0.8)
    for tier in range(1, count):
        t0 = y + (low - y) * tier / count
        w0 = body.hem + (half - body.hem) * (tier / count) ** 0.8
        canvas.seam(line((MIDDLE - w0, t0), smooth(MIDDLE, t0 + 5), (MIDDLE + w0, t0)), depth=0.4)


def lay_waist(a: Atelier, body: Body, kind: str, y: float) -> None:
    canvas, half = a.canvas, body.hem
    if kind == "seam":
        canvas.seam(
            line((MIDDLE - half, y - 2), smooth(MIDDLE, y + 0.5), (MIDDLE + half, y - 2)), depth=0.45, width=1.5
        )
    elif kind == "elastic":
        for dy in (-4, 0, 4):
            canvas.seam(wavy((MIDDLE - half, y + dy), (MIDDLE + half, y + dy), 12, 1.4), depth=0.3)
    elif kind == "tie":
        waist = Body(waist=half, top=body.top)
        waist_belt(a, waist, y, buckle=False, height=7)
