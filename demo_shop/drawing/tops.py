"""Tops of jersey and weave: T-shirts, vests, tops, bodysuits, polos, blouses and shirts."""

from demo_shop.drawing.atelier import Atelier
from demo_shop.drawing.bodices import (
    Body,
    back_piece,
    body_folds,
    front_outline,
    hem_line,
    lay_front,
    measured,
    neck_band,
)
from demo_shop.drawing.collars import high_neck
from demo_shop.drawing.fronts import armholes, chest_pocket, detail_folds
from demo_shop.drawing.graphics import chest_graphic
from demo_shop.drawing.paths import MIDDLE, Path, flip, line, mirrored, smooth
from demo_shop.drawing.sleeves import lay_sleeves


def tshirt(a: Atelier) -> None:
    style, body = a.style, measured(a)
    neck = style.get("neck", "crew")
    back_piece(a, body)
    cuff = "turned" if style.get("sleeve") == "rolled" else "hem"
    lay_sleeves(a, body, style.get("sleeve", "short"), cuff)
    lay_front(a, body, neck)
    armholes(a, body)
    neck_band(a, body, neck, 4.0, a.cuffs if style.seed % 5 else a.dyed(style.accents[0], "rib"))
    a.canvas.stitch(hem_line(body, 4.5), gap=2.6)
    if style.get("pocket") == "chest":
        chest_pocket(a, 122, body.top + 44, 17, 19)
    chest_graphic(a, body)


def top(a: Atelier) -> None:
    style, body = a.style, measured(a)
    neck = style.get("neck", "crew")
    body.waist -= 1.5
    if neck == "bardot":
        body.neck = body.shoulder + 1
        body.slope = 16
    folds = detail_folds(a, body)
    back_piece(a, body)
    lay_sleeves(a, body, style.get("sleeve", "long"), "hem" if style.get("sleeve") != "puff" else "rib")
    if style.get("detail") == "ruffle_hem":
        body.bottom -= 20
    lay_front(a, body, neck, folds=folds)
    armholes(a, body)
    if neck in ("turtle", "mock"):
        high_neck(a, body, 22 if neck == "turtle" else 11)
    else:
        neck_band(a, body, neck, 2.6, a.plain)
    if style.get("detail") == "ruffle_hem":
        frill(a, body)
    else:
        a.canvas.stitch(hem_line(body, 3.5), gap=2.6)
    chest_graphic(a, body)


def vest_top(a: Atelier) -> None:
    style, body = a.style, measured(a)
    neck = style.get("neck", "scoop")
    wide = {"narrow": 3.2, "wide": 11.0, "racer": 7.0}[style.get("strap", "narrow")]
    body.waist -= 1.5
    edge = strappy_outline(body, neck, wide, racer=style.get("strap") == "racer")
    _strap_back(a, body, wide, neck)
    a.canvas.lay(a.canvas.mask(edge), a.cloth, folds=body_folds(a, body))
    trim = strap_edges(body, neck, wide, racer=style.get("strap") == "racer")
    if style.get("detail") == "lace_edge":
        a.canvas.lay(a.canvas.lines([trim[0]], 5.0), a.dyed(style.rgb, "moss"), relief=0.5, cast=0.4)
    a.canvas.stitch(*trim, gap=2.6)
    a.canvas.stitch(hem_line(body, 4), gap=2.6)
    chest_graphic(a, body)


def bodysuit(a: Atelier) -> None:
    style, body = a.style, measured(a)
    neck = style.get("neck", "scoop")
    body.bottom, body.chest, body.waist, body.hem = 214, 39, 34, 38
    body.shoulder = 41
    back_piece(a, body)
    lay_sleeves(a, body, style.get("sleeve", "long"), "hem")
    upper = front_outline(body, neck)
    legs = mirrored("100,190 138.4,206 138,214 ~122,226 108,252 100,253")
    a.canvas.lay(a.canvas.mask(upper, legs), a.cloth, folds=body_folds(a, body))
    armholes(a, body)
    if neck == "turtle":
        high_neck(a, body, 20)
    else:
        neck_band(a, body, neck, 2.6, a.plain)
    leg = line((MIDDLE + 36, 213), smooth(MIDDLE + 21, 224), (MIDDLE + 8, 249))
    a.canvas.stitch(leg, flip(leg), gap=2.6)


def frill(a: Atelier, body: Body, height: float = 26.0, cloth_light: float = 0.99) -> None:
    """A gathered frill at the hem."""
    canvas = a.canvas
    y, wide = body.bottom - 2, body.hem + 8
    low = line(
        (MIDDLE, y + height + 3),
        smooth(MIDDLE + wide * 0.3, y + height),
        smooth(MIDDLE + wide * 0.6, y + height + 3),
        (MIDDLE + wide, y + height - 2),
    )
    shape = mirrored(
        (MIDDLE, y + 2),
        smooth(MIDDLE + body.hem * 0.5, y + 1.5),
        (MIDDLE + body.hem, y),
        *[(px, py) for px, py in low[::-1]],
    )
    folds = [
        a.fold(
            (MIDDLE + u * body.hem, y + 2),
            (MIDDLE + u * (wide - 2), y + height * 0.5),
            (MIDDLE + u * wide, y + height),
            depth=0.55,
            width=4,
        )
        for u in (-0.85, -0.6, -0.35, -0.1, 0.15, 0.4, 0.62, 0.86)
    ]
    canvas.lay(canvas.mask(shape), a.cloth, folds=folds, light=cloth_light)
    canvas.seam(hem_line(body, 1.5), depth=0.25)


def strappy_outline(body: Body, neck: str, wide: float, racer: bool = False) -> Path:
    """Front of a garment on straps: from the neckline over the straps to the armholes."""
    edge, arm = strap_edges(body, neck, wide, racer)[:2]
    half = edge[len(edge) // 2 :]
    sides = [
        smooth(MIDDLE + body.waist, body.waist_y),
        (MIDDLE + body.hem, body.bottom),
        smooth(MIDDLE + body.hem * 0.5, body.bottom + 2 + body.hem_drop),
        (MIDDLE, body.bottom + 2.4 + body.hem_drop),
    ]
    return mirrored(*[(x, y) for x, y in half], *[(x, y) for x, y in arm], *sides)


def strap_edges(body: Body, neck: str, wide: float, racer: bool = False) -> tuple[Path, Path, Path]:
    """Neckline, right armhole and left armhole."""
    inner = 12.0 if neck == "halter" else 17.0 if racer else 24.0
    top, low = body.top - 4, body.top + (42.0 if neck != "halter" else 14.0)
    corner = MIDDLE + (24.0 if neck == "halter" else 27.0)
    if neck == "v":
        edge = line(
            (MIDDLE - inner, top),
            smooth(MIDDLE - inner + 1, low - 12),
            (MIDDLE, low + 7),
            smooth(MIDDLE + inner - 1, low - 12),
            (MIDDLE + inner, top),
        )
    elif neck == "square":
        edge = line(
            (MIDDLE - inner, top),
            (MIDDLE - inner, low),
            smooth(MIDDLE, low + 1.5),
            (MIDDLE + inner, low),
            (MIDDLE + inner, top),
        )
    elif neck == "halter":
        edge = line((MIDDLE - inner, top), smooth(MIDDLE, low), (MIDDLE + inner, top))
    else:
        edge = line(
            (MIDDLE - inner, top),
            smooth(MIDDLE - inner + 3, low - 14),
            smooth(MIDDLE, low + 2),
            smooth(MIDDLE + inner - 3, low - 14),
            (MIDDLE + inner, top),
        )
    under = (MIDDLE + body.chest - 1, body.underarm[1] - 4)
    arm = line(
        (MIDDLE + inner + wide, top),
        smooth(MIDDLE + inner + wide + (0.5 if racer else 1.5), low - 10),
        smooth(corner + wide * 0.6 + 6, under[1] - 8),
        under,
    )
    return edge, arm, flip(arm)


def _strap_back(a: Atelier, body: Body, wide: float, neck: str) -> None:
    """The back seen between the straps."""
    canvas = a.canvas
    low, high = body.underarm[1] + 6, body.top + (34 if wide < 5 else 14)
    inner = 24.0
    shape = mirrored(
        (MIDDLE, high + 6),
        smooth(MIDDLE + inner * 0.6, high + 3),
        (MIDDLE + inner + 1, high - (0 if wide < 5 else 16)),
        (MIDDLE + inner + wide, high),
        (MIDDLE + body.chest - 6, low),
        (MIDDLE, low),
    )
    if neck != "halter":
        canvas.lay(canvas.mask(shape), a.lining, relief=0.5, cast=0)
