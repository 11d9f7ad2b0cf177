"""A drawing surface for garments: pieces of cloth are laid on each other, lit from the upper left.

Shapes are drawn at ``OVERSAMPLING`` times the size and averaged down (antialiasing); light and colour are
computed at the image's own size, as float32 in 0..255.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from demo_shop.drawing.cloth import Cloth, brightness
from demo_shop.drawing.paths import Path, Point, along

Field = npt.NDArray[np.float32]
RGB = tuple[float, float, float]

OVERSAMPLING: Final = 4
SPACE: Final = (172, 258)
"""Drawing units across an image; the middle of the drawing space is the middle of the image."""
MIDDLE: Final = (100.0, 150.0)
PAPER: Final = (239.0, 237.0, 234.0)


@dataclass(frozen=True)
class Fold:
    """A crease in a piece: a line, how deep (0..1), and how wide in drawing units."""

    points: Path
    depth: float = 0.5
    width: float = 5.0


class Canvas:
    """One image in the making."""

    def __init__(self, width: int, height: int, rng: np.random.Generator, zoom: float = 1.0) -> None:
        self.width, self.height = width, height
        self.scale = zoom * min(width / SPACE[0], height / SPACE[1])
        self._left = width / 2 - MIDDLE[0] * self.scale
        self._top = height / 2 - MIDDLE[1] * self.scale
        self._rgb: Field = np.zeros((height, width, 3), dtype=np.float32)
        self._alpha: Field = np.zeros((height, width), dtype=np.float32)
        self._drape = _smooth_noise(width, height, (9, 7), rng)

    # masks -------------------------------------------------------------------------------------------------

    def mask(self, *outlines: Path) -> Field:
        """Coverage 0..1 of the union of closed outlines."""
        image, draw = self._big()
        for points in outlines:
            draw.polygon(self._to_big(points), fill=255)
        return self._down(image)

    def hole(self, outer: Iterable[Path], inner: Iterable[Path]) -> Field:
        """Coverage of the outer outlines without the inner ones."""
        image, draw = self._big()
        for points in outer:
            draw.polygon(self._to_big(points), fill=255)
        for points in inner:
            draw.polygon(self._to_big(points), fill=0)
        return self._down(image)

    def lines(self, lines: Iterable[Path], width: float) -> Field:
        """Coverage of lines ``width`` units wide, with round joints."""
        image, draw = self._big()
        thick = max(1, round(width * self.scale * OVERSAMPLING))
        for points in lines:
            big = self._to_big(points)
            draw.line(big, fill=255, width=thick, joint="curve")
            if thick > 4:
                for x, y in (big[0], big[-1]):
                    r = thick / 2 - 0.5
                    draw.ellipse((x - r, y - r, x + r, y + r), fill=255)
        return self._down(image)

    def soft(self, mask: Field, radius: float) -> Field:
        """A blurred mask; radius in drawing units."""
        image = Image.fromarray((np.clip(mask, 0, 1) * 255).astype(np.uint8))
        blurred = image.filter(ImageFilter.GaussianBlur(radius * self.scale))
        return np.asarray(blurred, dtype=np.float32) / np.float32(255)

    # laying and painting -----------------------------------------------------------------------------------

    def lay(
        self,
        mask: Field,
        cloth: Cloth,
        *,
        angle: float = 0.0,
        relief: float = 1.0,
        light: float = 1.0,
        folds: Sequence[Fold] = (),
        gloss: float | None = None,
        within: Field | None = None,
        cast: float = 1.0,
        opacity: float = 1.0,
        drape: float = 1.0,
    ) -> None:
        """Lay a piece of cloth, turned by ``angle`` degrees, on what is there.

        ``relief`` is how much its edges round off, ``gloss`` how much it shines, ``light`` its own brightness,
        ``cast`` the shadow on what lies below,
        ``drape`` how much it undulates. ``within`` keeps the piece inside another mask.
        """
        if within is not None:
            mask = mask * within
        gloss = cloth.gloss if gloss is None else gloss
        window = self._window(mask, 12.0)
        if window is None:
            return
        part, rgb, alpha = mask[window], self._rgb[window], self._alpha[window]
        if cast > 0:
            shadow = self.soft(_shifted(part, 2.0 * self.scale, 3.0 * self.scale), 3.0) * (1 - part)
            rgb *= (1 - 0.38 * cast * shadow * alpha)[..., None]
        creases = self._creases(folds)[window] if folds else None
        depth = 0.13 + 0.10 * (1 - brightness(cloth.rgb))
        shade = (
            self._shade(part, relief, depth, gloss, self._drape[window] * np.float32(drape), creases)
            * np.float32(light)
        )[..., None]
        tile = cloth.sampled(self.width, self.height, angle)
        colour = (tile if tile.ndim == 1 else tile[window]) * shade + np.float32(34.0) * (shade - 1)
        self._over(part * np.float32(opacity), colour, window)

    def paint(self, mask: Field, rgb: RGB, opacity: float = 1.0, within: Field | None = None) -> None:
        """Flat paint, for stitches, prints and metal."""
        if within is not None:
            mask = mask * within
        window = self._window(mask, 1.0)
        if window is not None:
            self._over(mask[window] * np.float32(opacity), np.asarray(rgb, dtype=np.float32), window)

    def print_on(self, mask: Field, rgb: RGB, opacity: float = 0.95) -> None:
        """A print: takes on the light and folds of the cloth below."""
        window = self._window(mask, 1.0)
        if window is None:
            return
        part = mask[window]
        grey = self._rgb[window].mean(axis=2)
        base = np.float32(max(float((grey * part).sum() / max(float(part.sum()), 1e-3)), 20.0))
        light = np.clip(0.35 + 0.65 * grey / base, 0.6, 1.25)
        colour = np.asarray(rgb, dtype=np.float32) * light[..., None]
        self._over(part * np.float32(opacity), colour, window)

    def darken(self, mask: Field, amount: float) -> None:
        """Shadow on what is there."""
        window = self._window(mask, 1.0)
        if window is None:
            return
        part, rgb = mask[window][..., None], self._rgb[window]
        rgb *= 1 - np.float32(amount) * part
        rgb -= np.float32(14 * amount) * part
        np.maximum(rgb, 0, out=rgb)

    def lighten(self, mask: Field, amount: float) -> None:
        window = self._window(mask, 1.0)
        if window is not None:
            rgb = self._rgb[window]
            rgb += (np.float32(amount) * mask[window])[..., None] * (np.float32(255) - rgb)

    def cut(self, mask: Field) -> None:
        """Take away what is there."""
        self._alpha *= 1 - mask

    @property
    def covered(self) -> Field:
        return self._alpha

    # sewing ------------------------------------------------------------------------------------------------

    def seam(self, *lines: Path, depth: float = 0.3, width: float = 1.1) -> None:
        """A pressed seam: a dark line with a light one below."""
        mask = self.lines(lines, width) * self._alpha
        self.darken(mask, depth)
        self.lighten(_shifted(mask, 0.8 * self.scale, 0.9 * self.scale) * self._alpha, depth * 0.16)

    def stitch(self, *lines: Path, rgb: RGB | None = None, gap: float = 3.2, width: float = 0.9) -> None:
        """Dashed top-stitching; a shade of what is below without ``rgb``."""
        dashes: list[Path] = []
        for points in lines:
            places = along(points, max(4, int(_length(points) / gap) * 2))
            dashes += [[a, b] for a, b in zip(places[::2], places[1::2], strict=False)]
        mask = self.lines(dashes, width) * self._alpha
        if rgb is None:
            self.darken(mask, 0.28)
        else:
            self.paint(mask, rgb, 0.85)

    def button(self, x: float, y: float, radius: float, rgb: RGB, holes: bool = True) -> None:
        from demo_shop.drawing.paths import ellipse

        disc = self.mask(ellipse(x, y, radius))
        self.lay(disc, Cloth.plain(rgb, gloss=0.5), relief=0.8, cast=0.8)
        if holes and radius >= 2.2:
            dots = [ellipse(x + dx, y, radius * 0.2) for dx in (-radius * 0.35, radius * 0.35)]
            self.darken(self.mask(*dots), 0.55)

    # finishing ---------------------------------------------------------------------------------------------

    def finished(self, paper: RGB = PAPER) -> Image.Image:
        """The image on paper, with the garment's shadow."""
        y = np.linspace(0, 1, self.height, dtype=np.float32)[:, None, None]
        x = np.linspace(-1, 1, self.width, dtype=np.float32)[None, :, None]
        ground = np.asarray(paper, dtype=np.float32) * (1.012 - 0.03 * y - 0.012 * x * x)
        far = self.soft(_shifted(self._alpha, 3.0 * self.scale, 6.0 * self.scale), 8.0)
        near = self.soft(_shifted(self._alpha, 1.0 * self.scale, 1.8 * self.scale), 2.2)
        ground = ground * (1 - 0.20 * far - 0.16 * near)[..., None]
        alpha = self._alpha[..., None]
        rgb = self._rgb * alpha + ground * (1 - alpha)
        return Image.fromarray(np.clip(rgb + 0.5, 0, 255).astype(np.uint8))

    # inside ------------------------------------------------------------------------------------------------

    def _window(self, mask: Field, margin: float) -> tuple[slice, slice] | None:
        """Rows and columns that a mask touches, with a margin in drawing units; None for an empty one."""
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        if len(rows) == 0:
            return None
        pad = math.ceil(margin * self.scale)
        return (
            slice(max(int(rows[0]) - pad, 0), int(rows[-1]) + pad + 1),
            slice(max(int(columns[0]) - pad, 0), int(columns[-1]) + pad + 1),
        )

    def _shade(
        self, mask: Field, relief: float, depth: float, gloss: float, drape: Field, creases: Field | None
    ) -> Field:
        wide, tight = self.soft(mask, 7.0), self.soft(mask, 2.4)
        rim = np.clip((wide - 0.5) * 2, 0, 1)
        step = 1.6 * self.scale
        slope = _shifted(tight, -step, -step) - _shifted(tight, step, step)
        shade: Field = 1 - np.float32(depth * relief) * (1 - rim) ** 1.5
        shade += np.float32(0.10 * relief) * slope
        shade += np.float32(0.045) * drape
        if gloss:
            dx, dy = 4 * self.scale, 3 * self.scale
            broad = _shifted(wide, -dx, -dy) - _shifted(wide, dx, dy)
            glint = np.exp(-(((rim - 0.55) / 0.22) ** 2)) * np.clip(broad * 3 + 0.1, 0, 1)
            shade += np.float32(0.55 * gloss) * glint + np.float32(0.05 * gloss) * drape
        return shade if creases is None else shade + creases

    def _creases(self, folds: Sequence[Fold]) -> Field:
        image, draw = self._big()
        for fold in folds:
            thick = max(1, round(fold.width * self.scale * OVERSAMPLING * 0.6))
            draw.line(self._to_big(fold.points), fill=int(255 * min(fold.depth, 1)), width=thick, joint="curve")
        depth = self.soft(self._down(image), 2.2)
        step = 1.8 * self.scale
        creases: Field = 0.34 * (_shifted(depth, -step, 0) - _shifted(depth, step, 0)) - 0.16 * depth
        return creases

    def _over(self, alpha: Field, colour: Field, window: tuple[slice, slice]) -> None:
        """Colour over what is there; where that is nothing, the rim's colour is not black but this one."""
        rgb, below = self._rgb[window], self._alpha[window]
        total = alpha + below * (1 - alpha)
        share = (alpha / np.maximum(total, np.float32(1e-4)))[..., None]
        rgb += share * (colour - rgb)
        self._alpha[window] = total

    def _big(self) -> tuple[Image.Image, ImageDraw.ImageDraw]:
        image = Image.new("L", (self.width * OVERSAMPLING, self.height * OVERSAMPLING), 0)
        return image, ImageDraw.Draw(image)

    def _to_big(self, points: Iterable[Point]) -> list[Point]:
        s = self.scale * OVERSAMPLING
        dx, dy = self._left * OVERSAMPLING, self._top * OVERSAMPLING
        return [(x * s + dx, y * s + dy) for x, y in points]

    @staticmethod
    def _down(image: Image.Image) -> Field:
        return np.asarray(image.reduce(OVERSAMPLING), dtype=np.float32) / np.float32(255)


def _length(points: Sequence[Point]) -> float:
    steps = np.diff(np.asarray(points, dtype=np.float64), axis=0)
    return float(np.hypot(steps[:, 0], steps[:, 1]).sum())


def _shifted(field: Field, dx: float, dy: float) -> Field:
    """The field moved right and down by whole pixels; what comes in is zero."""
    ix, iy = round(dx) or int(np.sign(dx)), round(dy) or int(np.sign(dy))
    moved = np.zeros_like(field)
    height, width = field.shape
    ys, yd = slice(max(-iy, 0), height - max(iy, 0)), slice(max(iy, 0), height - max(-iy, 0))
    xs, xd = slice(max(-ix, 0), width - max(ix, 0)), slice(max(ix, 0), width - max(-ix, 0))
    moved[yd, xd] = field[ys, xs]
    return moved


def _smooth_noise(width: int, height: int, cells: tuple[int, int], rng: np.random.Generator) -> Field:
    coarse = rng.normal(0, 1, (cells[1], cells[0])).astype(np.float32)
    image = Image.fromarray(coarse, mode=None).resize((width, height), Image.Resampling.BICUBIC)
    return np.asarray(image, dtype=np.float32)
