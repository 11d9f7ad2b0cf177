"""Shoes, drawn from the side: the pair's far shoe behind the near one."""

from demo_shop.pictures.atelier import Atelier
from demo_shop.pictures.cloth import RGB, Cloth, darker, mixed
from demo_shop.pictures.pairs import Shift, pair, sole_rgb
from demo_shop.pictures.paths import Path, Point, between, box, ellipse, line, outline, smooth


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

    pair(a, shoe)


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
    canvas, rgb = a.canvas, sole_rgb(a)
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
            Cloth.plain(sole_rgb(a)),
            light=light,
            relief=0.6,
        )
        canvas.lay(
            canvas.mask(at([(138, base), (157, base), (156, base + 6), (140, base + 6)])),
            Cloth.plain(sole_rgb(a)),
            light=light,
            relief=0.6,
        )
        if look.get("detail") == "bow":
            _little_bow(a, at([(67, base - 20)])[0], light)

    pair(a, shoe)


def _little_bow(a: Atelier, at: Point, light: float) -> None:
    x, y = at
    loops = [
        outline((x, y), smooth(x + s * 8, y - 6), smooth(x + s * 11, y + 1), smooth(x + s * 6, y + 4)) for s in (1, -1)
    ]
    for loop in loops:
        a.canvas.lay(a.canvas.mask(loop), a.plain, light=light, relief=1.0)
    a.canvas.lay(a.canvas.mask(ellipse(x, y, 2.4)), a.plain, light=light, relief=1.0)


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

    pair(a, shoe)
