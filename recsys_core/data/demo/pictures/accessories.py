"""Bags, belts, scarves, hats, gloves and ties."""

from recsys_core.data.demo.pictures.atelier import Atelier
from recsys_core.data.demo.pictures.cloth import RGB, Cloth, darker
from recsys_core.data.demo.pictures.paths import (
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


def bag(a: Atelier) -> None:
    cuts = {
        "tote": _tote,
        "crossbody": _crossbody,
        "shoulder": _shoulder_bag,
        "backpack": backpack,
        "bucket": _bucket,
        "clutch": _clutch,
    }
    cuts[a.look.get("cut", "tote")](a)


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
    canvas.lay(canvas.lines([moved(handles[0], 0, -5)], 4.6), a.dyed(darker(a.look.rgb, 0.2)), relief=1.0)
    body = mirrored(
        (MIDDLE, 122),
        (MIDDLE + 50, 121),
        smooth(MIDDLE + 54, 170),
        (MIDDLE + 49, 222),
        smooth(MIDDLE + 42, 227),
        (MIDDLE, 228),
    )
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
                    (MIDDLE + dx - 5, 124),
                    (MIDDLE + dx + 5, 124),
                    (MIDDLE + dx + 4, 143),
                    (MIDDLE + dx, 148),
                    (MIDDLE + dx - 4, 143),
                )
            ),
            a.plain,
            relief=0.8,
        )
        canvas.button(MIDDLE + dx, 131, 1.7, a.look.trim, holes=False)
    _extras(a, MIDDLE, 176)


def _crossbody(a: Atelier) -> None:
    canvas = a.canvas
    strap = line(
        (MIDDLE - 44, 156), smooth(MIDDLE - 42, 78), smooth(MIDDLE, 40), smooth(MIDDLE + 42, 78), (MIDDLE + 44, 156)
    )
    _strap(a, strap)
    body = box(MIDDLE - 49, 146, 98, 70, 9)
    canvas.lay(canvas.mask(body), a.cloth, relief=1.4)
    drop = a.vary(178, 196)
    flap = mirrored(
        (MIDDLE, 143),
        (MIDDLE + 44, 143),
        smooth(MIDDLE + 51, 147),
        (MIDDLE + 51, 166),
        smooth(MIDDLE + 40, drop),
        (MIDDLE, drop + a.vary(2, 8)),
    )
    canvas.lay(canvas.mask(flap), a.cloth, relief=0.9, cast=1.5)
    edge = line(
        (MIDDLE - 48, 164),
        smooth(MIDDLE - 38, drop - 3),
        (MIDDLE, drop + 1),
        smooth(MIDDLE + 38, drop - 3),
        (MIDDLE + 48, 164),
    )
    canvas.stitch(edge)
    _clasp(a, MIDDLE, drop + 3)
    _extras(a, MIDDLE + 30, 200, small=True)


def _shoulder_bag(a: Atelier) -> None:
    canvas = a.canvas
    strap = line(
        (MIDDLE - 48, 152), smooth(MIDDLE - 34, 84), smooth(MIDDLE, 66), smooth(MIDDLE + 34, 84), (MIDDLE + 48, 152)
    )
    canvas.lay(canvas.lines([strap], 8), a.plain, relief=1.2)
    body = mirrored(
        (MIDDLE, 152),
        smooth(MIDDLE + 24, 150),
        (MIDDLE + 53, 142),
        smooth(MIDDLE + 58, 176),
        smooth(MIDDLE + 44, 206),
        smooth(MIDDLE + 18, 212),
        (MIDDLE, 212.5),
    )
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
            Cloth.plain(a.look.trim, 0.6),
            relief=0.8,
        )
    _extras(a, MIDDLE, 184)


def _bucket(a: Atelier) -> None:
    canvas = a.canvas
    strap = line((MIDDLE - 38, 134), smooth(MIDDLE - 30, 72), smooth(MIDDLE + 30, 72), (MIDDLE + 38, 134))
    _strap(a, strap)
    body = mirrored(
        (MIDDLE, 126),
        smooth(MIDDLE + 20, 124),
        (MIDDLE + 38, 128),
        smooth(MIDDLE + 46, 170),
        (MIDDLE + 44, 216),
        smooth(MIDDLE + 26, 225),
        (MIDDLE, 227),
    )
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
        a.dyed(darker(a.look.rgb, 0.25)),
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
    canvas.lay(canvas.lines(straps, 9), a.dyed(darker(a.look.rgb, 0.22)), relief=1.0)
    canvas.lay(canvas.lines([loop], 4.5), a.plain, relief=1.0)
    body = mirrored(
        (MIDDLE, 68),
        smooth(MIDDLE + 34, 72),
        smooth(MIDDLE + 48, 104),
        (MIDDLE + 50, 212),
        smooth(MIDDLE + 40, 226),
        (MIDDLE, 228),
    )
    canvas.lay(canvas.mask(body), a.cloth, relief=1.5)
    canvas.stitch(
        line(
            (MIDDLE - 44, 116), smooth(MIDDLE - 34, 82), smooth(MIDDLE, 76), smooth(MIDDLE + 34, 82), (MIDDLE + 44, 116)
        ),
        rgb=a.look.trim,
        gap=1.8,
        width=1.5,
    )
    pocket = mirrored(
        (MIDDLE, 156),
        (MIDDLE + 33, 156),
        smooth(MIDDLE + 38, 164),
        (MIDDLE + 38, 206),
        smooth(MIDDLE + 32, 214),
        (MIDDLE, 215),
    )
    canvas.lay(canvas.mask(pocket), a.cloth, relief=1.1, cast=1.3)
    a.zip(line((MIDDLE + 32, 164), (MIDDLE - 32, 164)))
    for s in (1, -1) if a.look.get("detail") == "buckle" else ():
        x = MIDDLE + s * 20
        canvas.lay(canvas.mask(box(x - 3.5, 118, 7, 44, 1.5)), a.plain, relief=0.8)
        canvas.lay(
            canvas.hole([box(x - 6, 146, 12, 11, 1.5)], [box(x - 3.4, 148.5, 6.8, 6, 1)]), Cloth.plain(a.look.trim, 0.5)
        )
    canvas.lay(canvas.mask(box(MIDDLE - 10, 132, 20, 8, 1.5)), a.dyed(a.look.accents[3]), relief=0.4, cast=0.5)


def _strap(a: Atelier, strap: Path) -> None:
    canvas = a.canvas
    if a.look.get("detail") == "chain":
        from recsys_core.data.demo.pictures.paths import along

        links = [ellipse(x, y, 2.7) for x, y in along(strap, 56)]
        holes = [ellipse(x, y, 1.2) for x, y in along(strap, 56)]
        canvas.lay(canvas.hole(links, holes), Cloth.plain(a.look.trim, 0.7), relief=0.7)
        return
    canvas.lay(canvas.lines([strap], 4.4), a.plain, relief=1.1)


def _clasp(a: Atelier, x: float, y: float) -> None:
    canvas, metal = a.canvas, Cloth.plain(a.look.trim, 0.7)
    if a.look.seed % 2:
        canvas.lay(canvas.mask(box(x - 6, y - 5, 12, 10, 2.5)), metal, relief=1.0)
    else:
        canvas.lay(canvas.hole([ellipse(x, y, 7)], [ellipse(x, y, 4.4)]), metal, relief=0.9)


def _extras(a: Atelier, x: float, y: float, small: bool = False) -> None:
    canvas, detail = a.canvas, a.look.get("detail")
    if detail == "tassel":
        cord = [line((x, y - 22), smooth(x + 3, y - 12), (x + 2, y))]
        canvas.lay(canvas.lines(cord, 1.6), a.plain)
        strands = [[(x + 2 + i * 0.9, y), (x + 2 + i * 2.0, y + 24)] for i in range(-4, 5)]
        canvas.lay(canvas.lines(strands, 1.7), a.plain, relief=1.0)
        canvas.lay(canvas.mask(box(x - 2, y - 3, 8, 7, 2)), Cloth.plain(a.look.trim, 0.5))
    elif detail == "studs" and not small:
        for i in range(9):
            canvas.button(x - 40 + i * 10, y + 36, 1.9, a.look.trim, holes=False)
    elif detail == "buckle" and not small:
        canvas.lay(canvas.mask(box(x - 5, y - 40, 10, 42, 2)), a.plain, relief=0.9)
        canvas.lay(
            canvas.hole([box(x - 9, y - 14, 18, 15, 2)], [box(x - 5.6, y - 10.6, 11.2, 8.2, 1)]),
            Cloth.plain(a.look.trim, 0.6),
        )


def belt(a: Atelier) -> None:
    """Rolled up: a coil seen from the front, and its end with the buckle."""
    look, canvas = a.look, a.canvas
    half = 13.0 if look.get("width") == "wide" else 8.0
    back = outline(
        smooth(MIDDLE - 52, 142 - half),
        smooth(MIDDLE, 128 - half),
        smooth(MIDDLE + 52, 142 - half),
        smooth(MIDDLE + 52, 142 + half),
        smooth(MIDDLE, 128 + half),
        smooth(MIDDLE - 52, 142 + half),
    )
    canvas.lay(canvas.mask(back), a.dyed(darker(look.rgb, 0.35)), relief=1.0)
    front = outline(
        (MIDDLE - 58, 142 - half),
        smooth(MIDDLE - 30, 156 - half),
        smooth(MIDDLE, 160 - half),
        smooth(MIDDLE + 30, 156 - half),
        (MIDDLE + 58, 142 - half),
        (MIDDLE + 58, 142 + half),
        smooth(MIDDLE + 30, 157 + half),
        smooth(MIDDLE, 162 + half),
        smooth(MIDDLE - 30, 157 + half),
        (MIDDLE - 58, 142 + half),
    )
    canvas.lay(canvas.mask(front), a.cloth, relief=1.3, cast=1.6)
    for dy in (-half + 2.4, half - 2.4):
        canvas.stitch(
            line(
                (MIDDLE - 56, 143 + dy),
                smooth(MIDDLE - 30, 157 + dy),
                smooth(MIDDLE, 161 + dy),
                smooth(MIDDLE + 30, 157 + dy),
                (MIDDLE + 56, 143 + dy),
            )
        )
    holes = [ellipse(MIDDLE + 22 + i * 9, 158 - i * 2.2, 1.4) for i in range(4)]
    canvas.darken(canvas.mask(*holes), 0.7)
    metal = Cloth.plain(look.trim, 0.7)
    for i in range(2 if look.get("buckle") == "double" else 1):
        x = MIDDLE - 10 + i * 15
        if look.get("buckle") == "square":
            frame = canvas.hole(
                [box(x - half - 3, 161 - half - 4, 2 * half + 4, 2 * half + 8, 3)],
                [box(x - half + 1, 161 - half, 2 * half - 4, 2 * half, 1.5)],
            )
        else:
            frame = canvas.hole([ellipse(x, 161, half + 5)], [ellipse(x, 161, half + 1)])
        canvas.lay(frame, metal, relief=1.0, cast=1.4)
        canvas.lay(canvas.lines([[(x - 2, 161), (x + half + 3, 160.5)]], 2.6), metal, relief=0.8)


def scarf(a: Atelier) -> None:
    if a.look.get("cut") == "looped":
        return _looped_scarf(a)
    canvas = a.canvas
    under = outline(
        (MIDDLE - 34, 66),
        (MIDDLE + 30, 60),
        smooth(MIDDLE + 34, 140),
        (MIDDLE + 40, 214),
        (MIDDLE - 18, 220),
        smooth(MIDDLE - 26, 140),
    )
    over = outline(
        (MIDDLE - 38, 64),
        (MIDDLE + 26, 58),
        smooth(MIDDLE + 22, 130),
        (MIDDLE + 16, 240),
        (MIDDLE - 44, 244),
        smooth(MIDDLE - 40, 150),
    )
    canvas.lay(canvas.mask(under), a.cloth, angle=-4, light=0.92, relief=1.3)
    _fringe(a, (MIDDLE - 18, 220), (MIDDLE + 40, 214))
    folds = [
        a.fold((MIDDLE - 20 + i * 16, 62), (MIDDLE - 23 + i * 15, 140), (MIDDLE - 28 + i * 16, 240), depth=0.5, width=7)
        for i in range(3)
    ]
    canvas.lay(canvas.mask(over), a.cloth, angle=2, folds=folds, relief=1.3, cast=1.6)
    _fringe(a, (MIDDLE - 44, 244), (MIDDLE + 16, 240))
    return None


def _looped_scarf(a: Atelier) -> None:
    canvas = a.canvas
    for s, low in ((1, 232.0), (-1, 218.0)):
        end = outline(
            (MIDDLE + s * 2, 112),
            (MIDDLE + s * 27, 106),
            smooth(MIDDLE + s * 32, 160),
            (MIDDLE + s * 34, low),
            (MIDDLE + s * 2, low + 4),
            smooth(MIDDLE + s * 4, 160),
        )
        folds = [
            a.fold(
                (MIDDLE + s * (8 + i * 10), 110),
                (MIDDLE + s * (9 + i * 10), 160),
                (MIDDLE + s * (9 + i * 10), low),
                depth=0.45,
            )
            for i in range(2)
        ]
        canvas.lay(canvas.mask(end), a.cloth, angle=-3 * s, folds=folds, relief=1.3)
        _fringe(a, (MIDDLE + s * 2, low + 4), (MIDDLE + s * 34, low))
    inside = ellipse(MIDDLE, 80, 27, 13)
    outer = outline(
        smooth(MIDDLE - 52, 84),
        smooth(MIDDLE - 30, 56),
        smooth(MIDDLE, 50),
        smooth(MIDDLE + 30, 56),
        smooth(MIDDLE + 52, 84),
        smooth(MIDDLE + 36, 116),
        smooth(MIDDLE, 126),
        smooth(MIDDLE - 36, 116),
    )
    folds = [
        a.fold((MIDDLE - 46, 84 + k), (MIDDLE, 104 + k * 1.3), (MIDDLE + 46, 84 + k), depth=0.6, width=6)
        for k in (-2, 6, 14)
    ]
    canvas.lay(canvas.mask(outer), a.cloth, angle=30, folds=folds, relief=1.5, cast=1.5)
    canvas.lay(canvas.mask(inside), a.lining, relief=1.0, cast=0)


def _fringe(a: Atelier, left: tuple[float, float], right: tuple[float, float]) -> None:
    if a.look.get("ends") != "fringe":
        return
    rng, strands = a.look.rng(31), []
    count = max(6, int(abs(right[0] - left[0]) / 2.4))
    for i in range(count + 1):
        x, y = left[0] + (right[0] - left[0]) * i / count, left[1] + (right[1] - left[1]) * i / count
        strands.append([(x, y - 1), (x + float(rng.uniform(-1.4, 1.4)), y + 13 + float(rng.uniform(-2, 2)))])
    a.canvas.lay(a.canvas.lines(strands, 1.3), a.plain, relief=0.7, cast=0.6)


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


def gloves(a: Atelier) -> None:
    for i, (dx, tilt, light) in enumerate(((26, 12, 0.95), (-24, -8, 1.0))):
        x = MIDDLE + dx
        s = 1 if i == 0 else -1

        def at(points: Path, x: float = x, tilt: float = tilt) -> Path:
            return turned(points, tilt, (x, 150))

        fingers = [
            line((x + u * 8.5, 140), (x + u * 9.5, top))
            for u, top in ((-1.6, 104), (-0.55, 92), (0.5, 90), (1.55, 100))
        ]
        thumb = line((x - s * 12, 166), smooth(x - s * 24, 150), (x - s * 30, 134))
        palm = outline(
            (x - 18, 138), (x + 18, 138), smooth(x + 19, 165), (x + 15, 196), (x - 15, 196), smooth(x - 19, 165)
        )
        canvas = a.canvas
        canvas.lay(canvas.lines([at(thumb)], 11.5), a.cloth, light=light * 0.97, relief=1.2)
        canvas.lay(canvas.mask(at(palm)), a.cloth, light=light, relief=1.2)
        for finger in fingers:
            canvas.lay(canvas.lines([at(finger)], 10.0), a.cloth, light=light, relief=1.2, cast=0.7)
        cuff = outline((x - 16, 188), (x + 16, 188), (x + 16.5, 216), smooth(x, 218), (x - 16.5, 216))
        canvas.lay(canvas.mask(at(cuff)), a.cuffs, light=light, relief=1.0)


def tie(a: Atelier) -> None:
    canvas, look = a.canvas, a.look
    half = 11.0 if look.get("width") == "slim" else 14.5
    tail = outline(
        (MIDDLE - 4, 60), (MIDDLE + 6, 60), (MIDDLE + half * 0.75, 222), (MIDDLE + 1, 232), (MIDDLE - half * 0.6, 222)
    )
    canvas.lay(canvas.mask(moved(tail, 6, 0)), a.cloth, angle=40, light=0.9, relief=1.0)
    blade = outline(
        (MIDDLE - 6, 62),
        (MIDDLE + 6, 62),
        smooth(MIDDLE + half * 0.7, 140),
        (MIDDLE + half, 238),
        (MIDDLE, 254),
        (MIDDLE - half, 238),
        smooth(MIDDLE - half * 0.7, 140),
    )
    canvas.lay(
        canvas.mask(blade),
        a.cloth,
        angle=45,
        relief=1.3,
        gloss=0.25,
        folds=[a.fold((MIDDLE, 66), (MIDDLE + 1, 90), (MIDDLE, 118), depth=0.6)],
    )
    loop = line(
        (MIDDLE - 7, 50), smooth(MIDDLE - 26, 36), smooth(MIDDLE, 28), smooth(MIDDLE + 26, 36), (MIDDLE + 7, 50)
    )
    canvas.lay(canvas.lines([loop], 8), a.cloth, angle=20, relief=1.0)
    knot = outline((MIDDLE - 12, 44), (MIDDLE + 12, 44), (MIDDLE + 7, 66), (MIDDLE - 7, 66))
    canvas.lay(canvas.mask(knot), a.cloth, angle=-35, relief=1.2, gloss=0.2)
