"""Parts that tailored garments share: belts, pockets, seams."""

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.bodices import Body
from demo_shop.drawing.cloth import Cloth, darker, mixed
from demo_shop.drawing.paths import MIDDLE, Path, box, ellipse, flip, mirrored, outline, smooth
from demo_shop.drawing.sleeves import armhole_line


def waist_belt(a: Atelier, body: Body, y: float, *, buckle: bool, height: float = 8.5) -> None:
    """A belt of the same cloth, tied or buckled."""
    canvas, half = a.canvas, body.waist + 1.5
    canvas.lay(
        canvas.mask(box(MIDDLE - half, y - height / 2, 2 * half, height, 1)), a.cloth, angle=90, relief=0.9, cast=1.0
    )
    canvas.stitch([(MIDDLE - half + 1, y - height / 2 + 1.4), (MIDDLE + half - 1, y - height / 2 + 1.4)])
    if buckle:
        frame = canvas.hole(
            [box(MIDDLE - 6, y - height / 2 - 1.5, 13, height + 3, 1.5)],
            [box(MIDDLE - 3.6, y - height / 2 + 0.8, 8.2, height - 1.6, 0.8)],
        )
        canvas.lay(frame, Cloth.plain(a.style.trim, 0.5), relief=0.5, cast=0.8)
        return
    for dx, length in ((5, 46), (-3, 40)):
        end = outline(
            (MIDDLE + 2, y - 2), (MIDDLE + 8, y), (MIDDLE + 8 + dx, y + length), (MIDDLE + 1 + dx, y + length + 2)
        )
        canvas.lay(canvas.mask(end), a.cloth, relief=0.9, cast=0.9)
    canvas.lay(canvas.mask(ellipse(MIDDLE + 4, y, 6, 5.2)), a.cloth, relief=1.1, cast=1.0)


def open_back(a: Atelier, body: Body) -> None:
    """The lining seen between the lapels."""
    canvas, low = a.canvas, body.top + body.depth + 2
    shape = mirrored(
        (MIDDLE, body.top - 5),
        smooth(MIDDLE + body.neck * 0.6, body.top - 5),
        (MIDDLE + body.neck, body.top),
        (MIDDLE + body.neck, body.top + 10),
        (MIDDLE, low),
    )
    canvas.lay(
        canvas.mask(shape),
        Cloth.plain(darker(mixed(a.style.rgb, a.style.accents[1], 0.2), 0.35), 0.2),
        relief=0.4,
        cast=0,
    )
    a.label(MIDDLE, body.top + 3)


def shoulder_seams(a: Atelier, body: Body) -> None:
    seam = armhole_line(body)
    a.canvas.seam(seam, flip(seam), depth=0.3, width=1.3)


def hip_pockets(a: Atelier, body: Body, kind: str, y: float) -> None:
    canvas = a.canvas
    for side in (1, -1):
        x = MIDDLE + side * body.hem * 0.56
        if kind == "flap":
            lid: Path = [(x - 12, y), (x + 12, y), (x + 12, y + 8), (x - 12, y + 8)]
            canvas.lay(canvas.mask(lid), a.cloth, relief=0.45, cast=0.9)
            canvas.stitch([(x - 11, y + 6.6), (x + 11, y + 6.6)])
        else:
            welt = [
                (x - side * 4, y - 2),
                (x - side * 4 + 5, y - 2),
                (x + side * 5 + 5, y + 20),
                (x + side * 5, y + 20),
            ]
            canvas.lay(canvas.mask(welt), a.cloth, relief=0.5, cast=0.8)
