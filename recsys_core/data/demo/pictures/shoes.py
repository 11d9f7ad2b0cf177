"""Shoes, drawn from the side: the pair's far shoe behind the near one."""

from collections.abc import Callable

from recsys_core.data.demo.pictures.atelier import Atelier
from recsys_core.data.demo.pictures.cloth import RGB, Cloth, brightness, darker, lighter, mixed
from recsys_core.data.demo.pictures.paths import (
    Node,
    Path,
    Point,
    along,
    between,
    box,
    ellipse,
    line,
    moved,
    outline,
    scaled,
    smooth,
)

Shift = Callable[[Path], Path]
BEHIND: tuple[float, float] = (13.0, -26.0)


def _pair(a: Atelier, shoe: Callable[[Atelier, Shift, float], None]) -> None:
    """The far shoe, then the near one."""
    shoe(a, lambda points: moved(points, *BEHIND), 0.9)
    shoe(a, lambda points: moved(points, -6, 10), 1.0)


def _sole_rgb(a: Atelier) -> RGB:
    if a.look.wear == "leather" and a.look.silhouette in ("sneakers",):
        return (240, 238, 232) if a.look.seed % 4 else (214, 178, 132)
    return (64, 52, 44) if a.look.seed % 3 else (34, 32, 32)


def sneakers(a: Atelier) -> None:
    def shoe(a: Atelier, at: Shift, light: float) -> None:
        look, canvas = a.look, a.canvas
        high = 22.0 if look.get("height") == "high" else -16.0
        sole = look.get("sole", "flat")
        thick = {"chunky": 17.0, "runner": 13.0}.get(sole, 10.0)
        base = 192.0
        upper = outline(
            (34, base - thick + 2),
            smooth(35, base - thick - 14),
            smooth(54, base - thick - 22),
            smooth(78, base - thick - 33),
            (104, base - thick - 52 - high * 0.5),
            (112, base - thick - 58 - high),
            smooth(128, base - thick - 52 - high),
            (150, base - thick - 58 - high),
            smooth(156, base - thick - 30),
            (156, base - thick + 2),
        )
        mask = canvas.mask(at(upper))
        canvas.lay(
            canvas.mask(
                at(
                    outline(
                        (110, base - thick - 60 - high),
                        smooth(130, base - thick - 64 - high),
                        (151, base - thick - 60 - high),
                        smooth(130, base - thick - 46 - high),
                    )
                )
            ),
            a.lining,
            light=light,
            cast=0.2,
        )
        canvas.lay(mask, a.cloth, light=light, relief=1.2)
        accent = look.accents[0] if look.seed % 2 else mixed(look.rgb, look.accents[1], 0.5)
        toe = outline(
            (30, base),
            smooth(34, base - thick - 20),
            (58, base - thick - 27),
            smooth(66, base - thick - 10),
            (64, base),
        )
        heel = outline((140, base), (138, base - thick - 30), (158, base - thick - 34), (160, base))
        for patch in (toe, heel):
            canvas.lay(
                canvas.mask(at(patch)) * mask,
                a.plain if look.seed % 3 else a.dyed(accent),
                light=light * 0.97,
                relief=0.5,
                cast=0.5,
            )
        swoosh = line((76, base - thick - 4), smooth(98, base - thick - 18), (138, base - thick - 26))
        if sole != "flat" or look.seed % 2:
            canvas.lay(canvas.lines([at(swoosh)], 5.0) * mask, a.dyed(accent), light=light, relief=0.5, cast=0.4)
        _fastening(a, at, base - thick, high, light)
        _rubber(a, at, base, thick, sole, light)

    _pair(a, shoe)


def _fastening(a: Atelier, at: Shift, y: float, high: float, light: float) -> None:
    look, canvas = a.look, a.canvas
    tongue = outline(
        (70, y - 26),
        (108, y - 56 - high),
        smooth(111, y - 68 - high),
        (117, y - 64 - high),
        (106, y - 36),
        (80, y - 20),
    )
    canvas.lay(canvas.mask(at(tongue)), a.plain, light=light * 1.02, relief=0.9, cast=0.6)
    if look.get("fastening") == "straps":
        for t in (0.12, 0.62):
            p = between((74, y - 26), (106, y - 50 - high), t)
            strap = [(p[0] - 5, p[1] - 6), (p[0] + 3, p[1] - 9), (p[0] + 26, p[1] + 10), (p[0] + 17, p[1] + 15)]
            canvas.lay(canvas.mask(at(strap)), a.plain, light=light, relief=0.8)
        return
    rgb: RGB = (244, 242, 238) if look.dark or look.seed % 3 else darker(look.rgb, 0.3)
    count = 5 if high < 0 else 7
    laces: list[Path] = []
    for i in range(count):
        p = between((74, y - 24), (108, y - 54 - high), (i + 0.4) / count)
        laces.append(at(line((p[0] - 3.4, p[1] - 3.4), smooth(p[0] + 4, p[1] - 0.5), (p[0] + 9, p[1] + 6))))
    canvas.lay(canvas.lines(laces, 2.3), Cloth.plain(rgb), light=light, relief=0.7, cast=0.9)


def _rubber(a: Atelier, at: Shift, base: float, thick: float, kind: str, light: float) -> None:
    canvas, rgb = a.canvas, _sole_rgb(a)
    lift = 5.0 if kind == "runner" else 3.0
    shape = outline(
        (31, base - thick + 1),
        smooth(70, base - thick + 3),
        smooth(110, base - thick),
        (159, base - thick - 1),
        smooth(162, base - thick * 0.5),
        (157, base + 1),
        (60, base + 1),
        smooth(38, base - lift * 0.4),
        smooth(29, base - lift - 2),
    )
    canvas.lay(canvas.mask(at(shape)), Cloth.plain(rgb), light=light, relief=0.9, cast=0.8)
    if kind == "chunky":
        canvas.seam(
            at(
                line(
                    (31, base - thick * 0.5),
                    smooth(60, base - thick * 0.35),
                    smooth(110, base - thick * 0.6),
                    (160, base - thick * 0.5),
                )
            ),
            depth=0.3,
            width=1.6,
        )
        ridges = [at([(x, base - 5), (x + 1, base + 1)]) for x in range(40, 158, 6)]
        canvas.darken(canvas.lines(ridges, 1.2), 0.25)
    else:
        canvas.seam(at(line((31, base - 3.4), smooth(100, base - 3), (160, base - 3.4))), depth=0.25)


def ballerinas(a: Atelier) -> None:
    def shoe(a: Atelier, at: Shift, light: float) -> None:
        look, canvas, base = a.look, a.canvas, 190.0
        tip = 24.0 if look.get("toe") == "pointed" else 32.0
        inside = outline(
            (66, base - 20), smooth(100, base - 26), (150, base - 30), smooth(152, base - 18), (112, base - 10)
        )
        canvas.lay(canvas.mask(at(inside)), Cloth.plain((222, 200, 174)), light=light * 0.92, cast=0.1)
        if look.get("detail") == "strap":
            canvas.lay(
                canvas.lines([at(line((96, base - 14), smooth(108, base - 34), (124, base - 16)))], 4.4),
                a.plain,
                light=light,
            )
        upper = outline(
            (tip, base - 3),
            smooth(tip + 12, base - 17),
            smooth(58, base - 22),
            (70, base - 20),
            smooth(86, base - 8),
            smooth(112, base - 9),
            (140, base - 24),
            smooth(152, base - 33),
            (157, base - 30),
            smooth(158, base - 12),
            (156, base - 2),
        )
        canvas.lay(canvas.mask(at(upper)), a.cloth, light=light, relief=1.3)
        canvas.stitch(
            at(line((69, base - 18), smooth(86, base - 6), smooth(112, base - 7), (141, base - 22), (152, base - 30)))
        )
        canvas.lay(
            canvas.mask(at([(tip + 3, base - 3), (157, base - 3), (157, base + 2), (tip + 14, base + 2)])),
            Cloth.plain(_sole_rgb(a)),
            light=light,
            relief=0.6,
        )
        canvas.lay(
            canvas.mask(at([(138, base), (157, base), (156, base + 6), (140, base + 6)])),
            Cloth.plain(_sole_rgb(a)),
            light=light,
            relief=0.6,
        )
        if look.get("detail") == "bow":
            _little_bow(a, at([(67, base - 20)])[0], light)

    _pair(a, shoe)


def _little_bow(a: Atelier, at: Point, light: float) -> None:
    x, y = at
    loops = [
        outline((x, y), smooth(x + s * 8, y - 6), smooth(x + s * 11, y + 1), smooth(x + s * 6, y + 4)) for s in (1, -1)
    ]
    for loop in loops:
        a.canvas.lay(a.canvas.mask(loop), a.plain, light=light, relief=1.0)
    a.canvas.lay(a.canvas.mask(ellipse(x, y, 2.4)), a.plain, light=light, relief=1.0)


def sandals(a: Atelier) -> None:
    """A pair from above."""
    for side in (-1, 1):
        _sandal(a, 100 + side * 27, side)


def _sandal(a: Atelier, x: float, side: int) -> None:
    """One sandal from above, ``side`` -1 for the left foot; its inner edge looks to the middle."""
    look, canvas = a.look, a.canvas
    cork: RGB = (206, 168, 122) if look.seed % 2 else (128, 92, 64)

    def at(*nodes: tuple[float, float]) -> list[Node]:
        return [smooth(x + side * px, 152 + py) for px, py in nodes]

    edge = at(
        (-12, -66),
        (-1, -73),
        (12, -66),
        (20, -42),
        (19, -8),
        (14, 22),
        (14, 52),
        (6, 71),
        (-6, 71),
        (-14, 52),
        (-13, 18),
        (-18, -14),
        (-17, -48),
    )
    thick = 5.0 if look.get("sole") == "platform" else 2.0
    canvas.lay(
        canvas.mask(scaled(outline(*edge), 1.0 + thick / 60, (x, 152))), Cloth.plain(darker(cork, 0.3)), relief=1.0
    )
    canvas.lay(canvas.mask(outline(*edge)), Cloth.plain(cork), relief=0.8, cast=0.5)
    canvas.stitch([*scaled(outline(*edge), 0.93, (x, 152))], gap=2.6)
    for ys in {"slide": ((-34, 44),), "two": ((-46, 20), (-14, 20)), "cross": (), "ankle": ((-42, 11),)}[
        look.get("strap", "two")
    ]:
        _band(a, x, side, *ys)
    if look.get("strap") == "cross":
        for s in (1, -1):
            strap = line((x + s * 20, 152 - 50), smooth(x + s * 4, 152 - 36), (x - s * 18, 152 - 4))
            canvas.lay(canvas.lines([strap], 12), a.cloth, angle=40 * s, relief=1.2, cast=1.2)
    if look.get("strap") in ("ankle", "cross"):
        loop = line(
            (x - 14, 152 + 30),
            smooth(x - 15, 152 + 56),
            smooth(x, 152 + 72),
            smooth(x + 15, 152 + 56),
            (x + 14, 152 + 30),
        )
        canvas.lay(canvas.lines([loop], 6), a.plain, relief=1.1, cast=1.0)
        canvas.lay(
            canvas.lines([line((x - 15, 152 + 26), smooth(x, 152 + 18), (x + 15, 152 + 26))], 6),
            a.plain,
            relief=1.1,
            cast=1.2,
        )
        _buckle(a, x + side * 11, 152 + 22)
    elif look.get("strap") == "two":
        _buckle(a, x + side * 12, 152 - 35)
        _buckle(a, x + side * 12, 152 - 3)


def _band(a: Atelier, x: float, side: int, y: float, height: float) -> None:
    top, wide = 152 + y, 21.5 if y < -30 else 20.0
    band = outline(
        (x - wide, top + 5),
        smooth(x, top - 3),
        (x + wide, top + 4),
        (x + wide, top + height + 4),
        smooth(x, top + height - 4),
        (x - wide, top + height + 5),
    )
    a.canvas.lay(a.canvas.mask(band), a.cloth, relief=1.3, cast=1.4)
    edges = line((x - wide + 1, top + height + 2), smooth(x, top + height - 7), (x + wide - 1, top + height + 1))
    a.canvas.stitch(edges, gap=2.6)


def _buckle(a: Atelier, x: float, y: float) -> None:
    frame = a.canvas.hole([box(x - 5, y - 5.5, 10, 11, 1.5)], [box(x - 3, y - 3.5, 6, 7, 0.8)])
    a.canvas.lay(frame, Cloth.plain(a.look.trim, 0.5), relief=0.6, cast=1.0)


def heeled_sandals(a: Atelier) -> None:
    _heels(a, open_toe=True)


def pumps(a: Atelier) -> None:
    _heels(a, open_toe=False)


def _heels(a: Atelier, open_toe: bool) -> None:
    def shoe(a: Atelier, at: Shift, light: float) -> None:
        look, canvas, base = a.look, a.canvas, 200.0
        kind = look.get("heel", "block")
        rise = {"kitten": 24.0, "stiletto": 54.0}.get(kind, 42.0)
        back = base - rise
        arch = line((32, base - 2), smooth(62, base - 3), smooth(104, base - rise * 0.5), (156, back - 2))
        heel = (
            [(140, back - 2), (157, back - 3), (156, base), (151.5, base)]
            if kind != "block"
            else [(132, back + 3), (157, back - 3), (157, base), (137, base)]
        )
        canvas.lay(
            canvas.mask(
                at(
                    outline(
                        heel[0],
                        smooth(heel[0][0] + 6, (back + base) / 2),
                        heel[3],
                        heel[2],
                        smooth(heel[1][0] - 1, (back + base) / 2),
                        heel[1],
                    )
                )
            ),
            a.plain,
            light=light * 0.94,
            relief=1.0,
        )
        if open_toe:
            canvas.lay(canvas.lines([at(arch)], 5.0), Cloth.plain((206, 172, 140)), light=light)
            counter = outline((146, back), smooth(148, back - 26), (157, back - 28), (160, back - 2))
            canvas.lay(canvas.mask(at(counter)), a.plain, light=light)
            straps = [
                line((44, base - 4), smooth(52, base - 21), (70, base - 6)),
                line((62, base - 5), smooth(70, base - 26), (88, base - 14)),
            ]
            if look.get("strap") == "cross":
                straps = [
                    line((42, base - 4), smooth(62, base - 22), (90, base - 14)),
                    line((46, base - 20), smooth(60, base - 18), (76, base - 6)),
                ]
            canvas.lay(canvas.lines([at(s) for s in straps], 6.0), a.cloth, light=light, relief=1.1)
            ankle = line((112, back - 18), smooth(134, back - 30), (156, back - 24))
            canvas.lay(canvas.lines([at(ankle)], 3.6), a.plain, light=light, relief=1.0)
            canvas.lay(canvas.mask(at(box(124, back - 30, 5, 6, 1))), Cloth.plain(look.trim, 0.5), light=light)
        else:
            tip = 22.0 if look.get("toe", "pointed") == "pointed" else 31.0
            lining = outline(
                (72, base - 18),
                smooth(110, back - 2),
                (150, back - 22),
                smooth(150, back - 4),
                (104, base - rise * 0.5 - 4),
            )
            canvas.lay(canvas.mask(at(lining)), Cloth.plain((222, 196, 168)), light=light * 0.9, cast=0.1)
            upper = outline(
                (tip, base - 2),
                smooth(tip + 14, base - 14),
                smooth(60, base - 22),
                (74, base - 22),
                smooth(92, base - 14),
                smooth(118, back + 6),
                (144, back - 18),
                smooth(152, back - 25),
                (157, back - 22),
                smooth(161, back - 6),
                (157, back + 1),
                smooth(108, base - rise * 0.42),
                smooth(64, base + 1),
                (tip + 6, base + 1),
            )
            canvas.lay(canvas.mask(at(upper)), a.cloth, light=light, relief=1.4)
        sole = line(
            (30 if open_toe else 26, base + 1), smooth(62, base + 1), smooth(84, base - 5), (100, base - rise * 0.36)
        )
        canvas.lay(canvas.lines([at(sole)], 2.2), Cloth.plain((60, 46, 40)), light=light, relief=0.4, cast=0.4)

    _pair(a, shoe)


def boots(a: Atelier) -> None:
    def shoe(a: Atelier, at: Shift, light: float) -> None:
        look, canvas = a.look, a.canvas
        shaft = look.get("shaft", "ankle")
        top = {"ankle": 116.0, "mid": 84.0, "knee": 44.0}[shaft]
        heel = {"block": 20.0, "stiletto": 30.0}.get(look.get("heel"), 9.0)
        base = 226.0 if shaft == "knee" else 208.0
        foot = base - heel * 0.35
        wide = 4.0 if shaft == "knee" else 0.0
        opening = outline((98 - wide, top + 1), smooth(128, top - 5), (156 + wide, top), smooth(128, top + 6))
        canvas.lay(canvas.mask(at(opening)), a.lining, light=light, cast=0.1)
        upper = outline(
            (98 - wide, top),
            smooth(128, top + 5),
            (156 + wide, top - 1),
            smooth(154 + wide, (top + base) / 2 - 10),
            smooth(152, base - heel - 26),
            (157, base - heel),
            (120, base - heel * 0.8),
            (84, foot),
            (32, foot),
            smooth(30, foot - 15),
            smooth(48, foot - 27),
            smooth(82, foot - 40),
            smooth(98, foot - 62),
        )
        mask = canvas.mask(at(upper))
        folds = [
            a.fold((100, foot - 46), (118, foot - 40), (140, foot - 50), depth=0.5),
            a.fold((96, foot - 38), (116, foot - 32), (134, foot - 38), depth=0.4),
        ]
        canvas.lay(
            mask, a.cloth, light=light, relief=1.4, folds=[] if light < 1 else folds, gloss=max(a.cloth.gloss, 0.4)
        )
        _boot_details(a, at, top, foot, base - heel, light)
        sole = outline(
            (30, foot - 3),
            (86, foot - 3),
            smooth(112, base - heel * 0.8 - 3),
            (158, base - heel - 2),
            (158, base - heel + 4),
            smooth(112, base - heel * 0.8 + 2),
            (88, foot + 4),
            (34, foot + 4),
        )
        block = [(133, base - heel), (158, base - heel), (156, base + 3), (137 if heel < 25 else 148, base + 3)]
        for part in (block, sole):
            canvas.lay(canvas.mask(at(part)), Cloth.plain(_sole_rgb(a)), light=light, relief=0.8)

    _pair(a, shoe)


def chelsea(a: Atelier) -> None:
    boots(a)


def _boot_details(a: Atelier, at: Shift, top: float, foot: float, heel: float, light: float) -> None:
    look, canvas = a.look, a.canvas
    detail = look.get("detail")
    if detail == "elastic":
        gore = outline((116, top + 2), (140, top + 1), smooth(134, foot - 50), (126, foot - 34), smooth(120, foot - 50))
        canvas.lay(canvas.mask(at(gore)), a.dyed(darker(look.rgb, 0.3), "rib"), light=light, relief=0.6, cast=0.3)
    elif detail == "laces":
        cord: RGB = (230, 222, 204) if look.dark and look.seed % 2 else darker(look.rgb, 0.45)
        steps = max(4, int((foot - 30 - top) / 11))
        laces = []
        for i in range(steps):
            x, y = 98 + (0 if i > 1 else -3 * (2 - i)), foot - 40 - i * (foot - 48 - top) / steps
            laces.append(at([(x - 2, y), (x + 10, y + 3)]))
            laces.append(at([(x - 2, y), (x + 10, y - 6)]))
        canvas.lay(canvas.lines(laces, 1.7), Cloth.plain(cord), light=light, cast=0.7)
    elif detail == "buckle":
        strap = line((94, foot - 52), smooth(124, foot - 44), (153, heel - 24))
        canvas.lay(canvas.lines([at(strap)], 7.0), a.plain, light=light, relief=0.9)
        canvas.lay(
            canvas.hole([at(box(112, foot - 54, 13, 12, 2))], [at(box(115, foot - 51, 7, 6, 1))]),
            Cloth.plain(look.trim, 0.5),
            light=light,
            relief=0.6,
        )
    elif detail == "zip":
        canvas.seam(at(line((128, top + 8), smooth(130, foot - 60), (126, foot - 26))), depth=0.45, width=1.6)
        canvas.stitch(
            at(line((128, top + 8), smooth(130, foot - 60), (126, foot - 26))), rgb=look.trim, gap=1.8, width=1.0
        )
    canvas.stitch(
        at(line((34, foot - 9), smooth(60, foot - 16), (86, foot - 18), smooth(112, foot - 14), (152, heel - 10)))
    )


def wellies(a: Atelier) -> None:
    def shoe(a: Atelier, at: Shift, light: float) -> None:
        canvas, top, base = a.canvas, 92.0, 208.0
        opening = outline((92, top), smooth(124, top - 6), (156, top - 1), smooth(124, top + 7))
        canvas.lay(canvas.mask(at(opening)), a.lining, light=light, cast=0.1)
        upper = outline(
            (91, top),
            smooth(124, top + 6),
            (157, top - 1),
            smooth(154, 150),
            (154, base - 6),
            (36, base - 6),
            smooth(34, base - 26),
            smooth(56, base - 38),
            smooth(88, base - 50),
        )
        canvas.lay(canvas.mask(at(upper)), a.cloth, light=light, relief=1.5, gloss=0.7)
        canvas.lay(
            canvas.lines([at(line((91, top + 3), smooth(124, top + 9), (157, top + 2)))], 5.5),
            a.dyed(darker(a.look.rgb, 0.25), "jersey"),
            light=light,
            relief=0.9,
        )
        sole = outline(
            (34, base - 8),
            (156, base - 8),
            (157, base + 3),
            (132, base + 3),
            (130, base - 1),
            (92, base - 1),
            (88, base + 3),
            (38, base + 3),
        )
        canvas.lay(
            canvas.mask(at(sole)),
            a.dyed(lighter(a.look.rgb, 0.5) if brightness(a.look.rgb) < 0.6 else darker(a.look.rgb, 0.4), "jersey"),
            light=light,
            relief=0.8,
        )
        ridge = along(line((36, base - 3), (156, base - 3)), 24)
        canvas.darken(canvas.lines([at([p, (p[0], p[1] + 5)]) for p in ridge], 0.9), 0.18)

    _pair(a, shoe)
