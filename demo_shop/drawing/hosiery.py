"""Socks and tights."""

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.cloth import darker, mixed
from demo_shop.drawing.paths import MIDDLE, box, ellipse, line, mirrored, outline, smooth


def socks(a: Atelier) -> None:
    """A pair, one beside the other, the second a little behind."""
    style = a.style
    height = {"ankle": 52.0, "crew": 92.0, "knee": 142.0}[style.get("height", "crew")]
    for i, (dx, dy, light) in enumerate(((20.0, -6.0, 0.94), (-16.0, 6.0, 1.0))):
        _sock(a, dx, dy + (height - 92) / 2, height, light, first=i == 0)


def tights(a: Atelier) -> None:
    style, canvas = a.style, a.canvas
    skin = (224, 190, 166)
    rgb = mixed(style.rgb, skin, {"sheer": 0.42, "opaque": 0.0, "rib": 0.0}[style.get("denier", "opaque")])
    cloth = a.cloth if style.get("denier") != "sheer" else a.dyed(rgb)
    if style.get("denier") == "rib":
        cloth = a.dyed(rgb, "rib")
    shape = mirrored(
        "100,36 130,35 ~137,78 ~133,150 ~129,200 125,246 ~130,262 ~120,270 ~110,262 111,246 ~108,190 100,112"
    )
    folds = a.fan((MIDDLE, 112), [(MIDDLE + 26, 100), (MIDDLE - 26, 100), (MIDDLE + 24, 128), (MIDDLE - 24, 128)], 0.35)
    canvas.lay(canvas.mask(shape), cloth, folds=folds, relief=1.1, gloss=0.2)
    canvas.seam(line((MIDDLE, 48), (MIDDLE, 112)), depth=0.35)
    band = mirrored((MIDDLE, 36), (MIDDLE + 30, 35), (MIDDLE + 31.5, 50), smooth(MIDDLE + 14, 52), (MIDDLE, 52))
    canvas.lay(
        canvas.mask(band),
        a.cuffs if style.get("denier") != "sheer" else a.dyed(darker(rgb, 0.15), "rib"),
        relief=0.6,
        cast=0.5,
    )


def _sock(a: Atelier, dx: float, dy: float, height: float, light: float, first: bool) -> None:
    style, canvas = a.style, a.canvas
    top, heel = 200 - height - 24 + dy, 186 + dy
    x = MIDDLE + dx
    shape = outline(
        (x - 1, top),
        (x + 33, top - 1),
        smooth(x + 33, heel - 26),
        smooth(x + 36, heel - 2),
        smooth(x + 26, heel + 17),
        smooth(x + 2, heel + 19),
        smooth(x - 34, heel + 23),
        smooth(x - 47, heel + 14),
        smooth(x - 40, heel - 1),
        smooth(x - 16, heel - 7),
        smooth(x - 1, heel - 24),
    )
    mask = canvas.mask(shape)
    folds = [
        a.fold((x + 1, heel - 18), (x + 12, heel - 10), (x + 22, heel - 14), depth=0.5),
        a.fold((x + 3, heel - 10), (x + 14, heel), (x + 26, heel - 4), depth=0.35),
    ]
    ribbed = style.get("detail") == "ribbed"
    canvas.lay(
        mask, a.cuffs if ribbed and style.appearance == "Solid" else a.cloth, folds=folds, light=light, relief=1.2
    )
    if style.get("detail") == "heel":
        ends = [
            outline(
                smooth(x + 16, heel - 18),
                smooth(x + 40, heel - 16),
                smooth(x + 40, heel + 20),
                smooth(x + 14, heel + 20),
            ),
            ellipse(x - 44, heel + 10, 16, 22),
        ]
        canvas.lay(canvas.mask(*ends) * mask, a.dyed(style.accents[0]), light=light, relief=0.5, cast=0.2)
    canvas.lay(canvas.mask(box(x - 2, top - 2, 36, 12, 2)), a.cuffs, light=light, relief=0.8, cast=0.5)
    if style.get("detail") == "stripes":
        for k, rgb in enumerate((style.accents[0], style.accents[1])):
            canvas.print_on(canvas.mask(box(x - 2, top + 15 + k * 8, 37, 4.5)) * mask, rgb)
