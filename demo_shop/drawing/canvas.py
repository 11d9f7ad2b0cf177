"""A drawing surface for garments: pieces of cloth are laid on each other, lit from the upper left.

Shapes are drawn at ``OVERSAMPLING`` times the size and averaged down (antialiasing); light and colour are
computed at the image's own size, as float32 in 0..255.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from demo_shop.drawing.cloth import Cloth, planes
from demo_shop.drawing.paths import Path, along, ellipse, length
from demo_shop.drawing.raster import OVERSAMPLING, Frame, Patch, Shape, Window, rasterised
from demo_shop.drawing.relief import (
    ALL,
    blurred,
    creases_of,
    levels_of,
    reach,
    relief_within,
    shadowed_paper,
    shares,
    touched,
    whole,
)
from demo_shop.drawing.weaves import smooth_noise

Field = npt.NDArray[np.float32]
RGB = tuple[float, float, float]

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

    def shape(self, scale: float) -> Shape:
        thick = max(1, round(self.width * scale * OVERSAMPLING * 0.6))
        return Shape(tuple(self.points), int(255 * min(self.depth, 1)), thick)


class Part(NamedTuple):
    """Coverage 0..1 of a window of the canvas; outside it is zero."""

    window: Window
    share: Field


class Canvas:
    """One image in the making."""

    def __init__(self, width: int, height: int, rng: np.random.Generator, zoom: float = 1.0) -> None:
        self.width, self.height = width, height
        self.scale = zoom * min(width / SPACE[0], height / SPACE[1])
        left, top = width / 2 - MIDDLE[0] * self.scale, height / 2 - MIDDLE[1] * self.scale
        self._frame = Frame(width, height, self.scale, left, top)
        self._rgb: Field = np.zeros((3, height, width), dtype=np.float32)
        self._alpha: Field = np.zeros((height, width), dtype=np.float32)
        self._drape = smooth_noise(width, height, (9, 7), rng)

    # masks -------------------------------------------------------------------------------------------------

    def mask(self, *outlines: Path) -> Field:
        """Coverage 0..1 of the union of closed outlines."""
        return self._field(rasterised(self._frame, tuple(Shape(tuple(points)) for points in outlines)))

    def hole(self, outer: Iterable[Path], inner: Iterable[Path]) -> Field:
        """Coverage of the outer outlines without the inner ones."""
        shapes = [Shape(tuple(points)) for points in outer] + [Shape(tuple(points), fill=0) for points in inner]
        return self._field(rasterised(self._frame, tuple(shapes)))

    def lines(self, lines: Iterable[Path], width: float) -> Field:
        """Coverage of lines ``width`` units wide, with round joints."""
        return self._field(self._stroked(lines, width))

    def soft(self, mask: Field, radius: float) -> Field:
        """A blurred mask; radius in drawing units."""
        blur: Field = np.zeros_like(mask)
        window = self._window(mask, (reach(radius * self.scale) + 1) / self.scale)
        if window is not None:
            blur[window] = shares(blurred(levels_of(mask[window]), radius * self.scale))
        return blur

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
        core = touched(mask)
        if core is None:
            return
        around = self._widened(core, 12.0)
        form = relief_within(mask, around, core, self.scale)
        if cast > 0:
            shadow = shares(form.shadow) * (1 - mask[around])
            self._rgb[:, *around] *= 1 - 0.38 * cast * shadow * self._alpha[around]
        gloss = cloth.gloss if gloss is None else gloss
        shade = form.shade(relief * cloth.depth, relief, gloss, self._drape[core] * np.float32(drape))
        if folds:
            self._crease(shade, core, folds)
        if light != 1:
            shade *= np.float32(light)
        colour = cloth.sampled(self.width, self.height, angle, core) * shade
        colour += np.float32(34.0) * (shade - 1)
        self._over(Part(core, mask[core] * np.float32(opacity)), colour)

    def paint(self, mask: Field, rgb: RGB, opacity: float = 1.0, within: Field | None = None) -> None:
        """Flat paint, for stitches, prints and metal."""
        part = self._part(mask if within is None else mask * within)
        if part:
            self._over(Part(part.window, part.share * np.float32(opacity)), planes(rgb))

    def print_on(self, mask: Field, rgb: RGB, opacity: float = 0.95) -> None:
        """A print: takes on the light and folds of the cloth below."""
        window = self._window(mask, 1.0)
        if window is None:
            return
        part = mask[window]
        grey = self._rgb[:, *window].mean(axis=0)
        base = np.float32(max(float((grey * part).sum() / max(float(part.sum()), 1e-3)), 20.0))
        light = np.clip(0.35 + 0.65 * grey / base, 0.6, 1.25)
        self._over(Part(window, part * np.float32(opacity)), planes(rgb) * light)

    def darken(self, mask: Field, amount: float) -> None:
        """Shadow on what is there."""
        part = self._part(mask)
        if part:
            self._darken(part, amount)

    def lighten(self, mask: Field, amount: float) -> None:
        part = self._part(mask)
        if part:
            self._lighten(part, amount)

    def cut(self, mask: Field) -> None:
        """Take away what is there."""
        self._alpha *= 1 - mask

    @property
    def covered(self) -> Field:
        return self._alpha

    # sewing ------------------------------------------------------------------------------------------------

    def seam(self, *lines: Path, depth: float = 0.3, width: float = 1.1) -> None:
        """A pressed seam: a dark line with a light one below."""
        sewn = self._sewn(lines, width)
        if sewn is None:
            return
        self._darken(sewn, depth)
        below = self._moved(sewn, 0.8 * self.scale, 0.9 * self.scale)
        self._lighten(Part(below.window, below.share * self._alpha[below.window]), depth * 0.16)

    def stitch(self, *lines: Path, rgb: RGB | None = None, gap: float = 3.2, width: float = 0.9) -> None:
        """Dashed top-stitching; a shade of what is below without ``rgb``."""
        dashes: list[Path] = []
        for points in lines:
            places = along(points, max(4, int(length(points) / gap) * 2))
            dashes += [[a, b] for a, b in zip(places[::2], places[1::2], strict=False)]
        sewn = self._sewn(dashes, width)
        if sewn and rgb is None:
            self._darken(sewn, 0.28)
        elif sewn and rgb is not None:
            self._over(Part(sewn.window, sewn.share * np.float32(0.85)), planes(rgb))

    def button(self, x: float, y: float, radius: float, rgb: RGB, holes: bool = True) -> None:
        disc = self.mask(ellipse(x, y, radius))
        self.lay(disc, Cloth.plain(rgb, gloss=0.5), relief=0.8, cast=0.8)
        if holes and radius >= 2.2:
            dots = [ellipse(x + dx, y, radius * 0.2) for dx in (-radius * 0.35, radius * 0.35)]
            self.darken(self.mask(*dots), 0.55)

    # finishing ---------------------------------------------------------------------------------------------

    def finished(self, paper: RGB = PAPER) -> Image.Image:
        """The image on paper, with the garment's shadow."""
        levels = levels_of(self._alpha)
        rgb = self._rgb * self._alpha
        rgb += shadowed_paper(levels.tobytes(), self.width, self.height, self.scale, paper) * (1 - self._alpha)
        rgb += np.float32(0.5)
        bands = np.clip(rgb, 0, 255, out=rgb).astype(np.uint8)
        return Image.merge("RGB", [Image.fromarray(band) for band in bands])

    # inside ------------------------------------------------------------------------------------------------

    def _stroked(self, lines: Iterable[Path], width: float) -> Patch:
        thick = max(1, round(width * self.scale * OVERSAMPLING))
        return rasterised(self._frame, tuple(Shape(tuple(points), 255, thick, True) for points in lines))

    def _field(self, patch: Patch) -> Field:
        field: Field = np.zeros((self.height, self.width), dtype=np.float32)
        np.divide(patch.coverage, ALL, out=field[patch.window])
        return field

    def _part(self, mask: Field) -> Part | None:
        window = touched(mask)
        return None if window is None else Part(window, mask[window])

    def _sewn(self, lines: Iterable[Path], width: float) -> Part | None:
        """Lines on what is there."""
        drawn = self._stroked(lines, width)
        share = shares(drawn.coverage) * self._alpha[drawn.window]
        inner = touched(share)
        if inner is None:
            return None
        (rows, columns), (top, left) = inner, (edge.start for edge in drawn.window)
        window = slice(top + rows.start, top + rows.stop), slice(left + columns.start, left + columns.stop)
        return Part(window, share[inner])

    def _moved(self, part: Part, dx: float, dy: float) -> Part:
        """A part moved right and down by whole pixels, as far as the canvas reaches."""
        (rows, columns), down, right = part.window, whole(dy), whole(dx)
        bottom, end = min(rows.stop + down, self.height), min(columns.stop + right, self.width)
        window = slice(rows.start + down, bottom), slice(columns.start + right, end)
        return Part(window, part.share[: max(bottom - window[0].start, 0), : max(end - window[1].start, 0)])

    def _window(self, mask: Field, margin: float) -> Window | None:
        """Rows and columns that a mask touches, with a margin in drawing units; None for an empty one."""
        window = touched(mask)
        return None if window is None else self._widened(window, margin)

    def _widened(self, window: Window, margin: float) -> Window:
        (rows, columns), pad = window, math.ceil(margin * self.scale)
        return (
            slice(max(rows.start - pad, 0), min(rows.stop + pad, self.height)),
            slice(max(columns.start - pad, 0), min(columns.stop + pad, self.width)),
        )

    def _darken(self, part: Part, amount: float) -> None:
        rgb = self._rgb[:, *part.window]
        rgb *= 1 - np.float32(amount) * part.share
        rgb -= np.float32(14 * amount) * part.share
        around = self._rgb[:, *self._widened(part.window, 1.0)]
        np.maximum(around, 0, out=around)

    def _lighten(self, part: Part, amount: float) -> None:
        rgb = self._rgb[:, *part.window]
        rgb += (np.float32(amount) * part.share) * (np.float32(255) - rgb)

    def _crease(self, shade: Field, window: Window, folds: Sequence[Fold]) -> None:
        """Adds the folds' light and shadow to a window's shade."""
        drawn, creases = creases_of(self._frame, tuple(fold.shape(self.scale) for fold in folds))
        (top, left), (from_top, from_left) = (edge.start for edge in window), (edge.start for edge in drawn)
        rows, columns = (slice(max(a.start, b.start), min(a.stop, b.stop)) for a, b in zip(window, drawn, strict=True))
        if rows.start < rows.stop and columns.start < columns.stop:
            here = slice(rows.start - top, rows.stop - top), slice(columns.start - left, columns.stop - left)
            there = (
                slice(rows.start - from_top, rows.stop - from_top),
                slice(columns.start - from_left, columns.stop - from_left),
            )
            shade[here] += creases[there]

    def _over(self, part: Part, colour: Field) -> None:
        """Colour over what is there; where that is nothing, the rim's colour is not black but this one."""
        rgb, below = self._rgb[:, *part.window], self._alpha[part.window]
        total = part.share + below * (1 - part.share)
        rgb += part.share / np.maximum(total, np.float32(1e-4)) * (colour - rgb)
        self._alpha[part.window] = total
