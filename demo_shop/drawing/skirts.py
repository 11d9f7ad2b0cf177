"""Skirts."""

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.legs import Legs, waistband
from demo_shop.drawing.paths import MIDDLE, Path, between, line, mirrored, smooth


def skirt(a: Atelier) -> None:
    from demo_shop.drawing.dresses import skirt_folds

    style, canvas = a.style, a.canvas
    cut, y, low, top, half = skirt_measures(a)
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
    skirt_details(a, y, low, half)
    waistband(a, Legs(waist=top, waist_y=y), {"elastic": "elastic", "button": "button"}.get(style.get("waist"), "band"))


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


def skirt_measures(a: Atelier) -> tuple[str, float, float, float, float]:
    style = a.style
    cut, length = style.get("cut", "a_line"), style.get("length", "knee")
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


def skirt_details(a: Atelier, y: float, low: float, half: float) -> None:
    detail = a.style.get("detail")
    if detail == "buttons":
        _button_row(a, y, low)
    elif detail == "slit":
        _slit(a, y, low, half)
    elif detail == "frill":
        _flounce(a, low, half)
    if detail != "frill":
        a.canvas.stitch(line(f"{MIDDLE - half + 1},{low - 7} ~100,{low - 1} {MIDDLE + half - 1},{low - 7}"), gap=2.8)


def _button_row(a: Atelier, y: float, low: float) -> None:
    canvas, denim = a.canvas, a.style.wear == "denim"
    canvas.seam([(95, y + 12), (95, low + 2)], [(105, y + 12), (105, low + 2)], depth=0.25)
    for i in range(6):
        rgb = a.style.trim if denim else a.button_rgb
        canvas.button(MIDDLE, y + 19 + i * (low - y - 30) / 5, 2.3, rgb, holes=not denim)


def _slit(a: Atelier, y: float, low: float, half: float) -> None:
    canvas = a.canvas
    edge = line((MIDDLE + half * 0.34, low - (low - y) * 0.42), (MIDDLE + half * 0.4, low + 2))
    canvas.seam(edge, depth=0.6, width=1.8)
    opening = canvas.mask([edge[0], (edge[1][0] + 4, low + 3), (edge[1][0] - 1, low + 3)])
    canvas.darken(opening * canvas.covered, 0.5)


def _flounce(a: Atelier, low: float, half: float) -> None:
    middle, _ = between((MIDDLE - half, low), (MIDDLE + half, low), 0.5)
    flounce = mirrored(
        f"100,{low - 4} {MIDDLE + half - 1},{low - 8} {MIDDLE + half + 6},{low + 10} "
        f"~{MIDDLE + half * 0.6},{low + 16} ~{MIDDLE + half * 0.3},{low + 13} {middle},{low + 17}"
    )
    folds = [
        a.fold(
            (MIDDLE + u * half, low - 5),
            (MIDDLE + u * (half + 3), low + 4),
            (MIDDLE + u * (half + 5), low + 14),
            depth=0.6,
            width=3.6,
        )
        for u in (-0.85, -0.6, -0.36, -0.1, 0.14, 0.4, 0.62, 0.86)
    ]
    a.canvas.lay(a.canvas.mask(flounce), a.cloth, folds=folds)
