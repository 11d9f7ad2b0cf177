"""Bras, briefs, swimwear, bodies, boxers, socks and tights."""

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.cloth import darker, lighter
from demo_shop.drawing.collars import bow_tie
from demo_shop.drawing.lingerie_parts import brief, lace_edges, round_cups, straps, triangle_cups, wings
from demo_shop.drawing.paths import MIDDLE, flip, line, mirrored, moved, outline, smooth, wavy


def bra(a: Atelier) -> None:
    style = a.style
    cup = style.get("cup", "tshirt")
    wide = 5.5 if style.get("strap") == "wide" else 2.6
    straps(a, 24 if cup != "bralette" else 26, wide)
    wings(a, 150)
    if cup in ("triangle", "bralette"):
        triangle_cups(a, lace=style.get("detail") == "lace_edge")
    else:
        round_cups(a, balconette=cup == "balconette")
    if style.get("detail") == "bow":
        bow_tie(a, MIDDLE, 141, 0.32)


def sports_bra(a: Atelier) -> None:
    style, canvas = a.style, a.canvas
    back = mirrored("100,96 ~116,92 124,74 133,74 ~136,100 146,130 100,140")
    canvas.lay(canvas.mask(back), a.lining, cast=0)
    if style.get("strap") == "cross":
        canvas.lay(
            canvas.lines([line((MIDDLE - 28, 76), (MIDDLE + 16, 118)), line((MIDDLE + 28, 76), (MIDDLE - 16, 118))], 6),
            a.plain,
            relief=0.6,
        )
    front = mirrored(
        (MIDDLE, 116),
        smooth(MIDDLE + 14, 111),
        (MIDDLE + 22, 74),
        (MIDDLE + (36 if style.get("strap") == "wide" else 32), 74),
        smooth(MIDDLE + 36, 104),
        (MIDDLE + 48, 134),
        (MIDDLE + 45, 178),
        smooth(MIDDLE + 20, 181),
        (MIDDLE, 181),
    )
    canvas.lay(
        canvas.mask(front),
        a.cloth,
        folds=a.fan((MIDDLE, 150), [(MIDDLE + s * x, y) for s in (1, -1) for x, y in ((36, 132), (40, 152))], 0.35),
    )
    if style.get("detail") == "panels":
        for s in (1, -1):
            panel = outline(f"{MIDDLE + s * 48},134 ~{MIDDLE + s * 32},146 {MIDDLE + s * 30},176 {MIDDLE + s * 45},178")
            canvas.print_on(canvas.mask(panel) * canvas.covered, style.accents[3], 0.85)
    cups = line((MIDDLE + 47, 140), smooth(MIDDLE + 24, 160), (MIDDLE + 2, 146))
    canvas.seam(cups, flip(cups), depth=0.2)
    band = mirrored((MIDDLE, 167), (MIDDLE + 46, 166), (MIDDLE + 44.5, 181), smooth(MIDDLE + 20, 184), (MIDDLE, 184))
    canvas.lay(canvas.mask(band), a.cuffs, relief=0.8, cast=0.8)


def briefs(a: Atelier) -> None:
    style = a.style
    brief(a, style.get("cut", "brief"))
    canvas, y = a.canvas, 118.0
    if style.get("detail") == "lace_edge":
        lace = a.dyed(lighter(style.rgb, 0.1) if style.dark else darker(style.rgb, 0.06), "moss")
        edge = wavy((MIDDLE + 53, y + 5), (MIDDLE - 53, y + 5), 15, -5)
        canvas.lay(
            canvas.mask([*edge, (MIDDLE - 53, y - 6), (MIDDLE + 53, y - 6)]) * canvas.covered,
            lace,
            relief=0.5,
            cast=0.6,
        )
    if style.get("detail") == "bow":
        bow_tie(a, MIDDLE, y + 5, 0.34)


def boxers(a: Atelier) -> None:
    style, canvas = a.style, a.canvas
    low = 196.0 if style.get("cut") == "boxer" else 178.0
    shape = mirrored(f"100,100 146,100 ~151,136 155,{low - 4} ~132,{low + 3} 110,{low} ~106,176 100,172")
    canvas.lay(
        canvas.mask(shape),
        a.cloth,
        folds=a.fan((MIDDLE + 4, 166), [(MIDDLE + 40, 152), (MIDDLE + 44, 166)], 0.4)
        + a.fan((MIDDLE - 4, 166), [(MIDDLE - 40, 152), (MIDDLE - 44, 166)], 0.4),
    )
    pouch = line((MIDDLE + 15, 112), smooth(MIDDLE + 19, 140), (MIDDLE + 4, 172))
    canvas.seam(pouch, flip(pouch), [(MIDDLE, 112), (MIDDLE, 168)], depth=0.3)
    canvas.stitch(moved(pouch, 2.4, 0), flip(moved(pouch, 2.4, 0)))
    rgb = style.accents[0] if style.get("detail") == "contrast" else style.rgb
    band = mirrored((MIDDLE, 97), (MIDDLE + 46, 96.5), (MIDDLE + 47.5, 111), smooth(MIDDLE + 20, 113), (MIDDLE, 113))
    canvas.lay(canvas.mask(band), a.dyed(rgb, "rib"), relief=0.7, cast=0.8)
    canvas.paint(canvas.lines([[(MIDDLE - 45, 104), (MIDDLE + 45, 104)]], 1.4), style.accents[1], 0.8)


def lingerie_body(a: Atelier) -> None:
    canvas = a.canvas
    straps(a, 22, 2.4, top=50, low=96)
    v = a.style.get("neck") == "v"
    shape = mirrored(
        f"100,{118 if v else 106} ~112,{104 if v else 99} 123,88 ~134,96 141,112 ~131,150 ~143,188 143,196 "
        "~124,212 109,244 100,245"
    )
    canvas.lay(
        canvas.mask(shape),
        a.cloth,
        relief=1.1,
        folds=a.fan((MIDDLE, 130), [(MIDDLE + 26, 118), (MIDDLE - 26, 118)], 0.4),
    )
    cup = line((MIDDLE + 40, 116), smooth(MIDDLE + 24, 133), (MIDDLE + 1, 126))
    canvas.seam(cup, flip(cup), line((MIDDLE - 31, 150), smooth(MIDDLE, 154), (MIDDLE + 31, 150)), depth=0.32)
    if a.style.get("detail") == "lace_edge":
        lace_edges(
            a,
            [
                line((MIDDLE + 1, 118 if v else 106), smooth(MIDDLE + 12, 104 if v else 99), (MIDDLE + 23, 88)),
                line((MIDDLE + 43, 197), smooth(MIDDLE + 24, 213), (MIDDLE + 10, 242)),
            ],
        )
    else:
        bow_tie(a, MIDDLE, 126, 0.34)
