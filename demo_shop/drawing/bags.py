"""Bags."""

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.cloth import Cloth, darker
from demo_shop.drawing.paths import MIDDLE, Path, box, ellipse, line, mirrored, moved, outline, smooth


def bag(a: Atelier) -> None:
    cuts = {
        "tote": _tote,
        "crossbody": _crossbody,
        "shoulder": _shoulder_bag,
        "backpack": backpack,
        "bucket": _bucket,
        "clutch": _clutch,
    }
    cuts[a.style.get("cut", "tote")](a)


def _tote(a: Atelier) -> None:
    canvas, rise = a.canvas, a.vary(48, 66)
    handles = [
        line(
            (MIDDLE + dx - 22, 128),
            smooth(MIDDLE + dx - 17, 128 - rise),
            smooth(MIDDLE + dx + 17, 128 - rise),
            (MIDDLE + dx + 22, 128),
        )
        for dx in (5, -2)
    ]
    canvas.lay(canvas.lines([moved(handles[0], 0, -5)], 4.6), a.dyed(darker(a.style.rgb, 0.2)), relief=1.0)
    body = mirrored("100,122 150,121 ~154,170 149,222 ~142,227 100,228")
    canvas.lay(
        canvas.mask(body),
        a.cloth,
        relief=1.4,
        folds=[a.fold((MIDDLE - 44, 136), (MIDDLE - 40, 170), (MIDDLE - 43, 214), depth=0.3)],
    )
    canvas.stitch(
        line((MIDDLE - 49, 126), smooth(MIDDLE, 127), (MIDDLE + 49, 126)),
        line((MIDDLE - 46, 221), smooth(MIDDLE, 224), (MIDDLE + 46, 221)),
    )
    canvas.lay(canvas.lines([handles[1]], 5.2), a.plain, relief=1.2, cast=1.2)
    for dx in (-24, 20):
        canvas.lay(
            canvas.mask(
                outline(
                    f"{MIDDLE + dx - 5},124 {MIDDLE + dx + 5},124 {MIDDLE + dx + 4},143 {MIDDLE + dx},148 "
                    f"{MIDDLE + dx - 4},143"
                )
            ),
            a.plain,
            relief=0.8,
        )
        canvas.button(MIDDLE + dx, 131, 1.7, a.style.trim, holes=False)
    _extras(a, MIDDLE, 176)


def _crossbody(a: Atelier) -> None:
    canvas = a.canvas
    strap = line("56,156 ~58,78 ~100,40 ~142,78 144,156")
    _strap(a, strap)
    body = box(MIDDLE - 49, 146, 98, 70, 9)
    canvas.lay(canvas.mask(body), a.cloth, relief=1.4)
    drop = a.vary(178, 196)
    flap = mirrored(f"100,143 144,143 ~151,147 151,166 ~140,{drop} 100,{drop + a.vary(2, 8)}")
    canvas.lay(canvas.mask(flap), a.cloth, relief=0.9, cast=1.5)
    edge = line(f"52,164 ~62,{drop - 3} 100,{drop + 1} ~138,{drop - 3} 148,164")
    canvas.stitch(edge)
    _clasp(a, MIDDLE, drop + 3)
    _extras(a, MIDDLE + 30, 200, small=True)


def _shoulder_bag(a: Atelier) -> None:
    canvas = a.canvas
    strap = line("52,152 ~66,84 ~100,66 ~134,84 148,152")
    canvas.lay(canvas.lines([strap], 8), a.plain, relief=1.2)
    body = mirrored("100,152 ~124,150 153,142 ~158,176 ~144,206 ~118,212 100,212.5")
    canvas.lay(
        canvas.mask(body),
        a.cloth,
        relief=1.6,
        folds=a.fan((MIDDLE - 46, 146), [(MIDDLE - 30, 172), (MIDDLE - 14, 166)], 0.4)
        + a.fan((MIDDLE + 46, 146), [(MIDDLE + 30, 172), (MIDDLE + 14, 166)], 0.4),
    )
    a.zip(line((MIDDLE + 46, 148), smooth(MIDDLE, 156), (MIDDLE - 46, 148)))
    for s in (1, -1):
        canvas.lay(
            canvas.hole([ellipse(MIDDLE + s * 49, 147, 6)], [ellipse(MIDDLE + s * 49, 147, 3.6)]),
            Cloth.plain(a.style.trim, 0.6),
            relief=0.8,
        )
    _extras(a, MIDDLE, 184)


def _bucket(a: Atelier) -> None:
    canvas = a.canvas
    strap = line((MIDDLE - 38, 134), smooth(MIDDLE - 30, 72), smooth(MIDDLE + 30, 72), (MIDDLE + 38, 134))
    _strap(a, strap)
    body = mirrored("100,126 ~120,124 138,128 ~146,170 144,216 ~126,225 100,227")
    pleats = [
        a.fold((MIDDLE + x, 128), (MIDDLE + x * 1.05, 148), (MIDDLE + x * 1.1, 168), depth=0.7, width=4)
        for x in range(-32, 38, 9)
    ]
    canvas.lay(canvas.mask(body), a.cloth, relief=1.5, folds=pleats)
    cord = line((MIDDLE - 41, 146), smooth(MIDDLE, 150), (MIDDLE + 41, 146))
    canvas.lay(
        canvas.lines(
            [
                cord,
                line((MIDDLE, 149), smooth(MIDDLE + 10, 168), (MIDDLE + 7, 190)),
                line((MIDDLE, 149), smooth(MIDDLE - 8, 166), (MIDDLE - 10, 184)),
            ],
            2.6,
        ),
        a.dyed(darker(a.style.rgb, 0.25)),
        relief=0.9,
    )
    canvas.seam(line((MIDDLE - 45, 206), smooth(MIDDLE, 212), (MIDDLE + 45, 206)), depth=0.4)
    _extras(a, MIDDLE + 8, 196, small=True)


def _clutch(a: Atelier) -> None:
    canvas = a.canvas
    canvas.lay(canvas.mask(box(MIDDLE - 60, 122, 120, 72, 6)), a.cloth, relief=1.3)
    flap = mirrored((MIDDLE, 120), (MIDDLE + 61, 120), (MIDDLE + 61, 132), smooth(MIDDLE + 30, 160), (MIDDLE, 170))
    canvas.lay(canvas.mask(flap), a.cloth, relief=0.9, cast=1.6)
    canvas.stitch(
        line((MIDDLE - 58, 132), smooth(MIDDLE - 29, 157), (MIDDLE, 166), smooth(MIDDLE + 29, 157), (MIDDLE + 58, 132))
    )
    _clasp(a, MIDDLE, 163)


def backpack(a: Atelier) -> None:
    canvas = a.canvas
    loop = line((MIDDLE - 12, 70), smooth(MIDDLE, 54), (MIDDLE + 12, 70))
    straps = [line((MIDDLE + s * 26, 84), smooth(MIDDLE + s * 58, 130), (MIDDLE + s * 46, 214)) for s in (1, -1)]
    canvas.lay(canvas.lines(straps, 9), a.dyed(darker(a.style.rgb, 0.22)), relief=1.0)
    canvas.lay(canvas.lines([loop], 4.5), a.plain, relief=1.0)
    body = mirrored("100,68 ~134,72 ~148,104 150,212 ~140,226 100,228")
    canvas.lay(canvas.mask(body), a.cloth, relief=1.5)
    canvas.stitch(line("56,116 ~66,82 ~100,76 ~134,82 144,116"), rgb=a.style.trim, gap=1.8, width=1.5)
    pocket = mirrored("100,156 133,156 ~138,164 138,206 ~132,214 100,215")
    canvas.lay(canvas.mask(pocket), a.cloth, relief=1.1, cast=1.3)
    a.zip(line((MIDDLE + 32, 164), (MIDDLE - 32, 164)))
    for s in (1, -1) if a.style.get("detail") == "buckle" else ():
        x = MIDDLE + s * 20
        canvas.lay(canvas.mask(box(x - 3.5, 118, 7, 44, 1.5)), a.plain, relief=0.8)
        canvas.lay(
            canvas.hole([box(x - 6, 146, 12, 11, 1.5)], [box(x - 3.4, 148.5, 6.8, 6, 1)]),
            Cloth.plain(a.style.trim, 0.5),
        )
    canvas.lay(canvas.mask(box(MIDDLE - 10, 132, 20, 8, 1.5)), a.dyed(a.style.accents[3]), relief=0.4, cast=0.5)


def _strap(a: Atelier, strap: Path) -> None:
    canvas = a.canvas
    if a.style.get("detail") == "chain":
        from demo_shop.drawing.paths import along

        links = [ellipse(x, y, 2.7) for x, y in along(strap, 56)]
        holes = [ellipse(x, y, 1.2) for x, y in along(strap, 56)]
        canvas.lay(canvas.hole(links, holes), Cloth.plain(a.style.trim, 0.7), relief=0.7)
        return
    canvas.lay(canvas.lines([strap], 4.4), a.plain, relief=1.1)


def _clasp(a: Atelier, x: float, y: float) -> None:
    canvas, metal = a.canvas, Cloth.plain(a.style.trim, 0.7)
    if a.style.seed % 2:
        canvas.lay(canvas.mask(box(x - 6, y - 5, 12, 10, 2.5)), metal, relief=1.0)
    else:
        canvas.lay(canvas.hole([ellipse(x, y, 7)], [ellipse(x, y, 4.4)]), metal, relief=0.9)


def _extras(a: Atelier, x: float, y: float, small: bool = False) -> None:
    canvas, detail = a.canvas, a.style.get("detail")
    if detail == "tassel":
        cord = [line((x, y - 22), smooth(x + 3, y - 12), (x + 2, y))]
        canvas.lay(canvas.lines(cord, 1.6), a.plain)
        strands = [[(x + 2 + i * 0.9, y), (x + 2 + i * 2.0, y + 24)] for i in range(-4, 5)]
        canvas.lay(canvas.lines(strands, 1.7), a.plain, relief=1.0)
        canvas.lay(canvas.mask(box(x - 2, y - 3, 8, 7, 2)), Cloth.plain(a.style.trim, 0.5))
    elif detail == "studs" and not small:
        for i in range(9):
            canvas.button(x - 40 + i * 10, y + 36, 1.9, a.style.trim, holes=False)
    elif detail == "buckle" and not small:
        canvas.lay(canvas.mask(box(x - 5, y - 40, 10, 42, 2)), a.plain, relief=0.9)
        canvas.lay(
            canvas.hole([box(x - 9, y - 14, 18, 15, 2)], [box(x - 5.6, y - 10.6, 11.2, 8.2, 1)]),
            Cloth.plain(a.style.trim, 0.6),
        )
