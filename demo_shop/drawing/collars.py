"""Collars, high necks, bows, lapels and hoods."""

from collections.abc import Callable

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.bodices import Body
from demo_shop.drawing.cloth import Cloth
from demo_shop.drawing.paths import MIDDLE, Path, arc, flip, line, mirrored, outline, smooth, wavy


def shirt_collar(a: Atelier, body: Body, *, cloth: Cloth | None = None, spread: float = 10, drop: float = 19) -> None:
    """A turn-down collar: the stand behind, two leaves in front."""
    canvas, cloth = a.canvas, cloth or a.cloth
    top, neck = body.top, body.neck
    stand = mirrored(
        (MIDDLE, top - 7),
        smooth(MIDDLE + neck * 0.7, top - 7),
        (MIDDLE + neck + 1, top - 2),
        (MIDDLE + neck, top + 4),
        smooth(MIDDLE + neck * 0.5, top + 8),
        (MIDDLE, top + body.depth),
    )
    canvas.lay(canvas.mask(stand), a.lining, relief=0.5, cast=0.3)
    a.label(MIDDLE, top - 2)
    leaf = outline(
        (MIDDLE + neck - 3, top - 8.5),
        smooth(MIDDLE + neck + 4.5, top - 4),
        (MIDDLE + neck + 6, top + 5),
        (MIDDLE + spread + 9, top + drop + 3),
        (MIDDLE + 1.2, top + body.depth + 0.5),
        smooth(MIDDLE + neck * 0.7, top + body.depth * 0.35),
    )
    inner = line(
        (MIDDLE + neck + 4.2, top + 5), (MIDDLE + spread + 8.4, top + drop), (MIDDLE + 3.6, top + body.depth + 0.4)
    )
    for side in (leaf, flip(leaf)):
        canvas.lay(canvas.mask(side), cloth, angle=14 if side is leaf else -14, relief=0.7, cast=1.2)
        canvas.seam([*side, side[0]], depth=0.22, width=0.8)
    canvas.stitch(inner, flip(inner))
    canvas.button(MIDDLE, top + body.depth + 3.4, 1.8, a.button_rgb)


def stand_collar(a: Atelier, body: Body) -> None:
    canvas, top, neck = a.canvas, body.top, body.neck
    back = mirrored(
        (MIDDLE, top - 7),
        smooth(MIDDLE + neck * 0.7, top - 7),
        (MIDDLE + neck, top - 3),
        (MIDDLE + neck, top + 4),
        (MIDDLE, top + 6),
    )
    canvas.lay(canvas.mask(back), a.lining, relief=0.5, cast=0.2)
    front = outline(
        (MIDDLE + neck + 1.5, top - 5),
        (MIDDLE + neck + 2, top + 3),
        smooth(MIDDLE + neck * 0.55, top + body.depth * 0.85),
        (MIDDLE + 0.5, top + body.depth + 3),
        (MIDDLE + 0.5, top + body.depth - 4),
        smooth(MIDDLE + neck * 0.6, top + body.depth * 0.25),
    )
    for side in (front, flip(front)):
        canvas.lay(canvas.mask(side), a.cloth, relief=0.6, cast=0.7)


def high_neck(a: Atelier, body: Body, height: float) -> None:
    """A turtleneck (folded once) or a mock neck."""
    canvas, top, neck = a.canvas, body.top, body.neck
    y = top - height * 0.75
    inside = mirrored(
        (MIDDLE, y - 3),
        smooth(MIDDLE + neck * 0.6, y - 2.4),
        (MIDDLE + neck - 1, y),
        smooth(MIDDLE + neck * 0.5, y + 3),
        (MIDDLE, y + 3.4),
    )
    canvas.lay(canvas.mask(inside), a.lining, relief=0.3, cast=0)
    tube = mirrored(
        (MIDDLE, y + 3),
        smooth(MIDDLE + neck * 0.6, y + 2.4),
        (MIDDLE + neck - 1, y),
        smooth(MIDDLE + neck, y + height * 0.5),
        (MIDDLE + neck + 2.5, top + 4),
        smooth(MIDDLE + neck * 0.55, top + 8.5),
        (MIDDLE, top + 9.5),
    )
    canvas.lay(canvas.mask(tube), a.cuffs, relief=1.0, cast=0.8)
    if height > 15:
        fold = line((MIDDLE - neck - 1, top - 2), smooth(MIDDLE, top + 4.5), (MIDDLE + neck + 1, top - 2))
        canvas.seam(fold, depth=0.45, width=1.6)


def frill_collar(a: Atelier, body: Body) -> None:
    canvas, top, neck = a.canvas, body.top, body.neck
    low = top + body.depth
    for side in (1, -1):
        edge = wavy((MIDDLE + side * (neck + 6), top - 7), (MIDDLE, low + 7), 5, -2.6 * side)
        inner = line(
            (MIDDLE, low), smooth(MIDDLE + side * neck * 0.75, top + body.depth * 0.55), (MIDDLE + side * neck, top - 3)
        )
        canvas.lay(canvas.mask([*edge, *inner]), a.cloth, relief=1.0, cast=0.9)
        canvas.seam(inner, depth=0.35)


def bow_tie(a: Atelier, x: float, y: float, size: float = 1.0) -> None:
    """A soft bow with two ends."""
    canvas = a.canvas
    loop = outline(
        (x, y),
        smooth(x + 13 * size, y - 10 * size),
        smooth(x + 21 * size, y - 2 * size),
        smooth(x + 12 * size, y + 7 * size),
    )
    end = outline(
        (x - 2 * size, y),
        (x + 3 * size, y),
        smooth(x + 9 * size, y + 22 * size),
        (x + 15 * size, y + 46 * size),
        (x + 5 * size, y + 44 * size),
        smooth(x + 1, y + 20 * size),
    )
    flat = _about(x)
    for part in (end, flat(end), loop, flat(loop)):
        canvas.lay(canvas.mask(part), a.cloth, relief=1.1, cast=0.8)
    for sign in (1, -1):
        canvas.seam(
            line((x + 2 * sign, y), smooth(x + 8 * size * sign, y - 2), (x + 13 * size * sign, y - 3)), depth=0.3
        )
    knot = arc(x, y, 3.6 * size, 4.4 * size, 0, 360)
    canvas.lay(canvas.mask(knot), a.cloth, relief=1.0, cast=0.9)


def _about(x: float) -> Callable[[Path], Path]:
    """Mirrors at a vertical line."""
    return lambda points: [(2 * x - px, py) for px, py in points]


def lapels(a: Atelier, body: Body, low: float, width: float, cloth: Cloth | None = None, peak: bool = False) -> None:
    """Notched (or peaked) lapels down to ``low``, with their collar."""
    canvas, cloth, top, neck = a.canvas, cloth or a.cloth, body.top, body.neck
    notch = top + 26
    lapel = outline(
        (MIDDLE + neck - 2, top + 8),
        (MIDDLE + neck + width - 4, notch),
        (MIDDLE + neck + width + (3 if peak else 0), notch + (-6 if peak else 4)),
        smooth(MIDDLE + neck * 0.7 + width * 0.55, (notch + low) / 2 + 6),
        (MIDDLE - 1, low),
        smooth(MIDDLE + neck * 0.52, top + (low - top) * 0.46),
    )
    collar = outline(
        (MIDDLE + neck - 5, top - 7),
        smooth(MIDDLE + neck + 3, top - 5),
        (MIDDLE + neck + 7, top + 4),
        (MIDDLE + neck + width - 3, notch - 8),
        (MIDDLE + neck + width - 5.5, notch - 0.5),
        (MIDDLE + neck - 2.5, top + 9),
    )
    for part, turn in ((lapel, 12), (flip(lapel), -12), (collar, 30), (flip(collar), -30)):
        canvas.lay(canvas.mask(part), cloth, angle=turn, relief=1.0, cast=1.5, light=1.04)
        canvas.seam([*part, part[0]], depth=0.34, width=0.9)
    back = mirrored(
        (MIDDLE, top - 8),
        smooth(MIDDLE + neck * 0.6, top - 8),
        (MIDDLE + neck - 3, top - 6.5),
        (MIDDLE + neck - 2, top + 1),
        smooth(MIDDLE + neck * 0.5, top + 1),
        (MIDDLE, top + 1.2),
    )
    canvas.lay(canvas.mask(back), cloth, relief=0.7, cast=0.8)


def hood(a: Atelier, body: Body, *, cords: bool = True, light: float = 0.97) -> None:
    """A hood lying open behind the neck, with its opening towards us."""
    canvas, top = a.canvas, body.top
    wide, high = body.neck + 16, 40.0
    shell = mirrored(
        (MIDDLE, top - high),
        smooth(MIDDLE + wide * 0.55, top - high + 3),
        smooth(MIDDLE + wide, top - high * 0.5),
        smooth(MIDDLE + wide - 3, top - 2),
        (MIDDLE + body.neck + 6, top + 9),
        smooth(MIDDLE + body.neck * 0.6, top + 17),
        (MIDDLE, top + 24),
    )
    folds = a.fan((MIDDLE, top + 20), [(MIDDLE - wide + 8, top - 18), (MIDDLE + wide - 8, top - 18)], 0.35)
    canvas.lay(canvas.mask(shell), a.plain, folds=folds, relief=1.2, light=light)
    inside = mirrored(
        (MIDDLE, top - high + 11),
        smooth(MIDDLE + wide * 0.5, top - high + 14),
        smooth(MIDDLE + wide * 0.68, top - high * 0.42),
        smooth(MIDDLE + wide * 0.48, top + 2),
        (MIDDLE, top + 16),
    )
    canvas.lay(canvas.mask(inside), a.lining, relief=0.9, cast=0.3)
    a.label(MIDDLE, top - 7)
    rim = inside
    canvas.stitch([*rim, rim[0]], gap=3.0)
    if cords:
        from demo_shop.drawing.cloth import darker, lighter

        rgb = lighter(a.style.rgb, 0.55) if a.style.dark else darker(a.style.rgb, 0.25)
        for side in (1, -1):
            x, drop = MIDDLE + side * 9, 44 + a.vary(-5, 5)
            cord = line((x, top + 15), smooth(x + side * 2.5, top + 15 + drop * 0.5), (x + side * 1, top + 15 + drop))
            canvas.lay(canvas.lines([cord], 1.9), Cloth.plain(rgb), relief=0.8, cast=1.0)
            canvas.lay(
                canvas.lines([[cord[-1], (cord[-1][0], cord[-1][1] + 4)]], 2.6),
                Cloth.plain(a.style.trim, 0.5),
                relief=0.6,
                cast=0.8,
            )
