"""Bras, briefs, swimwear, bodies, boxers, socks and tights."""

from recsys_core.data.demo.pictures.atelier import Atelier
from recsys_core.data.demo.pictures.cloth import Cloth, darker, lighter, mixed
from recsys_core.data.demo.pictures.collars import bow_tie
from recsys_core.data.demo.pictures.paths import (
    MIDDLE,
    Path,
    box,
    ellipse,
    flip,
    line,
    mirrored,
    moved,
    outline,
    smooth,
    wavy,
)


def bra(a: Atelier) -> None:
    look = a.look
    cup = look.get("cup", "tshirt")
    wide = 5.5 if look.get("strap") == "wide" else 2.6
    _straps(a, 24 if cup != "bralette" else 26, wide)
    _wings(a, 150)
    if cup in ("triangle", "bralette"):
        _triangle_cups(a, lace=look.get("detail") == "lace_edge")
    else:
        _round_cups(a, balconette=cup == "balconette")
    if look.get("detail") == "bow":
        bow_tie(a, MIDDLE, 141, 0.32)


def bikini_top(a: Atelier) -> None:
    look = a.look
    cup = look.get("cup", "triangle")
    canvas = a.canvas
    if cup == "bandeau":
        _wings(a, 148)
        band = mirrored(
            (MIDDLE, 124),
            smooth(MIDDLE + 26, 116),
            (MIDDLE + 50, 124),
            (MIDDLE + 50, 154),
            smooth(MIDDLE + 24, 166),
            (MIDDLE, 157),
        )
        folds = a.fan(
            (MIDDLE, 141), [(MIDDLE + s * x, y) for s in (1, -1) for x, y in ((38, 126), (42, 140), (38, 156))], 0.7
        )
        canvas.lay(canvas.mask(band), a.cloth, folds=folds, relief=1.2)
    else:
        _straps(a, 24, 2.6, ties=look.get("strap") == "tie")
        _wings(a, 150, thin=cup == "triangle")
        if cup == "balconette":
            _round_cups(a, balconette=True)
        else:
            _triangle_cups(a, lace=False)
    if look.get("detail") == "ring":
        _ring(a, MIDDLE, 143, 7)
    if look.get("detail") == "ruffle":
        edge = wavy((MIDDLE - 50, 150), (MIDDLE + 50, 150), 13, 9)
        canvas.lay(canvas.mask([*edge, (MIDDLE + 50, 143), (MIDDLE - 50, 143)]), a.cloth, relief=1.1)


def sports_bra(a: Atelier) -> None:
    look, canvas = a.look, a.canvas
    back = mirrored(
        (MIDDLE, 96),
        smooth(MIDDLE + 16, 92),
        (MIDDLE + 24, 74),
        (MIDDLE + 33, 74),
        smooth(MIDDLE + 36, 100),
        (MIDDLE + 46, 130),
        (MIDDLE, 140),
    )
    canvas.lay(canvas.mask(back), a.lining, cast=0)
    if look.get("strap") == "cross":
        canvas.lay(
            canvas.lines([line((MIDDLE - 28, 76), (MIDDLE + 16, 118)), line((MIDDLE + 28, 76), (MIDDLE - 16, 118))], 6),
            a.plain,
            relief=0.6,
        )
    front = mirrored(
        (MIDDLE, 116),
        smooth(MIDDLE + 14, 111),
        (MIDDLE + 22, 74),
        (MIDDLE + (36 if look.get("strap") == "wide" else 32), 74),
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
    if look.get("detail") == "panels":
        for s in (1, -1):
            panel = outline(
                (MIDDLE + s * 48, 134), smooth(MIDDLE + s * 32, 146), (MIDDLE + s * 30, 176), (MIDDLE + s * 45, 178)
            )
            canvas.print_on(canvas.mask(panel) * canvas.covered, look.accents[3], 0.85)
    cups = line((MIDDLE + 47, 140), smooth(MIDDLE + 24, 160), (MIDDLE + 2, 146))
    canvas.seam(cups, flip(cups), depth=0.2)
    band = mirrored((MIDDLE, 167), (MIDDLE + 46, 166), (MIDDLE + 44.5, 181), smooth(MIDDLE + 20, 184), (MIDDLE, 184))
    canvas.lay(canvas.mask(band), a.cuffs, relief=0.8, cast=0.8)


def briefs(a: Atelier) -> None:
    look = a.look
    _brief(a, look.get("cut", "brief"))
    canvas, y = a.canvas, 118.0
    if look.get("detail") == "lace_edge":
        lace = a.dyed(lighter(look.rgb, 0.1) if look.dark else darker(look.rgb, 0.06), "moss")
        edge = wavy((MIDDLE + 53, y + 5), (MIDDLE - 53, y + 5), 15, -5)
        canvas.lay(
            canvas.mask([*edge, (MIDDLE - 53, y - 6), (MIDDLE + 53, y - 6)]) * canvas.covered,
            lace,
            relief=0.5,
            cast=0.6,
        )
    if look.get("detail") == "bow":
        bow_tie(a, MIDDLE, y + 5, 0.34)


def bikini_bottom(a: Atelier) -> None:
    look = a.look
    cut = look.get("cut", "brief")
    if cut == "tie":
        for s in (1, -1):
            knots = [
                line(
                    (MIDDLE + s * 51, 126),
                    smooth(MIDDLE + s * 66, 112),
                    smooth(MIDDLE + s * 69, 124),
                    (MIDDLE + s * 54, 128),
                ),
                line((MIDDLE + s * 54, 126), smooth(MIDDLE + s * 60, 146), (MIDDLE + s * 58, 170)),
                line((MIDDLE + s * 54, 126), smooth(MIDDLE + s * 66, 142), (MIDDLE + s * 68, 160)),
            ]
            a.canvas.lay(a.canvas.lines(knots, 2.4), a.plain, relief=0.7, cast=0.8)
    _brief(a, "hipster" if cut == "hipster" else "high" if cut == "high" else "brief", swim=True)
    if look.get("detail") == "ring":
        for s in (1, -1):
            _ring(a, MIDDLE + s * 48, 127, 5.5)
    if look.get("detail") == "ruffle":
        edge = wavy((MIDDLE - 52, 126), (MIDDLE + 52, 126), 12, 9)
        a.canvas.lay(a.canvas.mask([*edge, (MIDDLE + 52, 119), (MIDDLE - 52, 119)]), a.cloth, relief=1.1)


def boxers(a: Atelier) -> None:
    look, canvas = a.look, a.canvas
    low = 196.0 if look.get("cut") == "boxer" else 178.0
    shape = mirrored(
        (MIDDLE, 100),
        (MIDDLE + 46, 100),
        smooth(MIDDLE + 51, 136),
        (MIDDLE + 55, low - 4),
        smooth(MIDDLE + 32, low + 3),
        (MIDDLE + 10, low),
        smooth(MIDDLE + 6, 176),
        (MIDDLE, 172),
    )
    canvas.lay(
        canvas.mask(shape),
        a.cloth,
        folds=a.fan((MIDDLE + 4, 166), [(MIDDLE + 40, 152), (MIDDLE + 44, 166)], 0.4)
        + a.fan((MIDDLE - 4, 166), [(MIDDLE - 40, 152), (MIDDLE - 44, 166)], 0.4),
    )
    pouch = line((MIDDLE + 15, 112), smooth(MIDDLE + 19, 140), (MIDDLE + 4, 172))
    canvas.seam(pouch, flip(pouch), [(MIDDLE, 112), (MIDDLE, 168)], depth=0.3)
    canvas.stitch(moved(pouch, 2.4, 0), flip(moved(pouch, 2.4, 0)))
    rgb = look.accents[0] if look.get("detail") == "contrast" else look.rgb
    band = mirrored((MIDDLE, 97), (MIDDLE + 46, 96.5), (MIDDLE + 47.5, 111), smooth(MIDDLE + 20, 113), (MIDDLE, 113))
    canvas.lay(canvas.mask(band), a.dyed(rgb, "rib"), relief=0.7, cast=0.8)
    canvas.paint(canvas.lines([[(MIDDLE - 45, 104), (MIDDLE + 45, 104)]], 1.4), look.accents[1], 0.8)


def swimsuit(a: Atelier) -> None:
    look, canvas = a.look, a.canvas
    neck, strap = look.get("neck", "scoop"), look.get("strap", "narrow")
    wide = 3.0 if strap == "narrow" else 10.0
    if neck == "bandeau":
        top = [(MIDDLE, 92), smooth(MIDDLE + 22, 86), (MIDDLE + 40, 92)]
    else:
        low = {"v": 118.0, "square": 92.0}.get(neck, 100.0)
        inner = {"square": [(MIDDLE, low), (MIDDLE + 21, low - 1), (MIDDLE + 21, 48)]}.get(
            neck, [(MIDDLE, low), smooth(MIDDLE + 17, low - 22), (MIDDLE + 21, 48)]
        )
        top = [*inner, (MIDDLE + 21 + wide, 48), smooth(MIDDLE + 24 + wide, 80), (MIDDLE + 39, 98)]
        back = mirrored(
            (MIDDLE, 112),
            smooth(MIDDLE + 18, 106),
            (MIDDLE + 22, 50),
            (MIDDLE + 22 + wide, 50),
            (MIDDLE + 34, 110),
            (MIDDLE, 124),
        )
        kept = 1 - canvas.mask(box(0, 0, MIDDLE - 2, 104)) if strap == "one_shoulder" else None
        canvas.lay(canvas.mask(back), a.lining, cast=0, within=kept)
    shape = mirrored(
        *top,
        smooth(MIDDLE + 32, 142),
        smooth(MIDDLE + 44, 184),
        (MIDDLE + 45, 196),
        smooth(MIDDLE + 26, 214),
        (MIDDLE + 9, 244),
        (MIDDLE, 245),
    )
    mask = canvas.mask(shape)
    if strap == "one_shoulder" and neck != "bandeau":
        mask = mask * (1 - canvas.mask(box(0, 0, MIDDLE - 2, 88)))
    folds = a.fan((MIDDLE + 30, 148), [(MIDDLE - 24, 138), (MIDDLE - 28, 160), (MIDDLE - 16, 178)], 0.4) + a.fan(
        (MIDDLE, 240), [(MIDDLE + 22, 210), (MIDDLE - 22, 210)], 0.3
    )
    canvas.lay(mask, a.cloth, folds=folds, relief=1.1)
    _suit_details(a)
    leg = line((MIDDLE + 43.5, 196), smooth(MIDDLE + 25, 212), (MIDDLE + 8, 242))
    canvas.stitch(leg, flip(leg), gap=2.6)


def lingerie_body(a: Atelier) -> None:
    canvas = a.canvas
    _straps(a, 22, 2.4, top=50, low=96)
    v = a.look.get("neck") == "v"
    shape = mirrored(
        (MIDDLE, 118 if v else 106),
        smooth(MIDDLE + 12, 104 if v else 99),
        (MIDDLE + 23, 88),
        smooth(MIDDLE + 34, 96),
        (MIDDLE + 41, 112),
        smooth(MIDDLE + 31, 150),
        smooth(MIDDLE + 43, 188),
        (MIDDLE + 43, 196),
        smooth(MIDDLE + 24, 212),
        (MIDDLE + 9, 244),
        (MIDDLE, 245),
    )
    canvas.lay(
        canvas.mask(shape),
        a.cloth,
        relief=1.1,
        folds=a.fan((MIDDLE, 130), [(MIDDLE + 26, 118), (MIDDLE - 26, 118)], 0.4),
    )
    cup = line((MIDDLE + 40, 116), smooth(MIDDLE + 24, 133), (MIDDLE + 1, 126))
    canvas.seam(cup, flip(cup), line((MIDDLE - 31, 150), smooth(MIDDLE, 154), (MIDDLE + 31, 150)), depth=0.32)
    if a.look.get("detail") == "lace_edge":
        _lace_edges(
            a,
            [
                line((MIDDLE + 1, 118 if v else 106), smooth(MIDDLE + 12, 104 if v else 99), (MIDDLE + 23, 88)),
                line((MIDDLE + 43, 197), smooth(MIDDLE + 24, 213), (MIDDLE + 10, 242)),
            ],
        )
    else:
        bow_tie(a, MIDDLE, 126, 0.34)


def socks(a: Atelier) -> None:
    """A pair, one beside the other, the second a little behind."""
    look = a.look
    height = {"ankle": 52.0, "crew": 92.0, "knee": 142.0}[look.get("height", "crew")]
    for i, (dx, dy, light) in enumerate(((20.0, -6.0, 0.94), (-16.0, 6.0, 1.0))):
        _sock(a, dx, dy + (height - 92) / 2, height, light, first=i == 0)


def tights(a: Atelier) -> None:
    look, canvas = a.look, a.canvas
    skin = (224, 190, 166)
    rgb = mixed(look.rgb, skin, {"sheer": 0.42, "opaque": 0.0, "rib": 0.0}[look.get("denier", "opaque")])
    cloth = a.cloth if look.get("denier") != "sheer" else a.dyed(rgb)
    if look.get("denier") == "rib":
        cloth = a.dyed(rgb, "rib")
    shape = mirrored(
        (MIDDLE, 36),
        (MIDDLE + 30, 35),
        smooth(MIDDLE + 37, 78),
        smooth(MIDDLE + 33, 150),
        smooth(MIDDLE + 29, 200),
        (MIDDLE + 25, 246),
        smooth(MIDDLE + 30, 262),
        smooth(MIDDLE + 20, 270),
        smooth(MIDDLE + 10, 262),
        (MIDDLE + 11, 246),
        smooth(MIDDLE + 8, 190),
        (MIDDLE, 112),
    )
    folds = a.fan((MIDDLE, 112), [(MIDDLE + 26, 100), (MIDDLE - 26, 100), (MIDDLE + 24, 128), (MIDDLE - 24, 128)], 0.35)
    canvas.lay(canvas.mask(shape), cloth, folds=folds, relief=1.1, gloss=0.2)
    canvas.seam(line((MIDDLE, 48), (MIDDLE, 112)), depth=0.35)
    band = mirrored((MIDDLE, 36), (MIDDLE + 30, 35), (MIDDLE + 31.5, 50), smooth(MIDDLE + 14, 52), (MIDDLE, 52))
    canvas.lay(
        canvas.mask(band),
        a.cuffs if look.get("denier") != "sheer" else a.dyed(darker(rgb, 0.15), "rib"),
        relief=0.6,
        cast=0.5,
    )


# parts -----------------------------------------------------------------------------------------------------


def _straps(a: Atelier, x: float, width: float, *, top: float = 66, low: float = 120, ties: bool = False) -> None:
    canvas = a.canvas
    if ties:
        cords = [line((MIDDLE + s * x, low), smooth(MIDDLE + s * (x - 6), 84), (MIDDLE + s * 3, 58)) for s in (1, -1)]
        cords += [line((MIDDLE + s * 2, 58), smooth(MIDDLE + s * 13, 48), (MIDDLE + s * 18, 66)) for s in (1, -1)]
        canvas.lay(canvas.lines(cords, width), a.plain, relief=0.7)
        return
    back = [
        line((MIDDLE + s * x, top), smooth(MIDDLE + s * (x + 4), (top + low) / 2 + 8), (MIDDLE + s * (x + 9), low + 16))
        for s in (1, -1)
    ]
    canvas.lay(canvas.lines(back, width), a.lining, relief=0.4, cast=0.2)
    front = [
        line((MIDDLE + s * x, top), smooth(MIDDLE + s * (x + 1.5), 92), (MIDDLE + s * x, low + 4)) for s in (1, -1)
    ]
    canvas.lay(canvas.lines(front, width), a.plain, relief=0.7, cast=0.8)
    for s in (1, -1):
        canvas.lay(
            canvas.mask(box(MIDDLE + s * (x + 1) - width * 0.75, 90, width * 1.5, 3, 0.6)),
            Cloth.plain(a.look.trim, 0.5),
            relief=0.5,
            cast=0.5,
        )


def _wings(a: Atelier, y: float, thin: bool = False) -> None:
    """The band around the back."""
    canvas = a.canvas
    if thin:
        cords = [line((MIDDLE + s * 46, y), smooth(MIDDLE + s * 58, y + 1), (MIDDLE + s * 66, y + 14)) for s in (1, -1)]
        canvas.lay(canvas.lines(cords, 2.6), a.plain, relief=0.7)
        return
    back = mirrored(
        (MIDDLE, y - 14), (MIDDLE + 44, y - 14), (MIDDLE + 54, y - 8), (MIDDLE + 54, y + 10), (MIDDLE, y + 6)
    )
    canvas.lay(canvas.mask(back), a.lining, cast=0)
    for s in (1, -1):
        wing = outline(
            (MIDDLE + s * 40, y - 22),
            smooth(MIDDLE + s * 50, y - 12),
            (MIDDLE + s * 57, y - 6),
            (MIDDLE + s * 57, y + 10),
            (MIDDLE + s * 38, y + 13),
        )
        canvas.lay(canvas.mask(wing), a.plain, relief=0.9)


def _triangle_cups(a: Atelier, lace: bool) -> None:
    canvas = a.canvas
    cup = outline(
        (MIDDLE + 24, 104),
        smooth(MIDDLE + 42, 128),
        (MIDDLE + 50, 154),
        smooth(MIDDLE + 26, 160),
        (MIDDLE + 1, 154),
        smooth(MIDDLE + 8, 130),
    )
    for part in (cup, flip(cup)):
        side = 1 if part is cup else -1
        folds = a.fan(
            (MIDDLE + side * 25, 157),
            [(MIDDLE + side * 14, 136), (MIDDLE + side * 26, 128), (MIDDLE + side * 38, 138)],
            0.5,
        )
        canvas.lay(canvas.mask(part), a.cloth, folds=folds, relief=1.3)
    band = mirrored((MIDDLE, 152), (MIDDLE + 51, 152), (MIDDLE + 51, 161), smooth(MIDDLE + 24, 166), (MIDDLE, 161))
    canvas.lay(canvas.mask(band), a.plain, relief=0.7)
    if lace:
        _lace_edges(a, [line((MIDDLE + 2, 152), smooth(MIDDLE + 8, 130), (MIDDLE + 24, 105))])


def _round_cups(a: Atelier, balconette: bool) -> None:
    canvas, rise = a.canvas, 6.0 if balconette else 0.0
    cup = outline(
        (MIDDLE + 2, 146),
        smooth(MIDDLE + 5, 132 + rise * 0.4),
        smooth(MIDDLE + 14, 121 + rise * 0.9),
        (MIDDLE + 26, 112 + rise),
        smooth(MIDDLE + 44, 122),
        (MIDDLE + 53, 142),
        smooth(MIDDLE + 44, 164),
        smooth(MIDDLE + 24, 170),
        smooth(MIDDLE + 7, 160),
    )
    bridge = mirrored((MIDDLE, 139), (MIDDLE + 7, 138), (MIDDLE + 12, 164), (MIDDLE, 160))
    canvas.lay(canvas.mask(bridge), a.plain, relief=0.7)
    for part in (cup, flip(cup)):
        canvas.lay(canvas.mask(part), a.cloth, relief=1.7, gloss=max(a.cloth.gloss, 0.12))
    wire = line(
        (MIDDLE + 3, 148),
        smooth(MIDDLE + 10, 162),
        smooth(MIDDLE + 27, 168),
        smooth(MIDDLE + 44, 162),
        (MIDDLE + 52, 145),
    )
    canvas.seam(wire, flip(wire), depth=0.3)
    if balconette:
        split = line((MIDDLE + 25, 119), smooth(MIDDLE + 28, 142), (MIDDLE + 27, 168))
        canvas.seam(split, flip(split), depth=0.25)
    if a.look.get("detail") == "lace_edge":
        _lace_edges(a, [line((MIDDLE + 4, 142), smooth(MIDDLE + 11, 125 + rise), (MIDDLE + 26, 113 + rise))])


def _lace_edges(a: Atelier, right: list[Path]) -> None:
    canvas = a.canvas
    lace = a.dyed(lighter(a.look.rgb, 0.14) if a.look.dark else darker(a.look.rgb, 0.08), "moss")
    for edge in right:
        for part in (edge, flip(edge)):
            canvas.lay(canvas.lines([part], 3.4), lace, relief=0.6, cast=0.5)
            dots = [ellipse(x, y, 1.9, None, 10) for x, y in part[::3]]
            canvas.lay(canvas.mask(*dots), lace, relief=0.5, cast=0.3)


def _brief(a: Atelier, cut: str, swim: bool = False) -> None:
    """``brief``, ``hipster``, ``thong``, ``high``: front, with the back seen at the leg."""
    canvas = a.canvas
    top, side, dip = {"hipster": (118, 34, 6), "thong": (118, 8, 5), "high": (92, 20, 3)}.get(cut, (114, 19, 5))
    low, half = 192.0, 53.0
    hips = top + side
    back = mirrored(
        (MIDDLE, top),
        (MIDDLE + half - 2, top),
        (MIDDLE + half, hips + 4),
        smooth(MIDDLE + 34, hips + 30),
        (MIDDLE + 10, low - 2),
        (MIDDLE, low),
    )
    if cut != "thong":
        canvas.lay(canvas.mask(back), a.lining, cast=0)
    front = mirrored(
        (MIDDLE, top + dip),
        smooth(MIDDLE + 26, top + dip * 0.7),
        (MIDDLE + half, top),
        (MIDDLE + half + 1, hips),
        smooth(MIDDLE + (30 if cut != "thong" else 24), hips + 18),
        (MIDDLE + 11, low - 4),
        smooth(MIDDLE + 6, low),
        (MIDDLE, low + 0.5),
    )
    folds = a.fan(
        (MIDDLE, low - 8), [(MIDDLE + s * x, y) for s in (1, -1) for x, y in ((26, hips + 10), (38, hips - 2))], 0.35
    )
    canvas.lay(canvas.mask(front), a.cloth, folds=folds, relief=1.1)
    waist = line((MIDDLE - half + 1, top + 3), smooth(MIDDLE, top + dip + 3), (MIDDLE + half - 1, top + 3))
    leg = line(
        (MIDDLE + half - 1, hips - 1),
        smooth(MIDDLE + (29 if cut != "thong" else 23), hips + 17),
        (MIDDLE + 10, low - 5),
    )
    canvas.seam(waist, leg, flip(leg), depth=0.25, width=1.3)
    if not swim:
        canvas.seam(line((MIDDLE - 9, low - 22), smooth(MIDDLE, low - 19), (MIDDLE + 9, low - 22)), depth=0.3)


def _ring(a: Atelier, x: float, y: float, radius: float) -> None:
    ring = a.canvas.hole([ellipse(x, y, radius)], [ellipse(x, y, radius - 2)])
    a.canvas.lay(ring, Cloth.plain(a.look.trim, 0.6), relief=0.8, cast=1.0)


def _suit_details(a: Atelier) -> None:
    look, canvas = a.look, a.canvas
    detail = look.get("detail")
    if detail == "belt":
        band = mirrored((MIDDLE, 146), (MIDDLE + 34.5, 144), (MIDDLE + 35.5, 156), (MIDDLE, 158))
        canvas.lay(canvas.mask(band), a.plain, relief=0.8)
        _ring(a, MIDDLE, 152, 8)
    elif detail == "cut_out":
        for s in (1, -1):
            hole = outline((MIDDLE + s * 40, 134), smooth(MIDDLE + s * 18, 150), (MIDDLE + s * 40, 168))
            canvas.cut(canvas.mask(hole))
    elif detail == "ruffle":
        edge = wavy((MIDDLE - 42, 112), (MIDDLE + 42, 112), 11, 10)
        canvas.lay(canvas.mask([*edge, (MIDDLE + 42, 104), (MIDDLE - 42, 104)]) * canvas.covered, a.cloth, relief=1.1)


def _sock(a: Atelier, dx: float, dy: float, height: float, light: float, first: bool) -> None:
    look, canvas = a.look, a.canvas
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
    ribbed = look.get("detail") == "ribbed"
    canvas.lay(
        mask, a.cuffs if ribbed and look.appearance == "Solid" else a.cloth, folds=folds, light=light, relief=1.2
    )
    if look.get("detail") == "heel":
        ends = [
            outline(
                smooth(x + 16, heel - 18),
                smooth(x + 40, heel - 16),
                smooth(x + 40, heel + 20),
                smooth(x + 14, heel + 20),
            ),
            ellipse(x - 44, heel + 10, 16, 22),
        ]
        canvas.lay(canvas.mask(*ends) * mask, a.dyed(look.accents[0]), light=light, relief=0.5, cast=0.2)
    canvas.lay(canvas.mask(box(x - 2, top - 2, 36, 12, 2)), a.cuffs, light=light, relief=0.8, cast=0.5)
    if look.get("detail") == "stripes":
        for k, rgb in enumerate((look.accents[0], look.accents[1])):
            canvas.print_on(canvas.mask(box(x - 2, top + 15 + k * 8, 37, 4.5)) * mask, rgb)
