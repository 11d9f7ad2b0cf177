"""Bags, belts, scarves, hats, gloves and ties."""

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.cloth import Cloth, darker
from demo_shop.drawing.paths import MIDDLE, Path, box, ellipse, line, moved, outline, smooth, turned


def belt(a: Atelier) -> None:
    """Rolled up: a coil seen from the front, and its end with the buckle."""
    style, canvas = a.style, a.canvas
    half = 13.0 if style.get("width") == "wide" else 8.0
    back = outline(
        f"~48,{142 - half} ~100,{128 - half} ~152,{142 - half} ~152,{142 + half} ~100,{128 + half} ~48,{142 + half}"
    )
    canvas.lay(canvas.mask(back), a.dyed(darker(style.rgb, 0.35)), relief=1.0)
    front = outline(
        f"42,{142 - half} ~70,{156 - half} ~100,{160 - half} ~130,{156 - half} 158,{142 - half} "
        f"158,{142 + half} ~130,{157 + half} ~100,{162 + half} ~70,{157 + half} 42,{142 + half}"
    )
    canvas.lay(canvas.mask(front), a.cloth, relief=1.3, cast=1.6)
    for dy in (-half + 2.4, half - 2.4):
        canvas.stitch(line(f"44,{143 + dy} ~70,{157 + dy} ~100,{161 + dy} ~130,{157 + dy} 156,{143 + dy}"))
    holes = [ellipse(MIDDLE + 22 + i * 9, 158 - i * 2.2, 1.4) for i in range(4)]
    canvas.darken(canvas.mask(*holes), 0.7)
    metal = Cloth.plain(style.trim, 0.7)
    for i in range(2 if style.get("buckle") == "double" else 1):
        x = MIDDLE - 10 + i * 15
        if style.get("buckle") == "square":
            frame = canvas.hole(
                [box(x - half - 3, 161 - half - 4, 2 * half + 4, 2 * half + 8, 3)],
                [box(x - half + 1, 161 - half, 2 * half - 4, 2 * half, 1.5)],
            )
        else:
            frame = canvas.hole([ellipse(x, 161, half + 5)], [ellipse(x, 161, half + 1)])
        canvas.lay(frame, metal, relief=1.0, cast=1.4)
        canvas.lay(canvas.lines([[(x - 2, 161), (x + half + 3, 160.5)]], 2.6), metal, relief=0.8)


def scarf(a: Atelier) -> None:
    if a.style.get("cut") == "looped":
        return _looped_scarf(a)
    canvas = a.canvas
    under = outline("66,66 130,60 ~134,140 140,214 82,220 ~74,140")
    over = outline("62,64 126,58 ~122,130 116,240 56,244 ~60,150")
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
    outer = outline("~48,84 ~70,56 ~100,50 ~130,56 ~152,84 ~136,116 ~100,126 ~64,116")
    folds = [
        a.fold((MIDDLE - 46, 84 + k), (MIDDLE, 104 + k * 1.3), (MIDDLE + 46, 84 + k), depth=0.6, width=6)
        for k in (-2, 6, 14)
    ]
    canvas.lay(canvas.mask(outer), a.cloth, angle=30, folds=folds, relief=1.5, cast=1.5)
    canvas.lay(canvas.mask(inside), a.lining, relief=1.0, cast=0)


def _fringe(a: Atelier, left: tuple[float, float], right: tuple[float, float]) -> None:
    if a.style.get("ends") != "fringe":
        return
    rng, strands = a.style.rng(31), []
    count = max(6, int(abs(right[0] - left[0]) / 2.4))
    for i in range(count + 1):
        x, y = left[0] + (right[0] - left[0]) * i / count, left[1] + (right[1] - left[1]) * i / count
        strands.append([(x, y - 1), (x + float(rng.uniform(-1.4, 1.4)), y + 13 + float(rng.uniform(-2, 2)))])
    a.canvas.lay(a.canvas.lines(strands, 1.3), a.plain, relief=0.7, cast=0.6)


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
        palm = outline(f"{x - 18},138 {x + 18},138 ~{x + 19},165 {x + 15},196 {x - 15},196 ~{x - 19},165")
        canvas = a.canvas
        canvas.lay(canvas.lines([at(thumb)], 11.5), a.cloth, light=light * 0.97, relief=1.2)
        canvas.lay(canvas.mask(at(palm)), a.cloth, light=light, relief=1.2)
        for finger in fingers:
            canvas.lay(canvas.lines([at(finger)], 10.0), a.cloth, light=light, relief=1.2, cast=0.7)
        cuff = outline((x - 16, 188), (x + 16, 188), (x + 16.5, 216), smooth(x, 218), (x - 16.5, 216))
        canvas.lay(canvas.mask(at(cuff)), a.cuffs, light=light, relief=1.0)


def tie(a: Atelier) -> None:
    canvas, style = a.canvas, a.style
    half = 11.0 if style.get("width") == "slim" else 14.5
    tail = outline(f"96,60 106,60 {MIDDLE + half * 0.75},222 101,232 {MIDDLE - half * 0.6},222")
    canvas.lay(canvas.mask(moved(tail, 6, 0)), a.cloth, angle=40, light=0.9, relief=1.0)
    blade = outline(
        f"94,62 106,62 ~{MIDDLE + half * 0.7},140 {MIDDLE + half},238 100,254 {MIDDLE - half},238 "
        f"~{MIDDLE - half * 0.7},140"
    )
    canvas.lay(
        canvas.mask(blade),
        a.cloth,
        angle=45,
        relief=1.3,
        gloss=0.25,
        folds=[a.fold((MIDDLE, 66), (MIDDLE + 1, 90), (MIDDLE, 118), depth=0.6)],
    )
    loop = line("93,50 ~74,36 ~100,28 ~126,36 107,50")
    canvas.lay(canvas.lines([loop], 8), a.cloth, angle=20, relief=1.0)
    knot = outline((MIDDLE - 12, 44), (MIDDLE + 12, 44), (MIDDLE + 7, 66), (MIDDLE - 7, 66))
    canvas.lay(canvas.mask(knot), a.cloth, angle=-35, relief=1.2, gloss=0.2)
