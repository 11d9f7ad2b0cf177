"""Beanies, hats and caps."""

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.cloth import RGB, Cloth
from demo_shop.drawing.paths import MIDDLE, Path, arc, box, ellipse, line, mirrored, moved, outline, smooth, turned


def beanie(a: Atelier) -> None:
    style, canvas = a.style, a.canvas
    cuff = {"wide": 30.0, "narrow": 17.0}.get(style.get("cuff"), 0.0)
    crown_y = 84 + a.vary(-5, 5)
    crown = mirrored(f"100,{crown_y} ~122,{crown_y + 3} ~146,{crown_y + 34} ~152,152 152,190 ~126,196 100,197")
    folds = a.fan((MIDDLE, crown_y + 1), [(MIDDLE + x, 134) for x in (-38, -22, -8, 8, 22, 38)], 0.45, 4)
    canvas.lay(canvas.mask(crown), a.cloth, folds=folds, relief=1.5)
    if cuff:
        top = 197 - cuff
        band = mirrored(f"100,{top + 6} ~128,{top + 4.5} 154,{top} 154,190 ~128,198 100,199.5")
        canvas.lay(
            canvas.mask(band), a.cuffs if style.appearance != "Solid" else a.cloth, relief=1.2, cast=1.2, light=1.03
        )
        if style.seed % 3 == 0:
            canvas.lay(canvas.mask(box(MIDDLE - 9, top + 11, 18, 10, 1)), a.dyed(style.accents[3]), relief=0.4)
    if style.get("top") == "pompom":
        _pompom(a, MIDDLE, crown_y - 9, 19)
    if style.childs and style.seed % 2:
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

    canvas, rng = a.canvas, a.style.rng(41)
    strands: list[Path] = []
    for _ in range(420):
        angle, reach = float(rng.uniform(0, 2 * math.pi)), radius * float(rng.uniform(0.86, 1.04))
        strands.append([(x, y), (x + reach * math.cos(angle), y + reach * math.sin(angle))])
    rgb = a.style.rgb if a.style.seed % 2 else a.style.accents[0]
    canvas.lay(canvas.lines(strands, 1.7), Cloth.plain(rgb), relief=1.5)
    canvas.darken(canvas.lines(strands[:90], 0.7), 0.09)
    canvas.lighten(canvas.soft(canvas.mask(ellipse(x - 5, y - 6, radius * 0.4)), 4), 0.18)


def brim_hat(a: Atelier) -> None:
    style, canvas = a.style, a.canvas
    cut = style.get("cut", "straw")
    if cut == "bucket":
        return _bucket_hat(a)
    cloth = a.dyed(style.rgb, {"straw": "straw", "fedora": "boucle"}[cut]) if cut in ("straw", "fedora") else a.cloth
    reach = {"straw": 76.0, "fedora": 66.0}.get(cut, 58.0)
    brim = outline(
        f"~{MIDDLE - reach},172 ~{MIDDLE - reach * 0.5},156 ~100,153 ~{MIDDLE + reach * 0.5},156 "
        f"~{MIDDLE + reach},170 ~{MIDDLE + reach * 0.6},188 ~100,195 ~{MIDDLE - reach * 0.6},189"
    )
    canvas.lay(canvas.mask(brim), cloth, relief=1.3)
    dent = 8.0 if cut == "fedora" else 0.0
    crown = mirrored(f"100,{98 + dent} ~116,96 ~133,106 142,166 ~120,173 100,174.5")
    crease = a.fold((100, 104), (101, 118), (100, 130), depth=0.5 if dent else 0.0)
    canvas.lay(canvas.mask(crown), cloth, relief=1.5, cast=1.4, folds=[crease])
    if style.get("band", "ribbon") == "ribbon":
        rgb: RGB = style.accents[1] if style.seed % 2 else (44, 42, 44)
        ribbon = mirrored("100,158 ~120,157 140.2,151 142.2,166 ~120,173 100,174.5")
        canvas.lay(canvas.mask(ribbon), Cloth.plain(rgb), relief=0.7)
        canvas.lay(canvas.mask(outline("124,156 ~134,152 144,156 143,168 127,171")), Cloth.plain(rgb), relief=0.9)
    return None


def _bucket_hat(a: Atelier) -> None:
    canvas = a.canvas
    brim = mirrored("100,152 ~124,150 142,144 ~155,170 162,188 ~132,201 100,204")
    crown = mirrored("100,96 ~120,96.5 134,101 ~139,130 143,156 100,160")
    canvas.lay(canvas.mask(brim), a.cloth, relief=1.2)
    canvas.lay(canvas.mask(crown), a.cloth, relief=1.3)
    for k in range(4):
        canvas.stitch(line(f"{54 - k * 4},{157 + k * 9} ~100,{168 + k * 10} {146 + k * 4},{157 + k * 9}"))
    canvas.seam(line("57,155 ~100,161 143,155"), depth=0.4)


def cap(a: Atelier) -> None:
    style, canvas = a.style, a.canvas
    crown = outline("54,168 ~56,122 ~84,100 ~116,104 ~134,130 137,166 ~100,172")
    canvas.lay(canvas.mask(crown), a.cloth, relief=1.4)
    seams = [line((MIDDLE - 8, 101), smooth(MIDDLE + dx, 130), (MIDDLE + dx * 1.2, 169)) for dx in (-24, 6, 26)]
    canvas.seam(*seams, depth=0.3)
    canvas.stitch(*[moved(s, 2, 0) for s in seams])
    canvas.darken(canvas.mask(ellipse(MIDDLE - 22, 126, 1.4), ellipse(MIDDLE + 20, 128, 1.4)), 0.6)
    canvas.button(MIDDLE - 8, 101, 3.4, style.rgb, holes=False)
    peak = outline("104,168 ~136,160 ~168,170 174,180 ~150,184 ~118,184 86,172")
    canvas.lay(canvas.mask(peak), a.plain, relief=1.3, cast=1.4)
    for k in (1, 2, 3):
        canvas.stitch(
            line(
                (MIDDLE - 6 + k * 7, 171 + k * 2.4),
                smooth(MIDDLE + 34, 164 + k * 4.2),
                (MIDDLE + 71 - k * 2, 173 + k * 2.4),
            )
        )
    if style.get("front") == "badge":
        canvas.lay(canvas.mask(ellipse(MIDDLE + 14, 140, 13, 12)), a.dyed(style.accents[0]), relief=0.5, cast=0.6)
        canvas.paint(
            canvas.lines([arc(MIDDLE + 14, 140, 8, 7, 180, 360), [(MIDDLE + 6, 143), (MIDDLE + 22, 143)]], 1.8),
            style.accents[1],
        )
