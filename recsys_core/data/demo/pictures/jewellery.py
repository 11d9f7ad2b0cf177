"""Earrings, necklaces, rings, hair accessories and sunglasses."""

import math

from recsys_core.data.demo.pictures.atelier import Atelier
from recsys_core.data.demo.pictures.cloth import RGB, Cloth, brightness, darker, lighter
from recsys_core.data.demo.pictures.paths import (
    MIDDLE,
    Path,
    along,
    arc,
    box,
    ellipse,
    flip,
    line,
    mirrored,
    outline,
    smooth,
    turned,
)

PEARL: RGB = (240, 234, 224)


def _metal(a: Atelier) -> Cloth:
    return Cloth.plain(a.look.rgb, 0.9)


def earrings(a: Atelier) -> None:
    """A pair on a little card."""
    canvas, metal = a.canvas, _metal(a)
    card = box(MIDDLE - 62, 62, 124, 172, 5)
    canvas.lay(canvas.mask(card), Cloth.plain((250, 248, 244)), relief=0.3, drape=0.1)
    canvas.paint(canvas.lines([[(MIDDLE - 12, 78), (MIDDLE + 12, 78)]], 1.2), (170, 166, 160))
    for s in (1, -1):
        x, y = MIDDLE + s * 29, 112.0
        cut = a.look.get("cut", "hoops")
        canvas.lay(canvas.mask(ellipse(x, y - 6, 3.2)), metal, relief=0.9)
        if cut == "hoops":
            r = 24 + a.look.jitter(1, 4)
            ring = canvas.hole(
                [ellipse(x, y + r - 8, r, r * 1.05, 48)], [ellipse(x - 0.6, y + r - 8.6, r - 4.2, r * 1.05 - 4.4, 48)]
            )
            canvas.lay(ring, metal, relief=1.2, cast=1.3)
        elif cut == "drops":
            canvas.lay(canvas.lines([[(x, y - 4), (x, y + 24)]], 1.3), metal)
            drop = outline((x, y + 20), smooth(x + 11, y + 44), smooth(x, y + 58), smooth(x - 11, y + 44))
            canvas.lay(
                canvas.mask(drop),
                Cloth.plain(a.look.accents[1], 0.9) if a.look.seed % 2 else metal,
                relief=1.5,
                cast=1.2,
            )
            _sparkle(a, x - 3, y + 40)
        elif cut == "tassels":
            strands = [[(x + i * 0.9, y + 4), (x + i * 2.1, y + 66)] for i in range(-6, 7)]
            canvas.lay(canvas.lines(strands, 1.5), Cloth.plain(a.look.accents[1]), relief=0.9)
            canvas.lay(canvas.mask(box(x - 6, y - 2, 12, 9, 2)), metal)
        elif cut == "discs":
            for k, r in enumerate((8, 11, 14)):
                canvas.lay(canvas.mask(ellipse(x, y + 8 + k * 22, r)), metal, relief=1.4, cast=1.2)
                _sparkle(a, x - 3, y + 5 + k * 22)
        else:
            canvas.lay(
                canvas.mask(ellipse(x, y + 4, 12)),
                Cloth.plain(PEARL, 0.8) if a.look.seed % 2 else metal,
                relief=1.8,
                cast=1.2,
            )
            _sparkle(a, x - 4, y)


def necklace(a: Atelier) -> None:
    canvas, metal, cut = a.canvas, _metal(a), a.look.get("cut", "pendant")
    drops = {"layered": (124.0, 158.0, 196.0), "beads": (160.0,), "chain": (150.0,)}.get(cut, (184.0,))
    for k, low in enumerate(drops):
        wide = 50 + k * 4
        path = line(
            (MIDDLE - 18 - k, 56),
            smooth(MIDDLE - wide, 82 + k * 6),
            smooth(MIDDLE - wide * 0.55, low - 22),
            smooth(MIDDLE, low),
            smooth(MIDDLE + wide * 0.55, low - 22),
            smooth(MIDDLE + wide, 82 + k * 6),
            (MIDDLE + 18 + k, 56),
        )
        if cut == "beads":
            for i, (x, y) in enumerate(along(path, 46)):
                rgb = (PEARL, a.look.rgb, a.look.accents[1])[i % 3 if a.look.seed % 2 else 0]
                canvas.lay(
                    canvas.mask(ellipse(x, y, 3.0 + 2.2 * math.sin(math.pi * i / 45))),
                    Cloth.plain(rgb, 0.8),
                    relief=1.2,
                    cast=0.9,
                )
        else:
            size = 3.4 if cut == "chain" else 1.5
            links = along(path, 66 if cut == "chain" else 120)
            canvas.lay(
                canvas.hole([ellipse(x, y, size) for x, y in links], [ellipse(x, y, size * 0.42) for x, y in links]),
                metal,
                relief=0.8,
                cast=1.0,
            )
        if cut in ("pendant", "layered") and k == len(drops) - 1 or cut == "layered" and k == 1:
            _pendant(a, low + 2, k)


def _pendant(a: Atelier, y: float, k: int) -> None:
    from recsys_core.data.demo.pictures.figures import heart, star

    shapes = (
        ellipse(MIDDLE, y + 11, 11),
        heart(MIDDLE, y + 11, 11),
        star(MIDDLE, y + 12, 13, 5, 0.5),
        outline((MIDDLE, y), smooth(MIDDLE + 7, y + 17), smooth(MIDDLE, y + 25), smooth(MIDDLE - 7, y + 17)),
    )
    a.canvas.lay(a.canvas.mask(shapes[(a.look.seed + k) % 4]), _metal(a), relief=1.5, cast=1.2)
    _sparkle(a, MIDDLE - 3, y + 8)


def rings(a: Atelier) -> None:
    canvas, metal, stone = a.canvas, _metal(a), a.look.get("stone")
    for i, (x, y, r) in enumerate(((70, 118, 25), (130, 126, 22), (76, 186, 21), (132, 192, 25))):
        flat = r * 0.86
        ring = canvas.hole(
            [ellipse(x, y, r, flat, 44)], [ellipse(x, y + 1, r - 3.6 - i % 2 * 1.6, flat - 3.4 - i % 2 * 1.2, 44)]
        )
        canvas.lay(ring, metal, relief=1.3, cast=1.3)
        if i % 2 == 0 and stone != "none":
            rgb: RGB = PEARL if stone == "pearl" else a.look.accents[1]
            canvas.lay(canvas.mask(ellipse(x, y - flat + 1, 7.5)), Cloth.plain(rgb, 0.9), relief=1.6)
            _sparkle(a, x - 2, y - flat - 1)
        elif i % 2 and stone == "crystal":
            for dx in (-9, -3, 3, 9):
                canvas.lay(
                    canvas.mask(ellipse(x + dx, y - flat + 2 + abs(dx) * 0.12, 2.6)), Cloth.plain((236, 242, 248), 0.9)
                )


def hair_clip(a: Atelier) -> None:
    if a.look.get("cut") == "slides":
        return _slides(a)
    canvas = a.canvas
    shell = a.cloth if a.look.appearance != "Metallic" else _metal(a)
    for s in (1, -1):
        teeth = [
            line(
                (MIDDLE + s * (10 + i * 9), 150),
                smooth(MIDDLE + s * (14 + i * 9.5), 176),
                (MIDDLE + s * (4 + i * 8.6), 204 - i * 2),
            )
            for i in range(5)
        ]
        canvas.lay(canvas.lines(teeth, 5.0), shell, relief=1.2, gloss=0.6)
    back = mirrored(
        (MIDDLE, 110),
        smooth(MIDDLE + 24, 112),
        (MIDDLE + 52, 132),
        smooth(MIDDLE + 57, 150),
        (MIDDLE + 50, 162),
        smooth(MIDDLE + 24, 154),
        (MIDDLE, 152),
    )
    canvas.lay(canvas.mask(back), shell, relief=1.6, gloss=0.8)
    canvas.lay(
        canvas.lines([[(MIDDLE - 40, 136), (MIDDLE + 40, 136)]], 4),
        Cloth.plain(darker(a.look.rgb, 0.35), 0.6),
        relief=0.8,
    )
    for s in (1, -1):
        wing = outline(
            (MIDDLE + s * 4, 114),
            smooth(MIDDLE + s * 16, 90),
            (MIDDLE + s * 34, 86),
            smooth(MIDDLE + s * 34, 104),
            (MIDDLE + s * 24, 120),
        )
        canvas.lay(canvas.mask(wing), shell, relief=1.3, gloss=0.8)
    return None


def _slides(a: Atelier) -> None:
    canvas = a.canvas
    for i, tilt in enumerate((-6, 0, 7)):
        y = 112 + i * 38
        bar = turned(box(MIDDLE - 50, y - 7, 100, 14, 7), tilt, (MIDDLE, y))
        rgb: RGB = a.look.rgb if i != 1 else lighter(a.look.rgb, 0.3)
        canvas.lay(canvas.mask(bar), Cloth.plain(rgb, 0.7), relief=1.4)
        if a.look.seed % 2 == 0:
            for k in range(8):
                x = MIDDLE - 40 + k * 11.4
                at = turned([(x, y)], tilt, (MIDDLE, y))[0]
                canvas.lay(canvas.mask(ellipse(*at, 4.6)), Cloth.plain(PEARL, 0.8), relief=1.4, cast=0.8)


def alice_band(a: Atelier) -> None:
    canvas = a.canvas
    cut = a.look.get("cut", "padded")
    width = {"padded": 21.0, "narrow": 7.0}.get(cut, 13.0)
    path = arc(MIDDLE, 176, 56, 86, 164, 376, 60)
    mask = canvas.lines([path], width)
    taper = canvas.hole(
        [ellipse(MIDDLE, 176, 56 + width / 2, 86 + width / 2, 60)],
        [ellipse(MIDDLE, 182, 56 - width / 2 + 3, 88 - width / 2, 60)],
    ) * canvas.mask(box(0, 0, 200, 210))
    canvas.lay(
        taper if cut == "padded" else mask,
        a.cloth,
        relief=1.7,
        folds=[
            a.fold(
                (MIDDLE + x, 92 + abs(x) * 0.25),
                (MIDDLE + x * 1.04, 102 + abs(x) * 0.2),
                (MIDDLE + x * 1.08, 112 + abs(x) * 0.2),
                depth=0.35,
            )
            for x in range(-36, 40, 12)
        ],
    )
    if cut == "knot":
        for s in (1, -1):
            loop = outline(
                (MIDDLE, 92),
                smooth(MIDDLE + s * 16, 74),
                smooth(MIDDLE + s * 27, 82),
                smooth(MIDDLE + s * 22, 100),
                smooth(MIDDLE + s * 8, 104),
            )
            canvas.lay(
                canvas.mask(loop),
                a.cloth,
                angle=20 * s,
                relief=1.5,
                folds=a.fan((MIDDLE, 92), [(MIDDLE + s * 20, 82), (MIDDLE + s * 20, 94)], 0.5),
            )
        canvas.lay(canvas.mask(ellipse(MIDDLE, 91, 9, 13)), a.cloth, relief=1.4)


def sunglasses(a: Atelier) -> None:
    look, canvas = a.look, a.canvas
    frame, lens = _glasses(look.get("frame", "square"))
    thin = look.get("frame") in ("aviator",) or look.seed % 4 == 0
    for s in (1, -1):
        temple = line(
            (MIDDLE + s * 60, 132), smooth(MIDDLE + s * 66, 118), smooth(MIDDLE + s * 54, 96), (MIDDLE + s * 28, 88)
        )
        canvas.lay(canvas.lines([temple], 3.6 if thin else 5.0), Cloth.plain(darker(look.rgb, 0.1), 0.7), relief=1.0)
    tints: tuple[RGB, ...] = ((62, 62, 68), (104, 76, 56), (70, 88, 84), (120, 84, 100))
    tint = tints[look.seed % 4]
    bridge = line((MIDDLE - 12, 138), smooth(MIDDLE, 131), (MIDDLE + 12, 138))
    canvas.lay(canvas.lines([bridge], 3.0 if thin else 5.0), Cloth.plain(look.rgb, 0.8), relief=1.0)
    for part, glass in ((frame, lens), (flip(frame), flip(lens))):
        inner = canvas.mask(glass)
        canvas.lay(inner, Cloth.plain(tint, 0.9), relief=0.5, cast=0.4)
        fade = canvas.mask([(0, 150), (200, 150), (200, 200), (0, 200)])
        canvas.lighten(canvas.soft(fade, 10) * inner, 0.35)
        x0 = min(x for x, _ in glass)
        canvas.lighten(canvas.mask([(x0 + 8, 124), (x0 + 17, 122), (x0 + 10, 166), (x0 + 2, 164)]) * inner, 0.22)
        rim = canvas.hole([part], [glass])
        canvas.lay(
            rim, Cloth.plain(look.rgb, 0.9) if look.appearance != "All over pattern" else a.cloth, relief=1.2, cast=0.9
        )
    if brightness(look.rgb) < 0.5:
        for s in (1, -1):
            canvas.button(MIDDLE + s * 59, 130, 1.5, look.trim, holes=False)


def _glasses(kind: str) -> tuple[Path, Path]:
    """The right frame and its lens."""
    x, y = MIDDLE + 36, 146.0
    if kind == "round":
        return ellipse(x, y, 27, 26, 44), ellipse(x, y, 22.4, 21.6, 44)
    if kind == "cat_eye":
        rim = outline(
            smooth(x - 27, y - 6),
            smooth(x - 14, y - 18),
            (x + 32, y - 25),
            smooth(x + 28, y + 2),
            smooth(x + 10, y + 19),
            smooth(x - 16, y + 15),
        )
        lens = outline(
            smooth(x - 22, y - 4),
            smooth(x - 12, y - 12),
            smooth(x + 20, y - 15),
            smooth(x + 21, y + 1),
            smooth(x + 8, y + 13),
            smooth(x - 13, y + 10),
        )
        return rim, lens
    if kind == "aviator":
        rim = outline(
            smooth(x - 24, y - 14),
            smooth(x, y - 18),
            smooth(x + 25, y - 14),
            smooth(x + 25, y + 6),
            smooth(x + 8, y + 26),
            smooth(x - 14, y + 20),
            smooth(x - 25, y + 2),
        )
        lens = outline(
            smooth(x - 22, y - 12),
            smooth(x, y - 15.6),
            smooth(x + 22.6, y - 12),
            smooth(x + 22.6, y + 5),
            smooth(x + 8, y + 23.4),
            smooth(x - 12, y + 17.6),
            smooth(x - 22.4, y + 2),
        )
        return rim, lens
    return box(x - 27, y - 21, 55, 42, 9), box(x - 21.6, y - 15.6, 44, 31, 6)


def _sparkle(a: Atelier, x: float, y: float) -> None:
    a.canvas.lighten(a.canvas.soft(a.canvas.mask(ellipse(x, y, 2.6, 2.0, 10)), 1.2), 0.75)
