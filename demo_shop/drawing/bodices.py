"""The upper part of garments: body, neckline and sleeves. Tops, knitwear, jackets and dresses are cut from it."""

from dataclasses import dataclass
from typing import Final

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.canvas import Field, Fold
from demo_shop.drawing.cloth import Cloth
from demo_shop.drawing.paths import MIDDLE, Node, Path, Point, line, mirrored, smooth


@dataclass
class Body:
    """Measures of the right half in drawing units from the middle; heights are y."""

    top: float = 66.0
    neck: float = 17.0
    depth: float = 12.0
    shoulder: float = 45.0
    slope: float = 10.0
    chest: float = 43.0
    waist: float = 41.0
    hem: float = 43.0
    bottom: float = 226.0
    armhole: float = 46.0
    hem_drop: float = 0.0
    strappy: bool = False

    @property
    def tip(self) -> Point:
        """Returns the point at which shoulder and sleeve meet."""
        return MIDDLE + self.shoulder, self.top + self.slope

    @property
    def underarm(self) -> Point:
        return MIDDLE + self.chest, self.top + self.slope + self.armhole

    @property
    def waist_y(self) -> float:
        return self.underarm[1] + (self.bottom - self.underarm[1]) * 0.42


NECK_SHAPES: Final = {
    "crew": (17.0, 11.0),
    "v": (17.0, 34.0),
    "scoop": (24.0, 30.0),
    "square": (24.0, 26.0),
    "boat": (29.0, 6.0),
    "turtle": (14.0, 3.0),
    "mock": (15.0, 3.0),
    "envelope": (18.0, 9.0),
    "stand": (14.0, 6.0),
    "bow": (15.0, 8.0),
    "frill": (15.0, 8.0),
    "collar": (16.0, 14.0),
    "halter": (12.0, 8.0),
    "bardot": (46.0, 12.0),
    "bandeau": (36.0, 12.0),
}
"""Half width and depth of necklines."""


def measured(a: Atelier) -> Body:
    """A body by the style's fit, length and neckline, with the product's own variation."""
    style = a.style
    width = {"slim": -5.0, "oversized": 7.0}.get(style.get("fit"), 0.0) + a.vary(-1.5, 1.5)
    if style.mens:
        width += 2.5
    neck, depth = NECK_SHAPES.get(style.get("neck", "crew"), (17.0, 11.0))
    bottom = {"cropped": 186.0, "long": 246.0}.get(style.get("length"), 224.0) + a.vary(-5, 5)
    body = Body(
        neck=neck + a.vary(-1.2, 1.2),
        depth=depth + a.vary(-1.5, 3),
        shoulder=45 + width * 0.8,
        chest=43 + width,
        waist=(38.0 if style.get("fit") == "slim" else 41.5) + width + a.vary(-1.5, 1),
        hem=(40.0 if style.get("fit") == "slim" else 43.0) + width + a.vary(-1, 2.5),
        bottom=bottom,
        slope=a.vary(9, 13),
    )
    if style.childs:
        body.top, body.bottom = 84.0, min(body.bottom, 212.0) - 4
        body.neck, body.shoulder, body.depth = min(body.neck, 18.0) + 1, body.shoulder - 1, min(body.depth, 12.0)
    return body


def neck_line(body: Body, shape: str) -> Path:
    """The front neckline from the left neck point over the middle to the right one."""
    left, right, low = MIDDLE - body.neck, MIDDLE + body.neck, body.top + body.depth
    top = body.top + (body.slope * 0.9 if shape in ("bardot", "bandeau") else 0.0)
    if shape == "v":
        return line(
            (left, top),
            smooth(left + body.neck * 0.42, top + body.depth * 0.5),
            (MIDDLE, low),
            smooth(right - body.neck * 0.42, top + body.depth * 0.5),
            (right, top),
        )
    if shape == "square":
        return line((left, top), (left + 3, low), smooth(MIDDLE, low + 1.2), (right - 3, low), (right, top))
    if shape in ("bardot", "bandeau"):
        return line((left, top), smooth(MIDDLE, top + 9), (right, top))
    return line(
        (left, top),
        smooth(left + body.neck * 0.30, top + body.depth * 0.74),
        smooth(MIDDLE, low),
        smooth(right - body.neck * 0.30, top + body.depth * 0.74),
        (right, top),
    )


def back_line(body: Body) -> Path:
    """The back neckline, between the same neck points."""
    return line(
        (MIDDLE - body.neck, body.top),
        smooth(MIDDLE, body.top + min(4.5, body.depth * 0.4)),
        (MIDDLE + body.neck, body.top),
    )


def body_sides(body: Body) -> list[Node]:
    """Right side from the shoulder tip down to the hem's middle."""
    tip, under = body.tip, body.underarm
    return [
        tip,
        smooth(tip[0] - 4.5, tip[1] + body.armhole * 0.5),
        under,
        smooth(MIDDLE + body.waist, body.waist_y),
        (MIDDLE + body.hem, body.bottom),
        smooth(MIDDLE + body.hem * 0.5, body.bottom + 2.0 + body.hem_drop * 0.8),
        (MIDDLE, body.bottom + 2.4 + body.hem_drop),
    ]


def front_outline(body: Body, shape: str) -> Path:
    neck = neck_line(body, shape)
    right_half = neck[len(neck) // 2 :]
    return mirrored(*[(x, y) for x, y in right_half], *body_sides(body))


def back_piece(a: Atelier, body: Body) -> None:
    """The inside of the back, seen through the neckline."""
    low = body.top + body.depth + 4
    back = back_line(body)
    inside = [*back, (MIDDLE + body.neck, low), (MIDDLE - body.neck, low)]
    canvas = a.canvas
    canvas.lay(canvas.mask(inside), a.lining, relief=0.6, cast=0)
    canvas.darken(canvas.lines([[(x, y + 1.5) for x, y in back]], 2.6) * canvas.covered, 0.15)
    if body.depth > 7 and body.neck < 26:
        a.label(MIDDLE, body.top + 6.2)


def lay_front(a: Atelier, body: Body, shape: str, cloth: Cloth | None = None, folds: list[Fold] | None = None) -> Field:
    """The front; returns its mask."""
    mask = a.canvas.mask(front_outline(body, shape))
    a.canvas.lay(mask, cloth or a.cloth, folds=(folds or []) + body_folds(a, body), relief=1.0)
    return mask


def body_folds(a: Atelier, body: Body) -> list[Fold]:
    """Soft creases of a body that lies flat: from the underarms, and some falling to the hem."""
    folds = []
    for side in (1, -1):
        ux, uy = body.chest, body.underarm[1]
        start = (MIDDLE + side * (ux - 3), uy - 2)
        folds.append(
            a.fold(
                start,
                (MIDDLE + side * (ux - 14), uy + 7 + a.vary(-2, 4)),
                (MIDDLE + side * (ux - 27), uy + 11),
                depth=0.42,
            )
        )
        folds.append(
            a.fold(
                (MIDDLE + side * (ux - 3), uy + 3),
                (MIDDLE + side * (ux - 10), uy + 18),
                (MIDDLE + side * (ux - 15), uy + 34),
                depth=0.3,
                width=4,
            )
        )
    for _ in range(3):
        x = MIDDLE + a.vary(-0.75, 0.75) * body.hem
        rise = a.vary(26, 60)
        folds.append(
            a.fold(
                (x + a.vary(-4, 4), body.bottom - rise),
                (x + 1.5, body.bottom - rise * 0.5),
                (x, body.bottom),
                depth=a.vary(0.2, 0.42),
            )
        )
    return folds


def neck_band(a: Atelier, body: Body, shape: str, width: float = 4.2, cloth: Cloth | None = None) -> None:
    """A band along the neckline, at the front over the body and at the back below it."""
    canvas = a.canvas
    neck = neck_line(body, shape)
    lowered = [(x, y + width * 0.42) for x, y in neck]
    canvas.lay(canvas.lines([lowered], width), cloth or a.cuffs, relief=0.9, cast=0.5)


def hem_band(a: Atelier, body: Body, height: float, cloth: Cloth | None = None) -> None:
    """Ribbing at the hem."""
    canvas = a.canvas
    top, low = body.bottom - height * 0.6, body.bottom + height * 0.4
    waist_in = 3.0
    band = mirrored(
        (MIDDLE, top + 2),
        smooth(MIDDLE + body.hem * 0.5, top + 1.6),
        (MIDDLE + body.hem + 0.5, top - 0.5),
        smooth(MIDDLE + body.hem - waist_in + 0.5, (top + low) / 2),
        (MIDDLE + body.hem - waist_in - 1, low),
        smooth(MIDDLE + body.hem * 0.5, low + 2.2),
        (MIDDLE, low + 2.8),
    )
    canvas.lay(canvas.mask(band), cloth or a.cuffs, relief=0.8, cast=0.5)


def hem_line(body: Body, above: float) -> Path:
    """A line that follows the hem, ``above`` it."""
    y = body.bottom - above
    return line((MIDDLE - body.hem + 0.8, y), smooth(MIDDLE, y + 2.3 + body.hem_drop), (MIDDLE + body.hem - 0.8, y))
