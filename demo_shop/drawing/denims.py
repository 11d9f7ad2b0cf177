"""Jeans and what else is made of denim."""

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.cloth import lighter
from demo_shop.drawing.legs import Legs, hems, lay_legs, measured, shorts_legs, waistband
from demo_shop.drawing.paths import MIDDLE, Path, ellipse, line, moved, outline, smooth
from demo_shop.drawing.skirts import skirt_details, skirt_measures, skirt_outline


def jeans(a: Atelier) -> None:
    style, legs = a.style, measured(a)
    lay_legs(a, legs)
    _fade(a, legs, 0.24 if style.get("detail") == "worn" else 0.12)
    thread = (208, 160, 94) if style.appearance == "Denim" else None
    _jeans_top(a, legs, thread)
    if style.get("detail") == "ripped":
        _rips(a, legs)
    for s in (1, -1):
        out = line(
            (MIDDLE + s * (legs.hip - 0.8), legs.hip_y + 8),
            smooth(MIDDLE + s * (legs.spread + legs.knee_half - 1.2), legs.knee_y),
            (MIDDLE + s * (legs.spread + legs.foot - 1.4), legs.ankle_y),
        )
        a.canvas.stitch(out, rgb=thread)
    hems(a, legs, thread=thread)


def denim_shorts(a: Atelier) -> None:
    style, legs = a.style, shorts_legs(a)
    lay_legs(a, legs)
    _fade(a, legs, 0.2)
    thread = (208, 160, 94)
    _jeans_top(a, legs, thread)
    if style.get("detail") == "frayed":
        fray(a, [(s, legs.spread, legs.foot) for s in (1, -1)], legs.ankle_y)
    else:
        hems(a, legs, turned=style.get("detail") == "turn_up", thread=thread)


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
        canvas.button(MIDDLE + s * (legs.waist - 14), y + 15, 1.1, a.style.trim, holes=False)
    waistband(a, legs, "button")
    canvas.stitch(
        line((MIDDLE - legs.waist, y + 2.4), smooth(MIDDLE, y + 4), (MIDDLE + legs.waist, y + 2.4)), rgb=thread
    )
    canvas.stitch(
        line((MIDDLE + 7, y + 14), (MIDDLE + 7, y + 38), smooth(MIDDLE + 5.5, y + 46), (MIDDLE + 0.5, y + 50)),
        rgb=thread,
    )
    canvas.button(MIDDLE + 1, y + 7.4, 2.8, a.style.trim, holes=False)


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


def fray(a: Atelier, hems: list[tuple[int, float, float]], y: float) -> None:
    """Loose threads along hems given as (side, middle, half width)."""
    rng, threads = a.style.rng(21), []
    for s, spread, foot in hems:
        for i in range(int(foot * 2.2)):
            x = MIDDLE + s * spread - foot + i / 1.1
            threads.append([(x, y - 2), (x + float(rng.uniform(-1.2, 1.2)), y + float(rng.uniform(2, 6)))])
    a.canvas.paint(a.canvas.lines(threads, 0.6), lighter(a.style.rgb, 0.6), 0.9)


def denim_skirt(a: Atelier) -> None:
    style = a.style
    _, y, low, top, half = skirt_measures(a)
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
    if style.get("detail") == "frayed":
        fray(a, [(1, 0.0, half - 1)], low + 1)
    skirt_details(a, y, low, half)
