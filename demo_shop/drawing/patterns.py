"""Patterns of cloth: from a style's colours and appearance to the tile that its pieces are cut from."""

import math
from typing import Final

import numpy as np
from PIL import Image

from demo_shop.drawing.checks import Tile, bands, checks, dots, lay, mix, stripes
from demo_shop.drawing.cloth import RGB, Cloth, darker, lighter, mixed, planes, tile_of
from demo_shop.drawing.prints import animal, motif_print, tie_dye
from demo_shop.drawing.style import Style
from demo_shop.drawing.weaves import grid, noise, surface

PLAIN_WITH_PRINT: Final = ("Front print", "Placement print", "Embroidery", "Solid", "Denim")


_WEAVE_OF_WEAR: Final = {
    "jersey": ("jersey",),
    "tee": ("jersey",),
    "knit": ("fine",),
    "sweat": ("jersey",),
    "woven": ("poplin", "poplin", "linen"),
    "shirt": ("poplin", "linen"),
    "flowing": ("poplin", "satin"),
    "trousers": ("twill", "twill", "linen", "corduroy"),
    "denim": ("denim",),
    "outer": ("twill",),
    "padded": ("jersey",),
    "tailored": ("twill",),
    "sport": ("jersey",),
    "lingerie": ("jersey", "satin"),
    "basics": ("jersey",),
    "night": ("poplin", "satin"),
    "swim": ("jersey", "jersey", "rib"),
    "kids": ("jersey",),
    "leather": ("leather",),
    "hard": ("jersey",),
    "scarf": ("fine", "boucle", "poplin"),
    "sock": ("fine", "rib"),
}


_GLOSS: Final = {"satin": 0.35, "leather": 0.55, "denim": 0.0}


def cloth_of(style: Style, side: int, scale: float) -> Cloth:
    """The style's main cloth; ``side`` in pixels, ``scale`` pixels a drawing unit."""
    rng = style.rng(1)
    weave = weave_of(style)
    tile = _pattern(style, side, scale, rng)
    tile = tile * surface(weave, side, scale, rng)
    gloss = 0.5 if style.appearance in ("Metallic", "Glittering/Metallic") else _GLOSS.get(weave, 0.0)
    return Cloth(np.clip(tile, 0, 255, out=tile), gloss)


def plain_cloth(style: Style, rgb: RGB, side: int, scale: float, weave: str | None = None) -> Cloth:
    """Cloth of another colour in the style's weave (collars, linings, cuffs)."""
    name = weave or weave_of(style)
    tile = planes(rgb) * surface(name, side, scale, style.rng(2))
    return Cloth(np.clip(tile, 0, 255, out=tile), _GLOSS.get(name, 0.0))


def weave_of(style: Style) -> str:
    knit = style.get("knit")
    if knit:
        return "rib" if knit == "rib" else knit
    if style.get("detail") == "ribbed":
        return "rib"
    if style.silhouette == "beanie":
        return ("rib", "chunky", "cable")[style.seed % 3]
    if style.silhouette == "coat":
        return ("twill", "boucle", "twill")[style.seed % 3]
    options = _WEAVE_OF_WEAR[style.wear]
    return options[style.seed % len(options)]


def _pattern(style: Style, n: int, scale: float, rng: np.random.Generator) -> Tile:
    drawn = {
        "Stripe": stripes,
        "Check": checks,
        "Dot": dots,
        "All over pattern": _all_over,
        "Melange": _melange,
        "Colour blocking": _blocks,
        "Lace": _lace,
        "Jacquard": _jacquard,
        "Glittering/Metallic": _glitter,
        "Metallic": _metallic,
    }.get(style.appearance)
    if drawn is None:
        return planes(style.rgb)
    return drawn(style, n, scale, rng)


def _all_over(style: Style, n: int, scale: float, rng: np.random.Generator) -> Tile:
    pick = rng.random()
    if style.childs:
        return motif_print(style, n, scale, rng, "children")
    if style.wear == "swim":
        kind = "tropical" if pick < 0.45 else "flowers" if pick < 0.7 else "animal" if pick < 0.85 else "waves"
    elif style.mens:
        kind = "tropical" if pick < 0.3 else "geometric" if pick < 0.75 else "tie_dye"
    elif style.wear in ("sport", "sweat"):
        kind = "tie_dye" if pick < 0.4 else "geometric" if pick < 0.7 else "animal"
    else:
        kind = _women(pick)
    if kind == "animal":
        return animal(style, n, scale, rng)
    if kind == "tie_dye":
        return tie_dye(style, n, rng)
    if kind == "waves":
        return _waves(style, n, scale)
    return motif_print(style, n, scale, rng, kind)


def _women(pick: float) -> str:
    for upto, kind in ((0.34, "ditsy"), (0.58, "flowers"), (0.7, "leaves"), (0.83, "animal"), (0.93, "geometric")):
        if pick < upto:
            return kind
    return "brush"


def _waves(style: Style, n: int, scale: float) -> Tile:
    x, y = grid(n)
    first, second, _, _ = style.accents
    shift = 5 * scale * np.sin(x * np.float32(2 * math.pi / (34 * scale)))
    tile = mix(style.rgb, first, bands(y + shift, 15 * scale, 4.5 * scale))
    return lay(tile, second, bands(y + shift, 15 * scale, 2.0 * scale, -8 * scale))


def _melange(style: Style, n: int, scale: float, rng: np.random.Generator) -> Tile:
    flecks = noise(n, int(n / (1.3 * scale)), rng, 0.35)
    other = lighter(style.rgb, 0.34) if style.dark else mixed(style.rgb, (120, 120, 124), 0.5)
    return mix(style.rgb, other, np.clip(0.32 + 0.2 * flecks, 0, 1).astype(np.float32))


def _blocks(style: Style, n: int, scale: float, rng: np.random.Generator) -> Tile:
    _, y = grid(n)
    first, second, _, _ = style.accents
    middle = n / 2
    upper = middle + scale * float(rng.uniform(-34, -16))
    lower = middle + scale * float(rng.uniform(2, 26))
    tile = mix(style.rgb, first, np.clip(y - upper, 0, 1))
    third = second if rng.random() < 0.5 else style.rgb
    return lay(tile, third, np.clip(y - lower, 0, 1))


def _lace(style: Style, n: int, scale: float, rng: np.random.Generator) -> Tile:
    x, y = grid(n)
    below = mixed((222, 190, 168), style.rgb, 0.18) if style.dark else darker(style.rgb, 0.17)
    k = np.float32(2 * math.pi / (2.6 * scale))
    net = np.clip(np.abs(np.sin((x + y) * k / 2) * np.sin((x - y) * k / 2)) * 2.2, 0, 1)
    tile = mix(style.rgb, below, net.astype(np.float32) * np.float32(0.8))
    flowers = motif_print(style, n, scale, rng, "lace")
    share = np.clip((flowers - planes(style.rgb)).mean(axis=0) / 40, 0, 1)
    return lay(tile, lighter(style.rgb, 0.1), share)


def _jacquard(style: Style, n: int, scale: float, rng: np.random.Generator) -> Tile:
    if style.wear in ("knit", "sock", "kids"):
        return _fair_isle(style, n, scale, rng)
    damask = motif_print(style, n, scale, rng, "damask")
    return damask


_FAIR_ISLE: Final = tuple(
    np.array([[int(cell) for cell in row] for row in figure.split()])
    for figure in (
        "10000 11000 11100 11000 10000",
        "00001 00011 00110 01100 00110 00011 00001",
        "10101 01010",
        "11111",
        "00100 01110 11011 01110 00100",
        "10001 01010 00100 00100 01010 10001",
        "10010 00000 01001",
        "0000001 0010011 0011010 1101100 0011010 0010011 0000001",
    )
)
"""Left halves of knitted figures, row by row."""


def _fair_isle(style: Style, n: int, scale: float, rng: np.random.Generator) -> Tile:
    """Knitted bands of small figures, as on winter sweaters."""
    cell = 3.0 * scale
    rows = math.ceil(n / cell)
    pattern = np.zeros((rows, rows), dtype=np.int64)
    row = int(rng.integers(0, 4))
    while row < rows - 9:
        figure = _FAIR_ISLE[int(rng.integers(len(_FAIR_ISLE)))]
        yarn = int(rng.integers(1, 3))
        both = np.concatenate([figure, figure[:, -2::-1]], axis=1)
        pattern[row : row + len(figure)] = np.tile(both * yarn, (1, rows // both.shape[1] + 1))[:, :rows]
        row += len(figure) + int(rng.integers(2, 5))
    colours = np.asarray([style.rgb, style.accents[0], style.accents[1]], dtype=np.float32)[pattern]
    image = Image.fromarray(colours.astype(np.uint8)).resize((n, n), Image.Resampling.NEAREST)
    return tile_of(image)


def _glitter(style: Style, n: int, scale: float, rng: np.random.Generator) -> Tile:
    sparkle = rng.random((n, n)).astype(np.float32) ** np.float32(6)
    return mix(style.rgb, (255, 250, 235), np.clip(sparkle * np.float32(0.9), 0, 1))


def _metallic(style: Style, n: int, scale: float, rng: np.random.Generator) -> Tile:
    sheen = np.clip(0.25 + 0.3 * noise(n, 10, rng, 2.5), 0, 1).astype(np.float32)
    return mix(darker(style.rgb, 0.1), (255, 252, 244), sheen * np.float32(0.75))
