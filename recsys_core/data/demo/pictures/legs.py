"""Trousers, jeans, leggings, shorts and skirts."""

from dataclasses import dataclass

from recsys_core.data.demo.pictures.atelier import Atelier
from recsys_core.data.demo.pictures.canvas import Field, Fold
from recsys_core.data.demo.pictures.cloth import Cloth, darker, lighter
from recsys_core.data.demo.pictures.paths import (
    MIDDLE,
    Path,
    between,
    box,
    ellipse,
    line,
    mirrored,
    moved,
    outline,
    smooth,
)


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


def _measured(a: Atelier) -> Legs:
    look = a.look
    leg = look.get("leg", "straight")
    top = 36.0 if look.get("rise", "high") == "high" else 46.0
    legs = Legs(waist_y=top, waist=32 + a.vary(-1, 2), hip=42 + a.vary(-1, 1.5), hip_y=top + 40, crotch_y=top + 68)
    legs.foot, legs.knee = _FEET[leg] + a.vary(-1, 1.5), _KNEES[leg] + a.vary(-0.8, 1.2)
    legs.ankle_y = {"ankle": 252.0, "cropped": 226.0}.get(look.get("length"), 266.0)
    legs.spread = 23 if leg in ("skinny", "slim") else 26 if leg in ("wide", "flared") else 24
    if look.mens:
        legs.waist, legs.hip = legs.waist + 2, legs.hip + 1
    if look.childs:
        legs.waist_y, legs.hip_y, legs.crotch_y, legs.ankle_y = 62, 94, 120, 246
    return legs


def trousers(a: Atelier) -> None:
    look, legs = a.look, _measured(a)
    waist = look.get("waist", "button")
    folds = []
    if look.get("detail") == "pleats" or waist == "paperbag":
        folds += [
            a.fold(
                (MIDDLE + s * x, legs.waist_y + 8),
                (MIDDLE + s * (x + 1.5), legs.waist_y + 24),
                (MIDDLE + s * (x + 3), legs.waist_y + 46),
                depth=0.6,
                width=3.6,
            )
            for s in (1, -1)
            for x in (12, 21)
        ]
    lay_legs(a, legs, folds=folds)
    if look.get("detail") in ("creases", "pleats"):
        for s in (1, -1):
            crease = line(
                (MIDDLE + s * 19, legs.waist_y + 30),
                smooth(MIDDLE + s * legs.spread, legs.knee_y),
                (MIDDLE + s * legs.spread, legs.ankle_y),
            )
            a.canvas.seam(crease, depth=0.22)
    _slant_pockets(a, legs)
    _waistband(a, legs, waist)
    _hems(a, legs, turned=look.get("detail") == "turn_up")


def tailored(a: Atelier) -> None:
    trousers(a)


def chinos(a: Atelier) -> None:
    trousers(a)


def cargo(a: Atelier) -> None:
    look, legs = a.look, _measured(a)
    lay_legs(a, legs)
    _slant_pockets(a, legs)
    _waistband(a, legs, look.get("waist", "button"))
    canvas = a.canvas
    for s in (1, -1):
        x, y = MIDDLE + s * (legs.spread + legs.knee_half - 12), legs.knee_y - 32
        canvas.lay(canvas.mask(box(x - 12, y, 24, 32, 2)), a.cloth, relief=0.7, cast=1.1)
        canvas.lay(canvas.mask(box(x - 12.8, y - 3, 25.6, 10, 1.5)), a.cloth, relief=0.6, cast=0.9)
        canvas.button(x, y + 4, 1.7, a.button_rgb)
    _hems(a, legs)


def joggers(a: Atelier) -> None:
    look, legs = a.look, _measured(a)
    cuffed = look.get("leg") == "jogger"
    legs.bulge = 1.5 if cuffed else 0
    if cuffed:
        legs.ankle_y -= 8
    lay_legs(a, legs)
    _side_stripe(a, legs)
    _slant_pockets(a, legs)
    canvas = a.canvas
    if cuffed:
        for s in (1, -1):
            x = MIDDLE + s * legs.spread
            cuff = outline(
                (x - legs.foot + 0.8, legs.ankle_y - 2),
                (x + legs.foot - 0.8, legs.ankle_y - 2),
                smooth(x + legs.foot - 2, legs.ankle_y + 7),
                (x + legs.foot - 2.4, legs.ankle_y + 14),
                smooth(x, legs.ankle_y + 15),
                (x - legs.foot + 2.4, legs.ankle_y + 14),
                smooth(x - legs.foot + 2, legs.ankle_y + 7),
            )
            canvas.lay(canvas.mask(cuff), a.cuffs, relief=0.9, cast=0.6)
    else:
        _hems(a, legs)
    _waistband(a, legs, "drawstring")


def jeans(a: Atelier) -> None:
    look, legs = a.look, _measured(a)
    lay_legs(a, legs)
    _fade(a, legs, 0.24 if look.get("detail") == "worn" else 0.12)
    thread = (208, 160, 94) if look.appearance == "Denim" else None
    _jeans_top(a, legs, thread)
    if look.get("detail") == "ripped":
        _rips(a, legs)
    for s in (1, -1):
        out = line(
            (MIDDLE + s * (legs.hip - 0.8), legs.hip_y + 8),
            smooth(MIDDLE + s * (legs.spread + legs.knee_half - 1.2), legs.knee_y),
            (MIDDLE + s * (legs.spread + legs.foot - 1.4), legs.ankle_y),
        )
        a.canvas.stitch(out, rgb=thread)
    _hems(a, legs, thread=thread)


def leggings(a: Atelier) -> None:
    look, legs = a.look, _measured(a) if a.look.get("leg") else _leggings_legs(a)
    lay_legs(a, legs)
    _side_stripe(a, legs)
    canvas = a.canvas
    if look.get("detail") == "panels":
        rgb = look.accents[3]
        for s in (1, -1):
            panel = outline(
                (MIDDLE + s * legs.hip, legs.hip_y + 6),
                smooth(MIDDLE + s * (legs.spread + 4), legs.knee_y - 18),
                (MIDDLE + s * (legs.spread + legs.knee_half + 4), legs.knee_y + 12),
                (MIDDLE + s * (legs.hip + 6), legs.hip_y + 30),
            )
            canvas.print_on(canvas.mask(panel) * canvas.covered, rgb, 0.85)
            canvas.seam([*panel], depth=0.3)
    band = mirrored(
        (MIDDLE, legs.waist_y + 1),
        (MIDDLE + legs.waist, legs.waist_y - 0.5),
        (MIDDLE + legs.waist + 4, legs.waist_y + 15),
        smooth(MIDDLE + 18, legs.waist_y + 18),
        (MIDDLE, legs.waist_y + 18.5),
    )
    canvas.lay(canvas.mask(band), a.plain, relief=0.7, cast=0.5)
    canvas.stitch(
        line(
            (MIDDLE - legs.waist - 3, legs.waist_y + 13),
            smooth(MIDDLE, legs.waist_y + 16),
            (MIDDLE + legs.waist + 3, legs.waist_y + 13),
        )
    )
    _hems(a, legs)


def shorts(a: Atelier) -> None:
    look = a.look
    legs = _shorts_legs(a)
    waist = look.get("waist", "button")
    folds = []
    if look.get("detail") == "pleats" or waist == "paperbag":
        folds = [
            a.fold(
                (MIDDLE + s * x, legs.waist_y + 8),
                (MIDDLE + s * (x + 2), legs.waist_y + 24),
                (MIDDLE + s * (x + 5), legs.waist_y + 50),
                depth=0.6,
                width=3.6,
            )
            for s in (1, -1)
            for x in (12, 21)
        ]
    lay_legs(a, legs, folds=folds)
    _side_stripe(a, legs)
    if look.get("detail") == "panels":
        for s in (1, -1):
            panel = [
                (MIDDLE + s * (legs.hip + 1), legs.hip_y),
                (MIDDLE + s * (legs.spread + 10), legs.ankle_y),
                (MIDDLE + s * (legs.spread + legs.foot + 4), legs.ankle_y + 3),
                (MIDDLE + s * (legs.hip + 10), legs.hip_y),
            ]
            a.canvas.print_on(a.canvas.mask(panel) * a.canvas.covered, look.accents[3], 0.85)
    _slant_pockets(a, legs)
    _waistband(a, legs, waist)
    _hems(a, legs, turned=look.get("detail") == "turn_up")


def sport_shorts(a: Atelier) -> None:
    shorts(a)


def swim_shorts(a: Atelier) -> None:
    shorts(a)


def denim_shorts(a: Atelier) -> None:
    look, legs = a.look, _shorts_legs(a)
    lay_legs(a, legs)
    _fade(a, legs, 0.2)
    thread = (208, 160, 94)
    _jeans_top(a, legs, thread)
    if look.get("detail") == "frayed":
        fray(a, [(s, legs.spread, legs.foot) for s in (1, -1)], legs.ankle_y)
    else:
        _hems(a, legs, turned=look.get("detail") == "turn_up", thread=thread)


# parts -----------------------------------------------------------------------------------------------------


def _leggings_legs(a: Atelier) -> Legs:
    look = a.look
    top = 34.0 if look.get("rise") == "high" else 44.0
    low = {"ankle": 252.0, "cropped": 218.0}.get(look.get("length"), 268.0)
    legs = Legs(
        waist=28, waist_y=top, hip=37.5, hip_y=top + 44, crotch_y=top + 72, ankle_y=low, foot=7.8, knee=11.5, spread=20
    )
    if look.childs:
        legs.waist_y, legs.hip_y, legs.crotch_y, legs.ankle_y = 60, 94, 122, 248
    return legs


def _shorts_legs(a: Atelier) -> Legs:
    look = a.look
    knee = look.get("length") == "knee"
    top = 86.0 if not knee else 72.0
    low = top + (118 if knee else 88) + a.vary(-4, 6)
    wide = 29.0 if look.get("leg") == "wide" else 25.0
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
    if look.mens:
        legs.waist, legs.hip = 39, 49
    return legs


def _waistband(a: Atelier, legs: Legs, kind: str) -> None:
    canvas, y, half = a.canvas, legs.waist_y, legs.waist
    height = 12.0 if kind != "paperbag" else 9.0
    if kind == "paperbag":
        frill = mirrored(
            (MIDDLE, y - 9),
            smooth(MIDDLE + 12, y - 10.5),
            smooth(MIDDLE + 24, y - 8.5),
            (MIDDLE + half + 3, y - 10),
            (MIDDLE + half, y + 4),
            (MIDDLE, y + 5),
        )
        canvas.lay(
            canvas.mask(frill),
            a.cloth,
            folds=[
                a.fold((MIDDLE + x, y - 10), (MIDDLE + x + 1, y - 4), (MIDDLE + x, y + 3), depth=0.6, width=3)
                for x in range(-28, 32, 7)
            ],
            cast=0.6,
        )
    band = mirrored(
        (MIDDLE, y + 1.5),
        smooth(MIDDLE + half * 0.5, y + 1),
        (MIDDLE + half, y - 0.5),
        (MIDDLE + half + 1.6, y + height - 1),
        smooth(MIDDLE + half * 0.5, y + height + 1),
        (MIDDLE, y + height + 1.5),
    )
    gathers = (
        [
            a.fold(
                (MIDDLE + x, y + 1), (MIDDLE + x + 0.8, y + height / 2), (MIDDLE + x, y + height), depth=0.5, width=2.6
            )
            for x in range(-int(half) + 3, int(half), 5)
        ]
        if kind in ("elastic", "drawstring", "tie", "paperbag")
        else []
    )
    ribbed = kind == "drawstring" and a.look.wear in ("sweat", "kids", "sport", "night")
    canvas.lay(canvas.mask(band), a.cuffs if ribbed else a.cloth, folds=gathers, relief=0.6, cast=0.7)
    edge = line((MIDDLE - half - 1, y + height), smooth(MIDDLE, y + height + 2), (MIDDLE + half + 1, y + height))
    canvas.seam(edge, depth=0.35)
    if kind == "button":
        for s, x in ((1, 20), (-1, 20)):
            canvas.lay(
                canvas.mask(box(MIDDLE + s * x - 1.6, y - 0.5, 3.2, height + 3.5, 0.8)), a.cloth, relief=0.4, cast=0.8
            )
        canvas.button(MIDDLE + 1, y + height / 2 + 1, 2.6, a.button_rgb)
        fly = line(
            (MIDDLE + 7, y + height + 2), (MIDDLE + 7, y + 38), smooth(MIDDLE + 5.5, y + 46), (MIDDLE + 0.5, y + 50)
        )
        canvas.stitch(fly)
    elif kind in ("drawstring", "tie", "paperbag"):
        _drawstring(a, y + height / 2 + 1, wide=kind != "drawstring")


def _drawstring(a: Atelier, y: float, wide: bool) -> None:
    canvas = a.canvas
    if wide:
        from recsys_core.data.demo.pictures.collars import bow_tie

        bow_tie(a, MIDDLE, y, 0.72)
        return
    rgb = lighter(a.look.rgb, 0.6) if a.look.dark else darker(a.look.rgb, 0.3)
    cords = [line((MIDDLE + s * 4, y), smooth(MIDDLE + s * 6, y + 14), (MIDDLE + s * 4.4, y + 30)) for s in (1, -1)]
    loops = [
        line((MIDDLE, y + 2), smooth(MIDDLE + s * 9, y - 3), smooth(MIDDLE + s * 9, y + 5), (MIDDLE, y + 3))
        for s in (1, -1)
    ]
    canvas.lay(canvas.lines(cords + loops, 1.7), Cloth.plain(rgb), relief=0.7, cast=1.0)


def _slant_pockets(a: Atelier, legs: Legs) -> None:
    y = legs.waist_y + 14
    for s in (1, -1):
        slant = line(
            (MIDDLE + s * (legs.waist - 7), y),
            smooth(MIDDLE + s * (legs.waist + 1), y + 13),
            (MIDDLE + s * (legs.hip - 2.2), y + 27),
        )
        a.canvas.seam(slant, depth=0.4, width=1.4)
        a.canvas.stitch(moved(slant, -s * 2.2, 0.6))


def _jeans_top(a: Atelier, legs: Legs, thread: tuple[int, int, int] | None) -> None:
    canvas, y = a.canvas, legs.waist_y
    for s in (1, -1):
        scoop = line(
            (MIDDLE + s * (legs.waist - 15), y + 12),
            smooth(MIDDLE + s * (legs.waist - 11), y + 24),
            (MIDDLE + s * (legs.hip - 3), y + 29),
        )
        canvas.seam(scoop, depth=0.42, width=1.4)
        canvas.stitch(moved(scoop, -s * 1.6, 1.8), rgb=thread)
        canvas.button(MIDDLE + s * (legs.waist - 14), y + 15, 1.1, a.look.trim, holes=False)
    _waistband(a, legs, "button")
    canvas.stitch(
        line((MIDDLE - legs.waist, y + 2.4), smooth(MIDDLE, y + 4), (MIDDLE + legs.waist, y + 2.4)), rgb=thread
    )
    canvas.stitch(
        line((MIDDLE + 7, y + 14), (MIDDLE + 7, y + 38), smooth(MIDDLE + 5.5, y + 46), (MIDDLE + 0.5, y + 50)),
        rgb=thread,
    )
    canvas.button(MIDDLE + 1, y + 7.4, 2.8, a.look.trim, holes=False)


def _fade(a: Atelier, legs: Legs, amount: float) -> None:
    """Lighter thighs and shins, whiskers at the hips."""
    canvas = a.canvas
    worn = []
    for s in (1, -1):
        worn.append(ellipse(MIDDLE + s * (legs.spread + 1), (legs.crotch_y + legs.knee_y) / 2 - 4, 7.5, 38))
        if legs.ankle_y > 220:
            worn.append(ellipse(MIDDLE + s * legs.spread, (legs.knee_y + legs.ankle_y) / 2, 5, 28))
    canvas.lighten(canvas.soft(canvas.mask(*worn), 6) * canvas.covered, amount)
    whiskers = [
        line(
            (MIDDLE + s * 5, legs.crotch_y - d),
            smooth(MIDDLE + s * 18, legs.crotch_y - d - 3),
            (MIDDLE + s * 31, legs.crotch_y - d - 9),
        )
        for s in (1, -1)
        for d in (4, 12, 20)
    ]
    canvas.lighten(canvas.soft(canvas.lines(whiskers, 2.2), 1.2) * canvas.covered, amount * 0.8)


def _rips(a: Atelier, legs: Legs) -> None:
    canvas = a.canvas
    for s, dy in ((1, 0), (-1, -9)):
        x, y = MIDDLE + s * legs.spread, legs.knee_y + dy
        hole = outline(
            smooth(x - 9, y), smooth(x - 3, y - 3.4), smooth(x + 8, y - 2), smooth(x + 9, y + 1.5), smooth(x, y + 4)
        )
        canvas.darken(canvas.mask(hole), 0.55)
        threads: list[Path] = [[(x - 8 + i * 2.6, y - 2.4), (x - 8.6 + i * 2.6, y + 3)] for i in range(7)]
        threads += [[(x - 8, y + k), (x + 8, y + k * 0.8)] for k in (-1.2, 0.8)]
        canvas.paint(canvas.lines(threads, 0.7), (226, 230, 234), 0.85)


def _side_stripe(a: Atelier, legs: Legs) -> None:
    if a.look.get("detail") != "side_stripe":
        return
    canvas = a.canvas
    rgb = a.look.accents[0]
    for s in (1, -1):
        edge = line(
            (MIDDLE + s * legs.waist, legs.waist_y + 10),
            smooth(MIDDLE + s * legs.hip, legs.hip_y),
            smooth(MIDDLE + s * (legs.spread + legs.knee_half), legs.knee_y),
            (MIDDLE + s * (legs.spread + legs.foot), legs.ankle_y),
        )
        for inset in (3.0, 7.0):
            canvas.print_on(canvas.lines([moved(edge, -s * inset, 0)], 1.9) * canvas.covered, rgb)


def _hems(a: Atelier, legs: Legs, turned: bool = False, thread: tuple[int, int, int] | None = None) -> None:
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


def fray(a: Atelier, hems: list[tuple[int, float, float]], y: float) -> None:
    """Loose threads along hems given as (side, middle, half width)."""
    rng, threads = a.look.rng(21), []
    for s, spread, foot in hems:
        for i in range(int(foot * 2.2)):
            x = MIDDLE + s * spread - foot + i / 1.1
            threads.append([(x, y - 2), (x + float(rng.uniform(-1.2, 1.2)), y + float(rng.uniform(2, 6)))])
    a.canvas.paint(a.canvas.lines(threads, 0.6), lighter(a.look.rgb, 0.6), 0.9)


# skirts ----------------------------------------------------------------------------------------------------


def skirt(a: Atelier) -> None:
    from recsys_core.data.demo.pictures.dresses import skirt_folds

    look, canvas = a.look, a.canvas
    cut, y, low, top, half = _skirt_measures(a)
    if cut == "tiered":
        _tiers(a, y, low, top, half)
    else:
        canvas.lay(
            canvas.mask(skirt_outline(y, low, top, half)), a.cloth, folds=skirt_folds(a, cut, top, half, y + 8, low)
        )
    if cut == "pleated":
        lines = [
            line(
                (MIDDLE + i / 7.5 * top, y + 10),
                smooth(MIDDLE + i / 7.5 * (top + (half - top) * 0.6), (y + low) / 2),
                (MIDDLE + i / 7.5 * half, low + 2),
            )
            for i in range(-7, 8)
        ]
        canvas.seam(*lines, depth=0.35, width=1.2)
    if cut == "wrap":
        edge = line((MIDDLE + top * 0.8, y + 10), smooth(MIDDLE + 10, (y + low) / 2), (MIDDLE - half * 0.3, low + 3))
        canvas.seam(edge, depth=0.6, width=1.8)
    _skirt_details(a, y, low, half)
    _waistband(a, Legs(waist=top, waist_y=y), {"elastic": "elastic", "button": "button"}.get(look.get("waist"), "band"))


def denim_skirt(a: Atelier) -> None:
    look = a.look
    cut, y, low, top, half = _skirt_measures(a)
    canvas = a.canvas
    canvas.lay(
        canvas.mask(skirt_outline(y, low, top, half)),
        a.cloth,
        folds=[a.fold((MIDDLE - 20, y + 40), (MIDDLE, y + 46), (MIDDLE + 22, y + 40), depth=0.3)],
    )
    canvas.lighten(
        canvas.soft(canvas.mask(ellipse(MIDDLE + 20, y + 58, 9, 30), ellipse(MIDDLE - 20, y + 58, 9, 30)), 7)
        * canvas.covered,
        0.16,
    )
    _jeans_top(a, Legs(waist=top, waist_y=y, hip=top + 9, hip_y=y + 40), (208, 160, 94))
    if look.get("detail") == "frayed":
        fray(a, [(1, 0.0, half - 1)], low + 1)
    _skirt_details(a, y, low, half)


def skirt_outline(y: float, low: float, top: float, half: float) -> Path:
    hip = y + min((low - y) * 0.36, 44)
    return mirrored(
        (MIDDLE, y + 1),
        (MIDDLE + top, y),
        smooth(MIDDLE + max(top + 8, top + (half - top) * 0.5), hip),
        (MIDDLE + half, low - 3),
        smooth(MIDDLE + half * 0.55, low + 2.6),
        (MIDDLE, low + 3.6),
    )


def _skirt_measures(a: Atelier) -> tuple[str, float, float, float, float]:
    look = a.look
    cut, length = look.get("cut", "a_line"), look.get("length", "knee")
    size = {"mini": 88.0, "knee": 124.0, "midi": 172.0, "maxi": 212.0}[length] + a.vary(-5, 5)
    y = 150 - size / 2 - 2
    half = {"a_line": 52.0, "pencil": 40.0, "pleated": 60.0, "tiered": 60.0, "wrap": 50.0, "circle": 70.0}[cut]
    half = half - 2 if length == "mini" else half + (8 if length in ("midi", "maxi") and cut != "pencil" else 0)
    return cut, y, y + size, 31 + a.vary(-1, 2), half + a.vary(-3, 3)


def _tiers(a: Atelier, y: float, low: float, top: float, half: float) -> None:
    canvas, count = a.canvas, 3
    start = y + 8
    for tier in reversed(range(count)):
        t0, t1 = start + (low - start) * tier / count, start + (low - start) * (tier + 1) / count
        w0, w1 = (top + (half - top) * ((tier + k) / count) ** 0.75 for k in (0, 1))
        shape = mirrored(
            (MIDDLE, t0 - 2),
            (MIDDLE + w0, t0 - 2),
            smooth(MIDDLE + w1 - 1, t0 + (t1 - t0) * 0.35),
            (MIDDLE + w1, t1 + 2),
            smooth(MIDDLE + w1 * 0.5, t1 + 5),
            (MIDDLE, t1 + 5.5),
        )
        folds = [
            a.fold(
                (MIDDLE + u * w0, t0),
                (MIDDLE + u * w1 * 0.98, (t0 + t1) / 2),
                (MIDDLE + u * w1, t1),
                depth=0.55,
                width=3.6,
            )
            for u in (-0.88, -0.66, -0.44, -0.2, 0.03, 0.26, 0.47, 0.7, 0.9)
        ]
        canvas.lay(canvas.mask(shape), a.cloth, folds=folds, relief=0.8, cast=0.8)


def _skirt_details(a: Atelier, y: float, low: float, half: float) -> None:
    look, canvas = a.look, a.canvas
    detail = look.get("detail")
    if detail == "buttons":
        canvas.seam(
            [(MIDDLE - 5, y + 12), (MIDDLE - 5, low + 2)], [(MIDDLE + 5, y + 12), (MIDDLE + 5, low + 2)], depth=0.25
        )
        for i in range(6):
            by = y + 19 + i * (low - y - 30) / 5
            canvas.button(
                MIDDLE, by, 2.3, look.trim if look.wear == "denim" else a.button_rgb, holes=look.wear != "denim"
            )
    elif detail == "slit":
        edge = line((MIDDLE + half * 0.34, low - (low - y) * 0.42), (MIDDLE + half * 0.4, low + 2))
        canvas.seam(edge, depth=0.6, width=1.8)
        canvas.darken(
            canvas.mask([edge[0], (edge[1][0] + 4, low + 3), (edge[1][0] - 1, low + 3)]) * canvas.covered, 0.5
        )
    elif detail == "frill":
        ends = between((MIDDLE - half, low), (MIDDLE + half, low), 0.5)
        flounce = mirrored(
            (MIDDLE, low - 4),
            (MIDDLE + half - 1, low - 8),
            (MIDDLE + half + 6, low + 10),
            smooth(MIDDLE + half * 0.6, low + 16),
            smooth(MIDDLE + half * 0.3, low + 13),
            (ends[0], low + 17),
        )
        canvas.lay(
            canvas.mask(flounce),
            a.cloth,
            folds=[
                a.fold(
                    (MIDDLE + u * half, low - 5),
                    (MIDDLE + u * (half + 3), low + 4),
                    (MIDDLE + u * (half + 5), low + 14),
                    depth=0.6,
                    width=3.6,
                )
                for u in (-0.85, -0.6, -0.36, -0.1, 0.14, 0.4, 0.62, 0.86)
            ],
        )
    if detail != "frill":
        canvas.stitch(
            line((MIDDLE - half + 1, low - 7), smooth(MIDDLE, low - 1), (MIDDLE + half - 1, low - 7)), gap=2.8
        )
