"""Trousers, jeans, leggings, shorts and skirts."""

from dataclasses import dataclass

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.canvas import Field, Fold
from demo_shop.drawing.cloth import Cloth, darker, lighter
from demo_shop.drawing.paths import MIDDLE, Path, box, line, mirrored, moved, smooth


@dataclass
class Legs:
    """Measures of trousers, right half from the middle; ``foot`` is the hem's half width around ``spread``."""

    waist: float = 33.0
    waist_y: float = 42.0
    hip: float = 43.0
    hip_y: float = 82.0
    crotch_y: float = 108.0
    knee: float = 0.0
    ankle_y: float = 266.0
    foot: float = 13.0
    spread: float = 24.0
    bulge: float = 0.0

    @property
    def knee_y(self) -> float:
        return self.crotch_y + (self.ankle_y - self.crotch_y) * 0.46

    @property
    def knee_half(self) -> float:
        return self.knee or (self.foot + 20.0) / 2


def lay_legs(a: Atelier, legs: Legs, cloth: Cloth | None = None, folds: list[Fold] | None = None) -> Field:
    """Both legs in one piece with its creases; returns the mask."""
    canvas = a.canvas
    mask = canvas.mask(legs_outline(legs))
    canvas.lay(mask, cloth or a.cloth, folds=(folds or []) + _leg_folds(a, legs))
    canvas.seam(
        line((MIDDLE, legs.waist_y + 4), smooth(MIDDLE + 1, legs.crotch_y - 20), (MIDDLE, legs.crotch_y)), depth=0.3
    )
    for side in (1, -1):
        inner = line(
            (MIDDLE + side * 1.0, legs.crotch_y),
            smooth(MIDDLE + side * (legs.spread - legs.knee_half), legs.knee_y),
            (MIDDLE + side * (legs.spread - legs.foot), legs.ankle_y),
        )
        canvas.darken(canvas.soft(canvas.lines([moved(inner, side * 3, 0)], 5) * mask, 3) * mask, 0.10)
    return mask


def legs_outline(legs: Legs) -> Path:
    knee_x, half = legs.spread, legs.knee_half
    return mirrored(
        (MIDDLE, legs.waist_y + 2),
        smooth(MIDDLE + legs.waist * 0.5, legs.waist_y + 1.5),
        (MIDDLE + legs.waist, legs.waist_y),
        smooth(MIDDLE + legs.hip, legs.hip_y),
        smooth(MIDDLE + (legs.hip + knee_x + half) / 2 + 0.5, (legs.hip_y + legs.knee_y) / 2 + 6),
        smooth(MIDDLE + knee_x + half + legs.bulge, legs.knee_y),
        (MIDDLE + legs.spread + legs.foot, legs.ankle_y),
        smooth(MIDDLE + legs.spread, legs.ankle_y + 1.8),
        (MIDDLE + legs.spread - legs.foot, legs.ankle_y),
        smooth(MIDDLE + max(knee_x - half, 1.4), legs.knee_y),
        smooth(MIDDLE + max((knee_x - half) * 0.5, 0.9), (legs.crotch_y + legs.knee_y) / 2),
        (MIDDLE, legs.crotch_y),
    )


def _leg_folds(a: Atelier, legs: Legs) -> list[Fold]:
    folds = []
    for side in (1, -1):
        crotch = (MIDDLE + side * 2, legs.crotch_y - 2)
        folds += a.fan(
            crotch,
            [
                (MIDDLE + side * (legs.hip - 8), legs.crotch_y - 14),
                (MIDDLE + side * (legs.hip - 12), legs.crotch_y + 4),
                (MIDDLE + side * (legs.spread + 4), legs.crotch_y + 26),
            ],
            0.4,
        )
        if legs.ankle_y - legs.crotch_y > 70:
            x, y, half = MIDDLE + side * legs.spread, legs.knee_y, legs.knee_half
            folds.append(a.fold((x - half + 2, y - 4), (x, y + a.vary(-3, 3)), (x + half - 4, y - 7), depth=0.3))
            folds.append(a.fold((x - half + 3, y + 7), (x - 2, y + 9), (x + half - 6, y + 4), depth=0.25))
            z = legs.ankle_y - a.vary(12, 20)
            folds.append(a.fold((x - legs.foot + 1, z), (x, z + 4), (x + legs.foot - 2, z - 1), depth=0.3))
    return folds


_FEET = {
    "skinny": 9.0,
    "slim": 10.5,
    "straight": 14.0,
    "tapered": 9.5,
    "wide": 21.0,
    "flared": 21.0,
    "mom": 12.0,
    "jogger": 9.5,
}


_KNEES = {
    "skinny": 12.5,
    "slim": 14.0,
    "straight": 16.0,
    "tapered": 17.0,
    "wide": 21.5,
    "flared": 13.0,
    "mom": 18.5,
    "jogger": 17.0,
}


def measured(a: Atelier) -> Legs:
    style = a.style
    leg = style.get("leg", "straight")
    top = 36.0 if style.get("rise", "high") == "high" else 46.0
    legs = Legs(waist_y=top, waist=32 + a.vary(-1, 2), hip=42 + a.vary(-1, 1.5), hip_y=top + 40, crotch_y=top + 68)
    legs.foot, legs.knee = _FEET[leg] + a.vary(-1, 1.5), _KNEES[leg] + a.vary(-0.8, 1.2)
    legs.ankle_y = {"ankle": 252.0, "cropped": 226.0}.get(style.get("length"), 266.0)
    legs.spread = 23 if leg in ("skinny", "slim") else 26 if leg in ("wide", "flared") else 24
    if style.mens:
        legs.waist, legs.hip = legs.waist + 2, legs.hip + 1
    if style.childs:
        legs.waist_y, legs.hip_y, legs.crotch_y, legs.ankle_y = 62, 94, 120, 246
    return legs


def shorts_legs(a: Atelier) -> Legs:
    style = a.style
    knee = style.get("length") == "knee"
    top = 86.0 if not knee else 72.0
    low = top + (118 if knee else 88) + a.vary(-4, 6)
    wide = 29.0 if style.get("leg") == "wide" else 25.0
    legs = Legs(
        waist=36,
        waist_y=top,
        hip=47,
        hip_y=top + 42,
        crotch_y=top + 66,
        ankle_y=low,
        foot=wide,
        knee=(wide + 27) / 2,
        spread=wide + 3.5,
    )
    if style.mens:
        legs.waist, legs.hip = 39, 49
    return legs


def waistband(a: Atelier, legs: Legs, kind: str) -> None:
    canvas, y, half = a.canvas, legs.waist_y, legs.waist
    height = 12.0 if kind != "paperbag" else 9.0
    if kind == "paperbag":
        _frill(a, y, half)
    band = mirrored(
        f"100,{y + 1.5} ~{MIDDLE + half * 0.5},{y + 1} {MIDDLE + half},{y - 0.5} "
        f"{MIDDLE + half + 1.6},{y + height - 1} ~{MIDDLE + half * 0.5},{y + height + 1} 100,{y + height + 1.5}"
    )
    gathered = kind in ("elastic", "drawstring", "tie", "paperbag")
    folds = [
        a.fold((x, y + 1), (x + 0.8, y + height / 2), (x, y + height), depth=0.5, width=2.6)
        for x in (range(100 - int(half) + 3, 100 + int(half), 5) if gathered else ())
    ]
    ribbed = kind == "drawstring" and a.style.wear in ("sweat", "kids", "sport", "night")
    canvas.lay(canvas.mask(band), a.cuffs if ribbed else a.cloth, folds=folds, relief=0.6, cast=0.7)
    edge = line(f"{MIDDLE - half - 1},{y + height} ~100,{y + height + 2} {MIDDLE + half + 1},{y + height}")
    canvas.seam(edge, depth=0.35)
    if kind == "button":
        _button_and_fly(a, y, height)
    elif kind in ("drawstring", "tie", "paperbag"):
        _drawstring(a, y + height / 2 + 1, wide=kind != "drawstring")


def _frill(a: Atelier, y: float, half: float) -> None:
    """The gathered edge above a paperbag waist."""
    frill = mirrored(
        f"100,{y - 9} ~112,{y - 10.5} ~124,{y - 8.5} {MIDDLE + half + 3},{y - 10} {MIDDLE + half},{y + 4} 100,{y + 5}"
    )
    folds = [a.fold((x, y - 10), (x + 1, y - 4), (x, y + 3), depth=0.6, width=3) for x in range(72, 132, 7)]
    a.canvas.lay(a.canvas.mask(frill), a.cloth, folds=folds, cast=0.6)


def _button_and_fly(a: Atelier, y: float, height: float) -> None:
    canvas = a.canvas
    for s in (1, -1):
        loop = box(MIDDLE + s * 20 - 1.6, y - 0.5, 3.2, height + 3.5, 0.8)
        canvas.lay(canvas.mask(loop), a.cloth, relief=0.4, cast=0.8)
    canvas.button(MIDDLE + 1, y + height / 2 + 1, 2.6, a.button_rgb)
    canvas.stitch(line(f"107,{y + height + 2} 107,{y + 38} ~105.5,{y + 46} 100.5,{y + 50}"))


def _drawstring(a: Atelier, y: float, wide: bool) -> None:
    canvas = a.canvas
    if wide:
        from demo_shop.drawing.collars import bow_tie

        bow_tie(a, MIDDLE, y, 0.72)
        return
    rgb = lighter(a.style.rgb, 0.6) if a.style.dark else darker(a.style.rgb, 0.3)
    cords = [line((MIDDLE + s * 4, y), smooth(MIDDLE + s * 6, y + 14), (MIDDLE + s * 4.4, y + 30)) for s in (1, -1)]
    loops = [
        line((MIDDLE, y + 2), smooth(MIDDLE + s * 9, y - 3), smooth(MIDDLE + s * 9, y + 5), (MIDDLE, y + 3))
        for s in (1, -1)
    ]
    canvas.lay(canvas.lines(cords + loops, 1.7), Cloth.plain(rgb), relief=0.7, cast=1.0)


def hems(a: Atelier, legs: Legs, turned: bool = False, thread: tuple[int, int, int] | None = None) -> None:
    canvas, y = a.canvas, legs.ankle_y
    for s in (1, -1):
        left, right = MIDDLE + s * legs.spread - legs.foot, MIDDLE + s * legs.spread + legs.foot
        if turned:
            canvas.lay(
                canvas.mask([(left - 1.2, y - 9), (right + 1.2, y - 9), (right + 0.8, y + 2.5), (left - 0.8, y + 2.5)]),
                a.cloth,
                relief=0.8,
                cast=0.9,
                light=1.06,
            )
        else:
            canvas.stitch(
                line((left + 0.6, y - 4), smooth((left + right) / 2, y - 2.6), (right - 0.6, y - 4)), rgb=thread
            )
