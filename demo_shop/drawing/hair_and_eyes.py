"""Hair accessories and sunglasses."""

from typing import Final

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.cloth import RGB, Cloth, brightness, darker, lighter
from demo_shop.drawing.jewellery import PEARL, polished
from demo_shop.drawing.paths import MIDDLE, Path, arc, box, ellipse, flip, line, mirrored, outline, smooth, turned


def hair_clip(a: Atelier) -> None:
    if a.style.get("cut") == "slides":
        return _slides(a)
    canvas = a.canvas
    shell = a.cloth if a.style.appearance != "Metallic" else polished(a)
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
    back = mirrored("100,110 ~124,112 152,132 ~157,150 150,162 ~124,154 100,152")
    canvas.lay(canvas.mask(back), shell, relief=1.6, gloss=0.8)
    canvas.lay(
        canvas.lines([[(MIDDLE - 40, 136), (MIDDLE + 40, 136)]], 4),
        Cloth.plain(darker(a.style.rgb, 0.35), 0.6),
        relief=0.8,
    )
    for s in (1, -1):
        wing = outline(
            f"{MIDDLE + s * 4},114 ~{MIDDLE + s * 16},90 {MIDDLE + s * 34},86 ~{MIDDLE + s * 34},104 "
            f"{MIDDLE + s * 24},120"
        )
        canvas.lay(canvas.mask(wing), shell, relief=1.3, gloss=0.8)
    return None


def _slides(a: Atelier) -> None:
    canvas = a.canvas
    for i, tilt in enumerate((-6, 0, 7)):
        y = 112 + i * 38
        bar = turned(box(MIDDLE - 50, y - 7, 100, 14, 7), tilt, (MIDDLE, y))
        rgb: RGB = a.style.rgb if i != 1 else lighter(a.style.rgb, 0.3)
        canvas.lay(canvas.mask(bar), Cloth.plain(rgb, 0.7), relief=1.4)
        if a.style.seed % 2 == 0:
            for k in range(8):
                x = MIDDLE - 40 + k * 11.4
                at = turned([(x, y)], tilt, (MIDDLE, y))[0]
                canvas.lay(canvas.mask(ellipse(*at, 4.6)), Cloth.plain(PEARL, 0.8), relief=1.4, cast=0.8)


def alice_band(a: Atelier) -> None:
    canvas = a.canvas
    cut = a.style.get("cut", "padded")
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
                f"100,92 ~{MIDDLE + s * 16},74 ~{MIDDLE + s * 27},82 ~{MIDDLE + s * 22},100 ~{MIDDLE + s * 8},104"
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
    style, canvas = a.style, a.canvas
    frame, lens = _glasses(style.get("frame", "square"))
    thin = style.get("frame") in ("aviator",) or style.seed % 4 == 0
    for s in (1, -1):
        temple = line(f"{MIDDLE + s * 60},132 ~{MIDDLE + s * 66},118 ~{MIDDLE + s * 54},96 {MIDDLE + s * 28},88")
        canvas.lay(canvas.lines([temple], 3.6 if thin else 5.0), Cloth.plain(darker(style.rgb, 0.1), 0.7), relief=1.0)
    tints: tuple[RGB, ...] = ((62, 62, 68), (104, 76, 56), (70, 88, 84), (120, 84, 100))
    tint = tints[style.seed % 4]
    bridge = line((MIDDLE - 12, 138), smooth(MIDDLE, 131), (MIDDLE + 12, 138))
    canvas.lay(canvas.lines([bridge], 3.0 if thin else 5.0), Cloth.plain(style.rgb, 0.8), relief=1.0)
    for part, glass in ((frame, lens), (flip(frame), flip(lens))):
        inner = canvas.mask(glass)
        canvas.lay(inner, Cloth.plain(tint, 0.9), relief=0.5, cast=0.4)
        fade = canvas.mask([(0, 150), (200, 150), (200, 200), (0, 200)])
        canvas.lighten(canvas.soft(fade, 10) * inner, 0.35)
        x0 = min(x for x, _ in glass)
        canvas.lighten(canvas.mask([(x0 + 8, 124), (x0 + 17, 122), (x0 + 10, 166), (x0 + 2, 164)]) * inner, 0.22)
        rim = canvas.hole([part], [glass])
        canvas.lay(
            rim,
            Cloth.plain(style.rgb, 0.9) if style.appearance != "All over pattern" else a.cloth,
            relief=1.2,
            cast=0.9,
        )
    if brightness(style.rgb) < 0.5:
        for s in (1, -1):
            canvas.button(MIDDLE + s * 59, 130, 1.5, style.trim, holes=False)


OUTLINES: Final = {
    "cat_eye": (
        "~109,140 ~122,128 168,121 ~164,148 ~146,165 ~120,161",
        "~114,142 ~124,134 ~156,131 ~157,147 ~144,159 ~123,156",
    ),
    "aviator": (
        "~112,132 ~136,128 ~161,132 ~161,152 ~144,172 ~122,166 ~111,148",
        "~114,134 ~136,130.4 ~158.6,134 ~158.6,151 ~144,169.4 ~124,163.6 ~113.6,148",
    ),
}


def _glasses(kind: str) -> tuple[Path, Path]:
    """The right frame and its lens."""
    if kind in OUTLINES:
        frame, lens = OUTLINES[kind]
        return outline(frame), outline(lens)
    x, y = MIDDLE + 36, 146.0
    if kind == "round":
        return ellipse(x, y, 27, 26, 44), ellipse(x, y, 22.4, 21.6, 44)
    return box(x - 27, y - 21, 55, 42, 9), box(x - 21.6, y - 15.6, 44, 31, 6)
