"""Beanies, hats and caps."""

from demo_shop.pictures.atelier import Atelier
from demo_shop.pictures.cloth import RGB, Cloth
from demo_shop.pictures.paths import (
    MIDDLE,
    Path,
    arc,
    box,
    ellipse,
    line,
    mirrored,
    moved,
    outline,
    smooth,
    turned,
)


def beanie(a: Atelier) -> None:
    look, canvas = a.look, a.canvas
    cuff = {"wide": 30.0, "narrow": 17.0}.get(look.get("cuff"), 0.0)
    crown_y = 84 + a.vary(-5, 5)
    crown = mirrored(
        (MIDDLE, crown_y),
        smooth(MIDDLE + 22, crown_y + 3),
        smooth(MIDDLE + 46, crown_y + 34),
        smooth(MIDDLE + 52, 152),
        (MIDDLE + 52, 190),
        smooth(MIDDLE + 26, 196),
        (MIDDLE, 197),
    )
    folds = a.fan((MIDDLE, crown_y + 1), [(MIDDLE + x, 134) for x in (-38, -22, -8, 8, 22, 38)], 0.45, 4)
    canvas.lay(canvas.mask(crown), a.cloth, folds=folds, relief=1.5)
    if cuff:
        top = 197 - cuff
        band = mirrored(
            (MIDDLE, top + 6),
            smooth(MIDDLE + 28, top + 4.5),
            (MIDDLE + 54, top),
            (MIDDLE + 54, 190),
            smooth(MIDDLE + 28, 198),
            (MIDDLE, 199.5),
        )
        canvas.lay(
            canvas.mask(band), a.cuffs if look.appearance != "Solid" else a.cloth, relief=1.2, cast=1.2, light=1.03
        )
        if look.seed % 3 == 0:
            canvas.lay(canvas.mask(box(MIDDLE - 9, top + 11, 18, 10, 1)), a.dyed(look.accents[3]), relief=0.4)
    if look.get("top") == "pompom":
        _pompom(a, MIDDLE, crown_y - 9, 19)
    if look.childs and look.seed % 2:
        for s in (1, -1):
            canvas.lay(
                canvas.mask(
                    turned(ellipse(MIDDLE + s * 36, crown_y + 10, 13, 15), s * 20, (MIDDLE + s * 36, crown_y + 10))
                ),
                a.cloth,
                relief=1.3,
            )


def _pompom(a: Atelier, x: float, y: float, radius: float) -> None:
    import math

    canvas, rng = a.canvas, a.look.rng(41)
    strands: list[Path] = []
    for _ in range(420):
        angle, reach = float(rng.uniform(0, 2 * math.pi)), radius * float(rng.uniform(0.86, 1.04))
        strands.append([(x, y), (x + reach * math.cos(angle), y + reach * math.sin(angle))])
    rgb = a.look.rgb if a.look.seed % 2 else a.look.accents[0]
    canvas.lay(canvas.lines(strands, 1.7), Cloth.plain(rgb), relief=1.5)
    canvas.darken(canvas.lines(strands[:90], 0.7), 0.09)
    canvas.lighten(canvas.soft(canvas.mask(ellipse(x - 5, y - 6, radius * 0.4)), 4), 0.18)


def brim_hat(a: Atelier) -> None:
    look, canvas = a.look, a.canvas
    cut = look.get("cut", "straw")
    weave = "straw" if cut == "straw" else "boucle" if cut == "fedora" else None
    cloth = a.cloth if weave is None else a.dyed(look.rgb, weave)
    reach = {"straw": 76.0, "fedora": 66.0}.get(cut, 58.0)
    if cut == "bucket":
        crown = mirrored(
            (MIDDLE, 96),
            smooth(MIDDLE + 20, 96.5),
            (MIDDLE + 34, 101),
            smooth(MIDDLE + 39, 130),
            (MIDDLE + 43, 156),
            (MIDDLE, 160),
        )
        brim = mirrored(
            (MIDDLE, 152),
            smooth(MIDDLE + 24, 150),
            (MIDDLE + 42, 144),
            smooth(MIDDLE + 55, 170),
            (MIDDLE + 62, 188),
            smooth(MIDDLE + 32, 201),
            (MIDDLE, 204),
        )
        canvas.lay(canvas.mask(brim), cloth, relief=1.2)
        canvas.lay(canvas.mask(crown), cloth, relief=1.3)
        for k in range(4):
            canvas.stitch(
                line(
                    (MIDDLE - 46 - k * 4, 157 + k * 9), smooth(MIDDLE, 168 + k * 10), (MIDDLE + 46 + k * 4, 157 + k * 9)
                )
            )
        canvas.seam(line((MIDDLE - 43, 155), smooth(MIDDLE, 161), (MIDDLE + 43, 155)), depth=0.4)
        return
    brim = outline(
        smooth(MIDDLE - reach, 172),
        smooth(MIDDLE - reach * 0.5, 156),
        smooth(MIDDLE, 153),
        smooth(MIDDLE + reach * 0.5, 156),
        smooth(MIDDLE + reach, 170),
        smooth(MIDDLE + reach * 0.6, 188),
        smooth(MIDDLE, 195),
        smooth(MIDDLE - reach * 0.6, 189),
    )
    canvas.lay(canvas.mask(brim), cloth, relief=1.3)
    dent = 8.0 if cut == "fedora" else 0.0
    crown = mirrored(
        (MIDDLE, 98 + dent),
        smooth(MIDDLE + 16, 96),
        smooth(MIDDLE + 33, 106),
        (MIDDLE + 42, 166),
        smooth(MIDDLE + 20, 173),
        (MIDDLE, 174.5),
    )
    canvas.lay(
        canvas.mask(crown),
        cloth,
        relief=1.5,
        cast=1.4,
        folds=[a.fold((MIDDLE, 104), (MIDDLE + 1, 118), (MIDDLE, 130), depth=0.5 if dent else 0.0)],
    )
    if look.get("band", "ribbon") == "ribbon":
        rgb: RGB = look.accents[1] if look.seed % 2 else (44, 42, 44)
        ribbon = mirrored(
            (MIDDLE, 158),
            smooth(MIDDLE + 20, 157),
            (MIDDLE + 40.2, 151),
            (MIDDLE + 42.2, 166),
            smooth(MIDDLE + 20, 173),
            (MIDDLE, 174.5),
        )
        canvas.lay(canvas.mask(ribbon), Cloth.plain(rgb), relief=0.7)
        canvas.lay(
            canvas.mask(
                outline(
                    (MIDDLE + 24, 156),
                    smooth(MIDDLE + 34, 152),
                    (MIDDLE + 44, 156),
                    (MIDDLE + 43, 168),
                    (MIDDLE + 27, 171),
                )
            ),
            Cloth.plain(rgb),
            relief=0.9,
        )


def cap(a: Atelier) -> None:
    look, canvas = a.look, a.canvas
    crown = outline(
        (MIDDLE - 46, 168),
        smooth(MIDDLE - 44, 122),
        smooth(MIDDLE - 16, 100),
        smooth(MIDDLE + 16, 104),
        smooth(MIDDLE + 34, 130),
        (MIDDLE + 37, 166),
        smooth(MIDDLE, 172),
    )
    canvas.lay(canvas.mask(crown), a.cloth, relief=1.4)
    seams = [line((MIDDLE - 8, 101), smooth(MIDDLE + dx, 130), (MIDDLE + dx * 1.2, 169)) for dx in (-24, 6, 26)]
    canvas.seam(*seams, depth=0.3)
    canvas.stitch(*[moved(s, 2, 0) for s in seams])
    canvas.darken(canvas.mask(ellipse(MIDDLE - 22, 126, 1.4), ellipse(MIDDLE + 20, 128, 1.4)), 0.6)
    canvas.button(MIDDLE - 8, 101, 3.4, look.rgb, holes=False)
    peak = outline(
        (MIDDLE + 4, 168),
        smooth(MIDDLE + 36, 160),
        smooth(MIDDLE + 68, 170),
        (MIDDLE + 74, 180),
        smooth(MIDDLE + 50, 184),
        smooth(MIDDLE + 18, 184),
        (MIDDLE - 14, 172),
    )
    canvas.lay(canvas.mask(peak), a.plain, relief=1.3, cast=1.4)
    for k in (1, 2, 3):
        canvas.stitch(
            line(
                (MIDDLE - 6 + k * 7, 171 + k * 2.4),
                smooth(MIDDLE + 34, 164 + k * 4.2),
                (MIDDLE + 71 - k * 2, 173 + k * 2.4),
            )
        )
    if look.get("front") == "badge":
        canvas.lay(canvas.mask(ellipse(MIDDLE + 14, 140, 13, 12)), a.dyed(look.accents[0]), relief=0.5, cast=0.6)
        canvas.paint(
            canvas.lines([arc(MIDDLE + 14, 140, 8, 7, 180, 360), [(MIDDLE + 6, 143), (MIDDLE + 22, 143)]], 1.8),
            look.accents[1],
        )
