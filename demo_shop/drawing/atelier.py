"""Materials of every garment: the canvas, the style, its cloths, and random numbers for its cut."""

from functools import cached_property
from typing import Final

import numpy as np

from demo_shop.drawing.canvas import Canvas, Fold
from demo_shop.drawing.cloth import RGB, Cloth, brightness, darker, lighter
from demo_shop.drawing.paths import Path, Point, smooth
from demo_shop.drawing.paths import line as line_through
from demo_shop.drawing.patterns import cloth_of, plain_cloth
from demo_shop.drawing.style import Style

LININGS: Final = 0.34
ZOOM: Final = {
    "shorts": 1.22,
    "denim_shorts": 1.25,
    "sport_shorts": 1.25,
    "swim_shorts": 1.25,
    "denim_skirt": 1.25,
    **dict.fromkeys(("bra", "briefs", "boxers", "socks"), 1.3),
    **dict.fromkeys(("sports_bra", "gloves", "belt", "bikini_top", "bikini_bottom"), 1.17),
    **dict.fromkeys(("sneakers", "ballerinas", "heeled_sandals", "pumps"), 0.97),
    **dict.fromkeys(("boots", "chelsea", "wellies"), 0.86),
}
"""Small garments are photographed from nearer by."""


def _zoom(style: Style) -> float:
    if style.silhouette == "skirt" and style.get("length") in ("mini", "knee"):
        return 1.2 if style.get("length") == "mini" else 1.1
    if style.get("height") == "knee":
        return 1.0
    if style.get("shaft") == "knee":
        return 0.8
    return ZOOM.get(style.silhouette, 1.0)


class Atelier:
    """One garment in the making."""

    def __init__(self, style: Style, width: int, height: int) -> None:
        self.style = style
        self.rng = style.rng(0)
        self.canvas = Canvas(width, height, style.rng(3), _zoom(style))
        self._side = int(np.ceil(np.hypot(width, height))) + 2

    @cached_property
    def cloth(self) -> Cloth:
        return cloth_of(self.style, self._side, self.canvas.scale)

    @cached_property
    def plain(self) -> Cloth:
        """The cloth's ground colour without its pattern."""
        if self.style.appearance in ("Solid", "Front print", "Placement print", "Embroidery"):
            return self.cloth
        return self.dyed(self.style.rgb)

    @cached_property
    def lining(self) -> Cloth:
        """The inside seen through necklines and hems."""
        return Cloth.plain(darker(self.style.rgb, LININGS))

    @cached_property
    def cuffs(self) -> Cloth:
        """Ribbing in the ground colour."""
        return self.dyed(self.style.rgb, "rib")

    def dyed(self, rgb: RGB, weave: str | None = None) -> Cloth:
        return plain_cloth(self.style, rgb, self._side, self.canvas.scale, weave)

    def vary(self, low: float, high: float) -> float:
        """A number of this cut; the same sequence for every colour of the product."""
        return float(self.rng.uniform(low, high))

    @property
    def button_rgb(self) -> RGB:
        rgb = self.style.rgb
        if brightness(rgb) > 0.75:
            return darker(rgb, 0.12)
        return lighter(rgb, 0.22) if self.style.dark else darker(rgb, 0.28)

    def fold(self, *points: Point, depth: float = 0.5, width: float = 5.0) -> Fold:
        """A curved crease through the points."""
        first, *inner, last = points
        nodes = [first, *(smooth(*p) for p in inner), last]
        return Fold(line_through(*nodes), depth, width)

    def fan(self, start: Point, ends: list[Point], depth: float = 0.5, width: float = 4.5) -> list[Fold]:
        """Creases that spread from one place."""
        return [
            self.fold(start, ((start[0] + x) / 2 + 1.5, (start[1] + y) / 2), (x, y), depth=depth, width=width)
            for x, y in ends
        ]

    def zip(self, line: Path, pull: bool = True) -> None:
        """A zip with its teeth and slider."""
        canvas, trim = self.canvas, self.style.trim
        canvas.lay(canvas.lines([line], 3.4), Cloth.plain(darker(self.style.rgb, 0.25)), relief=0.3, cast=0.5)
        canvas.stitch(line, rgb=trim, gap=1.6, width=1.3)
        if pull:
            x, y = line[0]
            slider = [(x - 1.6, y), (x + 1.6, y), (x + 1.2, y + 7), (x - 1.2, y + 7)]
            canvas.lay(canvas.mask(slider), Cloth.plain(trim, 0.6), relief=0.6, cast=0.8)

    def label(self, x: float, y: float) -> None:
        """The woven label inside the neck."""
        from demo_shop.drawing.paths import box

        rgb: RGB = (236, 233, 226) if self.style.dark else (72, 72, 76)
        self.canvas.lay(self.canvas.mask(box(x - 5, y, 10, 4.4, 0.6)), Cloth.plain(rgb), relief=0.2, cast=0.4)
